"""Every adapter of the benchmarks under our driver, on virtual time: what they count is right."""

from __future__ import annotations

import pytest

from benchmarks.adapters import ADAPTERS, Adapter, Counted, characters, lines
from benchmarks.buscosts import Costs, Meter, Questions
from benchmarks.buses import Bus, Program, with_ours
from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.emulator.enet import Enet
from owfs_py.emulator.wire import RESET_TIME, SLOT_TIME, Wire

CONVERSION = 0.75
PASS = RESET_TIME + 200 * SLOT_TIME
SENSORS = 3

# What crosses for a directory of three, by the drivers' own commands.
CROSSINGS = {
    "DS2480B": SENSORS * 42 + 1,  # the first time a change of the chip's mode more
    "DS9097": SENSORS * 2 * (1 + 200),  # a character out and one back for each reset and slot
    "DS9490R": SENSORS * 6,
    "LINK": 7 + SENSORS * 21,  # tF0, then a letter and "+,ID" for each
    "PBM": 12 + SENSORS * 21,
    "HA5": 9 + SENSORS * 19,
    "HA7E": 2 + SENSORS * 18,
    "MasterHub": 23 + SENSORS * 23,
    "EtherWeather": SENSORS * 2,
    "HA7Net": 1,
    "ENET": SENSORS + 1,
    "ENET-2": SENSORS + 1,
    "kernel w1": 1,
}


async def listing_and_reading(program: Program, bus: Bus) -> Costs:
    meter, ask = Meter(bus), Questions(program, bus)
    await meter.step("directory", ask.listing("/"))
    await meter.step("temperature", ask.temperature(ask.paths[0]))
    return meter.costs


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_our_driver_works_on_each_and_all_is_counted(adapter: Adapter) -> None:
    costs = with_ours(listing_and_reading, adapter, SENSORS)
    directory, temperature = costs["directory"], costs["temperature"]
    assert (directory.resets, directory.slots) == (SENSORS, SENSORS * 200)
    if adapter.name.startswith("DS2482"):
        # 64 triplets one after the other, each a transfer with looks at the status
        assert SENSORS * 64 < directory.crossed < SENSORS * 64 * 1.2
        assert directory.seconds > SENSORS * PASS
    else:
        assert directory.crossed == CROSSINGS[adapter.name]
        assert directory.seconds == pytest.approx(SENSORS * PASS)
    assert temperature.conversions == SENSORS
    assert temperature.polling_slots == 0
    assert temperature.crossed > 0
    assert CONVERSION < temperature.seconds < CONVERSION * 1.1


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_owserver_is_told_of_each_and_finds_it_while_it_is_used(adapter: Adapter) -> None:
    attached = adapter.attach(REAL_CLOCK)
    with attached.for_reference() as (options, environment, bus):
        assert len(options) == 1
        assert options[0].startswith("--")
        assert environment or "=" in options[0]
        assert bus == (1 if options == ["--w1"] else 0)
    assert attached.crossed() == 0


def test_what_crosses_is_counted_in_the_unit_wanted() -> None:
    for measure, expected in ((characters, len(b"R\rR\r") + len(b"N\r\nN\r\n")), (lines, 2)):
        counted = Counted(Enet(Wire()), measure)
        assert counted.receive(b"R\rR", 115200) + counted.receive(b"\r", 115200) == b"N\r\nN\r\n"
        assert counted.crossed == expected
