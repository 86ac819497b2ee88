"""Memory and application register of the DS2430A."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import DeviceGoneError, VerifyError
from owfs_py.emulator.ds2430a import DS2430A
from tests.bus.families.onechip import Device, OneChip

SELECTION = 72
"""Slots."""


@pytest.fixture
def bench() -> OneChip[DS2430A]:
    bench = OneChip(DS2430A)
    bench.chip.memory[:] = bytes(range(32))
    bench.chip.register[:] = b"register"
    return bench


def test_parts_are_read_at_the_cost_of_their_size(bench: OneChip[DS2430A]) -> None:
    async def test(device: Device) -> None:
        assert await device.read("memory") == bytes(range(32))
        assert await device.read("memory", size=5, offset=30) == bytes((30, 31))
        assert (await device.cost("memory", size=3, offset=4)).slots == SELECTION + 16 + 24

    bench.test(test)


@pytest.mark.parametrize(("offset", "size"), [(0, 32), (0, 1), (31, 1), (6, 2)])
def test_what_is_written_is_stored_and_nothing_else(
    bench: OneChip[DS2430A], offset: int, size: int
) -> None:
    expected = bytearray(range(32))
    expected[offset : offset + size] = bytes(200 + n for n in range(size))

    async def test(device: Device) -> None:
        cost = await device.write("memory", expected[offset : offset + size], offset)
        assert bench.chip.memory == expected
        assert cost.pullup_time == pytest.approx(0.010)
        assert cost.resets == (4 if size == 32 else 5)

    bench.test(test)


def test_nothing_is_nothing_to_write(bench: OneChip[DS2430A]) -> None:
    async def test(device: Device) -> None:
        assert (await device.write("memory", b"")).resets == 0
        assert (await device.write("application", b"")).resets == 0

    bench.test(test)


class Worn(DS2430A):
    """A fault: its memory takes nothing."""

    def _store(self) -> None:
        pass


def test_a_copy_that_did_not_happen_is_reported(bench: OneChip[DS2430A]) -> None:
    bench.spoil(Worn)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("memory", b"new", 3)
        assert bench.chip.memory == bytes(range(32))

    bench.test(test)


def test_noise_while_writing_is_overcome(bench: OneChip[DS2430A]) -> None:
    async def test(device: Device) -> None:
        for slot in range(60, 500, 40):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
            await device.write("memory", f"{slot:04}", 20)
            assert bench.chip.memory[20:24] == f"{slot:04}".encode()

    bench.test(test)


def test_the_register_is_read_whole_and_in_parts(bench: OneChip[DS2430A]) -> None:
    """Of this owserver 3.2p4 answers nothing under /uncached and with an offset."""

    async def test(device: Device) -> None:
        assert await device.read("application") == b"register"
        assert await device.read("application", size=3, offset=2) == b"gis"
        assert await device.read("application", fresh=False) == b"register"
        assert (await device.cost("application", fresh=False)).resets == 0

    bench.test(test)


def test_the_register_is_written_until_it_is_locked(bench: OneChip[DS2430A]) -> None:
    async def test(device: Device) -> None:
        await device.read("application", fresh=False)
        await device.write("application", b"XY", 3)
        assert await device.read("application", fresh=False) == b"regXYter"
        assert await device.text("status") == "255"
        bench.chip.locked = True
        assert await device.text("status") == "252"
        with pytest.raises(VerifyError):
            await device.write("application", b"Z")
        assert await device.read("application", fresh=False) == b"regXYter"

    bench.test(test)


@pytest.mark.parametrize("name", ["memory", "application"])
def test_a_chip_that_is_gone_is_not_read_as_ones(bench: OneChip[DS2430A], name: str) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)
