"""Overdrive: who is spoken to at that speed, what that saves, and what writes and pulses do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.families.catalog import Feature, find_family
from owfs_py.bus.line import Line
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Exchange, Power, ProgramPulse, Step, Transaction
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.memories import DS2431
from owfs_py.emulator.registry import CHIPS, make_slave
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes
from owfs_py.emulator.wire import Counts
from tests.bus.overdrivebench import (
    ADAPTERS,
    MIXED,
    SETTING,
    Found,
    adapter_bench,
    counted,
    populate,
    read_all,
    served,
    text,
    uncached,
)

AT_REGULAR_SPEED_ONLY = (0x10, 0x28)
QUICK_CHIPS = [
    chip
    for chip in CHIPS
    if all(Feature.OVERDRIVE in find_family(code).features for code in chip.families)
]
"""Those of families that owserver, too, takes for able; a DS28EA00 is, and is not among them."""


@pytest.fixture(params=ADAPTERS)
def bench(request: pytest.FixtureRequest) -> Iterator[Any]:
    with adapter_bench(request.param) as found:
        yield found


@pytest.fixture
def serial() -> Iterator[Any]:
    """For what does not depend on the adapter."""
    with adapter_bench("ds2480b") as found:
        yield found


def line(ow: OneWire) -> Line:
    bus = ow.buses[0]
    assert isinstance(bus, Line)
    return bus


class Parrot(Slave):
    """Repeats what is written to it, byte by byte, and notes that, its speed, and pulses."""

    chip = "parrot"
    rom_commands = Slave.rom_commands | Slave.with_overdrive | Slave.with_resume

    def __init__(self) -> None:
        super().__init__(RomId.make(0x2D, b"parrot"))
        self.heard: list[str] = []

    def on_program_pulse(self) -> None:
        self.heard.append("program pulse")

    def on_strong_pullup(self, on: bool) -> None:
        self.heard.append(f"pull-up {'on' if on else 'off'}")

    def function(self) -> Behaviour:
        while True:
            byte = yield from receive_byte()
            self.heard.append(f"{byte:02X} {'fast' if self.overdrive else 'slow'}")
            yield from send_bytes(bytes([byte]))


# What it is for


def test_every_value_is_that_of_regular_speed_and_takes_less_time(bench: Any) -> None:
    slaves = populate(bench, MIXED)

    async def test(ow: OneWire) -> tuple[Found, Found]:
        await read_all(ow, bench, slaves)  # what is found out once is known then
        regular = await read_all(ow, bench, slaves)
        await ow.write(SETTING, b"1")
        return regular, await read_all(ow, bench, slaves)

    regular, fast = served(bench, test, overdrive=False)
    for key, (value, cost) in regular.items():
        fast_value, fast_cost = fast[key]
        assert fast_value == value, key
        assert cost.overdrive_slots == cost.overdrive_resets == 0
        if key[0] in AT_REGULAR_SPEED_ONLY:
            assert fast_cost == cost, key
        else:
            assert fast_cost.bus_time < 0.5 * cost.bus_time, key


@pytest.mark.parametrize("chip", QUICK_CHIPS, ids=lambda chip: chip.chip)
def test_every_chip_that_knows_overdrive_tells_the_same_at_it(
    serial: Any, chip: type[Slave]
) -> None:
    (slave,) = populate(serial, chip.chip)
    family = find_family(slave.rom.family)

    async def told(ow: OneWire) -> dict[str, bytes | str]:
        found: dict[str, bytes | str] = {}
        for prop in family.properties:
            path = uncached(slave, prop.name if prop.array is None else f"{prop.name}.ALL")
            try:
                found[prop.name] = (await ow.read(path)).data
            except OneWireError as error:
                found[prop.name] = type(error).__name__
        return found

    async def test(ow: OneWire) -> None:
        first = await told(ow)
        # Clocks go on.
        regular = {name: value for name, value in (await told(ow)).items() if value == first[name]}
        await ow.write(SETTING, b"1")
        fast = await told(ow)
        assert {name: fast[name] for name in regular} == regular
        attempts, failures = await counted(ow)
        assert failures == 0 < attempts
        assert serial.wire.counts.overdrive_slots > 0

    served(serial, test, overdrive=False)


def test_what_it_costs_exactly(bench: Any) -> None:
    """A reset and one command at regular speed, all else at overdrive speed."""
    switch, memory = populate(bench, "29,2D")

    async def cost(ow: OneWire, path: str) -> Counts:
        before = bench.wire.counts.snapshot()
        await ow.read(path)
        spent: Counts = bench.wire.counts - before
        return spent

    async def test(ow: OneWire) -> None:
        # ROM id; reset, Skip ROM, command, address, eight registers, CRC.
        slots = 8 * (8 + 1 + 1 + 2 + 8 + 2)
        assert await cost(ow, uncached(switch, "sensed.BYTE")) == Counts(
            resets=2, overdrive_resets=1, slots=slots + 8, overdrive_slots=slots
        )
        # ROM id; twice: reset, Read ROM, ROM id, command, address, page.
        slots = 8 * (8 + 2 * (1 + 8 + 1 + 2 + 32))
        assert await cost(ow, uncached(memory, "pages/page.0")) == Counts(
            resets=3, overdrive_resets=2, slots=slots + 8, overdrive_slots=slots
        )

    served(bench, test)


@pytest.mark.parametrize("switched", [(), (b"0",), (b"1", b"0")])
def test_switched_off_it_changes_nothing(serial: Any, switched: tuple[bytes, ...]) -> None:
    (switch,) = populate(serial, "29")

    async def test(ow: OneWire) -> None:
        for setting in switched:
            await ow.write(SETTING, setting)
        before = serial.wire.counts.snapshot()
        await ow.read(uncached(switch, "sensed.BYTE"))
        slots = 8 * (1 + 8 + 1 + 2 + 8 + 2)
        assert serial.wire.counts - before == Counts(resets=1, slots=slots)

    served(serial, test, overdrive=False)


def test_searches_and_what_goes_to_everybody_stay_at_regular_speed(bench: Any) -> None:
    slaves = populate(bench, "28,29,2D,28")

    async def test(ow: OneWire) -> None:
        await ow.read(uncached(slaves[1], "sensed.BYTE"))
        before = bench.wire.counts.snapshot()
        assert len((await ow.dir("/uncached")).entries) == len(slaves)
        await ow.dir("/uncached/alarm")
        for slave in slaves:
            assert await ow.present(f"/uncached/{slave.rom}")
        await ow.write("/simultaneous/temperature", b"1")
        assert (bench.wire.counts - before).overdrive_slots == 0

    served(bench, test)


def test_behind_a_coupler_regular_speed_is_kept(serial: Any) -> None:
    coupler, near = populate(serial, "1F,29")
    assert isinstance(coupler, DS2409)
    far = make_slave("29", index=7)
    coupler.main.attach(far)

    async def test(ow: OneWire) -> None:
        for _ in range(2):
            assert await text(ow, uncached(near, "sensed.BYTE")) == b"255"
            before = serial.wire.counts.snapshot()
            path = f"/uncached/{coupler.rom}/main/{far.rom}/sensed.BYTE"
            assert await text(ow, path) == b"255"
            assert (serial.wire.counts - before).overdrive_slots == 0
        assert await counted(ow) == (2, 0)

    served(serial, test)


def test_a_device_that_is_the_only_one_is_brought_to_overdrive_without_its_name(
    bench: Any,
) -> None:
    (memory,) = populate(bench, "2D")

    async def test(ow: OneWire) -> None:
        before = bench.wire.counts.snapshot()
        page = await ow.read("/uncached/2D.0123456789AB/pages/page.0")
        assert page.data == bytes(memory.memory[:32])
        # Twice: reset, Read ROM, ROM id, command, address, page.
        slots = 8 * 2 * (1 + 8 + 1 + 2 + 32)
        assert bench.wire.counts - before == Counts(
            resets=3, overdrive_resets=2, slots=slots + 8, overdrive_slots=slots
        )

    served(bench, test, one_device=True)


def test_a_single_device_without_overdrive_is_read_under_any_name(bench: Any) -> None:
    (thermometer,) = populate(bench, "28")
    steps = (Exchange(b"\xbe", 9),)

    async def test(ow: OneWire) -> None:
        name = RomId.make(0x29, bytes(6))
        results, _, _ = await line(ow).run(Transaction(name, steps, overdrive=True))
        assert results == [bytes(thermometer.scratchpad)]
        assert await counted(ow) == (1, 1)

    served(bench, test, one_device=True)


# Writing, power and pulses


def test_a_memory_is_written_under_strong_pull_up(bench: Any) -> None:
    (memory,) = populate(bench, "2D")
    assert isinstance(memory, DS2431)
    data = bytes(range(100, 132))

    async def test(ow: OneWire) -> None:
        before = bench.wire.counts.snapshot()
        await ow.write(f"/{memory.rom}/pages/page.2", data)
        cost = bench.wire.counts - before
        assert bytes(memory.memory[64:96]) == data
        assert memory.disturbed_copies == 0
        # Four rows of eight bytes, each written, read back and copied.
        assert cost.pullup_time == pytest.approx(4 * memory.COPY_TIME, rel=0.05)
        assert cost.overdrive_slots == cost.slots - 4 * 8
        assert cost.overdrive_resets == 4 * 3
        assert await counted(ow) == (4, 0)

    served(bench, test)


@pytest.mark.parametrize("adapter", ["ds2480b", "ds2490"])
def test_pulses_leave_the_device_at_overdrive_speed(adapter: str) -> None:
    with adapter_bench(adapter) as bench:
        chip = bench.adapter if adapter == "ds2480b" else bench.device.chip
        chip.program_voltage = True
        parrot = Parrot()
        bench.wire.attach(parrot)
        steps = (
            Exchange(b"\x0f", 1, expect=b"\x0f"),
            ProgramPulse(),
            Exchange(b"\x5a", 1, expect=b"\x5a"),
            Power(0xA5, 0.01),
            Exchange(b"", 1, expect=b"\xa5"),
        )

        async def test(ow: OneWire) -> None:
            parrot.heard.clear()
            await line(ow).run(Transaction(parrot.rom, steps, overdrive=True))

        served(bench, test)
        words = [word for word in parrot.heard if word.split()[-1] in ("fast", "slow", "pulse")]
        assert words == ["0F fast", "program pulse", "5A fast", "A5 fast"]
        assert bench.wire.counts.pullup_time == pytest.approx(0.01, rel=0.05)


def test_what_must_not_be_repeated_stays_at_regular_speed(serial: Any) -> None:
    (switch,) = populate(serial, "29")

    async def test(ow: OneWire) -> None:
        await ow.write(f"/{switch.rom}/PIO.BYTE", b"85")
        assert switch.pins.latches == 255 - 85
        assert serial.wire.counts.overdrive_slots == 0
        assert await text(ow, uncached(switch, "PIO.BYTE")) == b"85"
        assert serial.wire.counts.overdrive_slots > 0

    served(serial, test)


@pytest.mark.parametrize(
    "steps",
    [
        (Exchange(b"\x0f"),),
        (Exchange(b"\x0f"), Exchange(b"", 1)),
        (Power(0xA5, 0.01), Exchange(b"", 1)),
    ],
    ids=["written only", "in several steps", "fed"],
)
def test_what_could_fail_unseen_stays_at_regular_speed(
    serial: Any, steps: tuple[Step, ...]
) -> None:
    parrot = Parrot()
    serial.wire.attach(parrot)

    async def test(ow: OneWire) -> None:
        await line(ow).run(Transaction(parrot.rom, steps, overdrive=True))
        assert any("slow" in word for word in parrot.heard)
        assert not any("fast" in word for word in parrot.heard)

    served(serial, test)
