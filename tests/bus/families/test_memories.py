"""Reading and writing memories: pages, parts, verification; on 23, 2D and 43."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    DeviceGoneError,
    InvalidValueError,
    VerifyError,
)
from owfs_py.bus.families.memories import split
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.memories import DS2431, ScratchpadChip
from owfs_py.emulator.slave import Behaviour
from owfs_py.emulator.wire import Counts
from tests.bus.bench import Bench

SIZES = {"23": 512, "2D": 128, "43": 2560}


class MemoryBench(Bench):
    """A bench with one chip, whose memory holds a count to begin with."""

    def __init__(self, spec: str) -> None:
        super().__init__(spec)
        chip = self.slaves[0]
        assert isinstance(chip, ScratchpadChip)
        self.chip = chip
        self.content = bytes(n % 251 for n in range(chip.SIZE))
        chip.memory[:] = self.content

    @property
    def path(self) -> str:
        return f"/{self.chip.rom}"

    @property
    def size(self) -> int:
        """Bytes that the property `memory` has."""
        return SIZES[f"{self.chip.rom.family:02X}"]

    def write(self, name: str, data: bytes, offset: int = 0) -> Counts:
        """What the wire had to do for it."""

        async def test(ow: OneWire) -> Counts:
            await ow.dir("/")
            before = self.wire.counts.snapshot()
            await ow.write(f"{self.path}/{name}", data, offset=offset)
            counts: Counts = self.wire.counts - before
            return counts

        return self.run(test)


@pytest.fixture(params=SIZES)
def bench(request: pytest.FixtureRequest) -> MemoryBench:
    return MemoryBench(request.param)


@pytest.mark.parametrize(
    ("address", "size", "pieces"),
    [
        (0, 0, []),
        (0, 32, [(0, 32)]),
        (30, 2, [(30, 2)]),
        (30, 3, [(30, 2), (32, 1)]),
        (31, 40, [(31, 1), (32, 32), (64, 7)]),
    ],
)
def test_ranges_are_split_at_page_ends(
    address: int, size: int, pieces: list[tuple[int, int]]
) -> None:
    assert list(split(address, size, 32)) == pieces


def test_the_whole_memory_is_read_in_one_go(bench: MemoryBench) -> None:
    async def test(ow: OneWire) -> bytes:
        await ow.dir("/")
        before = bench.wire.counts.resets
        data = (await ow.read(f"{bench.path}/memory")).data
        assert bench.wire.counts.resets == before + 1
        return data

    assert bench.run(test) == bench.content[: bench.size]


@pytest.mark.parametrize(("size", "offset"), [(1, 0), (10, 28), (32, 32), (3, 127), (40, 90)])
def test_parts_are_read_at_the_cost_of_their_size(
    bench: MemoryBench, size: int, offset: int
) -> None:
    end = min(offset + size, bench.size)

    async def test(ow: OneWire) -> bytes:
        await ow.dir("/")
        before = bench.wire.counts.slots
        data = (await ow.read(f"{bench.path}/memory", size=size, offset=offset)).data
        assert bench.wire.counts.slots - before == 8 * (9 + 3 + len(data))
        return data

    assert bench.run(test) == bench.content[offset:end]


def test_a_page_ends_where_it_ends(bench: MemoryBench) -> None:
    async def test(ow: OneWire) -> None:
        page = f"{bench.path}/pages/page.2"
        assert (await ow.read(page)).data == bench.content[64:96]
        assert (await ow.read(page, size=100, offset=30)).data == bench.content[94:96]
        assert (await ow.read(page, offset=32)).data == b""
        pages = (await ow.read(f"{bench.path}/pages/page.ALL")).data
        assert pages == bench.content[: bench.size]

    bench.run(test)


@pytest.mark.parametrize(("size", "offset"), [(1, 0), (8, 8), (3, 26), (10, 28), (64, 32), (70, 3)])
def test_what_is_written_is_stored_and_nothing_else(
    bench: MemoryBench, size: int, offset: int
) -> None:
    data = bytes(255 - n for n in range(size))
    bench.write("memory", data, offset)
    expected = bytearray(bench.content)
    expected[offset : offset + size] = data
    assert bench.chip.memory == expected
    assert bench.chip.disturbed_copies == 0


def test_a_part_of_a_page_is_written(bench: MemoryBench) -> None:
    bench.write("pages/page.3", b"abcdef", 30)
    assert bench.chip.memory[126:128] == b"ab"
    assert bench.chip.memory[:126] == bench.content[:126]
    assert bench.chip.memory[128:] == bench.content[128:]


def test_all_pages_are_written_together(bench: MemoryBench) -> None:
    data = bytes(n * 7 % 256 for n in range(bench.size))
    bench.write("pages/page.ALL", data)
    assert bench.chip.memory[: bench.size] == data


@pytest.mark.parametrize(("data", "offset"), [(b"", 0), (b"", 5), (b"abc", 4096)])
def test_writing_nothing_or_behind_the_end_costs_nothing(
    bench: MemoryBench, data: bytes, offset: int
) -> None:
    assert bench.write("memory", data, offset).resets == 0
    assert bench.chip.memory == bench.content


@pytest.mark.parametrize(
    ("spec", "size", "offset", "resets", "slots"),
    [("23", 32, 32, 3, 840), ("23", 3, 26, 3, 360), ("43", 32, 32, 3, 712), ("2D", 8, 8, 3, 328),
     ("2D", 3, 26, 5, 648), ("2D", 32, 0, 12, 1312)],
)  # fmt: skip
def test_bus_cost_of_writes(spec: str, size: int, offset: int, resets: int, slots: int) -> None:
    cost = MemoryBench(spec).write("memory", bytes(size), offset)
    assert (cost.resets, cost.slots) == (resets, slots)


def test_a_wrong_bit_beside_what_is_written_does_not_get_into_the_chip() -> None:
    bench = MemoryBench("2D")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        select_and_address = 8 * (9 + 3)
        for slot in range(8 * DS2431.ROW):
            noisy = bench.wire.counts.slots + select_and_address + slot
            bench.wire.faults.noisy_slots = {noisy}
            await ow.write(f"{bench.path}/memory", b"ab", offset=19)
            assert bench.wire.counts.slots > noisy
            assert bench.chip.memory == bench.content[:19] + b"ab" + bench.content[21:]

    bench.run(test)


def test_a_memory_that_reads_otherwise_each_time_is_not_written() -> None:
    bench = MemoryBench("2D")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        first = bench.wire.counts.slots
        reading = 8 * (9 + 3 + DS2431.ROW)
        # One bit of the row, another one at each reading.
        bench.wire.faults.noisy_slots = {first + n * reading + 100 + n for n in range(4)}
        with pytest.raises(CommunicationError, match="otherwise each time"):
            await ow.write(f"{bench.path}/memory", b"ab", offset=19)
        assert bench.chip.memory == bench.content

    bench.run(test)


def test_copies_are_fed_for_as_long_as_they_take(bench: MemoryBench) -> None:
    cost = bench.write("memory", b"\0", 0)
    assert cost.pullup_time == pytest.approx(bench.chip.COPY_TIME)


def test_a_crc_that_fails_once_is_tried_again(bench: MemoryBench) -> None:
    bench.chip.spoiled_crcs = 1
    bench.write("pages/page.0", bytes(32))
    assert bench.chip.memory[:32] == bytes(32)


def test_a_crc_that_always_fails_is_reported_and_nothing_is_copied(bench: MemoryBench) -> None:
    bench.chip.spoiled_crcs = 1000
    with pytest.raises(CrcError):
        bench.write("pages/page.0", bytes(32))
    assert bench.chip.memory == bench.content


class Stubborn(ScratchpadChip):
    """A fault: its memory takes nothing, though the copy seems to succeed."""

    def _store(self, address: int, data: bytes) -> None:
        pass


class Quiet(ScratchpadChip):
    """Says nothing when a copy is done."""

    PATTERN = 0xFF


def exchange_class(bench: MemoryBench, fault: type[ScratchpadChip]) -> None:
    chip = bench.chip
    chip.__class__ = type("Faulty", (fault, type(chip)), {})


def test_a_copy_that_is_not_confirmed_is_looked_for_in_the_memory(bench: MemoryBench) -> None:
    exchange_class(bench, Quiet)
    bench.write("memory", b"12345678", 8)
    assert bench.chip.memory[8:16] == b"12345678"


def test_a_copy_that_did_not_happen_is_reported(bench: MemoryBench) -> None:
    exchange_class(bench, Stubborn)
    bench.chip.PATTERN = 0xFF  # type: ignore[misc]  # of this chip only
    with pytest.raises(VerifyError):
        bench.write("memory", b"12345678", 8)


class Deaf(ScratchpadChip):
    """A fault: one bit of the scratchpad is stuck."""

    def _read_scratchpad(self) -> Behaviour:
        self._scratchpad[-1] |= 1
        return super()._read_scratchpad()

    functions = ScratchpadChip.functions | {0xAA: _read_scratchpad}


def test_nothing_is_copied_from_a_scratchpad_that_does_not_read_back(bench: MemoryBench) -> None:
    exchange_class(bench, Deaf)
    with pytest.raises(VerifyError):
        bench.write("pages/page.0", bytes(32))
    assert bench.chip.memory[24:32] == bench.content[24:32]


def test_a_protected_page_is_reported_and_keeps_its_content() -> None:
    bench = MemoryBench("2D")
    bench.chip.memory[DS2431.PROTECTION + 1] = DS2431.WRITE_PROTECTED
    with pytest.raises(VerifyError):
        bench.write("pages/page.1", bytes(32))
    assert bench.chip.memory[32:64] == bench.content[32:64]


def test_a_chip_that_is_gone_is_told_to_be_so(bench: MemoryBench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await ow.write(f"{bench.path}/memory", b"x")

    bench.run(test)


def test_pages_do_not_take_another_number_of_bytes(bench: MemoryBench) -> None:
    with pytest.raises(InvalidValueError):
        bench.write("pages/page.ALL", b"too short")
    assert bench.chip.memory == bench.content


def test_a_reader_never_sees_half_a_write() -> None:
    bench = MemoryBench("43")
    old, new = bench.content, bytes(255 for _ in range(bench.chip.SIZE))

    async def test(ow: OneWire) -> None:
        writing = asyncio.ensure_future(ow.write(f"{bench.path}/memory", new))
        while not writing.done():
            await asyncio.sleep(0.05)
            assert (await ow.read(f"{bench.path}/memory")).data in (old, new)
        assert (await ow.read(f"{bench.path}/memory")).data == new

    bench.run(test)


def test_a_memory_that_is_gone_is_not_read_as_ones() -> None:
    bench = Bench("2D,28")

    async def test(ow: OneWire) -> None:
        device = next(entry for entry in (await ow.dir("/")).entries if entry.startswith("/2D"))
        bench.wire.detach(bench.slaves[0])
        with pytest.raises(DeviceGoneError):
            await ow.read(f"{device}/memory")

    bench.run(test)
