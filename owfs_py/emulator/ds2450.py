"""DS2450, four A/D converters that are switches, too.

Source: data sheet DS2450 (memory map, memory function flow charts, t_CONV).
"""

from __future__ import annotations

from typing import ClassVar

from owfs_py._crc import crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_address,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import CLOCK_TOLERANCE, LISTEN, POLL

READ_MEMORY, WRITE_MEMORY, CONVERT = 0xAA, 0x55, 0x3C

CHANNELS = 4
SIZE, PAGE = 32, 8
CONTROL, LIMITS, CALIBRATION, SUPPLY = 0x08, 0x10, 0x18, 0x1C
SUPPLIED = 0x40
"""What one writes to SUPPLY if the chip has a supply of its own: its inputs stay awake."""

# First control byte of a channel.
RESOLUTION, OUTPUT_OFF, OUTPUT_ENABLED = 0x0F, 0x40, 0x80
# Second control byte.
WIDE_RANGE, LOW_SEARCHED, HIGH_SEARCHED = 0x01, 0x04, 0x08
LOW_FLAG, HIGH_FLAG, POWER_ON = 0x10, 0x20, 0x80
CONTROL_MASKS = (
    RESOLUTION | OUTPUT_OFF | OUTPUT_ENABLED,
    WIDE_RANGE | LOW_SEARCHED | HIGH_SEARCHED | LOW_FLAG | HIGH_FLAG | POWER_ON,
)
POWER_ON_CONTROL = bytes((8, LOW_SEARCHED | HIGH_SEARCHED)) * CHANNELS
POWER_ON_LIMITS = bytes((0x00, 0xFF)) * CHANNELS

FULL_BITS = 16
NARROW_VOLTS, WIDE_VOLTS = 2.56, 5.12
TIME_PER_BIT, WAKE_TIME = 80e-6, 160e-6
"""Seconds, maximum."""


class DS2450(Slave):
    """`volts` are at the inputs A to D. `parasitic`: conversions need the strong pull-up."""

    families = (0x20,)
    chip = "DS2450"
    rom_commands = Slave.rom_commands | Slave.with_overdrive

    def __init__(self, rom: RomId, *, parasitic: bool = False) -> None:
        self.parasitic = parasitic
        self.volts = [0.0] * CHANNELS
        self.conversions = 0
        self.spoiled_crcs = 0
        """Fault: so many coming CRCs are wrong."""
        self.brown_outs = 0
        """How often power failed while it was needed."""
        self._conversion: tuple[float, dict[int, int]] | None = None
        self._fed = False
        super().__init__(rom)
        self._power_on()

    def brown_out(self) -> None:
        super().brown_out()
        self._power_on()

    def _power_on(self) -> None:
        self._conversion = None
        self._memory = bytearray(CONTROL) + POWER_ON_CONTROL + POWER_ON_LIMITS + bytes(PAGE)
        self.was_reset = True

    @property
    def memory(self) -> bytearray:
        """All that Read Memory shows, from address 0 on; only what is no result may be changed."""
        self._settle()
        return self._memory

    @property
    def was_reset(self) -> bool:
        """The power-on bit, one for the chip, which all channels show."""
        return bool(self._memory[CONTROL + 1] & POWER_ON)

    @was_reset.setter
    def was_reset(self, value: bool) -> None:
        for at in range(CONTROL + 1, LIMITS, 2):
            self._memory[at] = self._memory[at] & ~POWER_ON | (POWER_ON if value else 0)

    def alarming(self) -> bool:
        memory = self.memory
        return self.was_reset or any(
            memory[at] >> 2 & memory[at] & (LOW_FLAG | HIGH_FLAG) >> 2
            for at in range(CONTROL + 1, LIMITS, 2)
        )

    # Conversions

    def busy(self) -> bool:
        self._settle()
        return self._conversion is not None

    def on_strong_pullup(self, on: bool) -> None:
        self._settle()
        self._fed = on
        if not on:
            self._check_feeding()

    def on_reset(self) -> None:
        self._check_feeding()

    def _check_feeding(self) -> None:
        self._settle()
        if self.parasitic and self._conversion is not None:
            self.brown_outs += 1
            self.brown_out()

    def _settle(self) -> None:
        if self._conversion is None or self.wire.now() < self._conversion[0] - CLOCK_TOLERANCE:
            return
        _, results = self._conversion
        self._conversion = None
        for channel, result in results.items():
            self._store_result(channel, result)

    def _store_result(self, channel: int, result: int) -> None:
        self._memory[2 * channel : 2 * channel + 2] = result.to_bytes(2, "little")
        low, high = self._memory[LIMITS + 2 * channel :][:2]
        at = CONTROL + 2 * channel + 1
        flags = (LOW_FLAG if result >> 8 < low else 0) | (HIGH_FLAG if result >> 8 > high else 0)
        self._memory[at] = self._memory[at] & ~(LOW_FLAG | HIGH_FLAG) | flags

    def _bits(self, channel: int) -> int:
        return (self._memory[CONTROL + 2 * channel] & RESOLUTION) or FULL_BITS

    def _sampled(self, channel: int) -> int:
        first, second = self._memory[CONTROL + 2 * channel :][:2]
        conducting = first & OUTPUT_ENABLED and not first & OUTPUT_OFF
        volts = 0.0 if conducting else self.volts[channel]
        full = WIDE_VOLTS if second & WIDE_RANGE else NARROW_VOLTS
        raw = max(0, min(0xFFFF, int(volts / full * (1 << FULL_BITS))))
        unused = FULL_BITS - self._bits(channel)
        return raw >> unused << unused

    def _convert(self) -> Behaviour:
        mask = yield from receive_byte()
        preset = yield from receive_byte()
        yield from self.send_crc(bytes((CONVERT, mask, preset)))
        wanted = [channel for channel in range(CHANNELS) if mask >> channel & 1]
        self.conversions += 1
        self.wire.counts.conversions += 1
        seconds = WAKE_TIME + TIME_PER_BIT * sum(self._bits(channel) for channel in wanted)
        results = {channel: self._sampled(channel) for channel in wanted}
        self._conversion = self.wire.now() + seconds, results
        if not self.parasitic:
            yield from send_forever(POLL)
        yield LISTEN
        self._check_feeding()

    # Memory

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        answer = self.functions.get(command)
        if answer is not None:
            self._settle()
            yield from answer(self)

    def send_crc(self, data: bytes | bytearray, seed: int = 0) -> Behaviour:
        """The inverted CRC-16 of `data`."""
        crc = bytearray((crc16(data, seed) ^ 0xFFFF).to_bytes(2, "little"))
        if self.spoiled_crcs:
            self.spoiled_crcs -= 1
            crc[0] ^= 0xFF
        yield from send_bytes(crc)

    def _read(self) -> Behaviour:
        address = yield from receive_address()
        counted = bytearray((READ_MEMORY,)) + address.to_bytes(2, "little")
        while address < SIZE:
            end = (address // PAGE + 1) * PAGE
            sent = self.memory[address:end]
            yield from send_bytes(sent)
            yield from self.send_crc(counted + sent)
            counted.clear()
            address = end
        yield from send_forever(LISTEN)

    def _write(self) -> Behaviour:
        address = yield from receive_address()
        byte = yield from receive_byte()
        yield from self.send_crc(bytes((WRITE_MEMORY, *address.to_bytes(2, "little"), byte)))
        while address < SIZE:
            self._store(address, byte)
            yield from send_bytes(self._memory[address : address + 1])
            address += 1
            byte = yield from receive_byte()
            # The generator begins with the address in it.
            yield from self.send_crc(bytes((byte,)), address)

    def _store(self, address: int, byte: int) -> None:
        if CONTROL <= address < LIMITS:
            second = address % 2
            byte &= CONTROL_MASKS[second]
            if second:
                # Flags can be cleared only.
                byte &= self._memory[address] | ~(LOW_FLAG | HIGH_FLAG)
                self.was_reset = bool(byte & POWER_ON)
            self._memory[address] = byte
        elif address >= LIMITS:
            self._memory[address] = byte

    functions: ClassVar[Functions] = {
        READ_MEMORY: _read,
        WRITE_MEMORY: _write,
        CONVERT: _convert,
    }
