"""Reading and programming EPROMs: 09 and 89."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import CrcError, InvalidValueError, NotSupportedError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.ds2502 import DS2502
from owfs_py.emulator.wire import Counts
from tests.bus.bench import Bench

NODE = bytes.fromhex("0A2911 00 00112233445566778899")
"""The beginning of page 0 with a node address."""


class EpromBench(Bench):
    """A bench with one chip and, unless told otherwise, a supply of 12 V."""

    def __init__(self, spec: str = "09", *, program_voltage: bool = True) -> None:
        super().__init__(spec)
        adapter = self.emulations[0].adapter
        assert isinstance(adapter, DS2480B)
        adapter.program_voltage = program_voltage
        chip = self.slaves[0]
        assert isinstance(chip, DS2502)
        self.chip = chip

    def read(self, name: str, size: int = 65536, offset: int = 0) -> tuple[bytes, Counts]:
        """What is read, and what it costs."""

        async def test(ow: OneWire) -> tuple[bytes, Counts]:
            await ow.dir("/")
            before = self.wire.counts.snapshot()
            reading = await ow.read(f"/{self.chip.rom}/{name}", size=size, offset=offset)
            return reading.data, self.wire.counts - before

        return self.run(test)

    def write(self, name: str, data: bytes, offset: int = 0) -> Counts:
        async def test(ow: OneWire) -> Counts:
            await ow.dir("/")
            before = self.wire.counts.snapshot()
            await ow.write(f"/{self.chip.rom}/{name}", data, offset=offset)
            counts: Counts = self.wire.counts - before
            return counts

        return self.run(test)


@pytest.fixture
def bench() -> EpromBench:
    bench = EpromBench()
    bench.chip.memory[:] = bytes(range(128, 256))
    return bench


def test_the_whole_memory_is_read_in_one_transaction(bench: EpromBench) -> None:
    data, cost = bench.read("memory")
    assert data == bytes(range(128, 256))
    assert cost.resets == 1


def test_parts_are_read_from_their_beginning_to_the_end_of_their_page(bench: EpromBench) -> None:
    data, cost = bench.read("pages/page.1", 5, 20)
    assert data == bytes(range(180, 185))
    assert cost.slots == 8 * (9 + 3 + 1 + 12 + 1)


def test_a_part_may_cross_the_end_of_a_page(bench: EpromBench) -> None:
    assert bench.read("memory", 10, 28)[0] == bytes(range(156, 166))


def test_a_fresh_reading_has_its_bytes(bench: EpromBench) -> None:
    async def test(ow: OneWire) -> bytes:
        return (await ow.read(f"/uncached/{bench.chip.rom}/pages/page.3", offset=30)).data

    assert bench.run(test) == b"\xfe\xff"


@pytest.mark.parametrize("spoiled", [1, 2])
def test_a_crc_that_fails_once_is_tried_again(bench: EpromBench, spoiled: int) -> None:
    bench.chip.spoiled_crcs = spoiled
    assert bench.read("pages/page.0")[0] == bytes(range(128, 160))


def test_a_value_whose_crc_fails_is_never_served(bench: EpromBench) -> None:
    bench.chip.spoiled_crcs = 1000
    with pytest.raises((CrcError, VerifyError)):
        bench.read("pages/page.0")


def test_bytes_are_programmed_one_by_one(bench: EpromBench) -> None:
    cost = bench.write("memory", b"\x00\x80\x81", 33)
    assert bench.chip.memory[32:37] == b"\xa0\x00\x80\x81\xa4"
    assert cost.program_pulses == 3


def test_what_is_right_already_is_not_programmed_again(bench: EpromBench) -> None:
    assert bench.write("memory", b"\x80\x81\x00\x83").program_pulses == 1
    assert bench.chip.memory[:4] == b"\x80\x81\x00\x83"


def test_a_zero_cannot_become_a_one_and_nothing_is_programmed_then(bench: EpromBench) -> None:
    before = bench.wire.counts.program_pulses
    with pytest.raises(InvalidValueError):
        bench.write("memory", b"\x00\x00\xff", 4)
    assert bench.wire.counts.program_pulses == before
    assert bench.chip.memory[4:7] == b"\x84\x85\x86"


def test_a_weak_cell_gets_a_second_pulse(bench: EpromBench) -> None:
    bench.chip.weak_cells = 1
    assert bench.write("memory", b"\x00").program_pulses == 2
    assert bench.chip.memory[0] == 0


def test_a_cell_that_cannot_be_programmed_is_reported(bench: EpromBench) -> None:
    bench.chip.weak_cells = 1000
    with pytest.raises(VerifyError):
        bench.write("memory", b"\x00")


def test_a_protected_page_is_reported(bench: EpromBench) -> None:
    bench.chip.status[0] = 0xFB
    with pytest.raises(VerifyError):
        bench.write("pages/page.2", b"\x00")


def test_without_12_v_nothing_is_programmed() -> None:
    bench = EpromBench(program_voltage=False)
    with pytest.raises(NotSupportedError):
        bench.write("memory", b"\x00")
    assert bench.chip.memory[0] == 0xFF


@pytest.mark.parametrize("part", [slice(None), slice(1, 3)], ids=["whole", "part"])
@pytest.mark.parametrize(
    ("name", "begin", "end"), [("project", 0, 4), ("mac_e", 4, 10), ("mac_fw", 4, 12)]
)
def test_a_node_address_is_a_part_of_the_first_page(
    name: str, begin: int, end: int, part: slice
) -> None:
    bench = EpromBench("89")
    bench.chip.memory[: len(NODE)] = NODE
    first, last, _ = part.indices(end - begin)
    assert bench.read(name, last - first, first)[0] == NODE[begin:end][part]
