"""How the right family is found, and what its tables say without any chip."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from owfs_py.bus.chip import Chip
from owfs_py.bus.errors import InvalidValueError, WrongModelError
from owfs_py.bus.families import catalog, find_family, find_table, tables
from owfs_py.bus.families.__main__ import page
from owfs_py.bus.families.notation import on_model, unsigned
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.properties import Property, Visible
from owfs_py.bus.rom import RomId
from owfs_py.bus.wired import WiredBus
from tests.bus.bench import Bench

FAMILIES = Path(catalog.__file__).parent


def has_families(module: str) -> bool:
    """Whether a module describes families; others help with that."""
    return hasattr(import_module(f"owfs_py.bus.families.{module}"), "FAMILIES")


def test_each_module_is_registered_with_the_families_that_it_has() -> None:
    modules = [path.stem for path in FAMILIES.glob("[!_]*.py")]
    found = {
        name: sorted(
            family.code for family in import_module(f"owfs_py.bus.families.{name}").FAMILIES
        )
        for name in filter(has_families, modules)
    }
    assert found == {name: sorted(codes) for name, codes in catalog._MODULES.items()}


def test_meeting_a_family_imports_only_its_own_module() -> None:
    program = (
        "import sys; from owfs_py.bus.families import family_names, find_family\n"
        "family_names(); find_family(0x29)\n"
        "print(*(n for n in sys.modules if n.startswith('owfs_py.bus.families.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert set(filter(has_families, loaded)) == {"ds2408"}


@pytest.mark.parametrize(
    ("code", "type"),
    [(0x28, "DS18B20"), (0xA8, "DS18B20"), (0x88, "DS1992"), (0xA1, "DS1921"), (0x81, "DS1420")],
)
def test_an_unknown_code_is_taken_for_the_one_with_bit_7_flipped(code: int, type: str) -> None:
    assert find_family(code).type == type


def test_a_code_that_nobody_knows_is_in_no_table() -> None:
    assert find_family(0x99) is catalog.GENERIC
    assert find_table("99") is None


def test_names_within_a_family_are_used_once() -> None:
    for family in tables():
        names = [prop.name for prop in family.properties]
        assert len(names) == len(set(names)), family.type


def read(path: str, *more: str) -> list[object]:
    """The values of properties of a device that is not there: no bus is needed for them."""
    bench = Bench("01")

    async def test(onewire: OneWire) -> list[object]:
        before = bench.wire.counts.resets
        values = [await onewire.read_value(f"/bus.0/{each}") for each in (path, *more)]
        assert bench.wire.counts.resets == before
        return values

    return bench.run(test)


def test_the_example_slave_needs_no_chip() -> None:
    device = "DD.000000000000"
    assert read(
        f"{device}/read_number", f"{device}/bits.BYTE", f"{device}/extension_characters.a.bc"
    ) == [42, 42, 4]


@pytest.mark.parametrize(
    ("number", "is_prime"),
    [(1, False), (2, True), (3, True), (4, False), (9, False), (17, True), (25, False)],
)
def test_the_example_slave_knows_prime_numbers(number: int, is_prime: bool) -> None:
    assert read(f"DD.000000000000/is_index_prime.{number}") == [is_prime]


def test_no_number_below_one_may_be_prime() -> None:
    with pytest.raises(InvalidValueError):
        read("DD.000000000000/is_index_prime.0")


@pytest.mark.parametrize(
    ("serial", "version", "step", "low", "high", "bin_1"),
    [
        ("000000000000", "DS1921G-F5", 0.5, -40.0, 85.0, -38.0),
        ("00000000403C", None, None, None, None, None),
        ("000000004006", "DS1921L-F50", 0.5, -40.0, 85.0, -38.0),
        ("000000002F3B", "DS1921Z-F5", 0.125, -5.0, 26.0, -5.0),
        ("00000000204F", "DS1921H-F5", 0.125, 15.0, 46.0, 15.0),
    ],
)
def test_a_logger_s_model_is_part_of_its_rom_id(
    serial: str,
    version: str | None,
    step: float,
    low: float,
    high: float,
    bin_1: float,
) -> None:
    device = f"21.{serial}"
    temperatures = [f"{device}/about/{name}" for name in ("resolution", "templow", "temphigh")]
    if version is None:
        with pytest.raises(WrongModelError):
            read(f"{device}/about/version")
        for path in temperatures:
            with pytest.raises(InvalidValueError):
                read(path)
        return
    paths = [f"{device}/about/version", *temperatures, f"{device}/histogram/temperature.1"]
    assert read(*paths) == [version, step, low, high, bin_1]


def test_the_bins_of_a_histogram_follow_one_another() -> None:
    bins, gap, count = read(
        "21.000000000000/histogram/temperature.ALL",
        "21.000000000000/histogram/gap",
        "21.000000000000/histogram/elements",
    )
    assert isinstance(bins, list)
    assert isinstance(gap, float)
    assert len(bins) == count == 63
    assert {high - low for low, high in pairwise(bins)} == {gap}


def test_thermocouples_have_their_ranges() -> None:
    assert read("30.000000000000/typeB/range_low", "30.000000000000/typeK/range_high") == [0, 1370]


def chip_of(family: catalog.Family) -> Chip:
    bus = Bench("01").onewire.buses[0]
    assert isinstance(bus, WiredBus)
    return Chip(bus, RomId.make(family.code, bytes(6)), family, fresh=False)


@pytest.mark.parametrize(("model", "shown"), [("A", True), ("B", True), ("C", False)])
def test_a_property_is_listed_on_the_models_that_have_it(model: str, shown: bool) -> None:
    async def model_of(chip: Chip) -> str:
        return model

    prop = unsigned("value", visible=on_model("A", "B"))
    chip = chip_of(catalog.Family.make(0x7F, "test", properties=[prop], model=model_of))

    async def test(onewire: OneWire) -> object:
        assert not isinstance(prop.visible, Visible)
        return await prop.visible(chip)

    assert Bench("01").run(test) is shown


def test_what_only_some_models_have_is_not_listed_while_nobody_can_tell_them_apart() -> None:
    family = find_family(0x7E)
    unknown = replace(family, model=None)

    async def test(onewire: OneWire) -> object:
        return await on_model("EDS0068")(chip_of(unknown))

    assert Bench("01").run(test) is False


def names_in(path: str) -> list[str]:
    """The names that a listing ends in; entries of a device that is not there."""

    async def test(onewire: OneWire) -> list[str]:
        listing = await onewire.dir(f"/bus.0/{path}")
        return [entry.rpartition("/")[2] for entry in listing.entries]

    return Bench("01").run(test)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What models all devices are taken for; empty at first."""
    models: list[str] = []

    async def is_visible(self: WiredBus, prop: Property, rom: RomId) -> bool:
        return prop.visible in [on_model(name) for name in models]

    monkeypatch.setattr(WiredBus, "is_visible", is_visible)
    return models


def test_a_directory_is_listed_if_something_in_it_is(model: list[str]) -> None:
    model.append("EDS0064")
    names = names_in("7E.000000000000")
    assert [name for name in names if name.startswith("EDS")] == ["EDS0064"]
    assert "tag" in names
    assert names_in("7E.000000000000/EDS0064/threshold") == ["temp_hi", "temp_low"]


def test_directories_of_other_models_are_good_paths_and_empty(model: list[str]) -> None:
    assert "EDS0064" not in names_in("7E.000000000000")
    assert names_in("7E.000000000000/EDS0064") == []


def test_an_automation_engine_always_lists_its_eeprom(model: list[str]) -> None:
    assert "eeprom" in names_in("FC.000000000000")
    assert names_in("FC.000000000000/eeprom") == []
    assert "910" not in names_in("FC.000000000000")


def test_the_page_of_families_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "families.md").read_text()
    assert written == page(tables()), "python -m owfs_py.bus.families > docs/families.md"


@pytest.mark.parametrize("family", tables(), ids=lambda family: family.name)
def test_whatever_may_be_read_or_written_can_be(family: catalog.Family) -> None:
    missing = [
        prop.name
        for prop in family.properties
        if ("r" in prop.access and prop.read is None) or ("w" in prop.access and prop.write is None)
    ]
    assert missing == []
