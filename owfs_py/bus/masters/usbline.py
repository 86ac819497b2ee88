"""UsbLine: a device on USB taken for a bus master, over libusb by way of PyUSB.

Every failure becomes a BusError that says which device, what, and what helps. What the transfers
mean is the driver's matter.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError

HOW_TO_INSTALL = "USB adapters need PyUSB and libusb: pip install 'owfs_py[usb]'"

try:
    import usb.backend.libusb1
    import usb.core
    import usb.util
except ModuleNotFoundError as error:
    raise ImportError(HOW_TO_INSTALL) from error

LIBUSB = "libusb-1.0.so.0"
DEFAULT_TIMEOUT = 5.0
VENDOR_COMMAND = 0x40
"""bmRequestType: vendor, to the device."""
CONFIGURATION, INTERFACE = 1, 0

_NO_PERMISSION = (
    "no permission to open it; this line in a file in /etc/udev/rules.d gives it to everybody: "
    'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{0:04x}", ATTR{{idProduct}}=="{1:04x}", MODE="0666"'
)
_KERNEL_HAS_IT = (
    "a driver of the kernel has it and does not let go ({0}); for a DS9490 'rmmod ds2490' helps, "
    "and 'blacklist ds2490' in a file in /etc/modprobe.d for good"
)


def find(vendor: int, product: int) -> list[usb.core.Device]:
    """All devices of this kind in libusb's order, whoever uses them.

    Raises BusNotRespondingError if there is no libusb or it cannot say.
    """
    # By this name without a search: that would start compilers and linkers.
    backend = usb.backend.libusb1.get_backend(find_library=lambda name: LIBUSB)
    if backend is None:
        with suppress(ModuleNotFoundError):
            import libusb_package

            backend = libusb_package.get_libusb1_backend()
    if backend is None:
        raise BusNotRespondingError(HOW_TO_INSTALL)
    try:
        return list(usb.core.find(True, backend, idVendor=vendor, idProduct=product))
    except usb.core.USBError as error:
        raise BusNotRespondingError(f"USB cannot be searched: {error}") from error


def place_of(device: usb.core.Device) -> str:
    """Bus and device number as lsusb shows them, but `B:D`."""
    return f"{device.bus}:{device.address}"


def obstacle(device: usb.core.Device) -> str:
    """What is in the way of having the device, empty if nothing is. It stays as it is.

    Raises BusNotRespondingError if it cannot be had.
    """
    try:
        if device.is_kernel_driver_active(INTERFACE):
            return "in use by a driver of the kernel, which is asked to let go"
        usb.util.claim_interface(device, INTERFACE)
        usb.util.release_interface(device, INTERFACE)
    except NotImplementedError:  # on systems where kernels leave such devices alone
        return ""
    except usb.core.USBError as error:
        raise BusNotRespondingError(_reason(device, error)) from error
    finally:
        usb.util.dispose_resources(device)
    return ""


def _reason(device: usb.core.Device, error: usb.core.USBError) -> str:
    if error.errno == errno.EACCES:
        return _NO_PERMISSION.format(device.idVendor, device.idProduct)
    return "another program uses it" if error.errno == errno.EBUSY else str(error)


class UsbLine:
    """Interface 0 of a device, claimed from the beginning until `close`.

    `timeout` is seconds for each transfer. Raises BusNotRespondingError if the device cannot be
    had; `endpoints` are those whose halt is cleared.
    """

    def __init__(
        self,
        device: usb.core.Device,
        alternate_setting: int,
        endpoints: tuple[int, ...],
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self.timeout = timeout
        self.place = place_of(device)
        self._device = device
        self._taken_from_kernel = False
        try:
            self._take_from_kernel()
            device.set_configuration(CONFIGURATION)
            usb.util.claim_interface(device, INTERFACE)
            device.set_interface_altsetting(INTERFACE, alternate_setting)
            for endpoint in endpoints:
                device.clear_halt(endpoint)
        except usb.core.USBError as error:
            self.close()
            raise BusNotRespondingError(f"{self}: {_reason(device, error)}") from error
        except BusNotRespondingError:
            self.close()
            raise

    def __str__(self) -> str:
        return f"USB {self.place}"

    def _take_from_kernel(self) -> None:
        try:
            if not self._device.is_kernel_driver_active(INTERFACE):
                return
        except NotImplementedError:  # on systems where kernels leave such devices alone
            return
        try:
            self._device.detach_kernel_driver(INTERFACE)
        except (usb.core.USBError, NotImplementedError) as error:
            raise BusNotRespondingError(f"{self}: {_KERNEL_HAS_IT.format(error)}") from error
        self._taken_from_kernel = True

    def close(self) -> None:
        """Give the device back to whoever had it. Never raises."""
        with suppress(usb.core.USBError):
            usb.util.release_interface(self._device, INTERFACE)
        if self._taken_from_kernel:
            with suppress(usb.core.USBError, NotImplementedError):
                self._device.attach_kernel_driver(INTERFACE)
        usb.util.dispose_resources(self._device)

    def command(self, request: int, value: int, index: int = 0) -> None:
        """A vendor command on endpoint 0, without data."""
        with self._transfer(f"command {request}, {value:04x}, {index:04x}") as timeout:
            self._device.ctrl_transfer(VENDOR_COMMAND, request, value, index, None, timeout)

    def write(self, endpoint: int, data: bytes) -> None:
        """Send all of `data`, or raise."""
        with self._transfer(f"{len(data)} bytes out") as timeout:
            taken = self._device.write(endpoint, data, timeout)
        if taken != len(data):
            raise BusError(f"{self}: {taken} of {len(data)} bytes were taken")

    def read(self, endpoint: int, size: int) -> bytes:
        """What one transfer of up to `size` bytes gives."""
        with self._transfer(f"up to {size} bytes in") as timeout:
            data: bytes = self._device.read(endpoint, size, timeout).tobytes()
        return data

    def read_exactly(self, endpoint: int, size: int) -> bytes:
        """So many bytes, in as many transfers as it takes."""
        data = b""
        while len(data) < size:
            piece = self.read(endpoint, size - len(data))
            if not piece:
                raise BusError(f"{self}: {len(data)} of {size} bytes came")
            data += piece
        return data

    @contextmanager
    def _transfer(self, what: str) -> Iterator[int]:
        """The time-out in milliseconds for a transfer whose failures become BusErrors."""
        try:
            yield max(1, int(self.timeout * 1000))  # 0 would be for ever
        except usb.core.USBTimeoutError as error:
            raise BusTimeoutError(
                f"{self}: no answer within {self.timeout:g} s ({what})"
            ) from error
        except usb.core.USBError as error:
            raise BusError(f"{self}: {error.strerror or error} ({what})") from error
