"""Options --ha7e, --HA5 and --masterhub: which drivers and buses they make, and with which numbers.

The adapters are on pseudo-terminals, so this is real time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic

import pytest

from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.masters.ha5 import HA5
from owfs_py.bus.masters.ha7e import HA7E
from owfs_py.bus.masters.masterhub import MasterHub
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import WiredBus
from owfs_py.emulator import ha5, ha7e, masterhub
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Wire
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import OptionError

PATIENCE = 10.0
PORT = "/dev/nosuch"


def built(*args: str) -> OneWire:
    return build_onewire(read_command_line(list(args)))


def masters(onewire: OneWire) -> list[object]:
    return [bus.master for bus in onewire.buses.values() if isinstance(bus, WiredBus)]


def running(onewire: OneWire, test: Callable[[OneWire], Awaitable[None]]) -> None:
    async def main() -> None:
        async with onewire:
            await test(onewire)

    asyncio.run(main())


@pytest.mark.parametrize("name", ["ha7e", "HA7e", "HA7E", "ha7s", "HA7s", "HA7S"])
def test_every_spelling_of_an_ha7e(name: str) -> None:
    (master,) = masters(built(f"--{name}={PORT}", "--timeout_serial=3"))
    assert isinstance(master, HA7E)
    assert (master.address, master.timeout) == (PORT, 3)


@pytest.mark.parametrize("name", ["HA5", "ha5"])
def test_every_spelling_of_an_ha5(name: str) -> None:
    (master,) = masters(built(f"--{name}={PORT}", "--timeout_serial=3"))
    assert isinstance(master, HA5)
    assert (master.address, master.channel, master.timeout) == (PORT, "", 3)


@pytest.mark.parametrize("name", ["masterhub", "Masterhub", "MasterHub", "MASTERHUB"])
def test_every_spelling_of_a_masterhub(name: str) -> None:
    (master,) = masters(built(f"--{name}={PORT}", "--timeout_serial=3"))
    assert isinstance(master, MasterHub)
    assert (master.address, master.channel, master.timeout) == (PORT, "", 3)


@pytest.mark.parametrize("option", ["--ha7e", "--ha5", "--masterhub"])
def test_addresses_of_bridges(option: str) -> None:
    for value, url in (
        ("hub.lan:4001", "socket://hub.lan:4001"),
        ("hub.lan", "socket://hub.lan:10001"),
        ("rfc2217://hub.lan:4001", "rfc2217://hub.lan:4001"),
    ):
        (master,) = masters(built(f"{option}={value}"))
        assert isinstance(master, HA7E | HA5 | MasterHub)
        assert (master.address, master.line.url) == (value, url)
    with pytest.raises(OptionError, match=f"option {option}: not HOST"):
        built(f"{option}=hub.lan:x1")


@pytest.mark.parametrize(
    ("words", "baudrate"),
    [
        ("", 115200),
        ("--baud=9600", 115200),
        ("--baud=19200", 19200),
        ("--baud=57600", 38400),
        ("--baud=1200", 1200),
        ("--baud=230400", 115200),
    ],
)
def test_the_speed_of_an_ha5_is_as_in_owserver(words: str, baudrate: int) -> None:
    (master,) = masters(built(f"--ha5={PORT}", *words.split()))
    assert isinstance(master, HA5)
    assert master.baudrate == baudrate


def test_letters_share_a_port_and_all_but_the_first_are_numbered_behind_all_options() -> None:
    onewire = built(f"--ha5={PORT}:gca", "--fake=28", f"--ha5={PORT}1:bd", "--fake=10")
    letters = {
        number: bus.master.channel
        for number, bus in onewire.buses.items()
        if isinstance(bus, WiredBus) and isinstance(bus.master, HA5)
    }
    assert letters == {0: "g", 2: "b", 4: "c", 5: "a", 6: "d"}
    lines = [master.line for master in masters(onewire) if isinstance(master, HA5)]
    assert len(set(map(id, lines))) == 2


def test_traffic_is_logged_of_every_unit(caplog: pytest.LogCaptureFixture) -> None:
    with PtyAdapter(ha5.HA5({letter: Wire() for letter in "ac"})) as pty:
        with caplog.at_level("DEBUG"):

            async def test(onewire: OneWire) -> None:
                for number in range(2):
                    await onewire.dir(f"/uncached/bus.{number}")

            running(built(f"--ha5={pty.path}:all", "--traffic"), test)
        lines = [line for line in caplog.messages if "reset search pass" in line]
    assert len(lines) == 2


class Units:
    """Three wires with a device each, by letter or channel."""

    names = "acg"

    def __init__(self) -> None:
        self.wires = {name: Wire() for name in self.names}
        self.slaves: dict[str, Slave] = {}
        for index, (name, wire) in enumerate(self.wires.items()):
            self.slaves[name] = make_slave("28", index=index)
            wire.attach(self.slaves[name])

    async def named(self, onewire: OneWire) -> dict[int, str]:
        """The unit on whose wire the device is that a bus lists, by number of the bus."""
        names = {str(slave.rom): name for name, slave in self.slaves.items()}
        found = {}
        for number, bus in onewire.buses.items():
            if isinstance(bus, WiredBus):
                entries = (await onewire.dir(f"/uncached/bus.{number}")).entries
                words = [entry.rpartition("/")[2] for entry in entries]
                (found[number],) = (names[word] for word in words if word in names)
        return found


@pytest.fixture
def units() -> Units:
    return Units()


@pytest.fixture
def row(units: Units) -> Iterator[PtyAdapter]:
    with PtyAdapter(ha5.HA5(units.wires)) as pty:
        yield pty


class TestHA5:
    @pytest.mark.parametrize(
        ("letters", "expected"),
        [
            ("", {0: "a"}),
            (":c", {0: "c"}),
            (":acg", {0: "a", 2: "c", 3: "g"}),
            (":gca", {0: "g", 2: "c", 3: "a"}),
            (":all", {0: "a", 2: "c", 3: "g"}),
        ],
    )
    def test_the_units_wanted_are_buses(
        self, units: Units, row: PtyAdapter, letters: str, expected: dict[int, str]
    ) -> None:
        async def test(onewire: OneWire) -> None:
            assert await units.named(onewire) == expected
            assert onewire.buses[1].kind == "Simulated-Random"

        running(built(f"--ha5={row.path}{letters}", "--fake=28"), test)

    def test_settings_tell_letter_and_checksums(self, row: PtyAdapter) -> None:
        settings = "/bus.0/interface/settings"

        async def test(onewire: OneWire) -> None:
            assert f"{settings}/ha5" in (await onewire.dir(settings)).entries
            listed = (await onewire.dir(f"{settings}/ha5")).entries
            assert listed == [f"{settings}/ha5/channel", f"{settings}/ha5/checksum"]
            assert (await onewire.read(f"{settings}/ha5/channel")).data == b"c"
            assert (await onewire.read(f"{settings}/ha5/checksum")).data.strip() == b"1"
            await onewire.write(f"{settings}/ha5/checksum", b"1")
            with pytest.raises(NotSupportedError, match="on the HA5 itself"):
                await onewire.write(f"{settings}/ha5/checksum", b"0")
            with pytest.raises(NotSupportedError):
                await onewire.write(f"{settings}/ha5/channel", b"a")

        running(built(f"--ha5={row.path}:c"), test)


def test_an_ha7e_and_a_masterhub_have_no_settings_of_their_own() -> None:
    hub = masterhub.MasterHub({channel: Wire() for channel in "1234"})
    with PtyAdapter(ha7e.HA7E(Wire())) as first, PtyAdapter(hub) as second:

        async def test(onewire: OneWire) -> None:
            for number in (0, 1):
                path = f"/bus.{number}/interface/settings"
                words = [entry.rpartition("/")[2] for entry in (await onewire.dir(path)).entries]
                assert set(words) & {"ha5", "link", "PBM", "serial", "usb", "i2c"} == set()

        running(built(f"--ha7e={first.path}", f"--masterhub={second.path}"), test)


class TestMasterHub:
    def test_each_channel_is_a_bus_and_the_first_has_the_number_of_the_option(
        self, units: Units
    ) -> None:
        with PtyAdapter(masterhub.MasterHub(units.wires)) as pty:

            async def test(onewire: OneWire) -> None:
                assert await units.named(onewire) == {0: "a", 2: "c", 3: "g"}
                kinds = {number: bus.kind for number, bus in onewire.buses.items()}
                assert [kinds[number] for number in (0, 2, 3)] == [
                    f"MasterHub({channel})" for channel in units.names
                ]

            running(built(f"--masterhub={pty.path}", "--fake=28"), test)

    def test_one_that_comes_late_brings_all_its_channels(self, units: Units) -> None:
        pty = PtyAdapter(masterhub.MasterHub(units.wires))

        async def test(onewire: OneWire) -> None:
            assert list(onewire.buses) == [0]
            assert onewire.buses[0].is_lost
            pty.plug()
            give_up = monotonic() + PATIENCE
            while len(onewire.buses) < len(units.names) or any(
                bus.is_lost for bus in onewire.buses.values()
            ):
                assert monotonic() < give_up
                await asyncio.sleep(0.01)
            assert await units.named(onewire) == {0: "a", 1: "c", 2: "g"}

        try:
            running(built(f"--masterhub={pty.path}"), test)
        finally:
            pty.close()
