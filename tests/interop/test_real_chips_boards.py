"""owserver 3.2p4 and our daemon on equal chips: 05, and TAI8570 and T8A, which speak as 12.

They must answer the same or as tests/differences/boards.py says; ours must not ask
more of the bus than 3.2p4 does.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator import t8a
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2405 import DS2405
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.tai8570 import TAI8570
from tests.differences.boards import (
    ALARM_OF_A_BAROMETER,
    COLD,
    LISTED_T8A,
    NO_BAROMETER,
    SENSED,
)
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

WRITER, READER = RomId.make(0x12, b"writer"), RomId.make(0x12, b"reader")
VOLTS = RomId.make(0x12, b"volts!")
PLAIN = make_slave("12").rom
FORMULAS = ("", "DA5534/", "DA5540/")


class BoardsBus(Emulation):
    """A DS2405, a plain DS2406, a barometer and a voltmeter."""

    barometer: TAI8570
    switch: DS2405


def make() -> Emulation:
    bus = BoardsBus.from_list("12,05")
    bus.barometer = TAI8570(bus.wire, WRITER, READER)
    bus.barometer.sensor.conversion_time = 0.020  # 3.2p4 waits 30 ms, and the bus costs no time
    voltmeter = t8a.T8A(VOLTS)
    voltmeter.volts[:] = 0.0, 0.999756, 2.5, 3.29956, 4.99023, 4.99878, 0.00976562, 3.24097
    bus.wire.attach(voltmeter)
    more: list[Slave] = [bus.barometer.writer, bus.barometer.reader, voltmeter]
    bus.slaves += more
    return bus


@pytest.fixture(scope="module")
def boards() -> Iterator[Twins]:
    with twins(make) as found:
        yield found


def barometers(both: Twins) -> tuple[TAI8570, TAI8570]:
    assert isinstance(both.theirs, BoardsBus)
    assert isinstance(both.ours, BoardsBus)
    return both.theirs.barometer, both.ours.barometer


def switches(both: Twins) -> tuple[DS2405, DS2405]:
    return both.chips(0x05, DS2405)


# DS2405


@pytest.mark.parametrize(("latches", "pulled_up"), [(1, 1), (1, 0), (0, 1)])
def test_a_ds2405_is_read_the_same_and_not_toggled(
    boards: Twins, latches: int, pulled_up: int
) -> None:
    path = boards.device(0x05)
    for chip in switches(boards):
        chip.pins.drive(latches)
        chip.pins.pulled_up = pulled_up
    boards.agree(read(f"{path}/type"), ask(DIRALL, path), ask(DIRALL, "/alarm"))
    names = ("PIO", "sensed", "locator", "r_locator", "present")
    cases = boards.agree(*(read(f"/uncached{path}/{name}") for name in names))
    assert too_dear(cases) == []
    assert [chip.pins.latches for chip in switches(boards)] == [latches, latches]


def test_a_ds2405_is_switched_the_same(boards: Twins) -> None:
    path = boards.device(0x05)
    for chip in switches(boards):
        chip.pins.drive(1)
        chip.pins.pulled_up = 1
    boards.agree(*(read(f"/uncached{path}/{name}") for name in ("PIO", "sensed")))
    for data in (b"1", b"yes", b"-1", b"0", b"off", b"x", b"", b"1 and more"):
        boards.agree(*writes(path, ("PIO", data)), read(f"/uncached{path}/sensed"))
        theirs, ours = switches(boards)
        assert ours.pins.latches == theirs.pins.latches
    boards.agree(write(f"{path}/sensed", b"1"))
    boards.agree(*writes(path, ("PIO", b"0")), read(f"{path}/sensed"), but=(SENSED,))


# TAI8570


@pytest.mark.parametrize("rom", [WRITER, READER], ids=["writer", "reader"])
def test_a_barometer_is_read_the_same(boards: Twins, rom: RomId) -> None:
    path = f"/{rom}/TAI8570"
    boards.agree(read(f"/{rom}/type"), ask(DIRALL, f"/{rom}"), ask(DIRALL, path))
    # 3.2p4 reads the calibration with the first of these, we read it when it is wanted.
    first = boards.agree(read(f"{path}/sibling"), read(f"{path}/C.ALL"))
    for count in ("resets", "slots"):
        theirs, ours = (
            sum(getattr(cost, count) for cost in costs)
            for costs in zip(*((case.their_cost, case.our_cost) for case in first), strict=True)
        )
        assert ours < theirs / 4
    names = ["sibling", "C.ALL", "C.0", "C.5", "D1", "D2"]
    names += [f"{way}{name}" for way in FORMULAS for name in ("temperature", "pressure")]
    cases = boards.agree(*reads(path, *names), read(f"{path}/C.6"))
    assert too_dear(cases) == []
    theirs_board, our_board = barometers(boards)
    assert our_board.sensor.conversions <= theirs_board.sensor.conversions


def test_heat(boards: Twins) -> None:
    for barometer in barometers(boards):
        barometer.sensor.temperature = 40000
    path = f"/uncached/{WRITER}/TAI8570"
    names = [f"{way}{name}" for way in FORMULAS for name in ("temperature", "pressure")]
    boards.agree(*(read(f"{path}/{name}") for name in names))


def test_cold(boards: Twins) -> None:
    for barometer in barometers(boards):
        barometer.sensor.temperature = 16000
    path = f"/uncached/{WRITER}/TAI8570"
    boards.agree(read(f"{path}/temperature"), read(f"{path}/pressure"))
    names = [f"{way}{name}" for way in FORMULAS[1:] for name in ("temperature", "pressure")]
    cases = boards.agree(*(read(f"{path}/{name}") for name in names), but=(COLD,))
    # -23.3 °C before the correction
    assert [float(case.ours.text) for case in cases[::2]] == pytest.approx(
        [-29.17, -34.32], abs=0.01
    )


def test_what_is_no_barometer(boards: Twins) -> None:
    path = f"/{PLAIN}/TAI8570"
    names = ("sibling", "C.ALL", "D1", "D2", "temperature", "pressure", "DA5534/pressure")
    boards.agree(read(f"/{PLAIN}/type"), *reads(path, *names), write(f"{path}/D1", b"1"))
    boards.agree(read(f"{path}/C.1"), but=(NO_BAROMETER,))


def test_alarm_settings_survive_a_measurement(boards: Twins) -> None:
    boards.agree(*writes(f"/{WRITER}", ("set_alarm", b"111")))
    boards.agree(read(f"/uncached/{WRITER}/TAI8570/temperature"))
    [case] = boards.agree(read(f"/uncached/{WRITER}/set_alarm"), but=(ALARM_OF_A_BAROMETER,))
    assert case.ours.text.strip() == b"111"


# T8A


def test_a_voltmeter_is_read_the_same(boards: Twins) -> None:
    path = f"/{VOLTS}"
    boards.agree(read(f"{path}/type"))
    cases = boards.agree(
        *reads(path, "T8A/volt.3", "T8A/volt.ALL", "T8A/volt.8", "T8A/volt", "infobyte", "power"),
        write(f"{path}/T8A/volt.0", b"1"),
    )
    assert too_dear(cases) == []
    assert cases[0].ours.text.strip() == b"3.29956"


def test_a_voltmeter_is_listed(boards: Twins) -> None:
    boards.agree(ask(DIRALL, f"/{VOLTS}"), ask(DIRALL, f"/{VOLTS}/T8A"), but=(LISTED_T8A,))
    boards.agree(ask(DIRALL, f"/{PLAIN}"), ask(DIRALL, f"/{PLAIN}/T8A"))


def test_a_switch_that_is_no_voltmeter(boards: Twins) -> None:
    boards.agree(read(f"/{PLAIN}/T8A/volt.1"))


def test_no_branch_is_behind_a_switch(boards: Twins) -> None:
    boards.agree(ask(DIRALL, f"/{PLAIN}/aux"), read(f"/{PLAIN}/aux"))
