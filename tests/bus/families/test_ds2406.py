"""Reading and writing a DS2406: switches, status, EPROM."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CrcError, OneWireError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2406 import DS2406
from tests.bus.bench import Bench


@pytest.fixture
def bench() -> Bench:
    result = Bench("12")
    result.emulations[0].adapter.program_voltage = True  # type: ignore[union-attr]
    return result


def chip(bench: Bench) -> DS2406:
    (slave,) = bench.slaves
    assert isinstance(slave, DS2406)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


def test_one_info_byte_tells_of_everything(bench: Bench) -> None:
    chip(bench).pins.drive(0b10)
    chip(bench).pins.pulled_up = 0b01
    chip(bench).powered = False

    async def test(ow: OneWire) -> None:
        values = {
            "PIO.BYTE": 0b01,
            "flipflop.BYTE": 0b10,
            "sensed.BYTE": 0b00,
            "latch.BYTE": 0b11,
            "power": False,
            "channels": 2,
            "infobyte": 0b01110010,
        }
        await ow.present(path(bench, "power"))
        before = bench.wire.counts.resets
        assert {name: await ow.read_value(path(bench, name)) for name in values} == values
        assert bench.wire.counts.resets == before + 1

    bench.run(test)


def test_writing_a_channel_leaves_the_other_and_the_alarm(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "set_alarm"), b"211")
        await ow.write(path(bench, "PIO.B"), b"1")
        assert chip(bench).pins.latches == 0b01
        await ow.write(path(bench, "PIO.A"), b"1")
        assert chip(bench).pins.latches == 0b00
        assert await ow.read_value(path(bench, "PIO.BYTE")) == 3
        await ow.write(path(bench, "PIO.BYTE"), b"6")
        assert chip(bench).pins.latches == 0b01
        assert await ow.read_value(path(bench, "set_alarm")) == 211

    bench.run(test)


@pytest.mark.parametrize(("written", "read"), [(0, 0), (331, 331), (999, 111), (4321, 321)])
def test_alarm_settings_are_three_digits(bench: Bench, written: int, read: int) -> None:
    chip(bench).pins.drive(0b10)

    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "set_alarm"), str(written).encode())
        assert await ow.read_value(path(bench, "set_alarm")) == read
        assert chip(bench).pins.latches == 0b10

    bench.run(test)


def test_latches_are_reset(bench: Bench) -> None:
    chip(bench).pins.pulled_up = 0
    chip(bench).pins.pulled_up = 3

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "latch.ALL")) == [True, True]
        await ow.write(path(bench, "latch.A"), b"0")
        assert await ow.read_value(path(bench, "latch.ALL")) == [False, False]

    bench.run(test)


def test_memory_is_read_in_any_part(bench: Bench) -> None:
    chip(bench).memory[:] = bytes(range(128))

    async def test(ow: OneWire) -> None:
        assert (await ow.read(path(bench, "memory"))).data == bytes(range(128))
        part = await ow.read(path(bench, "memory"), size=40, offset=29)
        assert part.data == bytes(range(29, 69))
        assert (await ow.read(path(bench, "pages/page.3"))).data == bytes(range(96, 128))

    bench.run(test)


def test_memory_is_read_anew_every_time(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        reading = await ow.read(path(bench, "memory"))
        assert reading.valid_until <= ow.clock.now()

    bench.run(test)


def test_memory_with_a_wrong_crc_is_never_served(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(path(bench, "infobyte"))
        start = bench.wire.counts.slots
        # Select, command, address, redirection and its CRC, page and its CRC: 72 + 24 + 24 + 272.
        bench.wire.faults.noisy_slots = {start + 200 + n * 392 for n in range(3)}
        with pytest.raises(CrcError):
            await ow.read(path(bench, "pages/page.0"))

    bench.run(test)


def test_memory_is_programmed_byte_by_byte_and_read_back(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "pages/page.1"), b"abc", offset=2)
        assert chip(bench).memory[34:37] == b"abc"
        assert bench.wire.counts.program_pulses == 3
        with pytest.raises(VerifyError):  # a programmed bit stays programmed
            await ow.write(path(bench, "pages/page.1"), b"\xff", offset=2)

    bench.run(test)


def test_without_program_pulse_a_write_to_memory_fails(bench: Bench) -> None:
    bench.emulations[0].adapter.program_voltage = False  # type: ignore[union-attr]

    async def test(ow: OneWire) -> None:
        with pytest.raises(OneWireError):
            await ow.write(path(bench, "memory"), b"abc")
        assert chip(bench).memory[:3] == b"\xff" * 3

    bench.run(test)


class Stubborn(DS2406):
    """Its flip-flops do not obey."""

    @property
    def status(self) -> int:
        return super().status | 0x60


def test_a_status_that_does_not_read_back_is_reported(bench: Bench) -> None:
    rom = chip(bench).rom
    bench.wire.detach(chip(bench))
    bench.wire.attach(Stubborn(rom))

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"/{rom}/PIO.A", b"1")

    bench.run(test)
