"""DS2406 (and DS2407), two switches with 1 kbit of EPROM.

Source: data sheet DS2406 (channel access, status memory, EPROM, conditional search).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Receiving,
    Slave,
    inverted_crc16,
    receive_byte,
    send_bits,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.switches import Pins
from owfs_py.emulator.wire import LISTEN, POLL

CHANNEL_ACCESS = 0xF5
READ_STATUS, WRITE_STATUS = 0xAA, 0x55
READ_MEMORY, EXTENDED_READ_MEMORY, WRITE_MEMORY = 0xF0, 0xA5, 0x0F

MEMORY_SIZE, PAGE_SIZE = 128, 32
STATUS_SIZE, SWITCH_STATUS = 8, 7
BLANK = 0xFF

# Channel control byte 1.
RESET_LATCHES, READING, TOGGLING, INTERLEAVED = 0x80, 0x40, 0x20, 0x10
CHANNEL_A, CHANNEL_B, CRC_MASK = 0x04, 0x08, 0x03
CRC_EVERY = {1: 1, 2: 8, 3: 32}  # bytes, by the CRC bits


class DS2406(Slave):
    """`pins` has bit 0 for PIO-A and bit 1 for PIO-B; `status` is the byte at 0007 without power.

    `two_channels`: the package has PIO-B; `powered`: the supply pin is fed.
    """

    families = (0x12,)
    chip = "DS2406"

    def __init__(self, rom: RomId, *, two_channels: bool = True, powered: bool = True) -> None:
        self.pins = Pins(2)
        self.two_channels = two_channels
        self.powered = powered
        self.memory = bytearray([BLANK] * MEMORY_SIZE)
        self.eprom_status = bytearray((BLANK, BLANK, BLANK, BLANK, BLANK, 0, 0))
        self.alarm_settings = 0
        """Bits 4 to 0 of the status byte: channels, source, polarity."""
        self._programming: Callable[[], None] | None = None
        self._shown: Callable[[], int] = lambda: BLANK
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.pins.power_on()
        self.alarm_settings = 0x1F
        self._programming = None

    def on_reset(self) -> None:
        self._programming = None

    def on_program_pulse(self) -> None:
        if self._programming is not None:
            self._programming()
            self._programming = None

    @property
    def status(self) -> int:
        return self.powered << 7 | self.pins.latches << 5 | self.alarm_settings

    @property
    def info(self) -> int:
        """The channel info byte."""
        pins = self.pins
        return (
            self.powered << 7
            | self.two_channels << 6
            | pins.activity << 4
            | pins.levels << 2
            | pins.latches
        )

    def alarming(self) -> bool:
        channels = self.alarm_settings >> 3
        polarity = -(self.alarm_settings & 1) & 3
        source = {
            1: self.pins.activity,
            2: self.pins.latches,
            3: self.pins.levels,
        }.get(self.alarm_settings >> 1 & 3)
        return source is not None and (~(source ^ polarity) & channels & 3) != 0

    # Functions

    def _channel_access(self) -> Behaviour:
        control = yield from receive_byte()
        reserved = yield from receive_byte()
        yield from self._access(control, reserved)

    def _access(self, control: int, reserved: int) -> Behaviour:
        if control & RESET_LATCHES:
            self.pins.activity = 0
        channels = [n for n, bit in enumerate((CHANNEL_A, CHANNEL_B)) if control & bit]
        if not channels:
            return
        counted = bytearray((CHANNEL_ACCESS, control, reserved, self.info))
        yield from send_bytes(counted[-1:])
        every = CRC_EVERY.get(control & CRC_MASK)
        reading = bool(control & READING)
        done = 0
        while True:
            counted.append((yield from self._channel_byte(channels, reading)))
            done += 1
            if every is not None and done % every == 0:
                yield from send_bytes(inverted_crc16(counted))
                counted.clear()
            if control & TOGGLING:
                reading = not reading

    def _channel_byte(self, channels: list[int], reading: bool) -> Receiving:
        """Eight slots, the channels in turn; the byte that went over the line."""
        value = 0
        for n in range(8):
            channel = channels[n % len(channels)]
            if reading:
                bit = self.pins.levels >> channel & 1
                yield bit
            else:
                bit = yield LISTEN
                self.pins.drive(self.pins.latches & ~(1 << channel) | bit << channel)
            value |= bit << n
        return value

    def _read_status(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        address = low | high << 8
        if address >= STATUS_SIZE:
            return
        data = (bytes(self.eprom_status) + bytes((self.status,)))[address:]
        yield from send_bytes(data)
        yield from send_bytes(inverted_crc16(bytes((READ_STATUS, low, high)) + data))
        yield from send_forever(LISTEN)

    def _write_status(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        value = yield from receive_byte()
        yield from send_bytes(inverted_crc16(bytes((WRITE_STATUS, low, high, value))))
        address = low | high << 8
        if address == SWITCH_STATUS:
            self.pins.drive(value >> 5)
            self.alarm_settings = value & 0x1F
        elif address < SWITCH_STATUS:
            yield from self._program(self.eprom_status, address, value)

    def _read_memory(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        data = bytes(self.memory[low | high << 8 :])
        yield from send_bytes(data)
        yield from send_bytes(inverted_crc16(bytes((READ_MEMORY, low, high)) + data))
        yield from send_forever(LISTEN)

    def _extended_read_memory(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        counted = bytearray((EXTENDED_READ_MEMORY, low, high))
        start = low | high << 8
        for address in range(start, MEMORY_SIZE):
            if address == start or not address % PAGE_SIZE:
                counted.append(self.eprom_status[1 + address // PAGE_SIZE])
                yield from send_bytes(counted[-1:] + inverted_crc16(counted))
                counted.clear()
            counted.append(self.memory[address])
            yield from send_bytes(counted[-1:])
            if address % PAGE_SIZE == PAGE_SIZE - 1:
                yield from send_bytes(inverted_crc16(counted))
                counted.clear()
        yield from send_forever(LISTEN)

    def _write_memory(self) -> Behaviour:
        low, high = (yield from receive_byte()), (yield from receive_byte())
        value = yield from receive_byte()
        yield from send_bytes(inverted_crc16(bytes((WRITE_MEMORY, low, high, value))))
        if (address := low | high << 8) < MEMORY_SIZE:
            yield from self._program(self.memory, address, value)

    def _program(self, eprom: bytearray, address: int, value: int) -> Behaviour:
        """Wait for the program pulse, which can only clear bits; then show the byte."""

        def burn() -> None:
            eprom[address] &= value

        self._programming = burn
        self._shown = lambda: eprom[address]
        # The pulse comes after the CRC and before this slot, so the slot itself must look.
        yield POLL
        yield from send_bits(eprom[address] >> 1, 7)
        yield from send_forever(LISTEN)

    def busy(self) -> bool:
        return not self._shown() & 1

    functions: ClassVar[Functions] = {
        CHANNEL_ACCESS: _channel_access,
        READ_STATUS: _read_status,
        WRITE_STATUS: _write_status,
        READ_MEMORY: _read_memory,
        EXTENDED_READ_MEMORY: _extended_read_memory,
        WRITE_MEMORY: _write_memory,
    }
