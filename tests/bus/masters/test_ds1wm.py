"""The DS1WM: the contract on its registers, what is written there, settings, overdrive."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import BusError, BusTimeoutError
from owfs_py.bus.masters.ds1wm import DS1WM
from owfs_py.emulator.ds1wm import Control, Register
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import search_all
from tests.bus.masters.registerbench import RegisterBench
from tests.bus.masters.test_contract import READ_BYTE, READ_ROM
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture


@pytest.fixture
def closed_bench() -> RegisterBench:
    return RegisterBench()


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = contract.TestSlots
TestSearch = contract.TestSearch
TestPower = contract.TestPower
TestFailures = failures.TestFailures


class TestOpening(failures.TestOpening):
    def test_brings_the_chip_into_order(self, closed_bench: RegisterBench) -> None:
        chip = closed_bench.chip
        chip.registers[:] = b"\xff\xff\xff\xff\xff\xff"
        closed_bench.master.open()
        assert closed_bench.port.opened_at == (0x40010000, len(Register))
        assert chip.registers[Register.COMMAND] == chip.registers[Register.INTERRUPT_ENABLE] == 0
        assert chip.registers[Register.CLOCK_DIVISOR] == 0x86
        assert chip.control == Control.PRESENCE_MASK | Control.PULLUP_ENABLE

    def test_the_clock_stands_while_the_chip_is_set_up(self, closed_bench: RegisterBench) -> None:
        closed_bench.master.open()
        assert closed_bench.port.written == [
            (Register.COMMAND, 0),
            (Register.INTERRUPT_ENABLE, 0),
            (Register.CLOCK_DIVISOR, 0),
            (Register.CONTROL, Control.PRESENCE_MASK | Control.PULLUP_ENABLE),
            (Register.CLOCK_DIVISOR, 0x86),
        ]


@pytest.mark.parametrize(
    ("setting", "flag"),
    [
        ("long_line_mode", Control.LONG_LINE),
        ("pulse_presence_mask", Control.PRESENCE_MASK),
    ],
)
def test_settings_hold_from_open_on(setting: str, flag: Control) -> None:
    bench = RegisterBench()
    for wanted in (True, False, True):
        bench.master.change_setting(f"DS1WM/{setting}", wanted)
        assert bench.master.setting(f"DS1WM/{setting}") is wanted
        bench.master.open()
        assert (flag in bench.chip.control) is wanted
        bench.master.close()


def test_a_chip_that_lost_its_settings_is_not_believed(bench: RegisterBench) -> None:
    (chip,) = bench.thermometers(1)
    bench.chip.power_up()
    with pytest.raises(BusTimeoutError):
        bench.master.reset()
    bench.master.close()
    bench.master.open()
    assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom
    bench.meddler.change = lambda value: bytes([value[0] & ~Control.PULLUP_ENABLE])
    with pytest.raises(BusError):
        bench.master.reset()


def test_no_byte_is_sent_while_another_is_under_way(bench: RegisterBench) -> None:
    bench.thermometers(3)
    search_all(bench.master)
    bench.master.touch_bits([1, 0] * 8)
    bench.master.reset_exchange(bytes(range(256)))
    assert bench.chip.lost == 0


def test_the_line_is_fed_only_when_it_is_asked_for(bench: RegisterBench) -> None:
    bench.thermometers(1)
    bench.master.reset_exchange(b"\xcc")
    bench.clock.wait(1.0)
    assert bench.wire.counts.pullup_time == 0
    bench.master.power_byte(0x44, 0.25)
    bench.clock.wait(1.0)
    assert bench.wire.counts.pullup_time == pytest.approx(0.25, abs=0.002)


def test_overdrive_is_on_until_it_is_switched_off_or_opened_anew(bench: RegisterBench) -> None:
    for end in (lambda: bench.master.set_overdrive(False), bench.master.open):
        bench.master.set_overdrive(True)
        before = bench.wire.counts.snapshot()
        bench.master.reset()
        bench.master.exchange(b"\x00")
        cost = bench.wire.counts - before
        assert (cost.overdrive_resets, cost.overdrive_slots) == (1, 8)
        end()
        before = bench.wire.counts.snapshot()
        bench.master.reset()
        bench.master.exchange(b"\x00")
        cost = bench.wire.counts - before
        assert (cost.overdrive_resets, cost.overdrive_slots) == (0, 0)


def test_a_byte_costs_little_more_than_its_slots(bench: RegisterBench) -> None:
    start = bench.clock.now()
    bench.master.exchange(bytes(100))
    assert bench.clock.now() - start < 100 * 8 * 90e-6


@pytest.mark.parametrize("address", ["0", "0x0", "", "here", "0x", "-1", "089", "1 2"])
def test_what_cannot_be_an_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"number|address 0"):
        DS1WM(address)
