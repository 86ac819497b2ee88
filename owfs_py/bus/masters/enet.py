"""OW-SERVER-ENET and OW-SERVER-ENET-2 of Embedded Data Systems, by their "1-Wire interface": lines
of text on a TCP port. Their web pages and XML are not used, and parasitic devices not fed.

The ENET-2 has three channels, each a bus of its own, on one connection. enetfind.py finds units.
"""

from __future__ import annotations

from functools import partial

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusShortError,
    CommunicationError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, Can
from owfs_py.bus.masters.listing import (
    AddressingMaster,
    exchange_digits,
    listed,
    rom_digits,
)
from owfs_py.bus.masters.serialport import PortFactory
from owfs_py.bus.masters.sharedline import SharingMaster
from owfs_py.bus.rom import RomId

DEFAULT_PORT = 8080
DEFAULT_TIMEOUT = 2.0
CHANNELS = ("1", "2", "3")
"""Of an ENET-2; an ENET has none."""

# Commands; a channel and arguments follow, then END.
RESET = "R"
ADDRESS = "A"
BYTES = "W"
SEARCHES = {False: ("S", "s"), True: ("C", "c")}  # first and next; alarm search
END = "\r"
# Answers.
PRESENT = {"P": True, "N": False}  # to a reset
DONE = "+"
NO_MORE = "!"

MAX_BLOCK = 64
"""Bytes that one command takes."""
QUIET = 0.05
"""Seconds: so long after the last character nothing more comes."""


class Enet(AddressingMaster, SharingMaster):
    """One channel of an ENET-2, at HOST[:PORT]/CHANNEL, or an ENET, at HOST[:PORT].

    Without a channel an ENET-2 is noticed, and its first used. `beside` is another channel of the
    same ENET-2, whose connection is shared.
    """

    name, version = "OWServer_Enet", 25
    can = Can.NOTHING
    adapter = "OW-SERVER-ENET"
    tcp_port = DEFAULT_PORT

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        beside: Enet | None = None,
    ) -> None:
        host, _, self._wanted = address.partition("/")
        if self._wanted and self._wanted not in CHANNELS:
            raise ValueError(f"an OW-SERVER-ENET-2 has no channel {self._wanted!r}")
        super().__init__(host, clock, beside=beside, port=port, timeout=timeout)
        self.channel = self._wanted
        """Empty for an ENET; of an ENET-2 that was not told which to use, known once open."""
        self._has_channel = False
        self.line.remote = True

    def _begin(self) -> None:
        self.line.write(END.encode())
        self.line.drain(QUIET)

    def _find(self) -> None:
        for channel in (self._wanted,) if self._wanted else ("", CHANNELS[0]):
            answer = self._ask(RESET + channel)
            if answer in PRESENT:
                self.channel, self._has_channel = channel, True
                return
        self._check_reset(answer)
        # There is something wrong with the 1-Wire line only. Whether the unit has channels shows
        # when that has passed.
        self.channel, self._has_channel = self._wanted, bool(self._wanted)

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "network":
            self.timeout = self.line.timeout = seconds + 1  # as owserver does over networks

    # The bus

    def reset(self) -> bool:
        answer = self._command(RESET)
        if answer not in PRESENT:
            self._check_reset(answer)
            # It has one sign for all that can be wrong with a line, and hardly anything else can.
            raise BusShortError(
                f"{self.address}: {answer!r} answers a reset, as if the line is shorted"
            )
        return PRESENT[answer]

    def _check_reset(self, answer: str) -> None:
        if len(answer) != 1:
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")

    def address_device(self, rom: bytes) -> bool:
        if not self.reset():
            return False
        answer = self._command(ADDRESS, rom_digits(rom))
        if answer != DONE:
            raise CommunicationError(f"{self.address}: {answer!r} answers to an address")
        return True

    def exchange(self, data: bytes) -> bytes:
        return exchange_digits(data, MAX_BLOCK, partial(self._command, BYTES), self.address)

    def list_roms(self, command: int) -> list[RomId]:
        first, following = SEARCHES[command == ALARM_SEARCH]
        return listed(
            partial(self._command, first),
            partial(self._command, following),
            (NO_MORE,),
            self.address,
        )

    # Lines of text

    def _command(self, letter: str, argument: str = "") -> str:
        if not self._has_channel:
            self._find()
        return self._ask(letter + self.channel + argument)

    def _ask(self, text: str) -> str:
        self.line.discard()
        self.line.write((text + END).encode())
        return self.line.read_until(b"\n").decode("latin-1").rstrip("\r\n")
