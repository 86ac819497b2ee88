"""The EEPROM of BAE0910 and BAE0911: the pages of each model, parts of them, erasing."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError, PathError, VerifyError
from owfs_py.emulator.bae0910 import BAE0910, BAE0911, Bae
from tests.bus.families.onechip import Device, OneChip


@pytest.mark.parametrize(("model", "pages", "base"), [(BAE0910, 2, 0xE000), (BAE0911, 8, 0)])
def test_a_chip_has_the_pages_of_its_model(model: type[Bae], pages: int, base: int) -> None:
    bench = OneChip(model)
    start = base + (pages - 1) * 512
    bench.chip.memory[start : start + 512] = bytes(range(256)) * 2

    async def test(device: Device) -> None:
        names = [name for name in await device.listed("eeprom") if name.startswith("page.")]
        assert names == ["page.ALL", *(f"page.{n}" for n in range(pages))]
        assert await device.read(f"eeprom/page.{pages - 1}") == bytes(range(256)) * 2
        assert len(await device.read("eeprom/page.ALL")) == 512 * pages
        with pytest.raises(PathError):
            await device.read(f"eeprom/page.{pages}")
        with pytest.raises(PathError):
            await device.write(f"eeprom/erase.{pages}", "1")
        row = (await device.onewire.read("/structure/FC/eeprom/page.ALL")).data
        assert row == b"b,-000001,000032,rw,016384,v,"

    bench.test(test)


def test_any_part_of_a_page_is_read_and_written() -> None:
    bench = OneChip(BAE0911)

    async def test(device: Device) -> None:
        await device.write("eeprom/page.1", bytes(range(100)), offset=30)
        assert bench.chip.memory[512 + 30 : 512 + 130] == bytes(range(100))
        assert await device.read("eeprom/page.1", size=50, offset=60) == bytes(range(30, 80))
        await device.write("eeprom/page.1", b"end of it", offset=509)
        assert bench.chip.memory[1021:1025] == b"end\xff"
        await device.write("eeprom/page.ALL", bytes(8 * 512))
        assert bench.chip.memory[: 8 * 512] == bytes(8 * 512)
        with pytest.raises(InvalidValueError):
            await device.write("eeprom/page.ALL", bytes(2 * 512))

    bench.test(test)


def test_pages_are_erased_one_by_one() -> None:
    bench = OneChip(BAE0910)
    bench.chip.memory[0xE000:0xE400] = bytes(1024)

    async def test(device: Device) -> None:
        await device.write("eeprom/erase.1", "0")
        assert bench.chip.memory[0xE200] == 0
        await device.write("eeprom/erase.ALL", "0,1")
        assert bench.chip.memory[0xE000:0xE400] == bytes(512) + b"\xff" * 512

    bench.test(test)


def test_what_does_not_get_into_the_eeprom_is_reported() -> None:
    bench = OneChip(BAE0911)
    bench.chip.memory[:] = bytes(len(bench.chip.memory))
    bench.chip.worn = True

    async def test(device: Device) -> None:
        for name, data in (("eeprom/page.0", b"abc"), ("eeprom/erase.0", b"1")):
            with pytest.raises(VerifyError):
                await device.write(name, data)

    bench.test(test)
