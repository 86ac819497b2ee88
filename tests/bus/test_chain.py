"""In which order DS28EA00s are chained."""

from __future__ import annotations

import pytest

from owfs_py.bus.chain import order_of
from owfs_py.bus.errors import CommunicationError, VerifyError
from owfs_py.bus.line import Line
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds28ea00 import DS28EA00, ChainState
from owfs_py.emulator.slave import Behaviour
from tests.bus.bench import Bench

SERIALS = (5, 1, 4, 2, 3)


def chained(bench: Bench, serials: tuple[int, ...] = SERIALS) -> list[DS28EA00]:
    """Chips on the bench's wire, each behind the one before."""
    chips: list[DS28EA00] = []
    for serial in serials:
        rom = RomId.make(0x42, serial.to_bytes(6, "little"))
        chips.append(DS28EA00(rom, before=chips[-1] if chips else None))
        bench.wire.attach(chips[-1])
    return chips


def line_of(ow: OneWire) -> Line:
    line = ow.buses[0]
    assert isinstance(line, Line)
    return line


@pytest.mark.parametrize("others", ["28", "28,20,24,2C,41"])
def test_they_are_told_in_their_order(others: str) -> None:
    """Whoever else is there understands the command for a chain as something else."""
    bench = Bench(others)
    for slave in bench.slaves:
        if slave.rom.family == 0x2C:
            slave.position = 7
    chips = chained(bench)

    async def test(ow: OneWire) -> None:
        assert await order_of(line_of(ow)) == [chip.rom for chip in chips]
        assert all(chip.chain is ChainState.OFF for chip in chips)
        # And once more.
        assert await order_of(line_of(ow)) == [chip.rom for chip in chips]

    bench.run(test)
    assert all(slave.position == 7 for slave in bench.slaves if slave.rom.family == 0x2C)


def test_without_such_chips_there_is_no_chain() -> None:
    async def test(ow: OneWire) -> None:
        assert await order_of(line_of(ow)) == []

    Bench("28").run(test)


def test_those_behind_a_gap_are_left_out() -> None:
    bench = Bench("28")
    chips = chained(bench)
    gap = DS28EA00(RomId.make(0x42, bytes([9] * 6)))
    chips[3].before = gap

    async def test(ow: OneWire) -> None:
        assert await order_of(line_of(ow)) == [chip.rom for chip in chips[:3]]
        assert all(chip.chain is ChainState.OFF for chip in chips)

    bench.run(test)


def test_two_first_ones_are_an_error() -> None:
    bench = Bench("28")
    chips = chained(bench)
    chips[3].before = None

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await order_of(line_of(ow))
        assert all(chip.chain is ChainState.OFF for chip in chips)

    bench.run(test)


def test_a_serial_number_chip_answers_as_well() -> None:
    bench = Bench("01")
    chips = chained(bench)

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await order_of(line_of(ow))
        assert all(chip.chain is ChainState.OFF for chip in chips)

    bench.run(test)


class Deaf(DS28EA00):
    def _change_chain(self) -> Behaviour:
        return
        yield


def test_one_that_does_not_hear_is_reported_and_all_others_are_released() -> None:
    bench = Bench("28")
    chips = chained(bench)
    last = max(chips, key=lambda chip: chip.rom)
    last.__class__ = Deaf
    last.functions = DS28EA00.functions | {0x99: Deaf._change_chain}  # type: ignore[misc]

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await order_of(line_of(ow))
        assert all(chip.chain is ChainState.OFF for chip in chips)

    bench.run(test)
