"""owserver 3.2p4 and our daemon on equal chips: FE, property by property.

They must answer the same or as tests/differences/soft_devices.py says. A conversion
takes the second that it takes; there are as few as can be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ibuttonlink import PageCrc, SmartSlave
from tests.differences.soft_devices import RIGHT_CRC, WRONG_CRC
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)

KINDS = (PageCrc.PLAIN, PageCrc.COMMAND_TOO, PageCrc.INVERTED, PageCrc.ANOTHER)
TELLING = ("TH/latesttemp", "TH/latesthumidity")


def prepare(bus: Emulation) -> None:
    for chip, crc in zip(bus.slaves, KINDS, strict=True):
        assert isinstance(chip, SmartSlave)
        chip.CONVERSION_TIME = 0.0
        chip.temperature, chip.humidity = -12.625, 48.75
        chip.crc = crc


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("IBLSS,IBLSS,IBLSS,IBLSS", prepare), hurried=True) as found:
        yield found


def chips(both: Twins, crc: PageCrc) -> tuple[SmartSlave, SmartSlave]:
    theirs, ours = (bus.slaves[KINDS.index(crc)] for bus in (both.theirs, both.ours))
    assert isinstance(theirs, SmartSlave)
    assert isinstance(ours, SmartSlave)
    return theirs, ours


def device(both: Twins, crc: PageCrc) -> str:
    return f"/{chips(both, crc)[0].rom}"


@pytest.mark.parametrize("crc", [PageCrc.PLAIN, PageCrc.COMMAND_TOO])
def test_everything_is_read_the_same(both: Twins, crc: PageCrc) -> None:
    path = device(both, crc)
    cases = both.agree(
        ask(DIRALL, path),
        ask(DIRALL, f"{path}/TH"),
        *(read(f"{path}/{name}") for name in ("type", "subtype", "firmware", *TELLING, "TH/led")),
        read(f"{path}/TH/temperature"),
        read(f"{path}/TH/humidity"),
        *(read(f"/uncached{path}/{name}") for name in ("subtype", "firmware", *TELLING)),
    )
    assert too_dear(cases) == []
    theirs, ours = chips(both, crc)
    assert (theirs.conversions, ours.conversions) == (2, 1)


def test_all_convert_at_once(both: Twins) -> None:
    path = device(both, PageCrc.PLAIN)
    for chip in chips(both, PageCrc.PLAIN):
        chip.temperature += 1
    cases = both.agree(
        ask(DIRALL, "/simultaneous"),
        write("/simultaneous/iblss", b"1"),
        *(read(f"/uncached{path}/{name}") for name in TELLING),
    )
    assert cases[-2].ours.text.strip() == b"-11.625"


@pytest.mark.parametrize(
    ("at", "value", "code"), [(0, 5, -2), (8, 0, -22), (2, 1, -11), (3, 0x80, -11)]
)
def test_what_has_no_value(both: Twins, at: int, value: int, code: int) -> None:
    path = device(both, PageCrc.PLAIN)
    both.agree(write("/simultaneous/iblss", b"1"), read(f"/uncached{path}/TH/latesttemp"))
    before = bytes(chips(both, PageCrc.PLAIN)[0].page)
    for chip in chips(both, PageCrc.PLAIN):
        chip.page[at] = value
    cases = both.agree(
        *(read(f"/uncached{path}/{name}") for name in (*TELLING, "subtype", "firmware"))
    )
    assert cases[0].ours.ret == code
    for chip in chips(both, PageCrc.PLAIN):
        chip.page[:] = before


def test_the_led_is_switched(both: Twins) -> None:
    path = device(both, PageCrc.PLAIN)
    for data in (b"1", b"0", b"yes", b"maybe", b""):
        both.agree(*writes(path, ("TH/led", data)))
        theirs, ours = chips(both, PageCrc.PLAIN)
        assert theirs.led == ours.led
    both.agree(write(f"{path}/TH/latesttemp", b"1"), write(f"{path}/subtype", b"TH"))


def test_a_right_crc_is_right(both: Twins) -> None:
    path = device(both, PageCrc.INVERTED)
    both.agree(
        write("/simultaneous/iblss", b"1"),
        *(read(f"/uncached{path}/{name}") for name in ("subtype", *TELLING)),
        but=(RIGHT_CRC,),
    )


def test_a_crc_of_an_unknown_kind(both: Twins) -> None:
    path = device(both, PageCrc.ANOTHER)
    both.agree(
        write("/simultaneous/iblss", b"1"),
        *(read(f"/uncached{path}/{name}") for name in ("subtype", *TELLING)),
    )
    for chip in chips(both, PageCrc.ANOTHER):
        chip.spoiled = 3
    both.agree(read(f"/uncached{path}/TH/latesttemp"), but=(WRONG_CRC,))
