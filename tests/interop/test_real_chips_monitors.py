"""owserver 3.2p4 and our daemon on equal chips: 1E and 26, property by property.

Where the two are meant to differ a test of its own says how.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2438 import DS2438
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, reads, twins, writes

pytestmark = pytest.mark.timeout(120)

INVALID, NUMBER_WIDTH = -22, 12


def set_voltages(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, DS2438)
        chip.vdd, chip.vad, chip.vsense, chip.temperature = 4.93, 2.17, 0.0123, 23.5
        chip.memory[2][:] = bytes(range(8))
        chip.memory[3][:] = bytes.fromhex("1900640020039cff")
        chip.memory[4][:] = b"anything"


@pytest.fixture(scope="module")
def monitors() -> Iterator[Twins]:
    with twins(prepared("26,1E", set_voltages)) as found:
        yield found


MEASURED = ("temperature", "latesttemp", "VAD", "vis", "IAD", "CA", "EE", "disconnect/udate",
            "disconnect/date", "endcharge/udate", "endcharge/date", "pages/page.2",
            "pages/page.3")  # fmt: skip
SENSORS = ("VDD", "offset", "humidity", "HIH3600/humidity", "HIH4000/humidity",
           "HIH5030/humidity", "HTM1735/humidity", "DATANAB/humidity", "MultiSensor/type",
           "B1-R1-A/pressure", "B1-R1-A/gain", "B1-R1-A/offset", "S3-R1-A/current",
           "S3-R1-A/gain", "S3-R1-A/illuminance")  # fmt: skip
SETTINGS = (("CA", b"0"), ("EE", b"0"), ("pages/page.5", b"hello"), ("pages/page.5", b"12345678"),
            ("udate", b"1000"), ("disconnect/udate", b"77777"),
            ("endcharge/udate", b"4000000000"), ("offset", b"256"))  # fmt: skip
CALIBRATIONS = (("offset", b"17"), ("B1-R1-A/gain", b"25.5"), ("B1-R1-A/gain", b"33"),
                ("B1-R1-A/offset", b"-12.3"), ("S3-R1-A/gain", b"7.3"),
                ("S3-R1-A/gain", b"-1"))  # fmt: skip


def test_ds2438(monitors: Twins) -> None:
    device = monitors.device(0x26)
    monitors.agree(ask(DIRALL, device), *reads(device, *MEASURED, *SENSORS))
    monitors.agree(*writes(device, *SETTINGS, *CALIBRATIONS))
    theirs, ours = monitors.chips(0x26, DS2438)
    assert theirs.memory[2:] == ours.memory[2:]
    assert theirs.memory[0][0] == ours.memory[0][0]


def test_ds2437(monitors: Twins) -> None:
    device = monitors.device(0x1E)
    monitors.agree(ask(DIRALL, device), *reads(device, *MEASURED))
    monitors.agree(*writes(device, *SETTINGS))


def test_negative_offset_is_negative(monitors: Twins) -> None:
    """3.2p4 shows the register unsigned."""
    device = monitors.device(0x26)
    _, case = monitors.ask(writes(device, ("offset", b"-3")))
    assert (case.theirs.text.strip(), case.ours.text.strip()) == (b"4294967293", b"-3")


def test_vdd_of_a_ds2437_is_not_vad(monitors: Twins) -> None:
    """3.2p4 never chooses the other input."""
    (case,) = monitors.ask([read(f"/uncached{monitors.device(0x1E)}/VDD")])
    assert (case.theirs.text.strip(), case.ours.text.strip()) == (b"2.17", b"4.93")


def test_a_current_that_is_not_measured_is_refused(monitors: Twins) -> None:
    """3.2p4 answers what the register held when it was switched off."""
    device = monitors.device(0x26)
    monitors.agree(write(f"{device}/IAD", b"0"))
    (case,) = monitors.ask([read(f"/uncached{device}/vis")])
    assert (case.theirs.ret, case.ours.ret) == (NUMBER_WIDTH, INVALID)
