"""/structure and the listings of devices: row by row what owserver 3.2p4 has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from owfs_py.bus.errors import PathError
from owfs_py.bus.families import family_names, find_family, find_table, tables
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.properties import Property, Visible
from owfs_py.ownet.sync import SyncClient, connect
from tests.bus.bench import Bench
from tests.interop.realserver import RealOwserver

T = TypeVar("T")

RECORDED = Path(__file__).parents[2] / "data" / "structure-3.2p4.tsv"
"""All answers of owserver 3.2p4 in the order of its listings: path, tab, row."""

TABLES = [*family_names(), "simultaneous", "thermostat"]


def recorded_rows(table: str) -> dict[str, str]:
    lines = RECORDED.read_text().splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {path: row for path, row in pairs if path.startswith(f"/structure/{table}/")}


def recorded_listings(table: str) -> dict[str, list[str]]:
    """The entries of each directory of a table, in the order in which the rows have them."""
    found: dict[str, dict[str, None]] = {}
    for path in recorded_rows(table):
        words = path.split("/")
        for depth in range(3, len(words)):
            found.setdefault("/".join(words[:depth]), {})["/".join(words[: depth + 1])] = None
    return {directory: list(entries) for directory, entries in found.items()}


def ask(test: Callable[[OneWire], Awaitable[T]]) -> T:
    """Do `test` with a OneWire without any bus."""

    async def main() -> T:
        async with OneWire() as onewire:
            return await test(onewire)

    return asyncio.run(main())


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_answered_as_recorded(table: str) -> None:
    recorded = recorded_rows(table)

    async def test(onewire: OneWire) -> dict[str, str]:
        return {path: (await onewire.read(path)).data.decode() for path in recorded}

    assert recorded
    assert ask(test) == recorded


@pytest.mark.parametrize("table", TABLES)
def test_every_listing_has_the_recorded_entries_in_their_order(table: str) -> None:
    recorded = recorded_listings(table)

    async def test(onewire: OneWire) -> dict[str, list[str]]:
        return {path: (await onewire.dir(path)).entries for path in recorded}

    assert ask(test) == recorded


@pytest.fixture(scope="module")
def real() -> Iterator[SyncClient]:
    """The real owserver with one simulated device of each family."""
    with (
        RealOwserver([f"--tester={','.join(family_names())}"]) as server,
        connect(server.address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def devices(real: SyncClient) -> dict[str, str]:
    """The path of each of these devices, by family."""
    found = [path for path in real.dir("/") if path[3:4] == "."]
    assert [path[1:3] for path in found] == family_names()
    return {path[1:3]: path for path in found}


def walk(client: SyncClient, top: str) -> Iterator[tuple[str, list[str]]]:
    """All directories from `top` on with their entries, directories marked by a slash."""
    entries = client.dir(top, slash=True)
    yield top, entries
    for entry in entries:
        if entry.endswith("/") and entry.count("/") > top.count("/"):
            name = entry.rstrip("/")
            if not name.endswith(("/main", "/aux")):  # branches of the bus, not directories
                yield from walk(client, name)


def test_all_listings_of_structure_are_those_of_the_real_owserver(real: SyncClient) -> None:
    expected = dict(walk(real, "/structure"))

    async def test(onewire: OneWire) -> dict[str, list[str]]:
        return {path: (await onewire.dir(path, slash=True)).entries for path in expected}

    assert len(expected) > len(TABLES)
    assert ask(test) == expected


def hidden() -> list[str]:
    """The rows of what is in no listing: those of owserver and its one name with a blank."""
    return [
        f"/structure/{table.name}/{prop.name}{prop.extensions()[0]}"
        for table in tables()
        for prop in table.properties
        if prop.visible is Visible.HIDDEN and prop.name != "EDS0067/threshold/light_hi"
    ]


def test_hidden_properties_have_the_rows_of_the_real_owserver(real: SyncClient) -> None:
    expected = {path: real.read(path).decode() for path in hidden()}

    async def test(onewire: OneWire) -> dict[str, str]:
        return {path: (await onewire.read(path)).data.decode() for path in expected}

    assert len(expected) > len(TABLES)  # `present` of every family is one of them
    assert ask(test) == expected


def is_conditional(prop: Property) -> bool:
    return not isinstance(prop.visible, Visible)


@pytest.mark.parametrize("table", family_names())
def test_a_device_lists_what_it_does_in_the_real_owserver(
    table: str, real: SyncClient, devices: dict[str, str]
) -> None:
    # A simulated device's model is whatever its random memory says: leave that to other tests.
    family = find_table(table)
    assert family is not None
    top = f"/bus.0{devices[table]}"
    by_model = {f"{top}/{prop.name}" for prop in family.properties if is_conditional(prop)}

    def common(listing: list[str]) -> list[str]:
        def depends(entry: str) -> bool:
            name = entry.rstrip("/")
            return any(
                path == name.rpartition(".")[0] or path == name or path.startswith(f"{name}/")
                for path in by_model
            )

        return [entry for entry in listing if not depends(entry)]

    expected = {path: common(entries) for path, entries in walk(real, top)}

    async def test(onewire: OneWire) -> dict[str, list[str]]:
        return {path: common((await onewire.dir(path, slash=True)).entries) for path in expected}

    assert Bench("01").run(test) == expected


def test_types_are_those_of_the_real_owserver(real: SyncClient, devices: dict[str, str]) -> None:
    # Hobby Boards' devices tell their type themselves.
    told = {family.name: family.type for family in tables() if family.name not in ("EE", "EF")}
    assert told == {name: real.read(f"{devices[name]}/type").decode() for name in told}


BUSES = 16
"""Simulated buses that one owserver surely bears; from some number on it dies at its start."""


@pytest.mark.parametrize("first", range(0, len(family_names()), BUSES))
def test_features_are_those_of_the_real_owserver(first: int) -> None:
    # The flags of a listing are those of all its devices: each family needs a bus of its own.
    names = family_names()[first : first + BUSES]
    with (
        RealOwserver([f"--tester={name}" for name in names]) as server,
        connect(server.address) as client,
    ):
        flags = {name: client.listing(f"/bus.{number}").flags for number, name in enumerate(names)}
    assert {name: int(find_family(int(name, 16)).features) for name in names} == flags


@pytest.mark.parametrize(
    "path",
    [
        "/structure/28/",
        "/structure/2d",
        "/structure/0x1",
        "/structure/281",
        "/structure/00",
        "/structure/88",
        "/structure/DD/extension_characters",
        "/structure/DD/is_index_prime",
        "/structure/12/PIO.C",
        "/structure/12/PIO.0",
        "/structure/12/PIO",
        "/structure/29/PIO.A",
        "/structure/29/PIO.8",
        "/structure/12/memory.0",
        "/structure/7E/EDS0067/threshold/light_hi  ",
    ],
)
def test_paths_are_as_good_or_bad_as_in_the_real_owserver(path: str, real: SyncClient) -> None:
    def is_good(present: Callable[[], object]) -> bool:
        try:
            present()
        except PathError:
            return False
        return True

    ours = is_good(lambda: ask(lambda onewire: onewire.present(path)))
    assert ours == is_good(lambda: real.present(path))


def test_an_index_that_is_not_listed_has_a_row_too() -> None:
    async def test(onewire: OneWire) -> list[bytes]:
        paths = ("20/volt.C", "DD/is_index_prime.17", "DD/extension_characters.a.b")
        return [(await onewire.read(f"/structure/{path}")).data for path in paths]

    assert ask(test) == [
        b"f,000002,000004,ro,000012,v,",
        b"y,000017,000000,ro,000001,v,",
        b"u,000000,-000001,ro,000012,v,",
    ]
