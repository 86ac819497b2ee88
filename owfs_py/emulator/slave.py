"""Slave: what all 1-Wire chips have in common, the ROM layer. No chip's own functions.

A chip's behaviour after a reset is a generator. Each `level = yield drive` is one time slot:
`drive` is LISTEN, LOW or POLL (wire.py), `level` is what the line was. When the generator ends
the chip is silent until the next reset. Families add `functions`, or override `function`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, ClassVar

from owfs_py._crc import crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.wire import LISTEN, Wire

READ_ROM = 0x33
READ_ROM_DS2400 = 0x0F  # the same command of the oldest serial number chips
MATCH_ROM = 0x55
SKIP_ROM = 0xCC
SEARCH_ROM = 0xF0
ALARM_SEARCH = 0xEC
RESUME = 0xA5
OVERDRIVE_SKIP_ROM = 0x3C
OVERDRIVE_MATCH_ROM = 0x69

Behaviour = Generator[int, int, None]
"""Slots without a result."""
Receiving = Generator[int, int, int]
"""Slots that end in a number received."""
Selecting = Generator[int, int, bool]
"""Slots that end in whether the chip is selected."""
RomCommands = dict[int, Callable[[Any], Selecting]]
"""What a chip does at each ROM command."""
Functions = dict[int, Callable[[Any], Behaviour]]
"""What a selected chip does at each function command."""


def receive_byte() -> Receiving:
    """Eight slots of listening, LSB first."""
    value = 0
    for n in range(8):
        value |= (yield LISTEN) << n
    return value


def receive_address() -> Receiving:
    """Two bytes, low byte first."""
    low = yield from receive_byte()
    return low | (yield from receive_byte()) << 8


def send_bits(value: int, count: int) -> Behaviour:
    """So many slots, LSB first."""
    for n in range(count):
        yield value >> n & 1


def send_bytes(data: bytes | bytearray) -> Behaviour:
    """Eight slots a byte, LSB first."""
    for value in data:
        for n in range(8):
            yield value >> n & 1


def inverted_crc16(data: bytes | bytearray) -> bytes:
    """The two CRC bytes that chips with a CRC-16 send after `data`."""
    return (crc16(data) ^ 0xFFFF).to_bytes(2, "little")


def send_forever(level: int) -> Behaviour:
    """The same level in every slot until the next reset."""
    while True:
        yield level


class Slave:
    """A chip with its ROM id and nothing else. `families` says which family codes it comes with."""

    families: ClassVar[tuple[int, ...]] = ()
    chip: ClassVar[str] = ""
    """The name on the package."""

    def __init__(self, rom: RomId) -> None:
        self.rom = rom
        self.wire = Wire()
        """The wire it is on; a wire of its own until it is attached to another."""
        self._quartz_stopped_at: float | None = None
        self.absent = False
        """Fault: the chip does not answer resets, as if it were unplugged (but keeps its power)."""
        self.far = False
        """Fault: the chip is too far away for overdrive; it hears nothing at that speed."""
        self.overdrive = False
        self._resumable = False
        self._rom_bits = [rom[n >> 3] >> (n & 7) & 1 for n in range(64)]

    def __repr__(self) -> str:
        return f"<{self.chip} {self.rom}>"

    # What a family overrides

    functions: ClassVar[Functions] = {}
    """At any other command the chip is silent."""

    def function(self) -> Behaviour:
        """What the selected chip does: listen to a function command and act."""
        command = yield from receive_byte()
        answer = self.functions.get(command)
        if answer is not None:
            yield from answer(self)

    def alarming(self) -> bool:
        """Whether the chip answers an alarm search."""
        return False

    alarm_presence = False
    """Whether the chip lengthens its presence pulse because of an alarm."""

    def busy(self) -> bool:
        """Whether a slot with drive POLL is held low now."""
        return False

    def quartz(self) -> float:
        """The time in seconds that the chip's own clock counts by: the wire's, until it stops."""
        return self.wire.now() if self._quartz_stopped_at is None else self._quartz_stopped_at

    def stop_quartz(self) -> None:
        """From now on no second passes for its clock, of which it has no notice.

        So two chips can be compared that are asked one after the other.
        """
        self._quartz_stopped_at = self.quartz()

    def behind(self) -> Iterator[Slave]:
        """Slaves that hear what is on the wire because this chip connects them to it."""
        return iter(())

    def on_reset(self) -> None:
        """A reset pulse is on the line (also when `absent`)."""

    def on_strong_pullup(self, on: bool) -> None:
        """The line is now fed strongly, or not any more."""

    def on_program_pulse(self) -> None:
        """12 V were on the line."""

    def brown_out(self) -> None:
        """Lose power for a moment: everything volatile falls to its power-on value."""
        self.overdrive = False
        self._resumable = False
        self.wire.silence(self)

    # The ROM layer

    def talk(self) -> Behaviour:
        """Everything from one reset to the next."""
        command = yield from receive_byte()
        answer = self.rom_commands.get(command)
        if answer is not None and (yield from answer(self)):
            yield from self.function()

    def _read_rom(self) -> Selecting:
        self._resumable = False
        yield from send_bytes(self.rom)
        return True

    def _match_rom(self) -> Selecting:
        self._resumable = False
        for bit in self._rom_bits:
            if (yield LISTEN) != bit:
                return False
        self._resumable = True
        return True

    def _skip_rom(self) -> Selecting:
        self._resumable = False
        return True
        yield  # makes it a generator

    def _search_rom(self) -> Selecting:
        self._resumable = False
        for bit in self._rom_bits:
            yield bit
            yield 1 - bit
            if (yield LISTEN) != bit:
                return False
        self._resumable = True
        return True

    def _alarm_search(self) -> Selecting:
        self._resumable = False
        return self.alarming() and (yield from self._search_rom())

    def _resume(self) -> Selecting:
        return self._resumable
        yield  # makes it a generator

    def _overdrive_skip_rom(self) -> Selecting:
        self._resumable = False
        self._enter_overdrive()
        return True
        yield  # makes it a generator

    def _overdrive_match_rom(self) -> Selecting:
        self._enter_overdrive()
        matched = yield from self._match_rom()
        if not matched:
            self.overdrive = False
        return matched

    def _enter_overdrive(self) -> None:
        self.overdrive = True
        self.wire.slave_changed_speed()

    rom_commands: ClassVar[RomCommands] = {
        READ_ROM: _read_rom,
        MATCH_ROM: _match_rom,
        SKIP_ROM: _skip_rom,
        SEARCH_ROM: _search_rom,
        ALARM_SEARCH: _alarm_search,
    }
    with_resume: ClassVar[RomCommands] = {RESUME: _resume}
    with_overdrive: ClassVar[RomCommands] = {
        OVERDRIVE_SKIP_ROM: _overdrive_skip_rom,
        OVERDRIVE_MATCH_ROM: _overdrive_match_rom,
    }
    """ROM commands that only some families have: rom_commands = Slave.rom_commands | ..."""
