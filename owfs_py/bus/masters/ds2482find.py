"""Finding a DS2482 or DS2483: what the text of an option or address means, and which chips are on
the I2C adapters of this machine. None is left open; smbus2 is imported when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.ds2482chip import Chip, Connect

ADDRESSES = range(0x18, 0x20)
"""I2C addresses that the pins AD0 to AD2 choose from (-100: four of them; DS2483: 0x18)."""

ALL = ("all", "*")
_WHICH = re.compile(r"[0-7]|1[89a-f]", re.IGNORECASE)
MISSING = "the Python package smbus2 is missing (pip install 'owfs_py[i2c]')"


def find_chips(
    spec: str, clock: Clock = REAL_CLOCK, *, connect: Connect | None = None
) -> list[Chip]:
    """The chips that owserver's `--i2c=SPEC` means; none is open.

    `/dev/i2c-1` the first chip on this adapter, `/dev/i2c-1:0` that at 0x18, `/dev/i2c-1:all` all
    on it; `all:all` all chips there are, `all` the first of each adapter, nothing the first of all.
    If the adapter is named and no chip found it is the first that will be there when it is opened.
    Raises ValueError for a SPEC that cannot be, BusNotRespondingError if no chip is found where no
    adapter is named, ImportError if smbus2 is missing. Whoever is at 0x18 to 0x1F gets the byte of
    a device reset, but for chips that are open in this process.
    """
    adapter, addresses, every = _parse(spec)
    connect = connect or smbus2_connect()
    paths = [adapter] if _is_named(adapter) else adapters()
    found: list[Chip] = []
    for path in paths:
        for address in addresses:
            chip = Chip(path, [address], clock, connect)
            if _answers(chip):
                found.append(chip)
                if not every:
                    break
        if found and not adapter and not every:
            break
    if found:
        return found
    if not _is_named(adapter):
        where = f" on {', '.join(paths)}" if paths else ": there is no I2C adapter (/dev/i2c-N)"
        raise BusNotRespondingError(f"no DS2482 found{where}")
    return [Chip(adapter, addresses, clock, connect)]


def named_chip(address: str, clock: Clock = REAL_CLOCK, connect: Connect | None = None) -> Chip:
    """The chip at `/dev/i2c-1:0`, or the first on `/dev/i2c-1`; nobody looks whether it is there.

    Raises ValueError if no adapter is named, ImportError if smbus2 is missing.
    """
    adapter, addresses, _ = _parse(address)
    if not _is_named(adapter):
        raise ValueError(f"{address!r} names no I2C adapter, such as /dev/i2c-1")
    return Chip(adapter, addresses, clock, connect or smbus2_connect())


def _answers(chip: Chip) -> bool:
    if (user := chip.user) is not None:
        chip.model = user.model
        return True
    try:
        chip.open(0)
    except BusNotRespondingError:
        return False
    chip.close(0)
    return True


def adapters() -> list[str]:
    """The I2C adapters of this machine by their numbers."""
    paths = {int(path.name[4:]): str(path) for path in Path("/dev").glob("i2c-[0-9]*")}
    return [paths[number] for number in sorted(paths)]


def _is_named(adapter: str) -> bool:
    return adapter.lower() not in ("", *ALL)


class _Spec(NamedTuple):
    adapter: str
    addresses: Sequence[int]
    every: bool
    """All chips are meant, not the first."""


def _parse(spec: str) -> _Spec:
    """The parts of `/dev/i2c-1:0`. Raises ValueError."""
    adapter, _, which = spec.rpartition(":") if ":" in spec else (spec, "", "")
    if which.lower() in ("", *ALL):
        return _Spec(adapter, ADDRESSES, bool(which))
    if not _WHICH.fullmatch(which):
        raise ValueError(f"{spec}: no such I2C address (0 to 7 for 0x18 to 0x1f, or all)")
    number = int(which, 16)
    return _Spec(adapter, [number if number in ADDRESSES else ADDRESSES[number]], False)


def smbus2_connect() -> Connect:
    """smbus2's way to an I2C adapter. Raises ImportError if smbus2 is missing."""
    if find_spec("smbus2") is None:
        raise ImportError(MISSING)
    from smbus2 import SMBus

    return SMBus
