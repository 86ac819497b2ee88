"""How registers of an EDS00xx are read and written: pages, proofs, faults, what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py.bus.errors import CommunicationError, CrcError, DeviceGoneError, VerifyError
from owfs_py.bus.families.eds_registers import COPY_TIME
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.embedded_data_systems import EDS, EDS0068
from tests.bus.families.edsbench import EdsBench


def with_fault(bench: EdsBench, fault: type) -> EdsBench:
    chip = bench.chip
    chip.__class__ = type("Faulty", (fault, type(chip)), {})
    return bench


class Silent:
    """Says nothing when a copy is done."""

    PATTERN = 0xFF


class Stubborn(Silent):
    """Its memory takes nothing."""

    def _store(self, address: int, data: bytes) -> None:
        pass


class OwnStatus:
    """Has a status of its own in front of the scratchpad, and wants that to copy it."""

    OWN = 0x40

    def _write_scratchpad(self: Any) -> Any:
        yield from EDS._write_scratchpad(self)

    def _read_scratchpad(self: Any) -> Any:
        self._end_and_status |= self.OWN
        yield from EDS._read_scratchpad(self)

    functions = EDS.functions | {0xAA: _read_scratchpad}


def test_the_memory_is_read_page_by_page() -> None:
    bench = EdsBench("EDS0082")
    bench.chip.clock_runs = False

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = bench.wire.counts.snapshot()
        assert (await ow.read(bench.path("memory"))).data == bench.chip.memory
        assert (bench.wire.counts - before).resets == 5
        assert (await ow.read(f"{bench.device}/memory")).data == bench.chip.memory[:96]
        part = (await ow.read(bench.path("memory"), size=6, offset=30)).data
        assert part == bench.chip.memory[30:36]
        page = (await ow.read(bench.path("pages/page.4"), size=4, offset=10)).data
        assert page == bench.chip.memory[138:142]

    bench.run(test)


@pytest.mark.parametrize(
    ("name", "data", "resets"),
    [
        ("threshold/temp_hi", b"25", 3),
        ("threshold/pressure_hi", b"1013.25", 3),
        ("relay_state", b"1", 3),  # at the end of a page
        ("LED/state", b"1", 4),  # one to look at what else the register has
    ],
)
def test_bus_cost_of_writes(name: str, data: bytes, resets: int) -> None:
    cost = EdsBench("EDS0068").write(name, data)
    assert cost.resets == resets
    assert cost.pullup_time == 0


def test_the_bus_is_left_alone_while_the_chip_copies() -> None:
    bench = EdsBench("EDS0068")
    before = bench.clock.now()
    bench.write("threshold/temp_hi", b"25")
    assert bench.clock.now() - before >= COPY_TIME
    assert bench.chip.disturbed_copies == 0


def test_a_chip_that_confirms_nothing_is_read_again() -> None:
    bench = with_fault(EdsBench("EDS0068"), Silent)
    assert bench.write("threshold/temp_hi", b"25").resets == 4
    assert bench.registers(0x42, 1) == "19"


@pytest.mark.parametrize("name", ["threshold/temp_hi", "relay/state", "set_alarm/temp_hi"])
def test_what_the_chip_did_not_store_is_reported(name: str) -> None:
    bench = with_fault(EdsBench("EDS0068"), Stubborn)
    with pytest.raises(VerifyError):
        bench.write(name, b"1")


def test_writing_where_the_chip_only_measures_is_reported() -> None:
    bench = EdsBench("EDS0068")
    before = bench.registers(0, 8)

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(f"{bench.device}/memory", b"new tag")

    bench.run(test)
    assert bench.registers(0, 8) == before


def test_what_makes_the_chip_do_something_need_not_read_as_it_was_written() -> None:
    bench = with_fault(EdsBench("EDS0090"), Silent)
    bench.write("counter/reset.BYTE", b"255")
    assert bench.registers(0x54, 1) == "00"


def test_the_status_of_the_scratchpad_is_sent_back_as_it_was_shown() -> None:
    bench = with_fault(EdsBench("EDS0068"), OwnStatus)
    bench.write("threshold/temp_hi", b"25")
    assert bench.registers(0x42, 1) == "19"


def test_a_crc_that_fails_once_is_tried_again() -> None:
    bench = EdsBench("EDS0068")
    bench.chip.spoiled_crcs = 1
    bench.write("relay_state", b"3")
    assert bench.registers(0x5F, 1) == "03"


def test_a_crc_that_always_fails_is_reported_and_nothing_is_copied() -> None:
    bench = EdsBench("EDS0068")
    bench.chip.spoiled_crcs = 1000
    with pytest.raises(CrcError):
        bench.write("relay_state", b"3")
    assert bench.registers(0x5F, 1) == "00"


def test_noise_in_the_scratchpad_is_noticed_before_it_is_copied() -> None:
    bench = EdsBench("EDS0068")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        slots = bench.wire.counts.slots
        # In the second of the bytes written: what the chip hears and what comes back differ.
        bench.wire.faults.noisy_slots = {slots + 72 + 8 + 20}
        await ow.write(bench.path("threshold/temp_hi"), b"25")

    bench.run(test)
    assert bench.registers(0x42, 2) == "19 80"


@pytest.mark.parametrize("name", ["temperature", "alarm/temp_hi", "threshold/temp_hi"])
@pytest.mark.parametrize("others", [(), ("28",)])
def test_a_chip_that_is_gone_is_not_read_as_ones(name: str, others: tuple[str, ...]) -> None:
    bench = EdsBench("EDS0068", *others)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.detach(bench.chip)
        with pytest.raises((CommunicationError, DeviceGoneError)):
            await ow.read(bench.path(name))

    bench.run(test)


def test_a_chip_that_is_gone_has_not_been_written() -> None:
    bench = EdsBench("EDS0068", "28")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.detach(bench.chip)
        with pytest.raises((CommunicationError, DeviceGoneError)):
            await ow.write(bench.path("threshold/temp_hi"), b"1")

    bench.run(test)


def test_a_register_full_of_ones_is_believed_of_a_chip_that_is_there() -> None:
    bench = EdsBench("EDS0068")
    bench.chip.measure("temperature", -0.0625)
    assert bench.registers(0x22, 2) == "ff ff"
    assert bench.value("temperature") == -0.0625


def test_a_page_is_written_across_its_registers() -> None:
    bench = EdsBench("EDS0068")
    data = bytes(range(32))

    async def test(ow: OneWire) -> None:
        await ow.write(f"{bench.device}/pages/page.2", data)
        assert (await ow.read(f"{bench.device}/pages/page.2")).data == data

    bench.run(test)
    assert isinstance(bench.chip, EDS0068)
    assert bench.chip.memory[0x40:0x60] == data
