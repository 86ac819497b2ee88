"""The PBM: the contract, channels on one port, rates, what it tells of itself, licences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    InvalidValueError,
    NotSupportedError,
    SearchError,
)
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.pbm import CHANNELS, PBM, SERIAL
from owfs_py.emulator.port import EmulatedPort
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.test_contract import CONVERSION_SECONDS, CONVERT_T, READ_ROM, SKIP_ROM
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture
from tests.bus.masters.test_real_ports import rfc2217_server

RATES = (9600, 19200, 38400, 57600, 115200, 230400)


def bench_at(channel: str = "1", **options: int) -> Bench:
    """A bench whose wire is that of a channel."""

    def adapter(wire: Wire) -> PBM:
        lines = [Wire(wire.clock) for _ in CHANNELS]
        lines[CHANNELS.index(channel)] = wire
        return PBM(*lines)

    bench = Bench("pbm", options, adapter)
    bench.meddler.fastest = max(RATES)
    bench.master = open_master(
        f"pbm://emulated:{channel}",
        clock=bench.clock,
        port=bench.open_port,
        timeout=TIMEOUT,
        **options,
    )
    return bench


def adapter_of(bench: Bench) -> PBM:
    assert isinstance(bench.adapter, PBM)
    return bench.adapter


@pytest.fixture(params=["1", "3"])
def closed_bench(request: pytest.FixtureRequest) -> Bench:
    return bench_at(request.param)


class TestResetAndPresence(contract.TestResetAndPresence):
    pass


class TestSlots(contract.TestSlots):
    pass


class TestSearch(contract.TestSearch):
    def test_what_is_no_id_is_refused(self, bench: Bench) -> None:
        bench.thermometers(2)
        bench.meddler.change = lambda answer: answer.replace(b"28\r", b"29\r")
        with pytest.raises(SearchError):
            search_all(bench.master)

    def test_a_slave_that_answers_no_search_is_not_overlooked_silently(self, bench: Bench) -> None:
        bench.thermometers(1)
        bench.meddler.change = lambda answer: b"N\r\n" if b"-" in answer else answer
        with pytest.raises(SearchError, match="silent"):
            search_all(bench.master)

    def test_devices_beyond_what_it_is_licensed_for_are_told_of(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.thermometers(5)
        adapter_of(bench).listed_at_most = 3
        assert len(search_all(bench.master)) == 3
        assert "has more devices than it tells" in caplog.text


class TestPower(contract.TestPower):
    def test_power_lasts_as_long_as_told(self, bench: Bench) -> None:
        # And on, until the next command: it may be one on which others depend.
        bench.thermometers(1)
        start, before = bench.clock.now(), bench.wire.counts.pullup_time
        bench.master.reset_exchange(SKIP_ROM)
        bench.master.power_byte(CONVERT_T, 0.5)
        assert 0.5 <= bench.clock.now() - start < 0.55
        bench.clock.wait(0.1)
        bench.master.reset()
        assert bench.wire.counts.pullup_time - before == pytest.approx(0.6, abs=0.01)

    def test_has_neither_overdrive_nor_program_pulse(self, bench: Bench) -> None:
        with pytest.raises(NotSupportedError):
            bench.master.set_overdrive(True)
        with pytest.raises(NotSupportedError):
            bench.master.program_pulse()


class TestFailures(failures.TestFailures):
    pass


class TestOpening(failures.TestOpening):
    @pytest.mark.parametrize("begun", [b"b12", b"j0110", b"p44", b"t", b"c", b"k", b"ka12"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        (chip,) = bench.thermometers(1)
        bench.port.write(begun)
        bench.master.close()
        bench.master.open()
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    @pytest.mark.parametrize("answer", [b"LinkUSB V1.5\r\n", b"1W BM (3 Port)\r\n", b"OK\r\n"])
    def test_something_else_that_talks_is_no_pbm(self, closed_bench: Bench, answer: bytes) -> None:
        closed_bench.meddler.change = lambda given: answer if given else b""
        with pytest.raises(BusNotRespondingError, match=r"no PBM: .* not what a PBM calls itself"):
            closed_bench.master.open()

    def test_an_adapter_that_confirms_no_channel_is_refused(self, closed_bench: Bench) -> None:
        closed_bench.meddler.change = lambda given: b"\r\n" if len(given) == 3 else given
        with pytest.raises(BusNotRespondingError, match="no PBM: '' confirms no channel"):
            closed_bench.master.open()


class TestRates:
    def test_talks_fast_and_leaves_it_as_others_expect_it(self) -> None:
        bench = bench_at()
        bench.master.open()
        assert bench.master.setting("serial/baudrate") == adapter_of(bench).baud == 115200
        bench.master.close()
        assert adapter_of(bench).baud == 9600

    @pytest.mark.parametrize("rate", RATES)
    def test_can_be_chosen(self, rate: int) -> None:
        bench = bench_at(baudrate=rate)
        (chip,) = bench.thermometers(1)
        bench.master.open()
        assert bench.port.baudrate == bench.master.setting("serial/baudrate") == rate
        assert search_all(bench.master) == [chip.rom]

    def test_a_change_holds_from_open_on(self) -> None:
        bench = bench_at()
        bench.master.change_setting("serial/baudrate", 60000)
        bench.master.open()
        assert bench.master.setting("serial/baudrate") == 57600
        bench.master.change_setting("serial/baudrate", 19200)
        bench.master.close()
        bench.master.open()
        assert bench.master.setting("serial/baudrate") == adapter_of(bench).baud == 19200

    def test_falls_back_if_the_higher_rate_does_not_work(self) -> None:
        bench = bench_at()
        bench.meddler.fastest = 57600
        bench.master.open()
        assert bench.master.setting("serial/baudrate") == 9600
        assert bench.master.reset() is False

    @pytest.mark.parametrize("rate", RATES)
    def test_found_at_whatever_rate_it_was_left(self, rate: int) -> None:
        bench = bench_at()
        adapter_of(bench).baud = rate
        bench.master.open()
        assert bench.master.reset() is False


class TestWhatItTells:
    def test_of_itself(self, bench: Bench) -> None:
        assert bench.master.version == 38
        channel = bench.master.setting("PBM/port")
        assert bench.master.name == f"PBM({int(channel) - 1})"
        assert bench.master.address == "emulated"
        assert bench.master.setting("PBM/serial") == SERIAL
        assert bench.master.setting("PBM/firmware_version") == "1.005"
        assert bench.master.setting("PBM/features") == adapter_of(bench).features + "\r\n"
        assert bench.master.reset() is False

    @pytest.mark.parametrize("firmware", ["Version:1.7;more", "Version: 1.007"])
    def test_firmware_is_told_as_owserver_does(self, bench: Bench, firmware: str) -> None:
        adapter_of(bench).firmware = firmware
        assert bench.master.setting("PBM/firmware_version") == "1.007"

    def test_odd_firmware_is_an_error(self, bench: Bench) -> None:
        adapter_of(bench).firmware = "none"
        with pytest.raises(BusError, match="tells no version"):
            bench.master.setting("PBM/firmware_version")

    def test_an_activation_code_is_passed_on(self, bench: Bench) -> None:
        bench.master.change_setting("PBM/activation_code", b"ABC-123 x")
        assert adapter_of(bench).activation_code == "ABC-123 x"
        assert bench.master.reset() is False

    @pytest.mark.parametrize("code", [b"A\r", b"\n", b"\xff"])
    def test_what_cannot_be_a_code_is_refused(self, bench: Bench, code: bytes) -> None:
        with pytest.raises(InvalidValueError):
            bench.master.change_setting("PBM/activation_code", code)
        assert adapter_of(bench).activation_code == ""


class Unit:
    """A PBM with one, two and three thermometers on its lines, and a driver for each channel."""

    def __init__(self) -> None:
        clock = VirtualClock()
        self.wires = [Wire(clock) for _ in CHANNELS]
        for number, wire in enumerate(self.wires):
            for index in range(number + 1):
                wire.attach(make_slave("28", bus=number, index=index))
        self.adapter = PBM(*self.wires)
        self.port = EmulatedPort(self.adapter)
        self.port.close()
        first = Pbm("/dev/pbm", clock, port=self._opened)
        self.buses = [
            first,
            *(Pbm(f"/dev/pbm:{n}", clock, beside=first) for n in CHANNELS[1:]),
        ]

    def _opened(self) -> EmulatedPort:
        self.port.open()
        self.port.baudrate = 9600
        return self.port

    def lists_are_right(self) -> bool:
        return all(
            sorted(search_all(bus)) == sorted(slave.rom for slave in wire.slaves)
            for bus, wire in zip(self.buses, self.wires, strict=True)
        )


@pytest.fixture
def unit() -> Iterator[Unit]:
    unit = Unit()
    for bus in unit.buses:
        bus.open()
    yield unit
    for bus in unit.buses:
        bus.close()
    assert not unit.port.is_open


class TestChannels:
    def test_each_is_a_bus_on_the_same_port(self, unit: Unit) -> None:
        assert unit.lists_are_right()
        assert [bus.name for bus in unit.buses] == ["PBM(0)", "PBM(1)", "PBM(2)"]
        assert {bus.address for bus in unit.buses} == {"/dev/pbm"}
        assert {bus.setting("PBM/serial") for bus in unit.buses} == {SERIAL}
        assert {bus.setting("serial/baudrate") for bus in unit.buses} == {115200}

    def test_their_commands_may_mix(self, unit: Unit) -> None:
        for bus in unit.buses:
            assert bus.reset()
        for bus in unit.buses:
            assert bus.exchange(SKIP_ROM + b"\xbe") == SKIP_ROM + b"\xbe"
        for bus, wire in zip(unit.buses, unit.wires, strict=True):
            if len(wire.slaves) == 1:
                assert bus.exchange(READ_BYTE * 9) == wire.slaves[0].scratchpad  # type: ignore[attr-defined]  # a DS18B20

    def test_one_is_fed_while_others_work(self, unit: Unit) -> None:
        first, second, _ = unit.buses
        first.reset_exchange(SKIP_ROM)
        first.power_byte(CONVERT_T, 0.25)
        search_all(second)
        unit.wires[0].clock.wait(0.25)
        first.reset()
        assert unit.wires[0].counts.pullup_time == pytest.approx(0.5, abs=0.01)
        assert unit.wires[1].counts.pullup_time == 0

    def test_the_port_stays_open_until_the_last_is_closed(self, unit: Unit) -> None:
        unit.buses[0].close()
        assert unit.port.is_open
        assert unit.buses[2].reset()
        unit.buses[0].open()
        assert unit.lists_are_right()

    def test_a_port_that_was_lost_is_found_by_each_again(self, unit: Unit) -> None:
        unit.port.unplug()
        for bus in unit.buses:
            with pytest.raises(BusError):
                bus.reset()
            bus.close()
            with pytest.raises(BusNotRespondingError):
                bus.open()
        unit.port.plug()
        for bus in unit.buses:
            bus.open()
        assert unit.lists_are_right()

    def test_one_that_opens_again_leaves_the_others_alone(self, unit: Unit) -> None:
        unit.buses[1].reset()
        opened = unit.port.writes
        unit.buses[0].close()
        unit.buses[0].open()
        assert unit.port.writes - opened <= 2
        assert unit.buses[1].exchange(SKIP_ROM) == SKIP_ROM

    def test_a_change_of_the_rate_is_for_all(self, unit: Unit) -> None:
        unit.buses[1].change_setting("serial/baudrate", 38400)
        unit.buses[1].close()
        unit.buses[1].open()
        assert {bus.setting("serial/baudrate") for bus in unit.buses} == {38400}
        assert unit.lists_are_right()


def test_parasitic_thermometers_on_two_channels_convert_at_the_same_time() -> None:
    unit = Unit()
    clock = unit.wires[0].clock
    assert isinstance(clock, VirtualClock)
    chips = [wire.slaves[0] for wire in unit.wires[:2]]
    for chip in chips:
        chip.parasitic = True  # type: ignore[attr-defined]  # a DS18B20
        chip.temperature = 19.5  # type: ignore[attr-defined]

    async def main() -> None:
        async with OneWire(unit.buses[0], clock=clock) as ow:
            await ow.add_master(unit.buses[1]).start()
            for chip in chips:
                assert await ow.present(f"/{chip.rom}")
            began = clock.now()
            readings = await asyncio.gather(
                *(ow.read(f"/uncached/{chip.rom}/temperature") for chip in chips)
            )
            assert [float(reading.data) for reading in readings] == [19.5, 19.5]
            assert clock.now() - began < 1.5 * CONVERSION_SECONDS

    run(main(), clock)


def test_commands_choose_the_channel_where_that_is_needed(unit: Unit) -> None:
    first, second, _ = unit.buses
    first.reset()
    said = spy_on(unit.port)
    first.reset_exchange(SKIP_ROM)
    first.exchange(READ_BYTE)
    second.exchange(READ_BYTE)
    first.exchange(READ_BYTE)
    assert said == [b"c1", b"r", b"bCC\r", b"bFF\r", b"c2", b"bFF\r", b"c1", b"bFF\r"]


def spy_on(port: EmulatedPort) -> list[bytes]:
    """What is written to a port from now on."""
    said: list[bytes] = []
    write: Callable[[bytes], int] = port.write

    def spied(data: bytes) -> int:
        said.append(data)
        return write(data)

    port.write = spied  # type: ignore[method-assign]  # of this one
    return said


@pytest.mark.parametrize(
    ("spec", "rate"), [("pbm://{}", 9600), ("pbm+rfc2217://{}", 9600), ("pbm+rfc2217://{}", 115200)]
)
def test_works_behind_a_bridge_with_serial_control_and_without(spec: str, rate: int) -> None:
    wire = Wire()
    chip = make_slave("28")
    wire.attach(chip)
    adapter = PBM(wire)
    with rfc2217_server(adapter) as place:
        master = open_master(spec.format(place), timeout=2.0, baudrate=rate)
        master.open()
        assert adapter.baud == rate
        assert search_all(master) == [chip.rom]
        block = bytes((0xE3, 0xFF, 0xE1, 0x11, 0x13, 0x00, 0x03, 0x0A, 0x0D, 0x7F)) * 6
        assert master.exchange(block) == block
        master.close()


def test_works_over_tcp_and_survives_a_lost_connection() -> None:
    wires = [Wire() for _ in CHANNELS]
    for index, wire in enumerate(wires):
        wire.attach(make_slave("28", index=index))
    with TcpAdapter(PBM(*wires, any_rate=True)) as bridge:
        first = Pbm(bridge.address, timeout=0.5)
        second = Pbm(f"{bridge.address}:2", timeout=0.5, beside=first)
        buses = (first, second)
        for bus in buses:
            bus.open()
        assert bridge.connections == 1
        bridge.drop_after = 10
        with pytest.raises(BusError):
            search_all(second)
        for bus, wire in zip(buses, wires, strict=False):
            bus.close()
            bus.open()
            assert search_all(bus) == [wire.slaves[0].rom]
        assert bridge.connections == 2
        for bus in buses:
            bus.close()


def test_a_path_with_colons_is_a_path() -> None:
    driver = Pbm("/dev/serial/by-path/pci-0000:00:14.0", REAL_CLOCK)
    assert (driver.address, driver.name) == ("/dev/serial/by-path/pci-0000:00:14.0", "PBM(0)")
