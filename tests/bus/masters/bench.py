"""Every serial adapter on an emulated wire in virtual time, and ways to make its port fail."""

from __future__ import annotations

import termios
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from owfs_py._search import RomSearch
from owfs_py.bus.errors import BusError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import SEARCH_ROM, BusMaster
from owfs_py.bus.rom import RomId
from owfs_py.emulator import ds2480b, ds9097
from owfs_py.emulator.port import EmulatedPort, SerialAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

T = TypeVar("T")

TIMEOUT = 5.0
CHIPS: dict[str, Callable[[Wire], SerialAdapter]] = {
    "ds2480b": ds2480b.DS2480B,
    "ds9097": ds9097.DS9097,
}
# name of the case: kind of driver, options, chip behind the port
ADAPTERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "ds2480b": ("ds2480b", {}, "ds2480b"),
    "ds2480b at 115200 Bd, regular": (
        "ds2480b",
        {"baudrate": 115200, "flextime": False},
        "ds2480b",
    ),
    "ds2480b reversed": ("ds2480b", {"reverse_polarity": True}, "ds2480b"),
    "ds9097": ("ds9097", {}, "ds9097"),
    "ds9097 with 8 bits": ("ds9097", {"data_bits": 8}, "ds9097"),
    "serial finding a ds2480b": ("serial", {}, "ds2480b"),
    "serial finding a ds9097": ("serial", {}, "ds9097"),
}


class Adapter:
    """Another adapter, changed by those who derive from this."""

    def __init__(self, adapter: SerialAdapter) -> None:
        self.adapter = adapter
        self.wire = adapter.wire

    def receive(self, data: bytes, baud: int) -> bytes:
        return self.adapter.receive(data, baud)

    def send_break(self) -> None:
        self.adapter.send_break()

    def power_up(self) -> None:
        self.adapter.power_up()


class DeafAtOtherRates(Adapter):
    """Does not take slow bytes for a break, which is then the only way to make it listen."""

    def receive(self, data: bytes, baud: int) -> bytes:
        assert isinstance(self.adapter, ds2480b.DS2480B)
        return self.adapter.receive(data, baud) if baud == self.adapter.baud else b""


class Meddler(Adapter):
    """An adapter whose answers `change` may change on their way back, and with a bad cable.

    At more than `fastest` bits a second nothing gets through.
    """

    def __init__(self, adapter: SerialAdapter) -> None:
        super().__init__(adapter)
        self.change: Callable[[bytes], bytes] = bytes
        self.fastest = 115200

    def receive(self, data: bytes, baud: int) -> bytes:
        if baud > self.fastest:
            return b""
        return self.change(super().receive(data, baud))


class FlakyPort(EmulatedPort):
    """Can be told to be pulled out after some more calls, and to refuse a number of data bits."""

    calls_left: int | None = None
    written = b""
    """Everything written since a test emptied it."""

    refused_bytesize = 0

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "bytesize" and value == self.refused_bytesize:
            raise termios.error(22, "Invalid argument")
        super().__setattr__(name, value)

    def _count_down(self) -> None:
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                self.unplug()

    def write(self, data: bytes) -> int:
        self._count_down()
        self.written += data
        return super().write(data)

    def read(self, size: int = 1) -> bytes:
        self._count_down()
        return super().read(size)


@dataclass
class Bench:
    """A bus master on its emulated port and wire; `open` gives a port as pyserial would."""

    kind: str
    options: dict[str, Any]
    chip: str | Callable[[Wire], SerialAdapter]
    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.wire = Wire(self.clock)
        make = CHIPS[self.chip] if isinstance(self.chip, str) else self.chip
        self.adapter = make(self.wire)
        self.meddler = Meddler(self.adapter)
        self.port = FlakyPort(self.meddler)
        self.port.close()
        self.master = open_master(
            f"{self.kind}://emulated",
            clock=self.clock,
            port=self.open_port,
            timeout=TIMEOUT,
            **self.options,
        )

    def open_port(self) -> EmulatedPort:
        self.port.open()
        self.port.baudrate, self.port.bytesize = 9600, 8
        self.port.dtr = self.port.rts = True
        return self.port

    def plug(self) -> None:
        self.port.calls_left = None
        self.port.plug()

    def thermometers(self, count: int, **options: Any) -> list[DS18B20]:
        """Put so many DS18B20 on the wire."""
        chips = [
            DS18B20(RomId.make(0x28, bytes([7 * n & 0xFF, n, 0xE3, 0xE1, 0, 0])), **options)
            for n in range(count)
        ]
        for chip in chips:
            self.wire.attach(chip)
        return chips


def attach_thermometers(wires: Collection[Wire]) -> list[list[RomId]]:
    """One DS18B20 on the first of these wires, two on the second and so on; their ids, sorted."""
    for number, wire in enumerate(wires):
        for index in range(number + 1):
            wire.attach(make_slave("28", bus=number, index=index))
    return [sorted(slave.rom for slave in wire.slaves) for wire in wires]


def search_all(master: BusMaster, command: int = SEARCH_ROM) -> list[RomId]:
    """All ids as the core finds them: a reset and a pass each; BusError if a pass goes wrong."""
    search, found = RomSearch(), []
    while not search.done:
        result = master.reset_search_pass(command, search)
        if result is None:
            break
        if not search.advance(*result):
            raise BusError(f"impossible id {result[0].hex()}")
        found.append(RomId(result[0]))
    return found


def answered_by_each_byte(bench: Bench, operation: Callable[[], T]) -> dict[int, T]:
    """What an operation makes of each byte as its only answer, less those refused."""
    results = {}
    for answer in range(256):
        bench.meddler.change = lambda given, answer=answer: bytes([answer])
        with suppress(BusError):
            results[answer] = operation()
    return results
