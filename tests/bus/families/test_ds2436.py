"""Reading and writing a DS2436."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from owfs_py.bus.errors import DeviceGoneError, InvalidValueError, VerifyError
from owfs_py.emulator.ds2436 import DS2436, RECALL
from tests.bus.families.onechip import Device, OneChip

PAGES = (bytes(range(24)), b"abcdefgh", b"ABCDEFGH")


@pytest.fixture
def bench() -> OneChip[DS2436]:
    bench = OneChip(DS2436)
    for page, data in enumerate(PAGES):
        bench.chip.memory[page][:] = data
    return bench


@pytest.mark.parametrize("celsius", [85.0, 25.0625, 0.5, 0.0, -0.5, -25.0625, -40.0])
def test_temperatures_of_the_data_sheet(bench: OneChip[DS2436], celsius: float) -> None:
    bench.chip.temperature = celsius

    async def test(device: Device) -> None:
        assert await device.number("temperature") == celsius

    bench.test(test)


@pytest.mark.parametrize("volts", [0.01, 2.4, 5.0, 7.2, 9.99])
def test_voltages_of_the_data_sheet(bench: OneChip[DS2436], volts: float) -> None:
    bench.chip.volts = volts

    async def test(device: Device) -> None:
        assert await device.number("volts") == volts

    bench.test(test)


# The counter


def test_the_counter_counts_and_is_reset(bench: OneChip[DS2436]) -> None:
    bench.chip.count = 0x1FF

    async def test(device: Device) -> None:
        assert await device.number("counter/cycles", fresh=False) == 0x1FF
        await device.write("counter/increment", "1")
        assert await device.number("counter/cycles", fresh=False) == 0x200
        await device.write("counter/increment", "0")
        await device.write("counter/reset", "0")
        assert bench.chip.count == 0x200
        await device.write("counter/reset", "1")
        assert await device.number("counter/cycles", fresh=False) == 0

    bench.test(test)


def test_the_highest_count(bench: OneChip[DS2436]) -> None:
    bench.chip.count = 0xFFFF

    async def test(device: Device) -> None:
        await device.write("counter/increment", "1")
        assert await device.number("counter/cycles") == 0xFFFF

    bench.test(test)


# Pages


@pytest.mark.parametrize("page", range(3))
def test_pages_end_in_nothing(bench: OneChip[DS2436], page: int) -> None:
    async def test(device: Device) -> None:
        assert await device.read(f"pages/page.{page}") == PAGES[page].ljust(32, b"\xff")
        assert await device.read(f"pages/page.{page}", offset=6, size=2) == PAGES[page][6:8]

    bench.test(test)


@pytest.mark.parametrize(
    ("page", "offset", "data"),
    [(0, 0, bytes(24)), (0, 22, b"xy"), (1, 3, b"x"), (2, 0, b"12345678")],
)
def test_what_is_written_is_stored_and_nothing_else(
    bench: OneChip[DS2436], page: int, offset: int, data: bytes
) -> None:
    bench.chip.scratchpads[page][:] = bytes(len(PAGES[page]))  # somebody else's
    wanted = [bytearray(content) for content in PAGES]
    wanted[page][offset : offset + len(data)] = data

    async def test(device: Device) -> None:
        await device.read(f"pages/page.{page}", fresh=False)
        await device.write(f"pages/page.{page}", data, offset)
        assert bench.chip.memory == wanted
        assert bench.chip.locked
        assert bench.chip.disturbed == 0
        kept = await device.read(f"pages/page.{page}", fresh=False)
        assert kept.startswith(wanted[page])

    bench.test(test)


@pytest.mark.parametrize(("page", "offset", "size"), [(0, 0, 25), (1, 7, 2), (2, 8, 1)])
def test_what_a_page_has_not_cannot_be_written(
    bench: OneChip[DS2436], page: int, offset: int, size: int
) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(f"pages/page.{page}", bytes(size), offset)
        assert bench.chip.memory == [bytearray(content) for content in PAGES]

    bench.test(test)


# Faults


class Deaf(DS2436):
    """It works in vain, but for recalling its pages."""

    def _work(self, command: int) -> Callable[[], None] | None:
        return super()._work(command) if command in RECALL else lambda: None


@pytest.mark.parametrize(
    ("name", "data"),
    [("counter/increment", "1"), ("counter/reset", "1"), ("pages/page.1", "12345678"),
     ("pages/page.0", "x")],
)  # fmt: skip
def test_what_is_not_done_is_reported(bench: OneChip[DS2436], name: str, data: str) -> None:
    bench.chip.count = 7
    bench.spoil(Deaf)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, data)

    bench.test(test)


@pytest.mark.parametrize("name", ["temperature", "volts", "counter/cycles", "pages/page.1"])
def test_a_chip_that_is_gone(bench: OneChip[DS2436], name: str) -> None:
    async def test(device: Device) -> None:
        await device.read(name)
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)
