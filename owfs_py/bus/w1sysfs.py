"""W1Sysfs: a 1-Wire bus of the Linux kernel as its files in sysfs show it: which devices there are,
and temperatures where the kernel has a driver. Nothing else can be read, and nothing written.
What a scratchpad means is told by the modules of the families, as on any other bus.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    CommunicationError,
    NotSupportedError,
)
from owfs_py.bus.face import Sample, device_of
from owfs_py.bus.families import ds18x20, ds1825
from owfs_py.bus.families.thermometers import ATTEMPTS, PROGRAMMABLE, Sensor, must_not_be_zeros
from owfs_py.bus.line import Line
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.w1netlink import NAME
from owfs_py.bus.properties import Part
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Node
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

T = TypeVar("T")

SLAVES = "w1_master_slaves"
_SLAVE = re.compile(r"([0-9a-f]{2})-([0-9a-f]{12})")
"""A slave's name: family code, and serial number with the most significant digit first."""
_SCRATCHPAD = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} YES\n")
"""How the file w1_slave begins when the CRC was right. The temperature that the kernel gives behind
that is of no use: it also makes one of a dead line, and of what a sensor holds at power-on."""


def masters_in(sysfs: Path) -> list[int]:
    """The numbers of the bus masters."""
    return sorted(int(path.name.removeprefix(NAME)) for path in sysfs.glob(f"{NAME}[0-9]*"))


class W1Sysfs(Line):
    """The bus master with this number. The list of devices is that of the kernel's last search."""

    kind = "w1"
    version = 30
    keeps_listing = False

    def __init__(self, onewire: OneWire, number: int, sysfs: Path) -> None:
        super().__init__(onewire.next_number(), onewire.cache, onewire.aliases, onewire.changed)
        self.address = f"{NAME}{number}"
        self._directory = sysfs / self.address

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def reopen(self) -> None:
        pass

    def forget_connections(self) -> None:
        pass

    async def search(self, *, alarm: bool = False) -> list[RomId]:
        if alarm:
            raise self._refusal()
        return await asyncio.get_running_loop().run_in_executor(None, self._slaves)

    async def has(self, rom: RomId, view: View = DEFAULT_VIEW) -> bool:
        return rom in await self.search()

    async def sample(self, node: Node, fresh: bool, part: Part | None = None) -> Sample:
        rom, _, prop = device_of(node)
        if prop.name != "temperature":
            return await super().sample(node, fresh, part)
        began = self.clock.now()
        loop = asyncio.get_running_loop()
        return Sample(await loop.run_in_executor(None, self._temperature, rom), began, 0.0)

    async def work(self, job: Callable[[BusMaster], T], *, repeatable: bool = True) -> T:
        raise self._refusal()

    def _refusal(self) -> NotSupportedError:
        return NotSupportedError(
            f"{self.name} can only be looked at: netlink, with CAP_NET_ADMIN, is missing"
        )

    # Files

    def _slaves(self) -> list[RomId]:
        try:
            text = (self._directory / SLAVES).read_text()
        except OSError as error:
            raise BusNotRespondingError(f"{self.name}: {error}") from error
        return [
            RomId.make(int(family, 16), bytes.fromhex(serial)[::-1])
            for family, serial in _SLAVE.findall(text)
        ]

    def _temperature(self, rom: RomId) -> float:
        """Degrees Celsius."""
        for _ in range(ATTEMPTS):
            data = self._converted(rom)
            sensor = _sensor(rom, data)
            if not sensor.is_power_on_value(data):
                return sensor.degrees(data)
        return sensor.degrees(sensor.after_attempts(rom, data))

    def _converted(self, rom: RomId) -> bytes:
        """The scratchpad after a conversion, in which the kernel feeds parasitic devices."""
        path = self._directory / f"{rom[0]:02x}-{rom[6:0:-1].hex()}" / "w1_slave"
        try:
            text = path.read_text()
        except FileNotFoundError as error:
            raise NotSupportedError(f"{path}: no driver for {rom} in the kernel") from error
        except OSError as error:
            raise BusError(f"{self.name}: {error}") from error
        found = _SCRATCHPAD.match(text)
        if found is None:
            raise CommunicationError(f"{path}: {text!r} is no temperature with a good CRC")
        data = bytes.fromhex(found[1])
        must_not_be_zeros(rom, data)
        return data


def _sensor(rom: RomId, scratchpad: bytes) -> Sensor:
    """How the thermometers measure that w1-therm knows."""
    match rom[0]:
        case 0x10:
            return ds18x20.HALVES
        case 0x3B:
            return ds1825.SENSORS[ds1825.model_by(scratchpad)]
        case _:
            return PROGRAMMABLE
