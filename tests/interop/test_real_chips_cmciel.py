"""owserver 3.2p4 and our daemon on equal chips: A0, A2, A5, B2, property by property.

3.2p4 can read none of them, so there is nothing to compare but what both refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.cmciel import Cmciel
from tests.differences.third_party import CMCIEL
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, twins

pytestmark = pytest.mark.timeout(120)

READINGS = {0xA0: 0xFF38, 0xA2: 1234, 0xA5: 0x0421, 0xB2: 5000}


def set_readings(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, Cmciel)
        chip.reading = READINGS[chip.rom.family]


@pytest.fixture(scope="module")
def sensors() -> Iterator[Twins]:
    with twins(prepared("A0,A2,A5,B2", set_readings)) as found:
        yield found


VALUES = {
    0xA0: {"RPM": b"-200", "reading": b"65336"},
    0xA2: {"current": b"12.34", "reading": b"1234"},
    0xA5: {
        "switch_closed.BYTE": b"1",
        "switch_closed.ALL": b"1,0,0,0",
        "loop_shorted.BYTE": b"2",
        "loop_shorted.1": b"1",
        "loop_open.BYTE": b"4",
        "loop_open.2": b"1",
        "reading": b"1057",
        "switch": b"1",
        "shorted": b"2",
        "open": b"4",
    },
    0xB2: {"current": b"0.01", "volts": b"5", "reading": b"5000"},
}


@pytest.mark.parametrize("family", VALUES)
def test_what_3_2p4_cannot_read(sensors: Twins, family: int) -> None:
    path = sensors.device(family)
    cases = sensors.agree(
        *(read(f"/uncached{path}/{name}") for name in VALUES[family]), but=(CMCIEL,)
    )
    assert [case.ours.text.strip() for case in cases] == list(VALUES[family].values())
    assert all((case.theirs.ret or 0) < 0 for case in cases)
    assert all(case.our_cost.resets <= case.their_cost.resets for case in cases)


@pytest.mark.parametrize("family", VALUES)
def test_nothing_can_be_written(sensors: Twins, family: int) -> None:
    path = sensors.device(family)
    names = [name for name in VALUES[family] if not name.endswith(".ALL")]
    sensors.agree(
        ask(DIRALL, path),
        read(f"{path}/type"),
        *(write(f"{path}/{name}", data) for name in names for data in (b"1", b"x")),
    )
