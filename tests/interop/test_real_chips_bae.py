"""owserver 3.2p4 and our daemon on equal chips: FC, property by property.

They must answer the same or as tests/differences/soft_devices.py says, and leave the
same in the chips. Ours costs more only where it reads what it wrote to an EEPROM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from owfs_py.bus.properties import Property
from owfs_py.bus.values import Kind
from tests.differences.soft_devices import (
    BAE_PAGES,
    BAE_PAGES_WRITTEN,
    BAE_RANGE,
    BAE_STRUCTURE,
    BUSY_BAE,
    EXPANDER_INPUTS,
    OFFSET_OF_NUMBER,
    ONE_CHARACTER,
    PART_OF_NUMBER,
)
from tests.interop.baebuses import (
    LARGE,
    NAMES,
    SMALL,
    STRANGER,
    chips,
    device,
    fill,
    registers,
    same_inside,
)
from tests.interop.differential import DIRALL, WRITE, ask, read, write
from tests.interop.twins import Case, Twins, prepared, too_dear, twins, writes

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("BAE0910,BAE0911,BAE0910", fill)) as found:
        for number in NAMES:
            found.agree(ask(DIRALL, device(found, number)))  # so both know what it is
        yield found


def dear(cases: Sequence[Case], more: int = 0) -> list[str]:
    """The writes that cost us more resets than them and `more`."""
    return [
        str(case)
        for case in cases
        if case.request.type == WRITE
        and case.ours.ret == case.theirs.ret == 0
        and case.our_cost.resets > case.their_cost.resets + more
    ]


COMMON = ("version", "device_version", "bootstrap_version", "localtype", "device_type",
          "chip_type", "versionstate", "typestate", "command", "firmware/function",
          "eeprom/pagecrc", "eeprom/erase.0", "generic/memory", "type")  # fmt: skip


@pytest.mark.parametrize("number", NAMES)
def test_what_all_have_is_read_the_same(both: Twins, number: int) -> None:
    path = device(both, number)
    cases = both.agree(
        ask(DIRALL, path),
        *(read(f"{way}{path}/{name}") for way in ("/uncached", "") for name in COMMON),
        *(ask(DIRALL, f"{path}/{name}") for name in ("firmware", NAMES[number])),
        read(f"{path}/generic/memory", size=50, offset=30),
        read(f"{path}/generic/memory", size=50, offset=100),
        read(f"{path}/generic/memory", size=50, offset=128),
    )
    assert too_dear(cases) == []


@pytest.mark.parametrize("number", [SMALL, LARGE])
def test_registers_are_read_the_same(both: Twins, number: int) -> None:
    path = device(both, number)
    names = [name for name, _ in registers(number, "r")]
    directories = {name.rpartition("/")[0] for name in names}
    assert len(names) > 50
    cases = both.agree(
        *(ask(DIRALL, f"{path}/{directory}") for directory in sorted(directories)),
        *(read(f"{way}{path}/{name}") for way in ("/uncached", "") for name in names),
    )
    if number == LARGE:
        cases += both.agree(
            read(f"{path}/911/user_registers/word.ALL"),
            read(f"{path}/911/pio/pull_down.ALL"),
            read(f"{path}/911/automation_engine/global_memory.64"),
            read(f"{path}/911/automation_engine/global_memory.x"),
            read(f"{path}/911/counters/count.18"),
        )
    assert too_dear(cases) == []


def some(prop: Property) -> tuple[bytes, ...]:
    """Values that fit, and some that are none."""
    if prop.kind is Kind.YESNO:
        return b"1", b"0", b"maybe", b""
    if prop.kind is Kind.DATE:
        return (b"yesterday",)
    return b"1", b"200", b"many", b""


@pytest.mark.parametrize("number", [SMALL, LARGE])
def test_registers_are_written_the_same(both: Twins, number: int) -> None:
    path = device(both, number)
    cases = both.agree(
        *(
            request
            for name, prop in registers(number, "w")
            for request in writes(path, *((name, data) for data in some(prop)))
        )
    )
    assert same_inside(both, number)
    assert dear(cases) == []
    if number == LARGE:
        both.agree(
            write(f"{path}/911/user_registers/dword.ALL", b"1,2,3,4,5,6,7,8"),
            write(f"{path}/911/user_registers/dword.ALL", b"1,2"),
            write(f"{path}/911/automation_engine/global_memory.64", b"1"),
            *writes(path, ("eeprom/pagecrc", b"300")),
        )
        assert same_inside(both, number)


def test_a_date_is_set_as_it_was_given(both: Twins) -> None:
    """3.2p4 leaves the mark of daylight saving time to chance, and may be an hour off."""
    date = b"Sun Nov 22 12:00:00 2026"
    _, case = both.ask(writes(device(both, SMALL), ("910/date", date)))
    assert (case.theirs.ret, case.ours.text) == (len(date), date)
    theirs, ours = chips(both, SMALL)
    theirs.memory[:] = ours.memory


@pytest.mark.parametrize("number", [SMALL, LARGE])
def test_numbers_that_do_not_fit_are_refused(both: Twins, number: int) -> None:
    path, (theirs, ours) = device(both, number), chips(both, number)
    before, too_large = bytes(ours.memory), 70000
    cases = both.agree(
        *(
            write(f"{path}/{name}", b"%d" % too_large)
            for name, prop in registers(number, "w")
            if prop.kind is Kind.UNSIGNED
        ),
        but=(BAE_RANGE,),
    )
    taken = [case for case in cases if case.ours.ret == 0]
    changed = [at for at, byte in enumerate(ours.memory) if byte != before[at]]
    assert len(taken) >= 5
    assert len(changed) <= 4 * len(taken)
    assert {ours.memory[at] for at in changed} <= set(too_large.to_bytes(4))
    theirs.memory[:] = ours.memory


# EEPROM


@pytest.mark.parametrize(("number", "last"), [(SMALL, 1), (LARGE, 7)])
def test_pages(both: Twins, number: int, last: int) -> None:
    path = device(both, number)
    page = f"{path}/eeprom/page.{last}"
    cases = both.agree(
        ask(DIRALL, f"{path}/eeprom"),
        read(f"{path}/eeprom/page.0"),
        read(page),
        read(page, size=40, offset=10),
        read(page, size=40, offset=500),
        read(page, size=40, offset=512),
        read(f"{path}/eeprom/page.{last + 1}"),
        read(f"{path}/eeprom/page.ALL"),
    )
    assert too_dear(cases) == []
    cases = both.agree(
        write(page, b"abc", offset=3),
        write(page, b"abc", offset=511),
        write(page, b"abc", offset=512),
        write(page, bytes(range(40)), offset=20),
        read(page),
        write(f"{path}/eeprom/page.{last + 1}", b"abc"),
        write(f"{path}/eeprom/page.ALL", b"abc"),
        write(f"{path}/eeprom/page.ALL", bytes(512 * (last + 1))),
        write(f"{path}/eeprom/erase.0", b"0"),
        write(f"{path}/eeprom/erase.0", b"maybe"),
        write(f"{path}/eeprom/erase.{last}", b"1"),
        write(f"{path}/eeprom/erase.{last + 1}", b"1"),
        write(f"{path}/eeprom/erase.ALL", b",".join([b"1", *[b"0"] * last])),
        write(f"{path}/eeprom/erase.ALL", b"1"),
    )
    assert same_inside(both, number)
    # As many blocks are read as were written.
    written = [case for case in cases if case.request.type == WRITE and case.ours.ret == 0]
    assert all(case.our_cost.resets <= 2 * case.their_cost.resets for case in written)


def test_pages_are_those_of_the_model(both: Twins) -> None:
    small, large = device(both, SMALL), device(both, LARGE)
    both.agree(
        read("/structure/FC/eeprom/page.ALL"),
        ask(DIRALL, f"{large}/eeprom"),
        read("/structure/FC/eeprom/erase.ALL"),
        ask(DIRALL, f"{small}/eeprom"),
        read(f"{large}/eeprom/page.7"),
        write(f"{large}/eeprom/page.7", b"abc"),
        write(f"{large}/eeprom/erase.2", b"1"),
        but=(BAE_STRUCTURE, BAE_PAGES, BAE_PAGES_WRITTEN),
    )
    ours = chips(both, LARGE)[1]
    assert ours.memory[7 * 512 : 7 * 512 + 3] == b"abc"
    assert ours.memory[2 * 512 : 3 * 512] == b"\xff" * 512
    chips(both, LARGE)[0].memory[:] = ours.memory
    both.agree(ask(DIRALL, f"{large}/eeprom"))


def test_the_memory_of_an_unknown_one(both: Twins) -> None:
    path = f"{device(both, STRANGER)}/generic/memory"
    both.agree(
        ask(DIRALL, f"{device(both, STRANGER)}/eeprom"),
        write(path, b"over the end of the first block", offset=20),
        read(path),
        write(path, b"the end", offset=125),
        write(path, b"behind it", offset=128),
        write(path, bytes(range(128))),
        read(path, size=10, offset=100),
    )
    assert same_inside(both, STRANGER)


# Commands


def test_commands_and_firmware(both: Twins) -> None:
    path, (_, ours) = device(both, LARGE), chips(both, LARGE)
    size = 1024
    image = bytes(4) + b"\x10\x00\x13\xff" + bytes(n * 7 % 256 for n in range(size - 8))
    cases = both.agree(
        write(f"{path}/command", b"\x01abc"),
        write(f"{path}/command", b"x" * 255),
        write(f"{path}/command", b"x" * 300),
        write(f"{path}/command", b"abc", offset=3),
        write(f"{path}/command", b""),
        write(f"{path}/firmware/function", image),
        write(f"{path}/firmware/function", image[:512]),
        write(f"{path}/firmware/function", image[512:], offset=512),
        write(f"{path}/firmware/function", image[:100]),
        write(f"{path}/firmware/function", image[:512], offset=1),
        write(f"{path}/firmware/function", image + bytes(512)),
    )
    assert ours.firmware == image
    assert same_inside(both, LARGE)
    assert dear(cases) == []
    # Of an empty image 3.2p4 takes whatever is in its memory for one, waits for hours, maybe.


def test_the_expander(both: Twins) -> None:
    path = f"{device(both, LARGE)}/911/iic/cat9554"
    for chip in chips(both, LARGE):
        chip.expander_levels = chip.expander[1]  # nothing but what was written
    cases = both.agree(
        *(
            read(f"{way}{path}/{name}")
            for way in ("", "/uncached")
            for name in ("pio", "direction")
        ),
        *writes(path, ("direction", b"0"), ("direction", b"x"), ("pio", b"5"), ("pio", b"x")),
    )
    assert too_dear(cases) == []
    assert same_inside(both, LARGE)
    both.agree(write(f"{path}/pio", b"300"), write(f"{path}/direction", b"-1"), but=(BAE_RANGE,))
    for chip in chips(both, LARGE):
        chip.expander[1:] = b"\x0f\x00\xf0"
        chip.expander_levels = 0xA5
    both.agree(
        read(f"/uncached{path}/pio"),
        read(f"/uncached{path}/direction", size=4, offset=9),
        write(f"{path}/pio", b"15", offset=1),
        but=(EXPANDER_INPUTS, PART_OF_NUMBER, OFFSET_OF_NUMBER),
    )


def test_texts(both: Twins) -> None:
    path, (theirs, ours) = f"{device(both, LARGE)}/911", chips(both, LARGE)
    cases = both.agree(
        write(f"{path}/lcd/text", b"hello\n"),
        write(f"{path}/lcd/text", b"y" * 70 + b"\n"),
        write(f"{path}/lcd/text", b"\n"),
        write(f"{path}/lcd/text", b""),
        write(f"{path}/lcd/text", b"hello\n", offset=3),
        write(f"{path}/serial/dataout", b"hello\n"),
        write(f"{path}/serial/dataout", b"z" * 40),
        write(f"{path}/serial/dataout", b"z" * 300),
        write(f"{path}/serial/dataout", b""),
        read(f"{path}/lcd/text"),
        read(f"{path}/serial/dataout"),
    )
    assert same_inside(both, LARGE)
    assert dear(cases) == []
    both.agree(write(f"{path}/lcd/text", b"A"), but=(ONE_CHARACTER,))
    both.agree(write(f"{path}/lcd/text", b"AB"))
    assert ours.lcd.endswith(b"AAB")
    assert not theirs.lcd.endswith(b"B")
    theirs.lcd[:] = ours.lcd


def test_a_busy_chip(both: Twins) -> None:
    path, (theirs, ours) = f"{device(both, LARGE)}/911/serial/dataout", chips(both, LARGE)
    for chip in (theirs, ours):
        chip.serial.clear()
        chip.busy_polls = 3
    cases = both.agree(write(path, b"A"))
    assert dear(cases) == []
    assert bytes(theirs.serial + ours.serial) == b"AA"
    for chip in (theirs, ours):
        chip.busy_polls = 7
    both.agree(write(path, b"B"), but=(BUSY_BAE,))
    assert ours.serial == b"AB"
    assert len(theirs.serial) > 10
    for chip in (theirs, ours):
        chip.busy_polls, chip.result = 0, 1
    both.agree(write(path, b"C"))
    assert ours.serial == b"ABC"
    for chip in (theirs, ours):
        chip.result = 0
        chip.serial.clear()


def test_sectors_of_a_card(both: Twins) -> None:
    path = f"{device(both, LARGE)}/911/sdcard"
    data = bytes(range(256)) * 2
    cases = both.agree(
        *writes(path, ("sector_nr", b"3"), ("sector_data", data), ("sector_nr", b"x")),
        write(f"{path}/sector_data", b"x"),
        write(f"{path}/sector_data", data + b"x"),
        write(f"{path}/sector_data", data, offset=1),
        read(f"/uncached{path}/sector_data"),
        read(f"/uncached{path}/sector_data", size=100),
        read(f"/uncached{path}/sector_data", offset=1),
        *writes(path, ("sector_nr", b"4")),
        read(f"{path}/sector_data"),
        *writes(path, ("sector_nr", b"-1")),
    )
    assert same_inside(both, LARGE)
    assert too_dear(cases) == []


def test_a_wrong_crc_is_asked_again(both: Twins) -> None:
    path = device(both, LARGE)
    for request in (
        read(f"/uncached{path}/911/analog/adc.1"),
        read(f"/uncached{path}/localtype"),
        write(f"{path}/911/pio/pio.1", b"1"),
        write(f"{path}/command", b"abc"),
    ):
        for chip in chips(both, LARGE):
            chip.spoiled_crcs = 1
        assert too_dear(both.agree(request)) == []
    assert same_inside(both, LARGE)
