"""The SmartSlave TH of iButtonLink: temperature and humidity, and a LED.

Source: what is known of its protocol by way of owserver's documentation. How the CRC of its page is
made is not known: `crc` chooses.
"""

from __future__ import annotations

import enum

from owfs_py._crc import crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, inverted_crc16, receive_byte, send_bytes
from owfs_py.emulator.wire import CLOCK_TOLERANCE

READ_PAGE, CONVERT, LED = 0xF0, 0xB4, 0xA5
PAGE_SIZE = 32
TYPE_TH = 4
STEPS = 128  # of a degree, of a percent


class PageCrc(enum.Enum):
    """What the two bytes behind the page are."""

    PLAIN = enum.auto()  # CRC-16 of the page
    INVERTED = enum.auto()  # the same inverted
    COMMAND_TOO = enum.auto()  # inverted, of command, address and page
    ANOTHER = enum.auto()  # none of these


class SmartSlave(Slave):
    """`temperature` and `humidity`, in degrees Celsius and percent, are what it finds when it
    measures; `page` is what it tells."""

    families = (0xFE,)
    chip = "IBLSS"
    CONVERSION_TIME = 0.9
    """Seconds (assumed: users are told to wait for one)."""

    def __init__(self, rom: RomId) -> None:
        self.temperature = 20.0
        self.humidity = 50.0
        self.crc = PageCrc.PLAIN
        self.led = False
        self.spoiled = 0
        """Fault: in so many coming pages a byte is wrong."""
        self.conversions = 0
        self.page = bytearray(PAGE_SIZE)
        self.page[0], self.page[1] = TYPE_TH, 0x12
        self._done = float("inf")
        super().__init__(rom)

    def brown_out(self) -> None:
        super().brown_out()
        self.page[2:9] = bytes(7)

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == CONVERT:
            self._convert()
        elif command == READ_PAGE:
            address = yield from receive_byte()
            self._finish()
            yield from self._send_page(bytes((command, address)))
        elif command == LED and (yield from receive_byte()) == 0:
            self.led = bool((yield from receive_byte()))

    def _convert(self) -> None:
        self.conversions += 1
        self.page[3] = 1
        self._done = self.wire.now() + self.CONVERSION_TIME

    def _finish(self) -> None:
        if self.wire.now() < self._done - CLOCK_TOLERANCE:
            return
        self._done = float("inf")
        for at, value in ((4, self.temperature), (6, self.humidity)):
            self.page[at : at + 2] = round(value * STEPS).to_bytes(2, signed=True)
        self.page[3], self.page[8] = 0, 1

    def _send_page(self, command: bytes) -> Behaviour:
        data = bytes(self.page)
        check = {
            PageCrc.PLAIN: crc16(data).to_bytes(2, "little"),
            PageCrc.INVERTED: inverted_crc16(data),
            PageCrc.COMMAND_TOO: inverted_crc16(command + data),
            PageCrc.ANOTHER: b"\x12\x34",
        }[self.crc]
        if self.spoiled:
            self.spoiled -= 1
            data = data[:5] + bytes((data[5] ^ 1 << self.spoiled % 8,)) + data[6:]
        yield from send_bytes(data + check)
