"""The DS2490: the contract over USB, and what is its own: settings, faults, being taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    NotSupportedError,
)
from owfs_py.bus.masters import usbline
from owfs_py.bus.masters.base import SEARCH_ROM, Can
from owfs_py.bus.masters.ds2490chip import BYTES_IN, FLAGS, PULLUP_ACTIVE, REGISTERS, ROM_SIZE
from owfs_py.emulator import ds2490 as emulated
from owfs_py.emulator.ds2490 import SAMPLE_OFFSET, SLEW_RATE, SPEED, WRITE_1_LOW_TIME
from owfs_py.emulator.libusb.host import BULK_IN, BULK_OUT, INTERRUPT_IN
from owfs_py.emulator.wire import Counts
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import TIMEOUT, search_all
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture
from tests.bus.masters.usbbench import UsbBench, place, usb_bench

TIMINGS: dict[str, dict[str, Any]] = {"flexible": {}, "regular": {"flextime": False}}


@pytest.fixture(params=TIMINGS.values(), ids=TIMINGS.keys())
def closed_bench(request: pytest.FixtureRequest) -> Iterator[UsbBench]:
    with usb_bench(**request.param) as bench:
        yield bench


TestResetAndPresence = contract.TestResetAndPresence
TestSlots = contract.TestSlots
TestSearch = contract.TestSearch
TestPower = contract.TestPower
TestFailures = failures.TestFailures


class TestOpening(failures.TestOpening):
    def test_a_port_that_is_not_there_is_told_once(self, closed_bench: UsbBench) -> None:
        closed_bench.port.unplug()
        with pytest.raises(BusNotRespondingError) as caught:
            closed_bench.master.open()
        assert str(caught.value).count("no DS9490") == 1


# What the contract does not know of


@pytest.fixture
def usb() -> Iterator[UsbBench]:
    """One adapter and its driver, closed."""
    with usb_bench() as bench:
        yield bench


class TestSettings:
    def test_timing_goes_to_the_chip_as_codes(self, usb: UsbBench) -> None:
        master, modes = usb.master, (SPEED, SLEW_RATE, WRITE_1_LOW_TIME, SAMPLE_OFFSET)
        master.open()
        assert [usb.device.chip.modes[mode] for mode in modes] == [1, 4, 4, 4]
        for name, value in {
            "usb/flexible_timing": False,
            "usb/pulldownslewrate": 7,
            "usb/writeonelowtime": 15,
            "usb/datasampleoffset": 3,
        }.items():
            master.change_setting(name, value)
            assert master.setting(name) == value
        master.open()
        assert [usb.device.chip.modes[mode] for mode in modes] == [0, 7, 7, 0]

    def test_alternate_timing_has_other_defaults(self) -> None:
        with usb_bench(alternate_timing=True) as bench:
            values = [bench.master.setting(name) for name in sorted(bench.master.settings)]
            assert values == [8, True, 3, 10]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("usb/pulldownslewrate", -1),
            ("usb/pulldownslewrate", 8),
            ("usb/writeonelowtime", 7),
            ("usb/writeonelowtime", 16),
            ("usb/datasampleoffset", 2),
            ("usb/datasampleoffset", 11),
        ],
    )
    def test_out_of_range_is_refused_and_changes_nothing(
        self, usb: UsbBench, name: str, value: int
    ) -> None:
        before = usb.master.setting(name)
        with pytest.raises(NotSupportedError, match=name):
            usb.master.change_setting(name, value)
        assert usb.master.setting(name) == before

    def test_the_time_out_of_usb_is_that_of_every_transfer(self, usb: UsbBench) -> None:
        usb.master.open()
        usb.master.set_timeout("serial", 1)
        usb.master.set_timeout("usb", 3)
        usb.device.silent = True
        start = usb.clock.now()
        with pytest.raises(BusTimeoutError, match="within 3 s"):
            usb.master.reset()
        assert usb.clock.now() - start == pytest.approx(3)


class TestOperations:
    def test_overdrive_and_back(self, usb: UsbBench) -> None:
        usb.thermometers(1)
        usb.master.open()
        before = usb.wire.counts.snapshot()
        usb.master.set_overdrive(True)
        usb.master.reset()
        usb.master.exchange(b"\xff")
        assert usb.wire.counts - before == Counts(
            resets=1, slots=8, overdrive_resets=1, overdrive_slots=8
        )
        usb.master.set_overdrive(False)
        assert usb.master.reset()
        assert usb.wire.counts.overdrive_resets == 1

    def test_a_program_pulse_needs_12_volts(self, usb: UsbBench) -> None:
        usb.master.open()
        assert Can.PROGRAM_PULSE not in usb.master.can
        with pytest.raises(NotSupportedError, match="12 V"):
            usb.master.program_pulse()
        usb.device.chip.program_voltage = True
        usb.master.open()
        assert Can.PROGRAM_PULSE in usb.master.can
        usb.master.program_pulse()
        assert usb.wire.counts.program_pulses == 1

    def test_a_search_is_one_transfer_in_a_pass(self, usb: UsbBench) -> None:
        usb.thermometers(5)
        usb.master.open()
        usb.device.calls_left = calls = 100
        usb.master.reset()
        usb.master.search_pass(SEARCH_ROM, RomSearch())
        # Reset and its status; path, command, status and answer.
        assert calls - usb.device.calls_left == 6

    def test_long_resets_are_waited_for(self, usb: UsbBench) -> None:
        usb.master.open()
        start = usb.clock.now()
        usb.master.long_resets = True
        usb.master.reset()
        assert usb.clock.now() - start == pytest.approx(0.005)

    def test_bytes_left_over_do_not_get_into_answers(self, usb: UsbBench) -> None:
        usb.master.open()
        usb.device.chip.write(b"\x11\x22")
        usb.master.close()
        usb.master.open()
        assert usb.master.exchange(b"\x01\x02\x03") == b"\x01\x02\x03"


class TestFaults:
    @pytest.mark.parametrize("endpoint", [INTERRUPT_IN, BULK_OUT, BULK_IN])
    def test_a_stalled_endpoint_is_a_bus_error_until_it_is_opened_again(
        self, usb: UsbBench, endpoint: int
    ) -> None:
        usb.master.open()
        usb.device.stalled.add(endpoint)
        with pytest.raises(BusError, match=f"USB {place(usb.device)}: .*PIPE"):
            usb.master.exchange(b"\x01")
        usb.master.close()
        usb.master.open()
        assert usb.master.exchange(b"\x01") == b"\x01"

    def test_a_chip_that_never_ends_is_given_up_in_time(self, usb: UsbBench) -> None:
        usb.master.open()
        usb.device.chip.control(emulated.CONTROL_COMMAND, emulated.HALT_WHEN_IDLE, 0)
        start = usb.clock.now()
        with pytest.raises(BusTimeoutError, match="0 of 1 bytes"):
            usb.master.touch_bits([1])
        assert TIMEOUT <= usb.clock.now() - start < TIMEOUT + 0.1

    def test_a_strong_pullup_that_does_not_end_is_told(self, usb: UsbBench) -> None:
        usb.master.open()

        def pulling_up(answer: bytes) -> bytes:
            if len(answer) < REGISTERS:
                return answer
            return answer[:FLAGS] + bytes([answer[FLAGS] | PULLUP_ACTIVE]) + answer[FLAGS + 1 :]

        usb.device.change = pulling_up
        with pytest.raises(BusError, match="pull-up"):
            usb.master.power_byte(0x44, 0.1)

    def test_a_status_that_comes_twice_is_one(self, usb: UsbBench) -> None:
        usb.master.open()
        usb.device.change = lambda answer: answer * 2 if len(answer) == REGISTERS else answer
        assert usb.master.exchange(b"\x07") == b"\x07"
        assert usb.master.touch_bits([0, 1]) == [0, 1]

    def test_a_search_that_ends_in_the_middle_is_a_bus_error(self, usb: UsbBench) -> None:
        usb.thermometers(1)
        usb.master.open()

        def one_byte_more(answer: bytes) -> bytes:
            if len(answer) < REGISTERS or answer[BYTES_IN] != ROM_SIZE:
                return answer
            return answer[:BYTES_IN] + bytes([ROM_SIZE + 1]) + answer[BYTES_IN + 1 :]

        usb.device.change = one_byte_more
        with pytest.raises(BusError, match="9 bytes"):
            search_all(usb.master)


class TestTaking:
    def test_missing_permission_is_told_with_the_rule_that_helps(self, usb: UsbBench) -> None:
        usb.device.permitted = False
        with pytest.raises(BusNotRespondingError, match=r'permission.*ATTR\{idVendor\}=="04fa"'):
            usb.master.open()

    def test_the_kernels_driver_is_sent_away_and_called_back(self, usb: UsbBench) -> None:
        usb.device.kernel_driver = True
        usb.master.open()
        assert not usb.device.kernel_driver
        usb.master.close()
        assert usb.device.kernel_driver

    def test_a_kernel_driver_that_stays_is_told_with_what_helps(self, usb: UsbBench) -> None:
        usb.device.kernel_driver = usb.device.kernel_driver_stays = True
        with pytest.raises(BusNotRespondingError, match=r"rmmod ds2490.*blacklist ds2490"):
            usb.master.open()
        assert usb.device.kernel_driver

    def test_what_another_program_uses_is_told_and_left_alone(self, usb: UsbBench) -> None:
        other = object()
        usb.device.holder = other
        with pytest.raises(BusNotRespondingError, match="another program"):
            usb.master.open()
        assert usb.device.holder is other

    def test_other_devices_on_usb_are_left_alone(self, usb: UsbBench) -> None:
        usb.device.id = (0x0403, 0x6001)
        with pytest.raises(BusNotRespondingError, match=r"no DS9490 to be had$"):
            usb.master.open()

    def test_no_libusb_is_told_with_what_helps(self, usb: UsbBench) -> None:
        with (
            mock.patch.object(usbline.usb.backend.libusb1, "get_backend", return_value=None),
            pytest.raises(BusNotRespondingError, match=r"pip install 'owfs_py\[usb\]'"),
        ):
            usb.master.open()

    def test_a_host_that_cannot_be_asked_is_told(self, usb: UsbBench) -> None:
        error = usbline.usb.core.USBError("no memory")
        with (
            mock.patch.object(usbline.usb.core, "find", side_effect=error),
            pytest.raises(BusNotRespondingError, match="no memory"),
        ):
            usb.master.open()
