"""DS9097: a passive adapter, where the UART's own bytes make resets and time slots.

TXD pulls the 1-Wire line down and RXD listens to it, so every byte comes back as the line was.
Timing is Maxim's application note 214, "Using a UART to implement a 1-Wire bus master".
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Unpack

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusShortError, SearchError
from owfs_py.bus.masters.base import READ_SLOT
from owfs_py.bus.masters.serialmaster import PortOptions, SerialMaster
from owfs_py.bus.masters.serialport import START_RATE

RESET_RATE = START_RATE
RESET_BYTE = 0xF0  # five low bits at 9600 Bd: 521 µs
RESET_LOW_BITS = 0x0F  # of the answer: ours, so they must be low
SHORTED = 0x00

SLOT_RATE = 115200  # a start bit is a low of 8.7 µs, a zero byte one of 61 or 78 µs
SLOT_BYTES = (0x00, 0xFF)
SLOT_BITS = (6, 8)  # data bits, the better first: a slot of 69 µs, or 87

MAX_SLOTS = 256  # under way at once; the answers fit any receive buffer

READ_PAIR = [READ_SLOT, READ_SLOT]
LAST_BIT = 63


class DS9097(SerialMaster):
    """A DS9097 or another passive adapter on a serial port.

    `data_bits` of a slot's byte are 6 or 8 (owserver's --6bit and --8bit), or None for 6 where the
    port can do that; many USB ports cannot. `name` is what the user calls it (Passive, HA3, HA4B).
    """

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        data_bits: int | None = None,
        name: str = "DS9097",
        **port_options: Unpack[PortOptions],
    ) -> None:
        super().__init__(address, clock, **port_options)
        if data_bits is not None and data_bits not in SLOT_BITS:
            raise ValueError(f"a slot is a byte of 6 or 8 data bits, not {data_bits}")
        self.name = name
        self.version = 0
        self._wanted_bits = SLOT_BITS if data_bits is None else (data_bits,)
        self._use_bits(self._wanted_bits[0])

    def _use_bits(self, data_bits: int) -> None:
        self._data_bits = data_bits
        self._mask = (1 << data_bits) - 1

    def open(self) -> None:
        """Take anything for a passive adapter that answers like one to a reset and two slots."""
        with self._finding("DS9097"):
            if self.line.fixed_rate:
                raise BusError(f"{self.address}: a passive adapter needs changes of speed")
            self._choose_bits()
            # Over a short-circuited line there is an adapter, too, and the line may recover.
            with suppress(BusShortError):
                self.reset()
                self.touch_bits([0, READ_SLOT])

    def _choose_bits(self) -> None:
        for data_bits in self._wanted_bits:
            self._use_bits(data_bits)
            try:
                self.line.set_rate(SLOT_RATE, data_bits)
                return
            except BusError:
                if data_bits == self._wanted_bits[-1]:
                    raise

    def reset(self) -> bool:
        self.line.set_rate(RESET_RATE)
        self.line.discard()
        self.line.write(bytes([RESET_BYTE]))
        answer = self.line.read_exactly(1)[0]
        self.line.set_rate(SLOT_RATE, self._data_bits)
        if answer == SHORTED:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        if answer & RESET_LOW_BITS:
            raise BusError(f"{self.address}: {answer:02x} is no answer to a reset")
        return answer != RESET_BYTE

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        levels: list[int] = []
        for start in range(0, len(bits), MAX_SLOTS):
            levels += self._slots(bits[start : start + MAX_SLOTS])
        return levels

    def _slots(self, bits: Sequence[int]) -> list[int]:
        if self.line.waiting():
            raise BusError(f"{self.address}: bytes came that nobody asked for")
        # All eight bits of a 1: some ports take 6 data bits for an answer and go on with 8.
        self.line.write(bytes(SLOT_BYTES[bit] for bit in bits))
        return [
            self._level(bit, answer & self._mask)
            for bit, answer in zip(bits, self.line.read_exactly(len(bits)), strict=True)
        ]

    def _level(self, bit: int, answer: int) -> int:
        """The level in a slot. A line we hold is low; one a slave holds is low, then high."""
        low_bits = self._mask & ~answer
        if (not bit and answer) or low_bits & (low_bits + 1):
            raise BusError(f"{self.address}: {answer:02x} is no answer to a slot that sends {bit}")
        return answer & 1

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        """One pass; up to the last discrepancy the path is known and needs no waiting for answers.

        After it each round trip writes a direction and reads the next bit.
        """
        path = [search.direction(n) for n in range(min(search.last_discrepancy + 1, LAST_BIT))]
        out = [command >> n & 1 for n in range(8)]
        for bit in path:
            out += [*READ_PAIR, bit]
        levels = self.touch_bits(out + READ_PAIR)[8:]
        pairs = list(zip(levels[0::3], levels[1::3], strict=True))
        conflicts = 0
        for position in range(LAST_BIT + 1):
            pair = pairs[position]
            if pair == (1, 1):
                if position == 0:
                    return None
                raise SearchError(
                    f"{self.address}: slaves fell silent at bit {position} of a search"
                )
            conflicts |= (pair == (0, 0)) << position
            if position < len(path):
                continue
            path.append(search.direction(position) if pair == (0, 0) else pair[0])
            levels = self.touch_bits([path[-1], *(READ_PAIR if position < LAST_BIT else ())])
            pairs += zip(levels[1::2], levels[2::2], strict=True)
        rom = sum(bit << n for n, bit in enumerate(path))
        return rom.to_bytes(8, "little"), conflicts
