"""The DS2490's bench: driver, PyUSB, stand-in libusb, emulated host and chip, in virtual time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import usb.backend.libusb1

from owfs_py.bus.masters.ds2490 import DS2490
from owfs_py.emulator import ds2490
from owfs_py.emulator.libusb import UsbDevice, UsbHost, library
from owfs_py.emulator.libusb.host import BULK_OUT
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import TIMEOUT, Bench


class UsbPort:
    """What the contract's tests want of a port, done by a device on USB."""

    bytesize = 8

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    @property
    def silent(self) -> bool:
        return self._device.silent

    @silent.setter
    def silent(self, value: bool) -> None:
        self._device.silent = value

    @property
    def calls_left(self) -> int | None:
        return self._device.calls_left

    @calls_left.setter
    def calls_left(self, value: int | None) -> None:
        self._device.calls_left = value

    @property
    def is_open(self) -> bool:
        return self._device.holder is not None

    def unplug(self) -> None:
        self._device.unplug()

    def write(self, data: bytes) -> None:
        """Leave bytes in the adapter, and an endpoint in a halt."""
        self._device.chip.write(data)
        self._device.stalled.add(BULK_OUT)


@dataclass
class UsbBench(Bench):
    """A bus master on an emulated USB; to be used by way of `usb_bench`."""

    kind: str = "ds2490"
    options: dict[str, Any] = field(default_factory=dict)
    chip: str = "ds2490"

    def __post_init__(self) -> None:
        self.wire = Wire(self.clock)
        self.host = UsbHost(self.clock)
        self.device = self.host.add(ds2490.DS2490(self.wire))
        # Faults are the device's own here, which has the attribute `change`, too.
        self.meddler = self.device  # type: ignore[assignment]
        self.port = UsbPort(self.device)  # type: ignore[assignment]
        self.master: DS2490 = DS2490("emulated", self.clock, timeout=TIMEOUT, **self.options)

    def plug(self) -> None:
        self.host.plug(self.device)


def place(device: UsbDevice) -> str:
    """`B:D`, as the driver has it."""
    return f"{device.bus}:{device.address}"


@contextmanager
def stand_in(host: UsbHost) -> Iterator[UsbHost]:
    """While it lasts PyUSB is on the stand-in libusb and finds the devices of `host`."""
    with (
        host,
        mock.patch.multiple(usb.backend.libusb1, _lib=None, _lib_object=None),
        mock.patch.dict(os.environ, host.environment()),
    ):
        assert usb.backend.libusb1.get_backend(find_library=lambda name: str(library()))
        yield host


@contextmanager
def usb_bench(**options: Any) -> Iterator[UsbBench]:
    """A bench on its own USB; the driver is closed in the end."""
    bench = UsbBench(options=options)
    with stand_in(bench.host):
        yield bench
        bench.master.close()
