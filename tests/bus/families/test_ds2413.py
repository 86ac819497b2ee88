"""Reading and writing a DS2413."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CommunicationError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2413 import DS2413
from owfs_py.emulator.slave import Behaviour
from tests.bus.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench("3A")


def chip(bench: Bench) -> DS2413:
    (slave,) = bench.slaves
    assert isinstance(slave, DS2413)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


@pytest.mark.parametrize(
    ("latches", "pulled_up", "pio", "sensed", "state"),
    [(3, 3, 0, 3, 15), (2, 3, 1, 2, 12), (1, 3, 2, 1, 3), (0, 3, 3, 0, 0), (3, 1, 0, 1, 11)],
)
def test_what_conducts_and_what_is_high(
    bench: Bench, latches: int, pulled_up: int, pio: int, sensed: int, state: int
) -> None:
    chip(bench).pins.drive(latches)
    chip(bench).pins.pulled_up = pulled_up

    async def test(ow: OneWire) -> None:
        names = ("PIO.BYTE", "sensed.BYTE", "piostate")
        values = [await ow.read_value(path(bench, name)) for name in names]
        assert values == [pio, sensed, state]

    bench.run(test)


def test_one_status_byte_serves_all_for_a_volatile_lifetime(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.read(path(bench, "PIO.A"))
        before = bench.wire.counts.resets
        for name in ("PIO.ALL", "sensed.B", "piostate"):
            reading = await ow.read(path(bench, name))
            assert reading.valid_until > ow.clock.now()
        assert bench.wire.counts.resets == before
        chip(bench).pins.pulled_up = 0
        assert await ow.read_value(f"/uncached{path(bench, 'sensed.BYTE')}") == 0

    bench.run(test)


def test_writing_one_channel_leaves_the_other_and_is_seen_at_once(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "PIO.BYTE")) == 0
        chip(bench).pins.drive(0b01)  # meanwhile, by somebody else
        await ow.write(path(bench, "PIO.A"), b"1")
        assert chip(bench).pins.latches == 0b00
        assert await ow.read_value(path(bench, "PIO.BYTE")) == 3
        await ow.write(path(bench, "PIO.BYTE"), b"6")
        assert chip(bench).pins.latches == 0b01
        await ow.write(path(bench, "piostate"), b"2")
        assert chip(bench).pins.latches == 0b10

    bench.run(test)


class Broken(DS2413):
    """A chip that always says the same, if told to."""

    answer: int | None = None

    @property
    def status(self) -> int:
        return super().status if self.answer is None else self.answer


def broken(bench: Bench) -> Broken:
    old = chip(bench)
    bench.wire.detach(old)
    new = Broken(old.rom)
    bench.wire.attach(new)
    return new


def test_a_status_byte_whose_halves_differ_is_never_served(bench: Bench) -> None:
    bad = broken(bench)
    bad.answer = 0x0E

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.read(f"/{bad.rom}/sensed.BYTE")

    bench.run(test)


def test_latches_that_are_not_as_written_are_reported(bench: Bench) -> None:
    bad = broken(bench)
    bad.answer = 0x0F

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"/{bad.rom}/PIO.BYTE", b"1")

    bench.run(test)


class Silent(DS2413):
    def function(self) -> Behaviour:
        return
        yield


def test_a_write_without_confirmation_is_reported(bench: Bench) -> None:
    rom = chip(bench).rom
    bench.wire.detach(chip(bench))
    bench.wire.attach(Silent(rom))

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"/{rom}/PIO.BYTE", b"1")

    bench.run(test)
