"""The PBM: the contract on its channels, rates, what it tells of itself, licences."""

from __future__ import annotations

import pytest

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    InvalidValueError,
    SearchError,
)
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.pbm import Pbm
from owfs_py.emulator.pbm import CHANNELS, PBM, SERIAL
from owfs_py.emulator.wire import Wire
from tests.bus.masters import checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.test_contract import CONVERT_T, SKIP_ROM
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture

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


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = contract.TestSlots


class TestSearch(contract.TestSearch):
    def test_what_is_no_id_is_refused(self, bench: Bench) -> None:
        bench.thermometers(2)
        bench.meddler.change = lambda answer: answer.replace(b"28\r", b"29\r")
        with pytest.raises(SearchError):
            search_all(bench.master)

    def test_a_slave_that_answers_no_search_is_not_overlooked_silently(self, bench: Bench) -> None:
        checks.tells_of_slaves_that_answer_no_search(bench)

    def test_devices_beyond_what_it_is_licensed_for_are_told_of(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.thermometers(5)
        adapter_of(bench).listed_at_most = 3
        assert len(search_all(bench.master)) == 3
        assert "has more devices than it tells" in caplog.text


class TestPower(contract.PlainPower):
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


TestFailures = failures.TestFailures


class TestOpening(failures.TestOpening):
    @pytest.mark.parametrize("begun", [b"b12", b"j0110", b"p44", b"t", b"c", b"k", b"ka12"])
    def test_finds_it_in_the_middle_of_a_command(self, bench: Bench, begun: bytes) -> None:
        checks.finds_it_after(bench, begun)

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


@pytest.mark.parametrize(
    ("spec", "rate"), [("pbm://{}", 9600), ("pbm+rfc2217://{}", 9600), ("pbm+rfc2217://{}", 115200)]
)
def test_works_behind_a_bridge_with_serial_control_and_without(spec: str, rate: int) -> None:
    checks.works_behind_a_bridge(PBM(Wire()), spec, rate)


def test_a_path_with_colons_is_a_path() -> None:
    driver = Pbm("/dev/serial/by-path/pci-0000:00:14.0", REAL_CLOCK)
    assert (driver.address, driver.name) == ("/dev/serial/by-path/pci-0000:00:14.0", "PBM(0)")
