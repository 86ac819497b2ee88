"""The kernel's bus masters as buses: who is there, comes and goes, what is left without rights."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    NotSupportedError,
    OneWireError,
    PowerOnValueError,
)
from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.w1scan import SYSFS_INTERVAL, W1Scan
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.thermometers import Thermometer
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.wire import Wire
from tests.bus.masters.w1bench import NOWHERE, KernelSocket, events_of

SOON = 0.1

# Scratchpads of a DS18B20 and a DS18S20 that lost their power.
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c"
POWER_ON_HALVES = "aa 00 4b 46 ff ff 0c 10 87"

Measure = Callable[[str, Sequence[str]], object]


class Bench:
    """A OneWire on an emulated kernel."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.kernel = W1Kernel()
        self.onewire = OneWire(clock=self.clock)
        self.wires: dict[int, Wire] = {}

    def add(self, *chips: str) -> int:
        """A bus master with these devices; its number."""
        wire = Wire(self.clock)
        for index, chip in enumerate(chips):
            wire.attach(make_slave(chip, bus=len(self.wires), index=index))
        number = self.kernel.add_master(wire)
        self.wires[number] = wire
        return number

    def connect(self) -> KernelSocket:
        return KernelSocket(self.kernel, self.clock)

    def _driver(self, number: int) -> W1Netlink:
        return W1Netlink(str(number), self.clock, connect=self.connect, sysfs=NOWHERE)

    @asynccontextmanager
    async def scanned(
        self, sysfs: Path = NOWHERE, refusal: int | None = None
    ) -> AsyncIterator[OneWire]:
        def listen() -> socket.socket:
            if refusal is not None:
                raise OSError(refusal, os.strerror(refusal))
            return events_of(self.kernel)

        scan = W1Scan(self.onewire, self._driver, connect=self.connect, listen=listen, sysfs=sysfs)
        self.onewire.add_bus(scan)
        async with self.onewire:
            yield self.onewire

    async def settled(self) -> dict[int, str]:
        """The buses by number, after what was told has been heard."""
        await asyncio.sleep(SOON)
        return {number: bus.address for number, bus in self.onewire.buses.items()}

    async def devices(self, path: str = "/") -> set[str]:
        entries = (await self.onewire.dir(path)).entries
        names = (entry.rpartition("/")[2] for entry in entries)
        return {name[:2] for name in names if name[2:3] == "." and name[:3] != "bus"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_shows_itself_as_owservers_bus_without_devices(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.scanned() as onewire:
            settings = "/bus.0/interface/settings"
            assert await onewire.read_value(f"{settings}/name") == "W1 monitor"
            assert await onewire.read_value(f"{settings}/address") == "W1 bus monitor"
            assert await onewire.read_value(f"{settings}/version") == 31
            assert await bench.devices("/bus.0") == set()

    run(scenario(), bench.clock)


def test_each_bus_master_is_a_bus_from_the_start(bench: Bench) -> None:
    async def scenario() -> None:
        bench.add("28", "10")
        bench.add("22")
        async with bench.scanned() as onewire:
            assert list(onewire.buses) == [0, 1, 2]
            for number in (1, 2):
                settings = f"/bus.{number}/interface/settings"
                assert await onewire.read_value(f"{settings}/name") == "w1"
                assert await onewire.read_value(f"{settings}/version") == 30
                assert await onewire.read_value(f"{settings}/address") == f"w1_bus_master{number}"
            assert await bench.devices("/bus.1") == {"28", "10"}
            assert await bench.devices("/bus.2") == {"22"}

    run(scenario(), bench.clock)


def test_temperatures_and_limits_go_through(bench: Bench) -> None:
    async def scenario() -> None:
        number = bench.add("28")
        (chip,) = bench.wires[number].slaves
        assert isinstance(chip, Thermometer)
        chip.temperature = -3.25
        async with bench.scanned() as onewire:
            assert await onewire.read_value(f"/{chip.rom}/temperature") == -3.25
            await onewire.write(f"/{chip.rom}/temphigh", b"33")
            assert await onewire.read_value(f"/uncached/{chip.rom}/temphigh") == 33

    run(scenario(), bench.clock)


def test_bus_masters_come_and_go_while_running(bench: Bench) -> None:
    async def scenario() -> None:
        first = bench.add("28")
        async with bench.scanned():
            second = bench.add("10")
            assert await bench.settled() == {
                0: "W1 bus monitor", 1: "w1_bus_master1", 2: "w1_bus_master2",
            }  # fmt: skip
            assert await bench.devices() == {"28", "10"}
            bench.kernel.remove_master(first)
            assert await bench.settled() == {0: "W1 bus monitor", 2: "w1_bus_master2"}
            assert await bench.devices() == {"10"}
            bench.kernel.remove_master(second)
            bench.add("22")
            assert list((await bench.settled()).values())[1:] == ["w1_bus_master3"]
            assert await bench.devices() == {"22"}

    run(scenario(), bench.clock)


def test_a_slave_that_the_kernel_tells_of_is_listed_at_once(bench: Bench) -> None:
    async def scenario() -> None:
        wire = bench.wires[bench.add("28")]
        async with bench.scanned():
            assert await bench.devices() == {"28"}
            new = make_slave("10", bus=9)
            wire.attach(new)
            assert await bench.devices() == {"28"}
            bench.kernel.tell_of_slave(new.rom, added=True)
            await bench.settled()
            assert await bench.devices() == {"28", "10"}
            wire.detach(new)
            bench.kernel.tell_of_slave(new.rom, added=False)
            await bench.settled()
            assert await bench.devices() == {"28"}

    run(scenario(), bench.clock)


def test_a_kernel_without_the_module_is_told_and_listened_to(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        bench.kernel.silent = True
        async with bench.scanned():
            assert "is the module `wire` loaded?" in caplog.text
            bench.kernel.silent = False
            bench.add("28")
            await bench.settled()
            assert await bench.devices() == {"28"}

    run(scenario(), bench.clock)


def test_garbage_makes_it_ask_again(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.scanned():
            deliver = bench.kernel.listeners.copy()
            bench.kernel.listeners.clear()
            bench.add("28")
            assert len(await bench.settled()) == 1
            deliver[0](b"garbage")
            assert len(await bench.settled()) == 2

    run(scenario(), bench.clock)


class TestSysfs:
    """Without netlink: files."""

    @pytest.fixture
    def sysfs(self, tmp_path: Path) -> Path:
        self.master(tmp_path, 1, "28-0000003d5a1c", "01-00000fedcba9")
        return tmp_path

    def master(self, sysfs: Path, number: int, *slaves: str) -> Path:
        directory = sysfs / f"w1_bus_master{number}"
        directory.mkdir()
        names = "".join(f"{name}\n" for name in slaves) or "not found.\n"
        (directory / "w1_master_slaves").write_text(names)
        return directory

    @pytest.mark.parametrize(
        ("refusal", "reason"),
        [
            (errno.EPERM, "CAP_NET_ADMIN"),
            (errno.EPROTONOSUPPORT, "no netlink connector"),
            (errno.ENOMEM, "Cannot allocate memory"),
        ],
    )
    def test_devices_are_listed_and_what_is_missing_is_told(
        self, bench: Bench, sysfs: Path, refusal: int, reason: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        async def scenario() -> None:
            async with bench.scanned(sysfs, refusal) as onewire:
                entries = (await onewire.dir("/bus.1")).entries
                assert [entry for entry in entries if entry[7:9] in ("28", "01")] == [
                    "/bus.1/28.1C5A3D000000", "/bus.1/01.A9CBED0F0000",
                ]  # fmt: skip
                assert await onewire.read_value("/28.1C5A3D000000/type") == "DS18B20"
                assert await onewire.read_value("/bus.1/interface/settings/version") == 30
            (warning,) = [line for line in caplog.messages if "netlink" in line]
            assert reason in warning
            assert str(sysfs) in warning

        run(scenario(), bench.clock)

    @pytest.mark.parametrize(
        ("refusal", "reason"), [(None, "no answer"), (errno.ECONNREFUSED, "no netlink connector")]
    )
    def test_a_netlink_that_does_not_answer_for_these_bus_masters_is_not_used(
        self, bench: Bench, sysfs: Path, refusal: int | None, reason: str,
        caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """The kernel may have been built without W1_CON; containers cannot send."""
        bench.kernel.silent = True
        if refusal is not None:

            def refuse(connection: KernelSocket, data: bytes) -> int:
                raise OSError(refusal, os.strerror(refusal))

            monkeypatch.setattr(KernelSocket, "send", refuse)

        async def scenario() -> None:
            async with bench.scanned(sysfs):
                assert await bench.devices() == {"28", "01"}
                self.master(sysfs, 2, "10-000000000001")
                await asyncio.sleep(SYSFS_INTERVAL + SOON)
                assert await bench.devices() == {"28", "01", "10"}
            assert reason in caplog.text

        run(scenario(), bench.clock)

    def test_temperatures_are_those_of_the_kernels_driver(self, bench: Bench, sysfs: Path) -> None:
        slave = sysfs / "w1_bus_master1" / "28-0000003d5a1c"
        slave.mkdir()
        text = "fe ff 4b 46 7f ff 02 10 b8 : crc=b8 {}\nfe ff 4b 46 7f ff 02 10 b8 t=-125\n"

        async def scenario() -> None:
            async with bench.scanned(sysfs, errno.EPERM) as onewire:
                path = "/28.1C5A3D000000/temperature"
                with pytest.raises(OneWireError, match="no driver"):
                    await onewire.read(path)
                (slave / "w1_slave").write_text(text.format("YES"))
                assert await onewire.read_value(path) == -0.125
                (slave / "w1_slave").write_text(text.format("NO"))
                with pytest.raises(OneWireError, match="good CRC"):
                    await onewire.read(path)

        run(scenario(), bench.clock)

    @pytest.fixture
    def measure(self, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
        """The temperature of a sensor of a family, whose file shows these scratchpads in turn."""

        def measured(family: str, scratchpads: Sequence[str]) -> object:
            self.master(tmp_path, 1, f"{family}-000000000001")
            left = list(scratchpads)

            def read(path: Path) -> str:
                if path.name != "w1_slave":
                    return path.read_bytes().decode()
                data = left.pop(0)
                return f"{data} : crc={data[-2:]} YES\n{data} t=12345\n"

            monkeypatch.setattr(Path, "read_text", read)

            async def scenario() -> object:
                async with bench.scanned(tmp_path, errno.EPERM) as onewire:
                    return await onewire.read_value(f"/{family}.010000000000/temperature")

            return run(scenario(), bench.clock)

        return measured

    @pytest.mark.parametrize(
        ("family", "scratchpads", "degrees"),
        [
            ("10", [POWER_ON_HALVES, "32 00 4b 46 ff ff 0c 10 6b"], 25.0),
            ("28", [POWER_ON, POWER_ON, "50 05 4b 46 7f ff 10 10 bd"], 85.0),
            ("22", ["91 01 4b 46 1f ff 0f 10 b5"], 25.0),
            ("3b", ["50 05 ff ff f0 ff ff ff 5c"] * 3, 85.0),  # a MAX31826, without a mark
            ("3b", ["90 01 80 15 f0 ff ff ff a8"], 21.5),  # a MAX31850: its cold junction
        ],
    )
    def test_a_scratchpad_means_what_it_means_on_any_bus(
        self, measure: Measure, family: str, scratchpads: list[str], degrees: float
    ) -> None:
        assert measure(family, scratchpads) == degrees

    @pytest.mark.parametrize("family", ["10", "22", "28", "3b", "42"])
    def test_a_line_held_low_has_no_temperature(self, measure: Measure, family: str) -> None:
        with pytest.raises(CommunicationError, match="all zeros"):
            measure(family, [bytes(9).hex(" ")])

    @pytest.mark.parametrize(
        ("family", "scratchpad"), [("28", POWER_ON), ("42", POWER_ON), ("10", POWER_ON_HALVES)]
    )
    def test_85_degrees_after_a_loss_of_power_are_an_error(
        self, measure: Measure, family: str, scratchpad: str
    ) -> None:
        with pytest.raises(PowerOnValueError):
            measure(family, [scratchpad] * 3)

    def test_everything_else_is_refused(self, bench: Bench, sysfs: Path) -> None:
        async def scenario() -> None:
            async with bench.scanned(sysfs, errno.EPERM) as onewire:
                for path in ("/28.1C5A3D000000/temphigh", "/28.1C5A3D000000/scratchpad"):
                    with pytest.raises(NotSupportedError, match="CAP_NET_ADMIN"):
                        await onewire.read(path)
                with pytest.raises(NotSupportedError, match="CAP_NET_ADMIN"):
                    await onewire.write("/28.1C5A3D000000/temphigh", b"33")

        run(scenario(), bench.clock)

    def test_bus_masters_and_devices_come_and_go(self, bench: Bench, sysfs: Path) -> None:
        async def scenario() -> None:
            async with bench.scanned(sysfs, errno.EPERM):
                assert await bench.devices() == {"28", "01"}
                (sysfs / "w1_bus_master1" / "w1_master_slaves").write_text("not found.\n")
                assert await bench.devices() == set()
                second = self.master(sysfs, 2, "10-000000000001")
                await asyncio.sleep(SYSFS_INTERVAL + SOON)
                assert await bench.devices() == {"10"}
                (second / "w1_master_slaves").unlink()
                second.rmdir()
                await asyncio.sleep(SYSFS_INTERVAL + SOON)
                assert list((await bench.settled()).values()) == [
                    "W1 bus monitor", "w1_bus_master1",
                ]  # fmt: skip

        run(scenario(), bench.clock)
