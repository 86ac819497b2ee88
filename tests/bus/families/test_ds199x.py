"""Memories with a battery: 06, 08, 0A and 0C."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import DeviceGoneError, VerifyError
from owfs_py.emulator.ds199x import DS1992, DS1993, DS1995, DS1996, BatteryMemory
from owfs_py.emulator.slave import Behaviour, receive_byte
from tests.bus.families.onechip import Device, OneChip

SIZES: dict[type[BatteryMemory], int] = {DS1992: 128, DS1993: 512, DS1995: 2048, DS1996: 8192}
SELECTION = 72
"""Slots."""


@pytest.fixture(params=SIZES, ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> OneChip[BatteryMemory]:
    bench: OneChip[BatteryMemory] = OneChip(request.param)
    bench.chip.memory[:] = bytes(n % 251 for n in range(SIZES[request.param]))
    return bench


def test_the_memory_is_read_in_one_go(bench: OneChip[BatteryMemory]) -> None:
    async def test(device: Device) -> None:
        assert await device.read("memory") == bench.chip.memory
        cost = await device.cost("memory")
        assert (cost.resets, cost.slots) == (1, SELECTION + 24 + 8 * SIZES[type(bench.chip)])
        assert await device.read("memory", size=10, offset=60) == bytes(range(60, 70))
        assert await device.read("pages/page.3", size=50, offset=30) == bytes((126, 127))
        assert await device.read("pages/page.ALL") == bench.chip.memory

    bench.test(test)


@pytest.mark.parametrize(("offset", "size"), [(0, 1), (31, 2), (32, 32), (5, 100)])
def test_what_is_written_is_stored_and_nothing_else(
    bench: OneChip[BatteryMemory], offset: int, size: int
) -> None:
    expected = bytearray(bench.chip.memory)
    expected[offset : offset + size] = bytes(255 - n for n in range(size))

    async def test(device: Device) -> None:
        await device.write("memory", expected[offset : offset + size], offset)
        assert bench.chip.memory == expected

    bench.test(test)


def test_a_write_is_over_when_the_chip_says_so() -> None:
    bench = OneChip(DS1992)

    async def test(device: Device) -> None:
        cost = await device.write("pages/page.1", bytes(32))
        assert (cost.resets, cost.slots) == (3, 3 * SELECTION + 24 + 32 * 8 * 2 + 32 + 32 + 8)

    bench.test(test)


class Stubborn(BatteryMemory):
    """A fault: it takes nothing."""

    def _store(self, address: int, data: bytes) -> None:
        pass


class Silent(Stubborn):
    """The same, and it says nothing of a copy."""

    PATTERN = 0xFF


class Lost(BatteryMemory):
    """A fault: another address gets to the chip."""

    def _write_scratchpad(self) -> Behaviour:
        self._target[:] = bytes((0x40, 0))
        self._end_and_status = 0
        while True:
            yield from receive_byte()

    functions = BatteryMemory.functions | {0x0F: _write_scratchpad}


@pytest.mark.parametrize("fault", [Silent, Lost])
def test_a_write_that_fails_is_reported(fault: type[BatteryMemory]) -> None:
    bench = OneChip(DS1993)
    bench.spoil(fault)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("memory", b"x", 3)
        assert not any(bench.chip.memory)

    bench.test(test)


def test_noise_while_writing_is_overcome() -> None:
    bench = OneChip(DS1993)

    async def test(device: Device) -> None:
        for slot in range(60, 500, 40):
            bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
            await device.write("memory", f"{slot:04}".encode(), 30)
            assert bench.chip.memory[30:34] == f"{slot:04}".encode()

    bench.test(test)


def test_a_memory_that_is_gone_is_not_read_as_ones(bench: OneChip[BatteryMemory]) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("pages/page.2")

    bench.test(test)


def test_a_memory_that_is_gone_is_not_written(bench: OneChip[BatteryMemory]) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.write("memory", b"x")

    bench.test(test)


def test_ones_in_a_memory_are_believed_when_the_chip_is_there() -> None:
    bench = OneChip(DS1992)
    bench.chip.memory[:] = b"\xff" * 128

    async def test(device: Device) -> None:
        assert await device.read("memory") == b"\xff" * 128

    bench.test(test)
