"""Registers of a device in the memory of this process: physical memory, or what a UIO driver gives.

It maps them and moves single bytes. What they mean is the matter of the device's driver.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

PHYSICAL_MEMORY = "/dev/mem"
UIO_CLASS = Path("/sys/class/uio")
DEVICES = Path("/dev")


class Window(Protocol):
    """Some registers of a byte each, by number. Access to them never fails."""

    def __getitem__(self, number: int, /) -> int: ...
    def __setitem__(self, number: int, value: int, /) -> None: ...
    def close(self) -> None: ...


OpenWindow = Callable[[int, int], Window]
"""Opens so many registers from an address on; OSError if there are none."""


class Mapped:
    """`count` bytes of a file, or of a device that can be mapped, from `start` on. OSError."""

    def __init__(self, path: str | Path, start: int, count: int) -> None:
        page = start - start % mmap.ALLOCATIONGRANULARITY
        self._start = start - page
        # Synchronous: what is written must not wait in a cache.
        file = os.open(path, os.O_RDWR | os.O_SYNC)
        try:
            self._map = mmap.mmap(file, self._start + count, offset=page)
        except (ValueError, OverflowError) as error:
            raise OSError(f"{path} has no {count} bytes at {start:#x}: {error}") from error
        finally:
            os.close(file)

    def __getitem__(self, number: int, /) -> int:
        return self._map[self._start + number]

    def __setitem__(self, number: int, value: int, /) -> None:
        self._map[self._start + number] = value

    def close(self) -> None:
        """Give the memory back."""
        self._map.close()


def physical(path: str | Path = PHYSICAL_MEMORY) -> OpenWindow:
    """Opens registers by their physical address."""
    return lambda start, count: Mapped(path, start, count)


def first_uio(classes: Path = UIO_CLASS, devices: Path = DEVICES) -> OpenWindow:
    """Opens registers by where they are in the first memory region of the first UIO device.

    The layout is that of Documentation/driver-api/uio-howto.rst of the Linux kernel.
    """

    def open_window(start: int, count: int) -> Window:
        names = sorted(
            (path.name for path in classes.glob("uio[0-9]*")), key=lambda name: int(name[3:])
        )
        if not names:
            raise FileNotFoundError(f"no UIO device in {classes}")
        region = classes / names[0] / "maps" / "map0"
        size, offset = (int((region / name).read_text(), 16) for name in ("size", "offset"))
        if start + count > size:
            raise OSError(f"{names[0]} has {size} bytes, and none at {start + count - 1:#x}")
        return Mapped(devices / names[0], offset + start, count)

    return open_window


def integer(text: str) -> int:
    """A number as C writes it: 0x10 and 020 are 16. Raises ValueError."""
    if not text.isascii() or not text.isalnum():
        raise ValueError(f"not a number: {text!r}")
    is_octal = text.isdigit() and text.startswith("0")
    try:
        return int(text, 8 if is_octal else 0)
    except ValueError:
        raise ValueError(f"not a number: {text!r}") from None
