"""owserver 3.2p4 and our daemon on equal weather heads WS603 (30), property by property."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.bus.clock import REAL_CLOCK
from owfs_py.bus.rom import RomId
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Wire
from owfs_py.emulator.ws603 import WS603
from tests.differences.batteries import CALIBRATION, NO_BYTE, ONE_LIGHT, WEATHER
from tests.interop.differential import read, write
from tests.interop.twins import Twins, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

GOOD, REFUSED = RomId.make(0x30, b"\x01\0\0\0\0\0"), RomId.make(0x30, b"\x02\0\0\0\0\0")
"""Heads whose answers 3.2p4 takes, having sums below 80, and does not take."""
NAMES = ("temperature", "wind_speed", "direction", "volt", "light/intensity", "light/threshold",
         "calibration/wind_speed", "calibration/direction", "LED/status", "LED/model",
         "LED/control.ALL", "LED/control.0", "data_string", "param_string")  # fmt: skip


def make() -> Emulation:
    wire = Wire(REAL_CLOCK)
    good, refused = WS603(GOOD), WS603(REFUSED)
    good.celsius = -3.5
    good.readings[:] = b"\x64\x07\x03\x01\x02"
    good.parameters[:] = b"\x01\x6e\x04\x06\x00"
    refused.readings[:] = b"\x00\x07\x03\x00\x00"
    slaves: list[Slave] = [good, refused]
    for slave in slaves:
        wire.attach(slave)
    return Emulation(wire, slaves, DS2480B(wire))


@pytest.fixture(scope="module")
def heads() -> Iterator[Twins]:
    with twins(make) as found:
        yield found


def both(heads: Twins) -> tuple[WS603, WS603]:
    return heads.chips(0x30, WS603)


def test_all_is_read_the_same(heads: Twins) -> None:
    heads.agree(read(f"/{GOOD}/type"))
    cases = heads.agree(*reads(f"/{GOOD}/WS603", *NAMES))
    assert too_dear(cases) == []
    wind = next(case for case in cases if case.request.path.endswith(b"wind_speed"))
    assert wind.ours.text.strip() == b"80.1245"


def test_settings_are_written_the_same(heads: Twins) -> None:
    heads.agree(
        *writes(
            f"/{GOOD}/WS603",
            ("calibration/wind_speed", b"100"),
            ("calibration/wind_speed", b"x"),
            ("calibration/direction", b"9"),
            ("LED/control.ALL", b"1,2,3,255"),
            ("LED/control.ALL", b"1,2"),
            ("volt", b"1"),
        ),
        but=(CALIBRATION,),
    )
    theirs, ours = both(heads)
    assert ours.parameters == theirs.parameters
    assert ours.lights == theirs.lights == b"\x01\x02\x03\xff"


def test_bytes_only(heads: Twins) -> None:
    path = f"/{GOOD}/WS603"
    heads.agree(
        write(f"{path}/calibration/direction", b"300"),
        write(f"{path}/LED/control.ALL", b"1,2,3,256"),
        write(f"{path}/LED/control.1", b"1"),
        but=(NO_BYTE, ONE_LIGHT),
    )
    theirs, ours = both(heads)
    assert ours.parameters[2] == 9
    theirs.parameters[2] = 9


def test_all_answers_count(heads: Twins) -> None:
    [case] = heads.agree(read(f"/{REFUSED}/WS603/direction"), but=(WEATHER,))
    assert case.ours.text.strip() == b"7"
