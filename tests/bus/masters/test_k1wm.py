"""The K1WM: the contract on one of its channels, all on the same registers, the option's value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.errors import NotSupportedError
from owfs_py.bus.masters.base import Can
from owfs_py.bus.masters.k1wm import K1WM, address_and_channels
from owfs_py.emulator.ds1wm import Control, Register
from tests.bus.masters import addressing, checks
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.bench import attach_thermometers, search_all
from tests.bus.masters.registerbench import ADDRESS, CHANNELS, RegisterBench


@pytest.fixture(params=[0, 3])
def closed_bench(request: pytest.FixtureRequest) -> RegisterBench:
    return RegisterBench(request.param)


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = addressing.Slots
TestSearch = addressing.Search


class TestPower(contract.TestPower):
    def test_offers_overdrive_only(self, bench: RegisterBench) -> None:
        assert bench.master.can == Can.OVERDRIVE | Can.BRANCHES
        with pytest.raises(NotSupportedError):
            bench.master.program_pulse()
        bench.master.power_byte(0x44, 0.1)
        assert bench.wire.counts.pullup_time == 0
        assert Control.PULLUP_ENABLE not in bench.chip.control


TestFailures = failures.TestFailures
TestOpening = addressing.Opening


class Channels:
    """A chip with one thermometer more on each line, and a bus master for each channel."""

    def __init__(self) -> None:
        self.bench = RegisterBench(0)
        self.roms = attach_thermometers(self.bench.wires)
        first = self.bench.master
        assert isinstance(first, K1WM)
        self.buses = [
            first,
            *(K1WM(ADDRESS, self.bench.clock, channel=n, beside=first) for n in range(1, CHANNELS)),
        ]

    def lists_are_right(self) -> bool:
        return [sorted(search_all(bus)) for bus in self.buses] == self.roms


@pytest.fixture
def channels() -> Iterator[Channels]:
    channels = Channels()
    for bus in channels.buses:
        bus.open()
    yield channels
    for bus in channels.buses:
        bus.close()
    assert not channels.bench.port.is_open


class TestChannels:
    def test_each_is_a_bus_with_a_name_of_its_own(self, channels: Channels) -> None:
        assert channels.lists_are_right()
        assert [bus.name for bus in channels.buses] == [f"K1WM({n})" for n in range(CHANNELS)]
        assert {bus.version for bus in channels.buses} == {40}
        # There is no clock to set.
        assert channels.bench.chip.registers[Register.CLOCK_DIVISOR] < CHANNELS

    def test_jobs_on_one_and_the_other_may_alternate(self, channels: Channels) -> None:
        first, second, *_ = channels.buses
        (chip,) = channels.bench.wires[0].slaves
        assert first.reset()
        assert second.reset_exchange(b"\xcc\xbe") == b"\xcc\xbe"
        assert first.exchange(b"\x33" + b"\xff" * 8) == b"\x33" + chip.rom

    def test_each_has_settings_of_its_own(self, channels: Channels) -> None:
        first, second, *_ = channels.buses
        first.change_setting("K1WM/long_line_mode", True)
        first.set_overdrive(True)
        first.reset()
        assert channels.bench.chip.control & (Control.LONG_LINE | Control.OVERDRIVE) == (
            Control.LONG_LINE | Control.OVERDRIVE
        )
        second.reset()
        assert channels.bench.chip.control == Control.PRESENCE_MASK

    def test_the_registers_stay_open_until_the_last_is_closed(self, channels: Channels) -> None:
        channels.buses[0].close()
        assert channels.bench.port.is_open
        assert channels.buses[1].reset()
        channels.buses[0].open()
        assert channels.lists_are_right()

    def test_a_chip_that_was_lost_is_found_by_each_again(self, channels: Channels) -> None:
        bench = channels.bench
        checks.each_finds_it_again(channels.buses, bench.port.unplug, bench.plug)
        assert channels.lists_are_right()

    def test_there_are_so_many_and_no_more(self) -> None:
        for channel in (-1, 64):
            with pytest.raises(ValueError, match="no channel"):
                K1WM(ADDRESS, REAL_CLOCK, channel=channel)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("0x10", ("0x10", 1)), ("0x10,8", ("0x10", 8)), ("0,64", ("0", 64)), ("0,0x3", ("0", 3))],
)
def test_the_option_names_address_and_channels(value: str, meaning: tuple[str, int]) -> None:
    assert address_and_channels(value) == meaning


@pytest.mark.parametrize("value", ["0x10,", "0x10,0", "0x10,65", "0x10,x", "0x10,1,2"])
def test_other_numbers_of_channels_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"channels|number"):
        address_and_channels(value)
