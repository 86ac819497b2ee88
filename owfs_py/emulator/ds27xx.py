"""The battery chips DS2720, DS2740, DS2751, DS2755, DS2760, DS2770, DS2780, DS2781.

Source: their data sheets (memory maps, function commands). What they measure is what a test says;
the accumulated current and the timers stand still.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.switches import Pins
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN

READ_DATA, WRITE_DATA = 0x69, 0x6C
RECALL_DATA, COPY_DATA, LOCK = 0xB8, 0x48, 0x6A
START_CHARGE, STOP_CHARGE, REFRESH = 0xB5, 0xBE, 0x63  # DS2770

SIZE = 0x100
COPY_TIME = 0.010
"""Seconds, maximum (t_EEC)."""
COPYING, LOCK_ENABLED = 0x80, 0x40
"""Bits of the EEPROM register, the lower ones of which tell the locked blocks."""
ALL_BITS = 0xFF
SRAM = range(0x80, 0x90)
ACCUMULATOR = (0x10, 0x11)


class Quantity(NamedTuple):
    """Two bytes, the upper one first: what a step is, and by how many bits it is left-justified."""

    address: int
    step: float
    shift: int = 0


class Pin(NamedTuple):
    """Where the chip shows the level of its pin, and takes what it is to drive."""

    address: int
    mask: int


FEATURE_PIN = Pin(0x08, 0x40)
VOLTS = Quantity(0x0C, 0.00488, 5)
CELSIUS = Quantity(0x18, 0.125, 5)
CURRENT_OF_13_BITS = Quantity(0x0E, 15.625e-6, 3)
CURRENT_OF_16_BITS = Quantity(0x0E, 1.5625e-6)


class BatteryChip(Slave):
    """`volts`, `sense_volts` and `celsius` are at its pins and around it.

    `registers` is what Read Data shows, the shadow RAM of the EEPROM included; `eeprom` is what
    that falls back to. Addresses that are neither read 0.
    """

    BLOCKS: ClassVar[tuple[range, ...]] = ()
    """Of EEPROM."""
    EEPROM_REGISTER: ClassVar[int | None] = 0x07
    RAM: ClassVar[range] = SRAM
    WRITABLE: ClassVar[Mapping[int, int]] = {}
    """Register bits that keep what is written, by address."""
    CLEARABLE: ClassVar[Mapping[int, int]] = {}
    """Register bits that can be written to 0 only; they are 1 after power-on."""
    SETTABLE: ClassVar[Mapping[int, int]] = {}
    """Register bits that can be written to 1 only; they are 1 after power-on."""
    INITIAL: ClassVar[Mapping[int, tuple[int, int]]] = {}
    """Registers that get some of their bits from the EEPROM: address there, and which."""
    PIN: ClassVar[Pin | None] = FEATURE_PIN
    VOLTAGE: ClassVar[Quantity | None] = VOLTS
    CURRENT: ClassVar[Quantity | None] = CURRENT_OF_13_BITS
    AVERAGE: ClassVar[Quantity | None] = None
    TEMPERATURE: ClassVar[Quantity | None] = CELSIUS

    def __init__(self, rom: RomId) -> None:
        self.volts, self.sense_volts, self.celsius = 4.0, 0.0, 20.0
        self.pins = Pins(1)
        self.eeprom = bytearray(SIZE)
        self._registers = bytearray(SIZE)
        self.copy_time = COPY_TIME
        """Seconds that a copy to the EEPROM takes."""
        self._copied_at = float("-inf")
        self.worn_out = False
        """Fault: copies change nothing in the EEPROM."""
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.power_on()
        for block in self.BLOCKS:
            self.recall(block)
        for flags in (self.CLEARABLE, self.SETTABLE):
            for address, bits in flags.items():
                self._registers[address] |= bits

    @property
    def registers(self) -> bytearray:
        """All that can be read, as it is now; may be changed."""
        for quantity, value in (
            (self.VOLTAGE, self.volts),
            (self.CURRENT, self.sense_volts),
            (self.AVERAGE, self.sense_volts),
            (self.TEMPERATURE, self.celsius),
        ):
            if quantity is not None:
                raw = round(value / quantity.step) << quantity.shift
                shown = max(-0x8000, min(0x7FFF, raw)).to_bytes(2, "big", signed=True)
                self._registers[quantity.address : quantity.address + 2] = shown
        if self.PIN is not None:
            self._change(self.PIN.address, self.PIN.mask, -self.pins.levels)
        if self.EEPROM_REGISTER is not None:
            copying = self.wire.now() < self._copied_at - CLOCK_TOLERANCE
            self._change(self.EEPROM_REGISTER, COPYING, -copying)
        return self._registers

    def _change(self, address: int, mask: int, bits: int) -> None:
        self._registers[address] = self._registers[address] & ~mask & ALL_BITS | bits & mask

    def lock(self, block: int) -> None:
        """Make a block of the EEPROM unchangeable."""
        assert self.EEPROM_REGISTER is not None
        self._registers[self.EEPROM_REGISTER] |= 1 << block

    def is_locked(self, block: int) -> bool:
        register = self.EEPROM_REGISTER
        return register is not None and bool(self._registers[register] >> block & 1)

    def recall(self, block: range) -> None:
        """Make the shadow RAM of a block what the EEPROM is, and what registers begin with."""
        self._registers[block.start : block.stop] = self.eeprom[block.start : block.stop]
        for address, (source, mask) in self.INITIAL.items():
            if source in block:
                self._change(address, mask, self.eeprom[source])

    # Functions

    def _read_data(self) -> Behaviour:
        address = yield from receive_byte()
        yield from send_bytes(self.registers[address:])
        yield from send_forever(LISTEN)

    def _write_data(self) -> Behaviour:
        address = yield from receive_byte()
        while address < SIZE:
            self.store(address, (yield from receive_byte()))
            address += 1

    def store(self, address: int, byte: int) -> None:
        """A byte is written; the chip takes of it what it lets be changed."""
        registers = self.registers
        block = self.block_of(address)
        if block is not None:
            copying = self.EEPROM_REGISTER and registers[self.EEPROM_REGISTER] & COPYING
            if not copying and not self.is_locked(self.BLOCKS.index(block)):
                registers[address] = byte
            return
        if address in self.RAM:
            registers[address] = byte
            return
        if self.PIN is not None and address == self.PIN.address:
            self.pins.drive(bool(byte & self.PIN.mask))
        self._change(address, self.WRITABLE.get(address, 0), byte)
        registers[address] &= byte | ~self.CLEARABLE.get(address, 0)
        registers[address] |= byte & self.SETTABLE.get(address, 0)

    def block_of(self, address: int) -> range | None:
        return next((block for block in self.BLOCKS if address in block), None)

    def _recall_data(self) -> Behaviour:
        block = self.block_of((yield from receive_byte()))
        if block is not None:
            self.recall(block)

    def _copy_data(self) -> Behaviour:
        block = self.block_of((yield from receive_byte()))
        if block is None or self.is_locked(self.BLOCKS.index(block)):
            return
        self._copied_at = self.wire.now() + self.copy_time
        if not self.worn_out:
            self.eeprom[block.start : block.stop] = self._registers[block.start : block.stop]

    def _lock(self) -> Behaviour:
        block = self.block_of((yield from receive_byte()))
        register = self.EEPROM_REGISTER
        if block is not None and register is not None:
            if self._registers[register] & LOCK_ENABLED:
                self.lock(self.BLOCKS.index(block))
            self._registers[register] &= ~LOCK_ENABLED & ALL_BITS

    functions: ClassVar[Functions] = {
        READ_DATA: _read_data,
        WRITE_DATA: _write_data,
        RECALL_DATA: _recall_data,
        COPY_DATA: _copy_data,
        LOCK: _lock,
    }


_COUNTER = dict.fromkeys(ACCUMULATOR, ALL_BITS)
_ENABLE_LOCK = {0x07: LOCK_ENABLED}


class DS2720(BatteryChip):
    """Protects a cell: no measurements. Flags OV, UV, DOC; switches CE, DE."""

    families = (0x31,)
    chip = "DS2720"
    BLOCKS = (range(0x20, 0x24), range(0x30, 0x34))
    RAM = range(0)
    WRITABLE = _ENABLE_LOCK | {0x00: 0x03, 0x08: 0x01}
    CLEARABLE: ClassVar[Mapping[int, int]] = {0x00: 0xD0}
    SETTABLE: ClassVar[Mapping[int, int]] = {0x08: 0x80}
    INITIAL: ClassVar[Mapping[int, tuple[int, int]]] = {0x00: (0x30, 0x03)}
    PIN = None
    VOLTAGE = CURRENT = TEMPERATURE = None


class DS2740(BatteryChip):
    """Counts charge: no EEPROM, no voltage, no temperature."""

    families = (0x36,)
    chip = "DS2740"
    EEPROM_REGISTER = None
    RAM = range(0)
    WRITABLE = _COUNTER | {0x01: 0x40}
    CURRENT = CURRENT_OF_16_BITS
    VOLTAGE = TEMPERATURE = None


class DS2751(BatteryChip):
    families = (0x51,)
    chip = "DS2751"
    BLOCKS = (range(0x20, 0x30), range(0x30, 0x40))
    WRITABLE = _COUNTER | _ENABLE_LOCK
    CLEARABLE: ClassVar[Mapping[int, int]] = {0x08: 0x01}
    INITIAL: ClassVar[Mapping[int, tuple[int, int]]] = {0x01: (0x31, 0x38)}


class DS2755(BatteryChip):
    """Also DS2756. It alarms when it is hotter or colder than the bytes at 84 and 85 allow."""

    families = (0x35,)
    chip = "DS2755"
    BLOCKS = (range(0x20, 0x40), range(0x40, 0x60), range(0x60, 0x80))
    WRITABLE = _COUNTER | _ENABLE_LOCK | {0x08: 0x05}
    CLEARABLE: ClassVar[Mapping[int, int]] = {0x08: 0x80}
    INITIAL: ClassVar[Mapping[int, tuple[int, int]]] = {0x01: (0x31, ALL_BITS)}
    AVERAGE = Quantity(0x1A, 1.953e-6)
    ALARM_ENABLED = (0x08, 0x04)
    HIGH, LOW = 0x84, 0x85

    def alarming(self) -> bool:
        registers = self.registers
        address, bit = self.ALARM_ENABLED
        high, low = (
            int.from_bytes(registers[at : at + 1], signed=True) for at in (self.HIGH, self.LOW)
        )
        return bool(registers[address] & bit) and not low < self.celsius < high


class DS2760(BatteryChip):
    """Also DS2761 and DS2762. Flags OV, UV, COC, DOC; switches CE, DE."""

    families = (0x30,)
    chip = "DS2760"
    BLOCKS = (range(0x20, 0x30), range(0x30, 0x40))
    WRITABLE = _COUNTER | _ENABLE_LOCK | {0x00: 0x03}
    CLEARABLE: ClassVar[Mapping[int, int]] = {0x00: 0xF0}
    SETTABLE: ClassVar[Mapping[int, int]] = {0x08: 0x80}
    INITIAL: ClassVar[Mapping[int, tuple[int, int]]] = {0x00: (0x30, 0x03), 0x01: (0x31, 0x38)}


class DS2770(BatteryChip):
    """Charges a battery, too, if `source` is there to charge it from."""

    families = (0x2E,)
    chip = "DS2770"
    BLOCKS = (range(0x20, 0x30), range(0x30, 0x40), range(0x40, 0x48))
    WRITABLE = _COUNTER | _ENABLE_LOCK | dict.fromkeys((0x02, 0x03, 0x06), ALL_BITS)
    CURRENT = CURRENT_OF_16_BITS
    PIN = None
    STATUS, STATUS_DEFAULT, DEFAULT_BITS = 0x01, 0x31, 0x33
    CHARGE_STATE, NO_SOURCE, CHARGING, SOURCE = 0xC0, 0x00, 0x40, 0x80

    def __init__(self, rom: RomId) -> None:
        self.source = True
        self.refreshed = 0
        """How often Refresh was asked for."""
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self._refresh_status()
        self._charge(False)

    def _refresh_status(self) -> None:
        # From the EEPROM itself, not from its shadow.
        self._change(self.STATUS, self.DEFAULT_BITS, self.eeprom[self.STATUS_DEFAULT])

    def _charge(self, on: bool) -> None:
        state = (self.CHARGING if on else self.SOURCE) if self.source else self.NO_SOURCE
        self._change(self.STATUS, self.CHARGE_STATE, state)

    def _start(self) -> Behaviour:
        self._charge(True)
        yield from send_forever(LISTEN)

    def _stop(self) -> Behaviour:
        self._charge(False)
        yield from send_forever(LISTEN)

    def _refresh(self) -> Behaviour:
        self.refreshed += 1
        self._refresh_status()
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = BatteryChip.functions | {
        START_CHARGE: _start,
        STOP_CHARGE: _stop,
        REFRESH: _refresh,
    }


class DS2780(BatteryChip):
    """A fuel gauge. The EEPROM at 60 has its parameters, the first of which is its control byte."""

    families = (0x32,)
    chip = "DS2780"
    BLOCKS = (range(0x20, 0x30), range(0x60, 0x80))
    EEPROM_REGISTER = 0x1F
    RAM = range(0)
    WRITABLE = _COUNTER | {0x14: ALL_BITS, 0x1F: LOCK_ENABLED}
    CLEARABLE: ClassVar[Mapping[int, int]] = {0x01: 0x06}
    PIN = Pin(0x15, 0x01)
    CURRENT = CURRENT_OF_16_BITS
    AVERAGE = Quantity(0x08, 1.5625e-6)
    TEMPERATURE = CELSIUS._replace(address=0x0A)


class DS2781(DS2780):
    """The same for one cell or two."""

    families = (0x3D,)
    chip = "DS2781"
    VOLTAGE = Quantity(0x0C, 0.00976, 5)


BATTERY_CHIPS = (DS2720, DS2740, DS2751, DS2755, DS2760, DS2770, DS2780, DS2781)
