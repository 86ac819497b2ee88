"""USB in software: a stand-in libusb-1.0.so.0, and the host that answers it in this process.

Programs that use libusb, changed in nothing, find the emulated adapters of a `UsbHost` when they
are started in its `environment()`. The chips are elsewhere (ds2490.py).
"""

from owfs_py.emulator.libusb.host import UsbDevice, UsbHost, library

__all__ = ["UsbDevice", "UsbHost", "library"]
