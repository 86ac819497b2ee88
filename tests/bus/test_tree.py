"""The grammar of paths, after owserver 3.2p4's answers to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owfs_py.bus.errors import PathError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import Scope
from tests.bus.bench import Bench

ROM = RomId.parse("28.000028D70000")


@pytest.fixture(scope="module")
def onewire() -> OneWire:
    bench = Bench("28")
    bench.onewire.aliases.assign(ROM, "kitchen")
    return bench.onewire


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/uncached/",
        "/bus.0/",
        "/bus.00",
        "/BUS.0",
        "/uncached/bus.0/alarm",
        "/bus.0/uncached/alarm",
        "/text/uncached/json/unaliased",
        "/alarm/uncached",
        "/simultaneous",
        "/alarm/simultaneous",
        "/structure",
        "/structure/28",
        "/structure/28/errata",
    ],
)
def test_directories(onewire: OneWire, path: str) -> None:
    node = onewire.paths.parse(path)
    assert node.is_directory
    assert node.path == "/" + path.strip("/") if path.strip("/") else node.path == ""


@pytest.mark.parametrize(
    "word",
    [
        "28.000028D70000",
        "28000028D70000",
        "28.000028D70000.11",
        "28.000028D7000011",
        "28000028D7000011",
        "28000028D70000.11",
        "28.000028D70000.",
        "28.000028d70000",
        "kitchen",
    ],
)
def test_every_form_of_a_device(onewire: OneWire, word: str) -> None:
    for prefix in ("", "/uncached", "/alarm", "/bus.0", "/uncached/bus.0/alarm", "/alarm/text"):
        node = onewire.paths.parse(f"{prefix}/{word}/temperature")
        assert node.rom == ROM
        assert node.prop is not None
        assert node.uncached is ("uncached" in prefix)
        assert node.alarm is ("alarm" in prefix)
        assert node.bus == (0 if "bus" in prefix else None)


@pytest.mark.parametrize(
    "path",
    [
        "//",
        "//28.000028D70000",
        "/28.000028D70000//type",
        "/28.000028D70000/temperature/",
        "/28.000028D70000/temperature/x",
        "/28.000028D70000/Temperature",
        "/28.000028D70000/temperature.0",
        "/28.000028D70000/uncached/temperature",
        "/28.000028D70000.12",
        "/28",
        "/28.000028D7000",
        "/Kitchen",
        "/bus.1",
        "/bus.",
        "/bus.-1",
        "/bus.+0",
        "/bus.0x",
        "/bus.0/bus.0",
        "/bus.0/settings",
        "/alarm/alarm",
        "/alarm/bus.0",
        "/alarm/settings",
        "/interface",
        "/structure/ZZ",
        "/structure/28/nothing",
        "/uncachedfoo",
        "/alarmxyz",
        "/simultaneous/uncached",
        "/" + "x" * 5000,
    ],
)
def test_bad_paths(onewire: OneWire, path: str) -> None:
    with pytest.raises(PathError):
        onewire.paths.parse(path)


def test_structure_has_the_properties_of_a_family(onewire: OneWire) -> None:
    node = onewire.paths.parse("/structure/28/errata/trim")
    assert node.scope is Scope.STRUCTURE
    assert node.prop is not None
    assert node.prop.name == "errata/trim"


@given(st.text(max_size=60))
def test_any_text_is_a_node_or_a_path_error(onewire: OneWire, path: str) -> None:
    try:
        onewire.paths.parse(path)
    except PathError:
        pass
    else:
        assert "//" not in path
