"""Memory and counters of the DS2423."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from owfs_py.bus.errors import CrcError, InvalidValueError, NotSupportedError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2423 import DS2423
from tests.bus.bench import Bench

NONE = 0xFFFFFFFF
VOLATILE = 15.0


class CounterBench(Bench):
    """A bench with one chip."""

    def __init__(self) -> None:
        super().__init__("1D")
        chip = self.slaves[0]
        assert isinstance(chip, DS2423)
        self.chip = chip

    def test(self, what: Callable[[OneWire], Awaitable[None]]) -> None:
        self.run(what)

    async def number(self, ow: OneWire, name: str, *, fresh: bool = True) -> int:
        return int((await ow.read(f"{'/uncached' * fresh}/{self.chip.rom}/{name}")).data)

    async def text(self, ow: OneWire, name: str) -> bytes:
        return (await ow.read(f"/uncached/{self.chip.rom}/{name}")).data


@pytest.fixture
def bench() -> CounterBench:
    bench = CounterBench()
    bench.chip.memory[:] = bytes(n % 251 for n in range(512))
    bench.chip.count("A", 1000)
    bench.chip.count("B", 0xFFFFFFF0)
    return bench


def test_counters_by_letter_and_by_page(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        assert await bench.number(ow, "counter.A") == 1000
        assert await bench.number(ow, "counters.b") == 0xFFFFFFF0
        assert await bench.text(ow, "counters.ALL") == b"        1000,  4294967280"
        pages = [int(part) for part in (await bench.text(ow, "pages/count.ALL")).split(b",")]
        assert pages == [NONE] * 12 + [0, 0, 1000, 0xFFFFFFF0]

    bench.test(test)


def test_all_names_of_a_counter_share_one_reading(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        await bench.number(ow, "counter.A", fresh=False)
        bench.chip.count("A")
        before = bench.wire.counts.snapshot()
        for name in ("counter.A", "counters.A", "pages/count.14"):
            assert await bench.number(ow, name, fresh=False) == 1000
        assert bench.wire.counts.resets == before.resets

    bench.test(test)


def test_the_memory_is_read_in_pages_with_a_crc(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = bench.wire.counts.snapshot()
        assert await bench.text(ow, "memory") == bench.chip.memory
        assert (bench.wire.counts - before).resets == 4, "four pages at a time"
        device = f"/{bench.chip.rom}"
        assert (await ow.read(f"{device}/memory", size=40, offset=30)).data == bytes(range(30, 70))

    bench.test(test)


def test_a_value_whose_crc_fails_is_never_served(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        bench.chip.spoiled_crcs = 1
        assert await bench.number(ow, "counter.A") == 1000
        bench.chip.spoiled_crcs = 1000
        for name in ("counter.A", "memory", "pages/page.3", "mincount"):
            with pytest.raises(CrcError):
                await bench.text(ow, name)

    bench.test(test)


def test_memory_is_written_and_its_pages_count_that(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"/{bench.chip.rom}/memory", bytes(40), offset=12 * 32 + 20)
        assert bench.chip.memory[12 * 32 + 20 : 12 * 32 + 60] == bytes(40)
        assert bench.chip.memory[12 * 32 + 60] == (12 * 32 + 60) % 251
        assert await bench.number(ow, "pages/count.12") == 1
        assert await bench.number(ow, "pages/count.13") == 1

    bench.test(test)


def test_counters_cannot_be_written(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        for name in ("counter.A", "pages/count.14"):
            with pytest.raises(NotSupportedError):
                await ow.write(f"/{bench.chip.rom}/{name}", b"0")

    bench.test(test)


def test_mincount_adds_up_what_both_inputs_counted(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        assert await bench.number(ow, "mincount") == 1000
        bench.chip.count("A", 5)
        bench.chip.count("B", 3)
        assert await bench.number(ow, "mincount") == 1003
        bench.chip.count("A", 2)
        assert await bench.number(ow, "mincount") == 1003
        await ow.write(f"/{bench.chip.rom}/mincount", b"77")
        bench.chip.count("A", 2)
        bench.chip.count("B", 9)
        assert await bench.number(ow, "mincount") == 79

    bench.test(test)


def test_mincount_survives_counters_that_begin_anew(bench: CounterBench) -> None:
    async def test(ow: OneWire) -> None:
        assert await bench.number(ow, "mincount") == 1000
        bench.chip.counters[14] = 4
        bench.chip.counters[15] = 6
        assert await bench.number(ow, "mincount") == 1004

    bench.test(test)


@pytest.mark.parametrize(("text", "value"), [(b"-5", 4294967291), (b" 12x", 12)])
def test_mincount_is_kept_with_32_bits(bench: CounterBench, text: bytes, value: int) -> None:
    async def test(ow: OneWire) -> None:
        await ow.write(f"/{bench.chip.rom}/mincount", text)
        assert await bench.number(ow, "mincount") == value
        before = bench.wire.counts.resets
        with pytest.raises(InvalidValueError):
            await ow.write(f"/{bench.chip.rom}/mincount", b"x")
        assert bench.wire.counts.resets == before

    bench.test(test)
