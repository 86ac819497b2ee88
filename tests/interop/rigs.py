"""Twenty devices behind an emulated adapter that servers open, and what must work on each adapter.

Modules with adapters of their own have a class of OnEveryAdapter, and the fixture `rig`, which
`on_each` makes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from owfs_py.emulator.port import SerialAdapter
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter, TcpDevice
from owfs_py.emulator.thermometers import DS18B20, Thermometer
from owfs_py.emulator.wire import Wire
from tests.interop.eeprom import stores
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, StockClients

FAMILIES = ["28", "10", "22", "28", "01"] * 4
COLDEST, HOTTEST = -55 * 16, 125 * 16  # sixteenths of a degree, like all temperatures below
SKIP_ROM, CONVERT_T = 0xCC, 0x44
CONVERSION_SECONDS = 0.75


@dataclass
class Rig(StockClients):
    """Twenty devices behind an adapter."""

    wires: list[Wire]
    option: str = ""
    more: list[str] = field(default_factory=list)
    """Further options."""
    name: str = ""
    version: str = ""
    channels: str = ""
    """What stands behind the name of each bus, if anything."""
    unplug: Callable[[], None] = lambda: None
    plug: Callable[[], None] = lambda: None
    converts_all: bool = True
    """Whether the server can let all devices convert at once; that of ours always can."""
    server: str = ""
    """HOST:PORT of the owserver on it."""
    slaves: list[Thermometer] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, family in enumerate(FAMILIES):
            slave = make_slave(family, index=index)
            self.wires[index % len(self.wires)].attach(slave)
            if isinstance(slave, Thermometer):
                self.slaves.append(slave)

    @property
    def address(self) -> str:
        return self.server

    def name_of(self, number: int) -> str:
        """Of the adapter of a bus."""
        return f"{self.name}({self.channels[number]})" if self.channels else self.name

    def convert_all(self) -> None:
        if self.converts_all:
            self.owwrite("/simultaneous/temperature", "1")
        else:
            self._convert_without_the_server()
        time.sleep(CONVERSION_SECONDS)

    def _convert_without_the_server(self) -> None:
        for wire in self.wires:
            with wire.lock:
                wire.reset()
                wire.byte(SKIP_ROM)
                wire.byte(CONVERT_T)


MakeRig = Callable[[], contextlib.AbstractContextManager[Rig]]
"""Makes an adapter with its devices, for as long as the context lasts."""
Program = type[RealOwserver] | type[OurDaemon]


@contextlib.contextmanager
def on_a_serial_line(rig: Rig, adapter: SerialAdapter, option: str) -> Iterator[Rig]:
    """The adapter on a pseudo-terminal, which servers are told by this option."""
    with PtyAdapter(adapter) as pty:
        rig.option, rig.plug, rig.unplug = f"{option}={pty.path}", pty.plug, pty.unplug
        yield rig


@contextlib.contextmanager
def on_the_network(
    rig: Rig, adapter: TcpDevice, option: str, behind: str = "", **how: bool
) -> Iterator[Rig]:
    """The adapter on a TCP port; `behind` the address the option says more, `how` to serve it."""
    with TcpAdapter(adapter, **how) as tcp:
        rig.option, rig.plug, rig.unplug = f"{option}={tcp.address}{behind}", tcp.plug, tcp.unplug
        yield rig


def on_each(adapters: Sequence[MakeRig]) -> Any:
    """A fixture: each of these adapters in turn with a `program` on it."""

    @pytest.fixture(scope="module", params=adapters, ids=name_of)
    def rig(request: pytest.FixtureRequest, program: Program) -> Iterator[Rig]:
        with request.param() as rig, program([rig.option, *rig.more]) as server:
            rig.converts_all |= program is OurDaemon
            rig.server = server.address
            yield rig

    return rig


def name_of(adapter: MakeRig) -> str:
    """In the ids of tests."""
    return str(getattr(adapter, "__name__"))  # noqa: B009  mypy sees no name


class OnEveryAdapter:
    """What servers must do on the adapter of `rig`."""

    def test_the_adapter_is_known_by_name_and_number(self, rig: Rig) -> None:
        for number in range(len(rig.wires)):
            assert rig.setting("name", number) == rig.name_of(number)
            assert rig.setting("version", number) == rig.version

    def test_all_devices_are_found_each_on_its_channel(self, rig: Rig) -> None:
        for number, wire in enumerate(rig.wires):
            expected = sorted(str(slave.rom) for slave in wire.slaves)
            assert rig.devices(f"/uncached/bus.{number}") == expected
        assert len(rig.devices("/uncached")) == len(FAMILIES)

    def test_every_temperature_is_right_to_the_last_bit(self, rig: Rig) -> None:
        span = HOTTEST - COLDEST
        count = len(rig.slaves)
        for ladder in (
            [COLDEST + span * index // (count - 1) for index in range(count)],
            [index - count // 2 for index in range(count)],  # around 0, every sixteenth
        ):
            for chip, sixteenths in zip(rig.slaves, ladder, strict=True):
                chip.sixteenths = sixteenths
            rig.convert_all()
            got = [rig.owread(f"/uncached/{chip.rom}/latesttemp") for chip in rig.slaves]
            assert got == [f"{sixteenths / 16:.6G}" for sixteenths in ladder]

    def test_a_single_chip_is_converted(self, rig: Rig) -> None:
        chip = next(chip for chip in rig.slaves if type(chip) is DS18B20)
        chip.sixteenths = -163
        before = len(chip.history)
        assert rig.owread(f"/uncached/{chip.rom}/temperature") == "-10.1875"
        assert len(chip.history) == before + 1

    def test_limits_are_written_to_the_eeprom(self, rig: Rig) -> None:
        chip = rig.slaves[0]
        rig.owwrite(f"/{chip.rom}/temphigh", "33")
        rig.owwrite(f"/{chip.rom}/templow", "-12")
        # The emulated chip may still copy when owserver has waited for its ten milliseconds.
        assert rig.owread(f"/uncached/{chip.rom}/templow") == "-12"
        assert stores(chip, bytes((33, 0x100 - 12)))

    def test_the_alarm_directory_lists_exactly_the_chips_outside_their_limits(
        self, rig: Rig
    ) -> None:
        for chip in rig.slaves:
            chip.set_limits(-10, 40)
            chip.temperature = 20
        rig.convert_all()
        assert rig.devices("/uncached/alarm") == []
        hot, cold = rig.slaves[0], rig.slaves[-1]
        hot.temperature, cold.temperature = 40, -10.5
        rig.convert_all()
        assert rig.devices("/uncached/alarm") == sorted((str(hot.rom), str(cold.rom)))

    def test_a_device_comes_and_goes(self, rig: Rig) -> None:
        chip = rig.slaves[0]
        chip.absent = True
        assert str(chip.rom) not in rig.devices("/uncached")
        chip.absent = False
        assert str(chip.rom) in rig.devices("/uncached")


def works_on_when_the_adapter_is_back(adapter: MakeRig) -> None:
    """Our daemon, whose adapter is pulled out and plugged in again."""
    with adapter() as rig, OurDaemon([rig.option, *rig.more]) as server:
        rig.server = server.address
        expected = rig.devices("/uncached")
        assert len(expected) == len(FAMILIES)
        rig.unplug()
        with contextlib.suppress(AssertionError):  # refused, or an empty listing
            assert rig.devices("/uncached") == []
        rig.plug()
        try:
            rig.wait_until_listed(expected)
        except AssertionError as error:
            error.add_note(server.log)
            raise
