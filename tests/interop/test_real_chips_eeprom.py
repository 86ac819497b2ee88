"""owserver 3.2p4 and our daemon on equal EEPROMs: 14, 1C, 37, property by property.

They must answer the same or as tests/differences/eeprom.py says, and leave the same in
the chips.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds28e04 import DS28E04, SELECT
from owfs_py.emulator.ds1977 import CONTROL, DS1977, READ_PASSWORD
from owfs_py.emulator.ds2430a import DS2430A
from tests.differences.eeprom import (
    ALARM_OF_SWITCHES,
    APPLICATION,
    LOCKED,
    LOCKER_PASSWORD,
    LOCKER_READ,
    LOCKER_VERSION,
    NOT_MEMORY,
    POWER_ON,
    POWER_ON_CLEARED,
)
from tests.differences.memories import PART_OF_PAGES
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, reads, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)


def fill(bus: Emulation) -> None:
    for chip in bus.slaves:
        if isinstance(chip, DS2430A):
            chip.memory[:] = bytes(range(32))
            chip.register[:] = b"register"
        if isinstance(chip, DS28E04 | DS1977):
            chip.memory[:512] = bytes(n % 251 for n in range(512))
        if isinstance(chip, DS28E04):
            chip.pins.drive(0b01)
            chip.pins.pulled_up = 0b10


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("14,1C,37", fill)) as found:
        yield found


# The DS2430A


def test_ds2430a_reads_the_same(both: Twins) -> None:
    path = both.device(0x14)
    cases = both.agree(
        read(f"{path}/type"),
        ask(DIRALL, path),
        *reads(path, "memory", "application", "status"),
        read(f"{path}/memory", size=10, offset=28),
        read(f"{path}/application", size=3, offset=2),
        read(f"{path}/application", size=3, offset=9),
        but=(APPLICATION,),
    )
    assert too_dear(cases) == []


def test_ds2430a_is_written_the_same(both: Twins) -> None:
    path = both.device(0x14)
    both.agree(
        write(f"{path}/memory", b"abcdefgh", offset=28),
        write(f"{path}/memory", b"01", offset=1),
        write(f"{path}/memory", b""),
        write(f"{path}/memory", b"x", offset=-1),
        write(f"{path}/memory", b"x", offset=32),
        read(f"{path}/memory"),
        write(f"{path}/memory", bytes(range(100, 132))),
        read(f"{path}/memory"),
        *writes(path, ("application", b"abcdefgh"), ("application", b"0123456789")),
        write(f"{path}/application", b"XY", offset=3),
        read(f"{path}/application"),
        write(f"{path}/status", b"1"),
    )
    theirs, ours = both.chips(0x14, DS2430A)
    assert (ours.memory, ours.register) == (theirs.memory, theirs.register)
    assert ours.register == b"012XY567"
    theirs.locked = ours.locked = True
    both.agree(
        read(f"/uncached{path}/status"), *writes(path, ("application", b"lost")), but=(LOCKED,)
    )


# The DS28E04

SWITCHES = ("PIO.ALL", "PIO.0", "PIO.BYTE", "sensed.ALL", "sensed.1", "latch.ALL", "latch.BYTE",
            "power", "polarity", "por", "set_alarm", "PIO.2")  # fmt: skip


def test_ds28e04_reads_the_same(both: Twins) -> None:
    path = both.device(0x1C)
    cases = both.agree(
        read(f"{path}/type"),
        ask(DIRALL, path),
        *reads(path, "memory", "pages/page.1", *SWITCHES),
        read(f"{path}/pages/page.ALL"),
        read(f"{path}/memory", size=30, offset=0x21E),
        read(f"{path}/pages/page.ALL", offset=5),
        ask(DIRALL, "/alarm"),
        but=(PART_OF_PAGES,),
    )
    assert too_dear(cases) == []


def test_ds28e04_is_switched_the_same(both: Twins) -> None:
    both.agree(
        *writes(
            both.device(0x1C),
            ("PIO.0", b"1"),
            ("PIO.1", b"1"),
            ("PIO.BYTE", b"7"),
            ("PIO.BYTE", b"0"),
            ("PIO.ALL", b"0,1"),
            ("PIO.ALL", b"1"),
            ("PIO.0", b"x"),
            ("latch.0", b"0"),
            ("latch.BYTE", b"3"),
            ("sensed.0", b"1"),
            ("power", b"1"),
        )
    )
    theirs, ours = both.chips(0x1C, DS28E04)
    assert (ours.pins.latches, ours.pins.activity) == (theirs.pins.latches, theirs.pins.activity)


def test_ds28e04_is_written_the_same(both: Twins) -> None:
    path = both.device(0x1C)
    cases = both.agree(
        write(f"{path}/memory", b"abcdefgh", offset=28),
        write(f"{path}/pages/page.3", bytes(32)),
        write(f"{path}/pages/page.2", b"inside", offset=5),
        write(f"{path}/pages/page.ALL", b"short"),
        write(f"{path}/memory", b"01", offset=511),
        write(f"{path}/memory", b"x", offset=550),
        read(f"{path}/memory"),
    )
    assert too_dear(cases) == []
    both.agree(write(f"{path}/memory", b"x", offset=SELECT), but=(NOT_MEMORY,))
    theirs, ours = both.chips(0x1C, DS28E04)
    assert ours.memory == theirs.memory
    assert ours.memory[28:36] == b"abcdefgh"


def test_registers_of_a_ds28e04(both: Twins) -> None:
    """Of these 3.2p4 makes ones whatever it is told."""
    path = both.device(0x1C)
    numbers = (b"131", b"333", b"9999", b"0")
    both.agree(
        *writes(path, *(("set_alarm", number) for number in numbers), ("set_alarm", b"x")),
        *writes(path, ("por", b"0"), ("por", b"1")),
        but=(ALARM_OF_SWITCHES, POWER_ON, POWER_ON_CLEARED),
    )
    theirs, ours = both.chips(0x1C, DS28E04)
    assert ours.memory[SELECT:] == bytes((0, 0, 0xC0))
    theirs.memory[SELECT:] = ours.memory[SELECT:]


# The DS1977, which 3.2p4 cannot read


def test_ds1977_is_read_by_ours_only(both: Twins) -> None:
    path = both.device(0x37)
    both.agree(read(f"{path}/type"), ask(DIRALL, path), ask(DIRALL, f"{path}/set_password"))
    both.agree(
        *reads(path, "pages/page.1", "set_password/enabled", "version"),
        read(f"{path}/memory", size=100, offset=60),
        read(f"{path}/pages/page.1", size=10, offset=60),
        read(f"{path}/pages/page.511"),
        *reads(path, "set_password/read", "set_password/full", "use_password/full"),
        but=(LOCKER_READ, LOCKER_VERSION),
    )
    (case,) = both.ask([read(f"{path}/pages/page.1")])
    assert case.ours.text == bytes(range(64, 128))


def test_ds1977_is_written_the_same(both: Twins) -> None:
    path = both.device(0x37)
    cases = both.agree(
        write(f"{path}/memory", b"hello", offset=60),
        write(f"{path}/pages/page.3", bytes(64)),
        write(f"{path}/pages/page.510", b"end", offset=62),
        write(f"{path}/pages/page.ALL", b"short"),
        write(f"{path}/memory", b"x", offset=32704),
        write(f"{path}/version", b"1"),
    )
    assert too_dear(cases) == []
    theirs, ours = both.chips(0x37, DS1977)
    assert ours.memory == theirs.memory
    assert ours.memory[60:65] == b"hello"


def test_passwords_of_a_ds1977(both: Twins) -> None:
    path = both.device(0x37)
    both.agree(
        write(f"{path}/set_password/read", b"readonly"),
        write(f"{path}/set_password/full", b"anything and more"),
        *(
            write(f"{path}/{kind}_password/{name}", b"short")
            for kind in ("set", "use")
            for name in ("read", "full")
        ),
        write(f"{path}/set_password/enabled", b"x"),
    )
    theirs, ours = both.chips(0x37, DS1977)
    assert ours.memory == theirs.memory
    assert ours.memory[READ_PASSWORD:CONTROL] == b"readonlyanything"
    both.agree(write(f"{path}/set_password/enabled", b"1"))
    assert (theirs.memory[CONTROL], ours.memory[CONTROL]) == (0, 0xAA), "3.2p4 has it inverted"
    theirs.memory[CONTROL] = 0xAA
    both.agree(
        write(f"{path}/use_password/read", b"readonly"),
        write(f"{path}/use_password/full", b"anything"),
        write(f"{path}/memory", b"yes"),
        read(f"{path}/memory", size=10),
        but=(LOCKER_PASSWORD, LOCKER_READ),
    )
    assert theirs.memory[:3] == bytes(range(3))
    assert ours.memory[:3] == b"yes"
    both.agree(write(f"{path}/use_password/full", b"mistaken"), write(f"{path}/memory", b"no"))
    assert ours.memory[:3] == b"yes"
    both.agree(
        write(f"{path}/use_password/full", b"anything"),
        write(f"{path}/set_password/enabled", b"0"),
        read(f"{path}/set_password/enabled"),
        but=(LOCKER_PASSWORD, LOCKER_READ),
    )
    assert ours.memory[CONTROL] == 0
