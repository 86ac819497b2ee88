"""Reading and writing a DS2408: switches, latches, alarm, what the chip refuses."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CommunicationError, CrcError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2408 import DS2408
from tests.bus.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench("29")


def chip(bench: Bench) -> DS2408:
    (slave,) = bench.slaves
    assert isinstance(slave, DS2408)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


def test_pio_is_what_conducts_and_sensed_what_is_high(bench: Bench) -> None:
    chip(bench).pins.drive(0b11110101)
    chip(bench).pins.pulled_up = 0b10111111

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "PIO.BYTE")) == 0b00001010
        assert await ow.read_value(path(bench, "sensed.BYTE")) == 0b10110101
        assert await ow.read_value(path(bench, "PIO.1")) is True
        assert (await ow.read(path(bench, "sensed.ALL"))).data == b"1,0,1,0,1,1,0,1"

    bench.run(test)


def test_switches_are_looked_at_every_time(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "sensed.0")) is True
        chip(bench).pins.pulled_up = 0xFE
        reading = await ow.read(path(bench, "sensed.0"))
        assert reading.data == b"0"
        assert reading.valid_until <= ow.clock.now()

    bench.run(test)


def test_writing_one_channel_leaves_the_others(bench: Bench) -> None:
    chip(bench).pins.drive(0b01010101)

    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "PIO.0"), b"1")
        assert chip(bench).pins.latches == 0b01010100
        await ow.write(path(bench, "PIO.7"), b"0")
        assert chip(bench).pins.latches == 0b11010100
        await ow.write(path(bench, "PIO.BYTE"), b"256")
        assert chip(bench).pins.latches == 0xFF
        await ow.write(path(bench, "PIO.ALL"), b"1,1,0,0,0,0,0,0")
        assert chip(bench).pins.latches == 0xFC

    bench.run(test)


def test_any_write_resets_all_activity_latches(bench: Bench) -> None:
    chip(bench).pins.pulled_up = 0x0F
    chip(bench).pins.pulled_up = 0xFF

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "latch.BYTE")) == 0xF0
        await ow.write(path(bench, "latch.0"), b"1")
        assert await ow.read_value(path(bench, "latch.BYTE")) == 0

    bench.run(test)


def test_flags_of_the_control_register(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        names = ("power", "por", "strobe")
        assert [await ow.read_value(path(bench, name)) for name in names] == [True, True, False]
        await ow.write(path(bench, "strobe"), b"1")
        await ow.write(path(bench, "por"), b"0")
        assert [await ow.read_value(path(bench, name)) for name in names] == [True, False, True]
        with pytest.raises(VerifyError):  # the chip lets it only be cleared
            await ow.write(path(bench, "por"), b"1")

    bench.run(test)


@pytest.mark.parametrize(
    ("written", "read", "registers"),
    [
        (0, 0, (0x00, 0x00, 0)),
        (123456789, 123012301, (0xCC, 0x55, 1)),
        (222222222, 222222222, (0xFF, 0x00, 2)),
        (333333333, 333333333, (0xFF, 0xFF, 3)),
        (100000002, 100000002, (0x01, 0x00, 1)),
    ],
)
def test_alarm_settings_are_nine_digits(
    bench: Bench, written: int, read: int, registers: tuple[int, int, int]
) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "set_alarm"), str(written).encode())
        assert await ow.read_value(path(bench, "set_alarm")) == read
        found = chip(bench)
        assert (found.select, found.polarity, found.control & 3) == registers
        assert found.control & 0x0C == 0x08  # the rest was left alone

    bench.run(test)


def test_who_is_in_alarm_is_listed(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "por"), b"0")
        await ow.write(path(bench, "set_alarm"), b"000000002")
        assert (await ow.dir("/alarm")).entries == []
        chip(bench).pins.pulled_up = 0xFE
        assert (await ow.dir("/alarm")).entries == [f"/alarm/{chip(bench).rom}"]

    bench.run(test)


def test_a_chip_in_test_mode_is_brought_out_of_it(bench: Bench) -> None:
    chip(bench).test_mode = True

    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "PIO.BYTE"), b"1")
        assert chip(bench).pins.latches == 0xFE
        chip(bench).test_mode = True
        await ow.write(path(bench, "out_of_testmode"), b"0")
        assert chip(bench).test_mode
        await ow.write(path(bench, "out_of_testmode"), b"1")
        assert not chip(bench).test_mode

    bench.run(test)


class Mute(DS2408):
    """Stays in test mode."""

    @property
    def test_mode(self) -> bool:  # type: ignore[override]
        return True

    @test_mode.setter
    def test_mode(self, value: bool) -> None:
        pass


def test_a_write_that_is_not_confirmed_fails(bench: Bench) -> None:
    mute = Mute(chip(bench).rom)
    bench.wire.detach(chip(bench))
    bench.wire.attach(mute)

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.write(f"/{mute.rom}/PIO.BYTE", b"1")

    bench.run(test)


def test_registers_with_a_wrong_crc_are_never_served(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(path(bench, "sensed.BYTE"))
        # One slot of every attempt: in the first data byte after select, command and address.
        slots = bench.wire.counts.slots
        bench.wire.faults.noisy_slots = {slots + n * 176 + 100 for n in range(3)}
        with pytest.raises(CrcError):
            await ow.read(path(bench, "sensed.BYTE"))
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 100}
        assert await ow.read_value(path(bench, "sensed.BYTE")) == 0xFF

    bench.run(test)
