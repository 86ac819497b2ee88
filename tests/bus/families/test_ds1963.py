"""Memory and counters of the DS1963L and the DS1963S."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    NotSupportedError,
    VerifyError,
)
from owfs_py.emulator.ds1963 import DS1963L, DS1963S, CountedMemory
from tests.bus.families.onechip import Device, OneChip

NONE = 0xFFFFFFFF


@pytest.fixture(params=[DS1963L, DS1963S], ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> OneChip[CountedMemory]:
    bench: OneChip[CountedMemory] = OneChip(request.param)
    bench.chip.memory[:] = bytes(n % 251 for n in range(512))
    bench.chip.counters.update({12: 5, 13: 0xFFFFFFF0})
    return bench


def test_the_memory_is_read_with_crcs(bench: OneChip[CountedMemory]) -> None:
    async def test(device: Device) -> None:
        assert await device.read("memory") == bench.chip.memory
        assert await device.read("memory", size=40, offset=30) == bytes(range(30, 70))
        assert await device.read("pages/page.2", size=3, offset=4) == bytes(range(68, 71))

    bench.test(test)


def test_a_purse_gives_several_pages_at_once_and_a_key_one() -> None:
    for kind, resets in ((DS1963L, 4), (DS1963S, 16)):
        bench: OneChip[CountedMemory] = OneChip(kind)

        async def test(device: Device, resets: int = resets) -> None:
            assert (await device.cost("memory")).resets == resets

        bench.test(test)


def test_counters_of_pages(bench: OneChip[CountedMemory]) -> None:
    async def test(device: Device) -> None:
        assert await device.number("pages/count.12") == 5
        counts = [int(part) for part in (await device.text("pages/count.ALL")).split(",")]
        expected = [bench.chip.counters.get(page, NONE) for page in range(16)]
        assert counts == expected
        with pytest.raises(NotSupportedError):
            await device.write("pages/count.12", "0")

    bench.test(test)


def test_writing_counts_and_that_is_known_at_once(bench: OneChip[CountedMemory]) -> None:
    async def test(device: Device) -> None:
        assert await device.number("pages/count.12", fresh=False) == 5
        await device.write("pages/page.12", b"new", 3)
        assert bench.chip.memory[12 * 32 + 3 : 12 * 32 + 6] == b"new"
        assert await device.number("pages/count.12", fresh=False) == 6
        await device.write("memory", b"newer", 13 * 32 - 2)
        assert await device.number("pages/count.12", fresh=False) == 7
        assert await device.number("pages/count.13", fresh=False) == 0xFFFFFFF1

    bench.test(test)


def test_a_value_whose_crc_fails_is_never_served(bench: OneChip[CountedMemory]) -> None:
    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 2
        assert await device.number("pages/count.12") == 5
        bench.chip.spoiled_crcs = 1000
        for name in ("pages/count.12", "memory", "pages/page.3"):
            with pytest.raises(CrcError):
                await device.read(name)

    bench.test(test)


class Silent(CountedMemory):
    """A fault: it takes nothing, and says nothing of a copy."""

    PATTERN = 0xFF

    def _store(self, address: int, data: bytes) -> None:
        pass


def test_a_write_that_fails_is_reported(bench: OneChip[CountedMemory]) -> None:
    bench.spoil(Silent)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("memory", b"x", 3)

    bench.test(test)


def test_a_purse_that_was_opened_does_not_count() -> None:
    bench = OneChip(DS1963L)

    async def test(device: Device) -> None:
        bench.chip.tamper_bits = b"\x55\x55\x51\x55"
        with pytest.raises(CommunicationError):
            await device.read("pages/count.13")
        assert await device.read("pages/page.13") == bytes(32)

    bench.test(test)


def test_a_key_is_written_although_it_hides_its_scratchpad() -> None:
    bench = OneChip(DS1963S)

    async def test(device: Device) -> None:
        for text in (b"first", b"second"):
            bench.chip.hidden = True
            await device.write("memory", text, 40)
            assert await device.read("memory", size=len(text), offset=40) == text

    bench.test(test)


@pytest.mark.parametrize("name", ["password", "pages/password"])
def test_secrets_are_not_installed(name: str) -> None:
    bench = OneChip(DS1963S)

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(name, b"12345678")
        with pytest.raises(NotSupportedError):
            await device.read(name)

    bench.test(test)


def test_a_chip_that_is_gone_is_told_to_be_so(bench: OneChip[CountedMemory]) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read("pages/count.1")

    bench.test(test)
