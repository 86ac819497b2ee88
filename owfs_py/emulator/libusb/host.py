"""UsbHost: emulated USB adapters, for every program that runs on the stand-in libusb.

It does what the operating system does for libusb: lists devices, says who has which, and carries
transfers to the chips. What is in a transfer it does not know.
"""

from __future__ import annotations

import enum
import functools
import itertools
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.emulator.ds2490 import DS2490, StallError

LIBRARY = "libusb-1.0.so.0"
SOCKET_VARIABLE = "EMULATED_USB"
"""The environment variable that tells the stand-in where the host listens."""

DS2490_ID = (0x04FA, 0x2490)
"""USB's vendor and product id of the chip."""
INTERRUPT_IN, BULK_OUT, BULK_IN = 0x81, 0x02, 0x83
VENDOR_COMMAND = 0x40
"""bmRequestType: vendor, from host to device."""
STATUS_SIZE = 32
ADDRESSES = range(2, 128)
"""Of devices on a bus, given out one after the other and then from the beginning; 1 is the hub."""

REQUEST = struct.Struct("<BBBBHHII")
REPLY = struct.Struct("<iI")
LISTED = struct.Struct("<BBHH")


class Call(enum.IntEnum):
    """What the stand-in asks; libusb.c has the same numbers."""

    LIST = 0
    OPEN = 1
    DRIVER_ACTIVE = 2
    DETACH_DRIVER = 3
    ATTACH_DRIVER = 4
    SET_CONFIGURATION = 5
    CLAIM = 6
    RELEASE = 7
    SET_ALTERNATE = 8
    CLEAR_HALT = 9
    CONTROL = 10
    TRANSFER = 11


class Failure(enum.IntEnum):
    """libusb's error codes."""

    ACCESS = -3
    NO_DEVICE = -4
    NOT_FOUND = -5
    BUSY = -6
    TIMEOUT = -7
    OVERFLOW = -8
    PIPE = -9


class UsbError(Exception):
    """A call that fails; `transferred` bytes went out before."""

    def __init__(self, failure: Failure, transferred: int = 0) -> None:
        super().__init__(failure.name)
        self.failure = failure
        self.transferred = transferred


@dataclass(slots=True)
class Request:
    """One call of the program, with the bytes that it sends."""

    call: Call
    endpoint: int
    type: int
    code: int
    value: int
    index: int
    length: int
    timeout: float
    """Seconds."""
    data: bytes = b""


@functools.cache
def _build_directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="emulated-libusb-")


@functools.cache
def library() -> Path:
    """The stand-in, built by gcc on first use; it goes away with this process."""
    built = Path(_build_directory().name) / LIBRARY
    source = Path(__file__).with_name("libusb.c")
    options = ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", f"-Wl,-soname,{LIBRARY}"]
    subprocess.run(["gcc", *options, "-o", str(built), str(source)], check=True)
    return built


@dataclass(eq=False)
class UsbDevice:
    """An adapter with a DS2490, and all that can be wrong with it; change it at any time."""

    chip: DS2490
    clock: Clock = REAL_CLOCK
    bus: int = 1
    address: int = 0
    """As lsusb shows them; whoever is plugged in again gets another address."""
    id: tuple[int, int] = DS2490_ID
    plugged: bool = False
    kernel_driver: bool = False
    """The kernel's own driver has it."""
    kernel_driver_stays: bool = False
    """And cannot be detached."""
    permitted: bool = True
    """Whether programs may open it."""
    holder: object = None
    """Whoever has claimed it."""
    silent: bool = False
    """Fault: no transfer ends."""
    calls_left: int | None = None
    """Fault: it is pulled out at the transfer after so many."""
    stalled: set[int] = field(default_factory=set)
    """Fault: endpoints that fail until somebody clears the halt."""
    change: Callable[[bytes], bytes] = bytes
    """Fault: what becomes of bytes on their way to the host."""
    transfers: int = 0
    """Those that programs asked for so far, of any kind and whatever their end."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, holder: object, request: Request) -> tuple[int, bytes]:
        """Do what a program asks: a result and the bytes for it. Raises UsbError."""
        if request.call in (Call.CONTROL, Call.TRANSFER):
            return self._transfer(holder, request)
        return self._order(holder, request), b""

    def _order(self, holder: object, request: Request) -> int:
        match request.call:
            case Call.DRIVER_ACTIVE:
                return int(self.kernel_driver)
            case Call.DETACH_DRIVER:
                if not self.kernel_driver:
                    raise UsbError(Failure.NOT_FOUND)
                if self.kernel_driver_stays:
                    raise UsbError(Failure.ACCESS)
                self.kernel_driver = False
            case Call.ATTACH_DRIVER:
                if self.holder is not None:
                    raise UsbError(Failure.BUSY)
                self.kernel_driver = True
            case Call.SET_CONFIGURATION | Call.CLAIM:
                if self.kernel_driver or self.holder not in (None, holder):
                    raise UsbError(Failure.BUSY)
                if request.call is Call.CLAIM:
                    self.holder = holder
            case Call.RELEASE:
                self._check_holder(holder)
                self.holder = None
            case Call.SET_ALTERNATE:
                self._check_holder(holder)
            case Call.CLEAR_HALT:
                self.stalled.discard(request.value)
        return 0

    def _check_holder(self, holder: object) -> None:
        if self.holder is not holder:
            raise UsbError(Failure.NOT_FOUND)

    def _transfer(self, holder: object, request: Request) -> tuple[int, bytes]:
        self._check_holder(holder)
        self.transfers += 1
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.unplug()
                raise UsbError(Failure.NO_DEVICE)
        if self.silent:
            self._time_out(request)
        if request.endpoint in self.stalled:
            raise UsbError(Failure.PIPE)
        if request.call is Call.CONTROL:
            return self._control(request), b""
        if request.endpoint == BULK_OUT:
            return self._out(request), b""
        return 0, self._in(request)

    def _control(self, request: Request) -> int:
        if request.type != VENDOR_COMMAND:
            raise UsbError(Failure.PIPE)
        try:
            with self.lock:
                self.chip.control(request.code, request.value, request.index)
                self.chip.wire.settle()
        except StallError:
            raise UsbError(Failure.PIPE) from None
        return 0

    def _out(self, request: Request) -> int:
        with self.lock:
            taken = self.chip.write(request.data)
            self.chip.wire.settle()
        if taken < len(request.data):
            self._time_out(request, taken)
        return taken

    def _in(self, request: Request) -> bytes:
        with self.lock:
            if request.endpoint == INTERRUPT_IN:
                data = self.chip.status()
            elif request.endpoint == BULK_IN:
                data = self.chip.read(request.length)
            else:
                raise UsbError(Failure.NOT_FOUND)
        if not data:
            self._time_out(request)
        data = self.change(data)
        if len(data) > request.length:
            raise UsbError(Failure.OVERFLOW)
        return data

    def _time_out(self, request: Request, transferred: int = 0) -> None:
        self.clock.wait(request.timeout)
        raise UsbError(Failure.TIMEOUT, transferred)

    def unplug(self) -> None:
        """Pull it out, under whoever uses it."""
        self.plugged = False
        self.holder = None


class UsbHost:
    """The USB of an emulated machine, from `with` on until the end of the block."""

    def __init__(self, clock: Clock = REAL_CLOCK) -> None:
        self.clock = clock
        self.devices: list[UsbDevice] = []
        """In the order in which programs see them."""
        self._addresses = itertools.cycle(ADDRESSES)
        self._directory = tempfile.TemporaryDirectory(prefix="emulated-usb-")
        self.path = str(Path(self._directory.name) / "socket")
        self._listener = socket.socket(socket.AF_UNIX)
        self._connections: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, name="emulated USB", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        for connection in (self._listener, *self._connections.copy()):
            with suppress(OSError):  # its program may end at this moment
                connection.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._directory.cleanup()

    def environment(self) -> dict[str, str]:
        """What a program must have in its environment, beside the usual."""
        return {"LD_LIBRARY_PATH": str(library().parent), SOCKET_VARIABLE: self.path}

    def add(self, chip: DS2490) -> UsbDevice:
        """A new adapter with this chip, plugged in."""
        device = UsbDevice(chip, self.clock)
        self.devices.append(device)
        self.plug(device)
        return device

    def plug(self, device: UsbDevice) -> None:
        """Plug an adapter in (again): it powers up and gets an address."""
        taken = [other.address for other in self.devices if other.plugged]
        device.address = next(address for address in self._addresses if address not in taken)
        device.calls_left = None
        device.chip.power_up()
        device.plugged = True

    # In threads

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the end
                return
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        handle = _Handle(self)
        with connection, connection.makefile("rb") as stream:
            try:
                while header := stream.read(REQUEST.size):
                    request = _parse(header)
                    if request.call is Call.TRANSFER and request.endpoint == BULK_OUT:
                        request.data = stream.read(request.length)
                    connection.sendall(_reply(handle, request))
            except OSError:  # the program or the host ended in the middle
                return
            finally:
                self._connections.discard(connection)
                handle.close()


class _Handle:
    """What a program has open by one connection."""

    def __init__(self, host: UsbHost) -> None:
        self._host = host
        self._device: UsbDevice | None = None
        self._address = 0

    def answer(self, request: Request) -> tuple[int, bytes]:
        if request.call is Call.LIST:
            return 0, b"".join(
                LISTED.pack(device.bus, device.address, *device.id)
                for device in self._host.devices
                if device.plugged
            )
        if request.call is Call.OPEN:
            self._open(request.value, request.index)
            return 0, b""
        device = self._device
        if device is None or not device.plugged or device.address != self._address:
            raise UsbError(Failure.NO_DEVICE)
        return device.answer(self, request)

    def _open(self, bus: int, address: int) -> None:
        for device in self._host.devices:
            if device.plugged and (device.bus, device.address) == (bus, address):
                if not device.permitted:
                    raise UsbError(Failure.ACCESS)
                self._device, self._address = device, address
                return
        raise UsbError(Failure.NO_DEVICE)

    def close(self) -> None:
        if self._device is not None and self._device.holder is self:
            self._device.holder = None


def _parse(header: bytes) -> Request:
    call, endpoint, kind, code, value, index, length, milliseconds = REQUEST.unpack(header)
    return Request(Call(call), endpoint, kind, code, value, index, length, milliseconds / 1000)


def _reply(handle: _Handle, request: Request) -> bytes:
    try:
        result, data = handle.answer(request)
    except UsbError as error:
        return REPLY.pack(error.failure, error.transferred)
    if request.call is Call.TRANSFER and request.endpoint == BULK_OUT:
        return REPLY.pack(0, result)
    return REPLY.pack(result, len(data)) + data
