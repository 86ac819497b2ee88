"""Reading and programming the larger EPROMs and their status: 0B, 0F, 8B, 8F."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    VerifyError,
)
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.ds2505 import DS1985U, DS1986U, DS2505, DS2506
from tests.bus.families.onechip import Device, OneChip

KINDS = (DS2505, DS2506, DS1985U, DS1986U)


def made(kind: type[DS2505], *, program_voltage: bool = True) -> OneChip[DS2505]:
    """A bench with a chip that holds something; its adapter has 12 V unless told otherwise."""
    bench: OneChip[DS2505] = OneChip(kind)
    adapter = bench.emulations[0].adapter
    assert isinstance(adapter, DS2480B)
    adapter.program_voltage = program_voltage
    bench.chip.memory[:] = bytes(n * 7 % 251 for n in range(kind.SIZE))
    return bench


@pytest.fixture(params=KINDS, ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> OneChip[DS2505]:
    return made(request.param)


def test_the_memory_is_read_four_pages_at_a_time(bench: OneChip[DS2505]) -> None:
    async def test(device: Device) -> None:
        assert await device.read("memory") == bench.chip.memory
        assert (await device.cost("memory")).resets == bench.chip.SIZE // 128
        assert await device.read("memory", size=40, offset=110) == bench.chip.memory[110:150]
        assert await device.read("pages/page.60", size=9, offset=30) == bench.chip.memory[1950:1952]

    bench.test(test)


def test_pages_of_the_status_follow_one_another(bench: OneChip[DS2505]) -> None:
    size = bench.chip.STATUS_PAGE
    bench.chip.status[:] = bytes(n % 251 for n in range(len(bench.chip.status)))

    async def test(device: Device) -> None:
        assert await device.read("status/page.0") == bench.chip.status[:size]
        assert await device.read("status/page.3") == bench.chip.status[3 * size : 4 * size]
        part = await device.read("status/page.3", size=3, offset=2)
        assert part == bench.chip.status[3 * size + 2 : 3 * size + 5]
        assert await device.read("status/page.ALL") == bench.chip.status[: 11 * size]

    bench.test(test)


def test_the_status_is_kept_until_it_is_written(bench: OneChip[DS2505]) -> None:
    async def test(device: Device) -> None:
        await device.read("status/page.0", fresh=False)
        assert (await device.cost("status/page.0", fresh=False)).resets == 0
        await device.write("status/page.0", b"\x7f", 1)
        assert (await device.read("status/page.0", fresh=False))[:3] == b"\xff\x7f\xff"

    bench.test(test)


def test_a_status_whose_crc_fails_is_never_served(bench: OneChip[DS2505]) -> None:
    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 2
        assert len(await device.read("status/page.0")) == bench.chip.STATUS_PAGE
        bench.chip.spoiled_crcs = 1000
        with pytest.raises(CrcError):
            await device.read("status/page.0")

    bench.test(test)


def test_bytes_are_programmed_one_by_one(bench: OneChip[DS2505]) -> None:
    expected = bytearray(bench.chip.memory)
    expected[62:66] = bytes((0, expected[63], 0, 0))

    async def test(device: Device) -> None:
        cost = await device.write("memory", expected[62:66], 62)
        assert bench.chip.memory == expected
        assert cost.program_pulses == 3, "one is right already"

    bench.test(test)


@pytest.mark.parametrize("area", [0x00, 0x20, 0x40])
def test_any_page_of_the_status_is_programmed(bench: OneChip[DS2505], area: int) -> None:
    """owserver 3.2p4 always programs page 0, and hangs for ever if there is more than a byte."""

    async def test(device: Device) -> None:
        page = area // bench.chip.STATUS_PAGE
        await device.write(f"status/page.{page}", b"\x0f\xf0", 2)
        assert bench.chip.status[area + 2 : area + 4] == b"\x0f\xf0"
        assert bench.chip.status.count(0xFF) == len(bench.chip.status) - 2

    bench.test(test)


def test_pages_of_the_status_are_written_together(bench: OneChip[DS2505]) -> None:
    async def test(device: Device) -> None:
        status = bytearray(await device.read("status/page.ALL"))
        status[1] = 0xF0
        status[32] = 0xFE
        await device.write("status/page.ALL", bytes(status))
        assert bench.chip.status[: len(status)] == status

    bench.test(test)


@pytest.mark.parametrize("name", ["memory", "status/page.0"])
def test_a_zero_cannot_become_a_one_and_nothing_is_programmed_then(name: str) -> None:
    """owserver 3.2p4 reports success."""
    bench = made(DS2505)
    bench.chip.status[5] = bench.chip.memory[5] = 0x0F

    async def test(device: Device) -> None:
        before = bench.wire.counts.program_pulses
        with pytest.raises(InvalidValueError):
            await device.write(name, b"\x00\xf0", 4)
        assert bench.wire.counts.program_pulses == before

    bench.test(test)


def test_a_weak_cell_gets_a_second_pulse() -> None:
    bench = made(DS2506)
    bench.chip.weak_cells = 1

    async def test(device: Device) -> None:
        assert (await device.write("memory", b"\x00", 1)).program_pulses == 2
        assert bench.chip.memory[1] == 0

    bench.test(test)


@pytest.mark.parametrize("name", ["memory", "status/page.0"])
def test_a_cell_that_cannot_be_programmed_is_reported(name: str) -> None:
    bench = made(DS2505)
    bench.chip.weak_cells = 1000

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, b"\x00", 1)

    bench.test(test)


def test_a_protected_page_is_reported() -> None:
    bench = made(DS2505)

    async def test(device: Device) -> None:
        await device.write("status/page.0", b"\xfb")
        with pytest.raises(VerifyError):
            await device.write("pages/page.2", b"\x00", 1)

    bench.test(test)


def test_without_12_v_nothing_is_programmed() -> None:
    bench = made(DS2505, program_voltage=False)

    async def test(device: Device) -> None:
        with pytest.raises(NotSupportedError):
            await device.write("memory", b"\x00", 1)
        assert bench.chip.memory[1] == 7

    bench.test(test)


def test_a_chip_that_is_gone_is_not_read_as_ones() -> None:
    bench = made(DS2505)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("memory", size=10)

    bench.test(test)
