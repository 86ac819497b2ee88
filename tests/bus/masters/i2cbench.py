"""A channel of an emulated DS2482 in virtual time, and ways to make its I2C bus fail.

It has the surface of bench.Bench, so that the contract of all bus masters runs on it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.emulator import ds2482
from owfs_py.emulator.ds2482 import Model, Status
from owfs_py.emulator.i2cdev import (
    I2C_M_RD,
    STANDARD_MODE,
    Controller,
    EmulatedSmbus,
    I2cBus,
)
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import Bench

ADDRESS = 0x18
CHANNELS = {Model.DS2482_100: 1, Model.DS2482_800: 8, Model.DS2483: 1}


class FlakySmbus(EmulatedSmbus):
    """An I2C adapter that can be pulled out after some more transfers, and garble what is read."""

    def __init__(self, bus: I2cBus) -> None:
        super().__init__(bus)
        self.calls_left: int | None = None
        self.is_open = False
        self.plugged = True
        self.silent = False
        """The chip says for ever that it is busy."""
        self.bytesize = 8
        self.change: Callable[[bytes], bytes] = bytes
        """What becomes of each byte read; if nothing, the transfer fails."""

    def open(self, path: str) -> FlakySmbus:
        if not self.plugged:
            raise OSError(errno.ENOENT, f"could not open port {path}")
        self.is_open = True
        return self

    def close(self) -> None:
        self.is_open = False

    def unplug(self) -> None:
        self.plugged = False

    def read_byte(self, i2c_addr: int) -> int:
        self._count_down()
        return self._received(super().read_byte(i2c_addr))

    def i2c_rdwr(self, *i2c_msgs: Any) -> None:
        self._count_down()
        super().i2c_rdwr(*i2c_msgs)
        for msg in i2c_msgs:
            if msg.flags & I2C_M_RD:
                for place, byte in enumerate(bytes(msg)):
                    msg.buf[place] = self._received(byte)

    def write_byte(self, i2c_addr: int, value: int) -> None:
        self._count_down()
        super().write_byte(i2c_addr, value)

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        self._count_down()
        super().write_byte_data(i2c_addr, register, value)

    def write(self, data: bytes) -> None:
        """What another program may have sent to the chip."""
        self._bus.write(ADDRESS, b"\x96")
        for byte in data:
            self._bus.write(ADDRESS, bytes([0xE1, 0xC3 if byte & 1 else 0xE1]))

    def _received(self, byte: int) -> int:
        answer = self.change(bytes([byte]))
        if not answer:
            raise OSError(errno.EIO, "Input/output error")
        return answer[0] | (Status.BUSY if self.silent else 0)

    def _count_down(self) -> None:
        assert self.is_open
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.unplug()
        if not self.plugged:
            raise OSError(errno.ENODEV, "No such device")


@dataclass
class I2cBench:
    """One bus master on its channel; `options` go to the driver."""

    model: Model
    channel: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    clock: VirtualClock = field(default_factory=VirtualClock)
    controller: Controller = Controller.I2C
    bit_rate: int = STANDARD_MODE
    smbus: type[FlakySmbus] = FlakySmbus
    kind = "ds2482"

    def __post_init__(self) -> None:
        self.i2c = I2cBus(self.clock, bit_rate=self.bit_rate, controller=self.controller)
        self.wires = [Wire(self.clock) for _ in range(CHANNELS[self.model])]
        self.wire = self.wires[self.channel]
        self.chip = ds2482.DS2482(self.wires, self.model)
        self.i2c.attach(ADDRESS, self.chip)
        self.port = self.meddler = self.smbus(self.i2c)
        self.master = DS2482(
            "emulated",
            self.clock,
            connect=self.port.open,
            channel=self.channel,
            **self.options,
        )

    def other_channel(self, channel: int) -> DS2482:
        """Another bus master on the same chip, open."""
        master = DS2482("", self.clock, chip=self.master.chip, channel=channel)
        master.open()
        return master

    def plug(self) -> None:
        self.port.calls_left = None
        self.port.plugged = True

    def thermometers(self, count: int, **options: Any) -> list[DS18B20]:
        """Put so many DS18B20 on the channel's wire."""
        return Bench.thermometers(self, count, **options)  # type: ignore[arg-type]  # has a wire
