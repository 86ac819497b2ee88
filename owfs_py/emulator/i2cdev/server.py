"""I2cDevServer: emulated I2C buses as /dev/i2c-N, for programs started with i2cdev.c preloaded.

The packets are described in i2cdev.c.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from owfs_py.emulator.i2cdev import I2C_M_RD, I2cBus, Message
from owfs_py.emulator.preload import PreloadServer

_ERROR = struct.Struct("=i")
_FUNCTIONS = struct.Struct("=I")
_MESSAGE = struct.Struct("=BBB")
"""Flags, address, length."""


class I2cDevServer(PreloadServer):
    """`buses` are the adapters by path, `/dev/i2c-1`."""

    def __init__(self, buses: Mapping[str, I2cBus]) -> None:
        super().__init__(Path(__file__).with_name("i2cdev.c"), "I2CDEV_SOCKET")
        self.buses = dict(buses)
        """The adapters that there are; change it at any time, which is noticed at each transfer."""
        self._opened: dict[socket.socket, str] = {}

    def answers(self, program: socket.socket, packet: bytes) -> list[bytes]:
        try:
            return [_ERROR.pack(0) + self._do(program, packet)]
        except OSError as error:
            return [_ERROR.pack(error.errno or errno.EIO)]

    def goodbye(self, program: socket.socket) -> None:
        self._opened.pop(program, None)

    def _do(self, program: socket.socket, packet: bytes) -> bytes:
        kind, rest = packet[:1], packet[1:]
        if kind == b"O":
            path = rest.decode()
            if path not in self.buses:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._opened[program] = path
            return b""
        bus = self.buses.get(self._opened[program])
        if bus is None:  # the adapter was pulled out
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        if kind == b"F":
            return _FUNCTIONS.pack(bus.controller.functions)
        return (bus.transfer if kind == b"S" else bus.combined)(list(_messages(rest)))


def _messages(packet: bytes) -> Iterator[Message]:
    place = 0
    while place < len(packet):
        flags, address, length = _MESSAGE.unpack_from(packet, place)
        place += _MESSAGE.size
        if flags & I2C_M_RD:
            yield Message(address, length=length)
        else:
            yield Message(address, packet[place : place + length])
            place += length
