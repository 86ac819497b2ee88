"""The emulated DS2480B against its data sheet, byte for byte."""

from __future__ import annotations

import math
from typing import Any

import pytest

from owfs_py._search import RomSearch
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2480b import BAUD_RATES, DS2480B
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Counts, Wire


class Host:
    """A UART's view of the chip, in hex."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        self.wire = Wire(self.clock)
        self.chip = DS2480B(self.wire, **options)
        self.baud = 9600

    def send(self, *commands: str) -> str:
        data = b"".join(bytes.fromhex(command) for command in commands)
        return self.chip.receive(data, self.baud).hex(" ")


@pytest.fixture
def host() -> Host:
    """A chip that has had its timing byte."""
    host = Host()
    assert host.send("c1") == ""
    return host


@pytest.fixture
def thermometer(host: Host) -> DS18B20:
    chip = make_slave("28", temperature=21.0, parasitic=True)
    assert isinstance(chip, DS18B20)
    host.wire.attach(chip)
    return chip


def test_the_first_byte_is_measured_and_not_answered() -> None:
    host = Host()
    assert host.send("c1") == ""
    assert host.wire.counts == Counts()
    assert host.send("c1") == "cf"


def test_without_its_timing_byte_the_chip_answers_nothing() -> None:
    assert Host().send("45 5b 0f 91") == ""


def test_reset_tells_nobody_presence_and_short(host: Host) -> None:
    assert host.send("c1") == "cf"
    host.wire.attach(make_slave("01"))
    assert host.send("c1", "c5") == "cd cd"
    host.wire.faults.short = True
    assert host.send("c1") == "cc"


def test_reset_tells_an_alarming_presence_pulse(host: Host) -> None:
    class Alarmed(Slave):
        alarm_presence = True

    host.wire.attach(Alarmed(RomId.make(4, b"alarm!")))
    assert host.send("c1") == "ce"


@pytest.mark.parametrize("chip_id", range(8))
def test_reset_tells_the_chip_id(chip_id: int) -> None:
    host = Host(chip_id=chip_id)
    assert host.send("c1 c1") == f"{0xC3 | chip_id << 2:02x}"


def test_reset_tells_the_programming_voltage() -> None:
    assert Host(program_voltage=True).send("c1 c1") == "ef"


def test_configuration_is_echoed_with_bit_0_clear_and_read_back(host: Host) -> None:
    assert host.send("17 45 5b 3f 29") == "16 44 5a 3e 28"
    assert host.send("03 09 0b 07 05 0f") == "06 04 0a 0e 08 00"


def test_parameters_after_power_up(host: Host) -> None:
    assert host.send("03 05 07 09 0b 0d 0f") == "00 08 08 00 00 08 00"


def test_data_mode_gives_back_what_the_line_was(host: Host, thermometer: DS18B20) -> None:
    assert host.send("c1 e1 33", "ff" * 8) == f"cd 33 {thermometer.rom.hex(' ')}"


def test_mode_switches_are_not_answered(host: Host) -> None:
    assert host.send("e3 e3 e1 e3 e1 e3 c1") == "cf"
    assert host.wire.counts == Counts(resets=1)


def test_a_doubled_e3_is_one_data_byte_and_data_mode_goes_on(host: Host) -> None:
    assert host.send("e1 e3 e3 55 e3 c1") == "e3 55 cf"


def test_single_bits_answer_twice_the_bit_read(host: Host) -> None:
    assert host.send("81 91 85 95") == "80 93 84 97"
    host.wire.faults.noisy_slots = {5}
    assert host.send("91 91") == "93 90"


def test_search_accelerator_finds_two_devices_as_in_the_data_sheet(host: Host) -> None:
    roms = [
        RomId.make(0x28, bytes.fromhex("CDAB04000000")),
        RomId.make(0x28, bytes.fromhex("EFEBAB040000")),
    ]
    for rom in roms:
        host.wire.attach(DS18B20(rom))
    search, found = RomSearch(), []
    while not search.done:
        request = search.accelerator_request().hex()
        answer = host.send("c1 e1 f0 e3 b1 e1", request, "e3 a1")
        result = RomSearch.accelerator_answer(bytes.fromhex(answer)[2:])
        assert search.advance(*result)
        found.append(result[0])
    assert found == roms
    assert host.wire.counts == Counts(resets=2, slots=400)


def test_search_accelerator_answers_ones_when_nobody_is_there(host: Host) -> None:
    assert host.send("e1 ec e3 b1 e1", "00" * 16) == "ec" + " ff" * 16


def test_search_accelerator_answers_ones_after_an_error_until_switched_off(host: Host) -> None:
    for index in range(2):
        host.wire.attach(make_slave("28", index=index))
    assert host.send("c1 e1 f0 e3 b1 e1", "00" * 4).startswith("cd f0")
    for slave in list(host.wire.slaves):
        host.wire.detach(slave)
    assert host.send("00" * 12) == "ff " * 11 + "ff"
    host.wire.attach(make_slave("28"))
    assert host.send("e3 a1 c1 e1 f0 e3 b1 e1", "00" * 16).startswith("cd f0 80")


def test_a_bit_with_endless_pullup_answers_again_when_it_is_terminated(
    host: Host, thermometer: DS18B20
) -> None:
    host.send("3f c1 e1 cc e3")
    # 44 convert, the last bit with strong pull-up
    assert host.send("81 81 91 81 81 81 91 83") == "80 80 93 80 80 80 93 80"
    host.clock.advance(0.75)
    assert host.send("f1") == "ec"
    assert thermometer.brown_outs == 0
    assert len(thermometer.history) == 1
    assert host.wire.counts.pullup_time == pytest.approx(0.75)


def test_during_an_endless_pulse_all_but_its_end_is_ignored(host: Host) -> None:
    assert host.send("3f 93") == "3e 93"
    assert host.send("c1 91 45 e1 55") == ""
    assert host.send("f1 c1") == "ec cf"


def test_a_pulse_is_disarmed_with_two_answers_as_the_public_domain_kit_expects(host: Host) -> None:
    host.send("3f 93")
    assert host.send("f1 ed f1") == "ec ec"


def test_termination_without_a_pulse_is_not_answered(host: Host) -> None:
    assert host.send("f1") == ""


@pytest.mark.parametrize(
    ("command", "seconds"),
    [("31", 0.0164), ("33", 0.0655), ("35", 0.131), ("37", 0.262), ("39", 0.524), ("3b", 1.048)],
)
def test_a_pullup_of_predefined_duration_ends_by_itself(
    host: Host, command: str, seconds: float
) -> None:
    begin = host.clock.now()
    assert host.send(command, "93") == f"{int(command, 16) & 0xFE:02x} 93 ec"
    assert host.clock.now() - begin == pytest.approx(seconds)
    assert host.wire.counts.pullup_time == pytest.approx(seconds)


def test_armed_pullup_follows_every_data_byte(host: Host, thermometer: DS18B20) -> None:
    assert host.send("3b ef") == "3a ec"  # arming gives a pulse of its own
    assert host.send("c1 e1 cc") == "cd cc ec"
    assert host.send("44") == "44 ec"
    assert len(thermometer.history) == 1
    assert host.send("e3 ed c1 e1 cc") == "ec cd cc"


def test_a_program_pulse_reaches_the_line_only_with_programming_voltage() -> None:
    for voltage in (False, True):
        host = Host(program_voltage=voltage)
        host.send("c1 29")
        assert host.send("fd") == "fc"
        assert host.wire.counts.program_pulses == voltage


@pytest.mark.parametrize("code", range(4))
def test_baud_rate_changes_with_garbage_at_the_old_rate(host: Host, code: int) -> None:
    command = f"{0x71 | code << 1:02x}"
    answer = host.send(command)
    host.baud = BAUD_RATES[code]
    assert host.chip.baud == host.baud
    assert (answer == f"{0x70 | code << 1:02x}") is (code == 0)
    assert host.send("0f c1") == f"{code << 1:02x} cf"


def test_faster_bytes_than_the_chip_listens_to_are_noise(host: Host) -> None:
    host.baud = 115200
    assert host.send("c1 0f 91") == ""
    host.baud = 9600
    assert host.send("0f") == "00"


def test_slower_bytes_than_the_chip_listens_to_are_a_master_reset(host: Host) -> None:
    host.send("77")
    assert host.chip.baud == 115200
    assert host.send("c1") == ""
    assert host.send("0f 09") == "00 00"


def test_a_break_is_a_master_reset(host: Host) -> None:
    host.send("3f 45 e1")
    host.chip.send_break()
    assert host.send("c1") == ""
    assert host.send("07 09") == "08 00"


def test_a_break_ends_an_endless_pullup(host: Host) -> None:
    host.send("3f 93")
    host.clock.advance(2)
    host.chip.send_break()
    host.clock.advance(2)
    assert host.wire.counts.pullup_time == pytest.approx(2)
    assert math.isclose(host.wire.counts.bus_time, 2, rel_tol=1e-3)


def test_blocks_at_9600_baud_never_overrun(host: Host) -> None:
    assert host.send("c1 e1", "55" * 64) == "cf" + " 55" * 64
    assert host.chip.overruns == 0


def test_blocks_at_a_higher_rate_overrun_the_buffer_of_one_byte(host: Host) -> None:
    host.send("77")
    host.baud = 115200
    assert host.send("e1 01 02") == "01 02"
    assert host.send("01 02 03") == "01 02"
    assert host.chip.overruns == 1


def test_overdrive_commands_use_overdrive_slots(host: Host) -> None:
    assert host.send("c9 99 e1 ff") == "cf 9b ff"
    assert host.wire.counts == Counts(resets=1, slots=9, overdrive_resets=1, overdrive_slots=9)
