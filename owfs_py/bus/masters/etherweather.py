"""EtherWeather: an adapter on the network that speaks in short packets on a TCP port.

It tells neither presence nor a short circuit. Packets are those that owserver 3.2p4 sends; there is
no public description of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, SearchError
from owfs_py.bus.masters.base import ALARM_SEARCH, Can
from owfs_py.bus.masters.serialmaster import SerialMaster
from owfs_py.bus.masters.serialport import PortFactory

DEFAULT_PORT = 15862
DEFAULT_TIMEOUT = 2.0

# Commands; a packet is the number of bytes that follow, the command and data.
RESET = b"R"
BYTES = b"B"
BITS = b"b"
POWER_BYTE = b"P"
SEARCH = b"A"

MAX_BLOCK = 64
"""Bytes or bits in a packet. Its length would go to 254, but no more are known to have worked."""
PULLUP_UNIT = 0.5
"""Seconds: the strong pull-up lasts some of these."""
ROM_SIZE = 8
FIRST = 64
"""Where the discrepancy of a search is that begins: no bit is there."""
ALARM = 0x80
"""Added to the place of the discrepancy in an alarm search."""
LAST, NOBODY = 0xFE, 0xFF
"""In place of that of the next one."""


class EtherWeather(SerialMaster):
    """An EtherWeather at HOST[:PORT]."""

    name, version = "EtherWeather", 26
    can = Can.STRONG_PULLUP
    tcp_port = DEFAULT_PORT

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        super().__init__(address, clock, port=port, timeout=timeout)
        self.line.remote = True

    def open(self) -> None:
        """Connect, and see whether a reset is answered."""
        with self._finding("EtherWeather"):
            self.reset()

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "network":
            self.timeout = self.line.timeout = seconds + 1  # as owserver does over networks

    def reset(self) -> bool:
        """Always True: it tells no more than that it did so."""
        self._ask(RESET)
        return True

    def exchange(self, data: bytes) -> bytes:
        return self._ask_in_blocks(BYTES, data)

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [int(bool(bit)) for bit in self._ask_in_blocks(BITS, bytes(bits))]

    def _ask_in_blocks(self, command: bytes, data: bytes) -> bytes:
        blocks = (data[start : start + MAX_BLOCK] for start in range(0, len(data), MAX_BLOCK))
        return b"".join(self._ask(command, block) for block in blocks)

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        begins = search.last_discrepancy < 0
        place = FIRST if begins else search.last_discrepancy
        alarm = ALARM if command == ALARM_SEARCH else 0
        answer = self._ask(SEARCH, search.path + bytes([place | alarm]))
        rom, following = answer[:ROM_SIZE], answer[ROM_SIZE]
        if following == NOBODY and begins:
            return None
        if following == LAST:
            return rom, 0
        if following >= FIRST:
            raise SearchError(f"{self.address}: {answer.hex(' ')} is no answer to a search")
        return rom, 1 << following

    def power_byte(self, byte: int, seconds: float) -> int:
        units = math.ceil(seconds / PULLUP_UNIT)
        return self._ask(POWER_BYTE, bytes([units, byte]), seconds=units * PULLUP_UNIT)[1]

    def _ask(self, command: bytes, data: bytes = b"", *, seconds: float = 0.0) -> bytes:
        """The data of the packet that answers a packet, which takes `seconds` to be obeyed."""
        head = bytes([len(command + data)]) + command
        self.line.discard()
        self.line.write(head + data)
        self.line.await_input(seconds)
        answer = self.line.read_exactly(len(head + data))
        if not answer.startswith(head):
            raise BusError(f"{self.address}: {answer[:16].hex(' ')} answers {head.hex(' ')}")
        return answer[len(head) :]
