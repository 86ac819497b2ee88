"""DS2480B: what crosses the serial line, rates, speeds and pulses."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError, NotSupportedError
from owfs_py.bus.masters.base import READ_BYTE, Can
from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.rom import RomId
from owfs_py.emulator import ds2480b as emulated
from owfs_py.emulator.slave import Behaviour, Slave, send_forever
from tests.bus.masters.bench import Bench, answered_by_each_byte, search_all

READ_ROM, SKIP_ROM, OVERDRIVE_SKIP_ROM = b"\x33", b"\xcc", b"\x3c"
RATES = [9600, 19200, 57600, 115200]


def opened(chip: Any = "ds2480b", **options: Any) -> Bench:
    bench = Bench("ds2480b", options, chip)
    bench.master.open()
    bench.port.written = b""
    bench.port.writes = 0
    return bench


def driver(bench: Bench) -> DS2480B:
    assert isinstance(bench.master, DS2480B)
    return bench.master


class FastSlave(Slave):
    """Goes to overdrive, and can resume."""

    chip = "fast slave"
    families: ClassVar = ()
    rom_commands = Slave.rom_commands | Slave.with_overdrive

    def function(self) -> Behaviour:
        return send_forever(0)


class AlarmingSlave(Slave):
    """Lengthens its presence pulse like a DS2404 with an alarm."""

    chip = "alarming slave"
    families: ClassVar = ()
    alarm_presence = True


class TestBytesOnTheLine:
    def test_reset_and_data_are_one_write(self) -> None:
        bench = opened()
        bench.thermometers(1)
        bench.master.reset_exchange(b"\xcc\xbe\xe3")
        assert bench.port.written == bytes.fromhex("c5 e1 cc be e3 e3")
        assert bench.port.writes == 1
        bench.master.reset_exchange(b"\x33")
        assert bench.port.written[6:] == bytes.fromhex("e3 c5 e1 33")
        assert bench.port.writes == 2

    def test_a_search_pass_is_one_write(self) -> None:
        bench = opened()
        search_all(bench.master)
        bench.thermometers(1)
        bench.port.written, bench.port.writes = b"", 0
        search_all(bench.master)
        search = bytes.fromhex("c5 e1 f0 e3 b5 e1") + bytes(16) + bytes.fromhex("e3 a5")
        assert bench.port.written == search
        assert bench.port.writes == 2  # the reset, and the pass

    def test_a_power_byte_is_eight_bits_the_last_with_pull_up_then_an_end(self) -> None:
        bench = opened()
        bench.master.power_byte(0x44, 0.01)
        assert bench.port.written == bytes.fromhex("85 85 95 85 85 85 95 87 f1")

    @pytest.mark.parametrize(("flextime", "reset"), [(True, 0xC5), (False, 0xC1)])
    def test_flexible_or_regular_speed(self, flextime: bool, reset: int) -> None:
        bench = opened(flextime=flextime)
        bench.master.reset()
        assert bench.port.written == bytes([reset])

    def test_settings_changed_later_hold_from_the_next_opening_on(self) -> None:
        bench = opened()
        master = driver(bench)
        master.flextime, master.wanted_baudrate = False, 57600
        master.close()
        master.open()
        bench.port.written = b""
        master.reset()
        assert bench.port.written == b"\xc1"
        assert master.baudrate == bench.adapter.baud == 57600

    def test_reversed_polarity_is_set_and_read_back(self) -> None:
        bench = opened(reverse_polarity=True)
        parameter = emulated.Parameter.BAUD_RATE
        assert bench.adapter.parameters[parameter] == 4

    def test_the_chip_is_configured(self) -> None:
        parameters = opened().adapter.parameters
        assert parameters[emulated.Parameter.WRITE_1_LOW_TIME] == 2  # 10 µs
        assert parameters[emulated.Parameter.SAMPLE_OFFSET] == 5  # 8 µs
        assert parameters[emulated.Parameter.PULLUP_DURATION] == 7  # until told otherwise
        assert parameters[emulated.Parameter.PROGRAM_PULSE_DURATION] == 4  # 512 µs


class TestIdentity:
    @pytest.mark.parametrize(
        ("chip_id", "name"),
        [
            (0, "DS2480B based"),
            (2, "DS9097U"),
            (3, "DS9097U"),
            (4, "DS2480B based"),
            (7, "LINK(emulate mode)"),
        ],
    )
    def test_name_and_version_come_from_the_chip_id(self, chip_id: int, name: str) -> None:
        bench = opened(partial(emulated.DS2480B, chip_id=chip_id))
        assert (bench.master.name, bench.master.version) == (name, chip_id)

    def test_offers_all_that_the_chip_can(self) -> None:
        assert driver(opened()).can == (
            Can.STRONG_PULLUP | Can.PROGRAM_PULSE | Can.OVERDRIVE | Can.BRANCHES
        )


class TestRates:
    def test_stays_at_9600_where_every_block_can_stream(self) -> None:
        assert driver(opened()).baudrate == 9600

    @pytest.mark.parametrize("rate", RATES)
    def test_takes_the_rate_asked_for(self, rate: int) -> None:
        bench = opened(baudrate=rate)
        assert driver(bench).baudrate == bench.port.baudrate == bench.adapter.baud == rate
        assert bench.master.exchange(b"\x01\xe3") == b"\x01\xe3"

    @pytest.mark.parametrize(("asked", "used"), [(38400, 19200), (230400, 115200), (1200, 9600)])
    def test_takes_the_next_lower_rate_that_the_chip_has(self, asked: int, used: int) -> None:
        assert driver(opened(baudrate=asked)).baudrate == used

    @pytest.mark.parametrize("fastest", RATES)
    def test_falls_back_to_a_rate_that_gets_through(self, fastest: int) -> None:
        bench = Bench("ds2480b", {"baudrate": 115200}, "ds2480b")
        bench.meddler.fastest = fastest
        start = bench.clock.now()
        bench.master.open()
        assert driver(bench).baudrate == bench.adapter.baud == fastest
        assert bench.clock.now() - start < 3.0
        assert bench.master.exchange(b"\x01\xe3") == b"\x01\xe3"

    @pytest.mark.parametrize("left_at", RATES)
    def test_finds_a_chip_left_at_another_rate(self, left_at: int) -> None:
        bench = opened(baudrate=left_at)
        bench.port.close()  # no farewell, as if killed
        bench.master.open()
        assert bench.master.reset() is False

    @pytest.mark.parametrize("flextime", [True, False])
    @pytest.mark.parametrize("rate", RATES)
    def test_never_outruns_the_chip(self, rate: int, flextime: bool) -> None:
        bench = opened(baudrate=rate, flextime=flextime)
        roms = sorted(chip.rom for chip in bench.thermometers(5))
        block = b"\xe3\xff\x00\xe3\xe3" * 40
        assert bench.master.exchange(block) == block
        assert bench.master.reset_exchange(block) == block
        assert bench.master.touch_bits([1, 0] * 100) == [1, 0] * 100
        assert sorted(search_all(bench.master)) == roms
        assert bench.master.power_byte(0xE3, 0.01) == 0xE3
        assert bench.adapter.overruns == 0


class TestOverdrive:
    def _bench(self, **options: Any) -> tuple[Bench, FastSlave]:
        bench = opened(**options)
        slave = FastSlave(RomId.make(0x2D, bytes(6)))
        bench.wire.attach(slave)
        return bench, slave

    def test_talks_to_slaves_in_overdrive_and_back_at_regular_speed(self) -> None:
        bench, slave = self._bench()
        bench.thermometers(1)
        bench.master.reset_exchange(OVERDRIVE_SKIP_ROM)
        bench.master.set_overdrive(True)
        assert bench.master.exchange(READ_BYTE) == b"\x00"
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + slave.rom
        assert bench.wire.counts.overdrive_slots == 80
        assert search_all(bench.master) == [slave.rom]
        bench.master.set_overdrive(False)
        assert len(search_all(bench.master)) == 2

    def test_for_long_blocks_the_uart_goes_as_fast_as_the_wire(self) -> None:
        bench, slave = self._bench()
        bench.master.reset_exchange(OVERDRIVE_SKIP_ROM)
        bench.master.set_overdrive(True)
        assert bench.master.exchange(READ_BYTE * 8) == bytes(8)  # the slave sends zeros
        assert driver(bench).baudrate == 9600
        block = READ_ROM + READ_BYTE * 40
        assert bench.master.reset_exchange(block) == READ_ROM + slave.rom + bytes(32)
        assert driver(bench).baudrate == 115200
        bench.master.set_overdrive(False)
        assert driver(bench).baudrate == 9600
        assert bench.master.reset_exchange(block) == READ_ROM + slave.rom + bytes(32)
        assert driver(bench).baudrate == 9600

    @pytest.mark.parametrize("wanted", [9600, 19200, 1200])
    def test_the_uart_returns_to_the_rate_wanted_or_the_lowest(self, wanted: int) -> None:
        bench, _ = self._bench(baudrate=wanted)
        bench.master.set_overdrive(True)
        bench.master.set_overdrive(False)
        assert driver(bench).baudrate == bench.adapter.baud == max(wanted, 9600)

    @pytest.mark.parametrize("rate", RATES)
    def test_never_outruns_the_chip(self, rate: int) -> None:
        bench, slave = self._bench(overdrive_baudrate=rate)
        bench.master.reset_exchange(OVERDRIVE_SKIP_ROM)
        bench.master.set_overdrive(True)
        block = b"\xe3\x00\xe3" * 100
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + slave.rom
        assert bench.master.exchange(block) == bytes(300)
        assert driver(bench).baudrate == rate
        assert search_all(bench.master) == [slave.rom]
        assert bench.adapter.overruns == 0

    def test_a_cable_too_bad_for_the_rate_costs_speed_only(self) -> None:
        bench, slave = self._bench()
        bench.meddler.fastest = 19200
        bench.master.reset_exchange(OVERDRIVE_SKIP_ROM)
        bench.master.set_overdrive(True)
        block = READ_ROM + READ_BYTE * 40
        assert bench.master.reset_exchange(block) == READ_ROM + slave.rom + bytes(32)
        assert driver(bench).baudrate == 19200

    def test_a_rate_that_failed_is_not_tried_again(self) -> None:
        bench, _ = self._bench()
        bench.meddler.fastest = 19200
        bench.master.set_overdrive(True)
        bench.master.exchange(READ_BYTE * 40)
        bench.master.set_overdrive(False)
        start = bench.clock.now()
        bench.master.set_overdrive(True)
        bench.master.exchange(READ_BYTE * 40)
        assert driver(bench).baudrate == 19200
        assert bench.clock.now() - start < 0.05

    def test_opening_anew_starts_at_regular_speed(self) -> None:
        bench, slave = self._bench()
        bench.master.set_overdrive(True)
        bench.master.close()
        bench.master.open()
        assert search_all(bench.master) == [slave.rom]
        assert bench.wire.overdrive is False


class TestAlarmPresence:
    def test_data_after_a_long_reset_goes_out_by_itself(self) -> None:
        bench = opened()
        slave = AlarmingSlave(RomId.make(0x04, bytes(6)))
        bench.wire.attach(slave)
        for _ in range(2):
            assert bench.master.reset() is True
            assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + slave.rom
        bench.port.writes = 0
        bench.master.reset_exchange(READ_ROM)
        assert bench.port.writes == 2


class TestPulses:
    def test_a_program_pulse_reaches_the_wire(self) -> None:
        bench = opened(partial(emulated.DS2480B, program_voltage=True))
        bench.master.program_pulse()
        assert bench.wire.counts.program_pulses == 1
        assert bench.master.reset() is False

    def test_without_12_volts_a_program_pulse_is_refused(self) -> None:
        bench = opened()
        with pytest.raises(NotSupportedError, match="12 V"):
            bench.master.program_pulse()
        assert bench.wire.counts.program_pulses == 0

    @pytest.mark.parametrize("answer", [b"\x00", b"\xff", b"\x87"])
    def test_a_wrong_answer_to_the_end_of_power_is_a_bus_error(self, answer: bytes) -> None:
        bench = opened()
        bench.meddler.change = lambda given: answer if given == b"\xec" else given
        with pytest.raises(BusError, match="pull-up"):
            bench.master.power_byte(0x44, 0.01)


class TestAnswers:
    def test_only_a_reset_answer_is_taken_for_one(self) -> None:
        bench = opened()
        results = answered_by_each_byte(bench, bench.master.reset)
        assert results == {answer: answer & 3 != 3 for answer in range(0xC0, 0x100) if answer & 3}

    def test_only_a_bit_answer_is_taken_for_one(self) -> None:
        bench = opened()
        results = answered_by_each_byte(bench, lambda: bench.master.touch_bits([1]))
        assert results == {0x94: [0], 0x97: [1]}

    def test_another_answer_to_the_settings_is_no_ds2480b(self) -> None:
        bench = Bench("ds2480b", {}, "ds2480b")
        bench.meddler.change = lambda given: given.replace(b"\x44", b"\x46")
        with pytest.raises(BusNotRespondingError, match="no DS2480B"):
            bench.master.open()

    def test_a_passive_adapter_is_recognised_at_once(self) -> None:
        bench = Bench("ds2480b", {}, "ds9097")
        start = bench.clock.now()
        with pytest.raises(BusNotRespondingError, match="echoes like a passive adapter"):
            bench.master.open()
        assert bench.clock.now() - start < 0.1
