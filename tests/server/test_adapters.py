"""docs/adapters.md is what drivers and options say."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from unittest import mock

import pytest

from owfs_py.bus.masters import built_in
from owfs_py.server import adapters
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import NOT_YET, BusKind, OptionError
from owfs_py.server.optiontable import ALL_OPTIONS

ROOT = Path(__file__).parents[2]
PAGE = adapters.page()
PARPORT_MAJOR = 99


def row(url: str) -> list[str]:
    """The cells of the adapter with this URL."""
    (line,) = (line for line in PAGE.splitlines() if f"| `{url}` |" in line)
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "adapters.md").read_text() == PAGE, (
        "python -m owfs_py.server.adapters > docs/adapters.md"
    )


def test_every_driver_is_there_once() -> None:
    urls = re.findall(r"\| `(\w+)://[^`]*` \|", PAGE)
    drivers = built_in()
    assert sorted(drivers[kind].__name__ for kind in urls) == sorted(
        {driver.__name__ for driver in drivers.values()}
    )


def test_every_option_that_adds_a_bus_is_there_once() -> None:
    for option in ALL_OPTIONS:
        if option.kind is not None:
            shown = re.findall(rf"`(?:-\w, )?--{option.names[0]}[\[=`]", PAGE)
            assert len(shown) == 1, option.names


def test_a_driver_that_exists_is_not_called_missing() -> None:
    assert {kind.value.lower() for kind in NOT_YET} & set(built_in()) == set()


@pytest.mark.parametrize("kind", NOT_YET)
def test_what_is_refused_is_told_with_what_asks_for_it(kind: BusKind) -> None:
    (words,) = re.findall(rf"\| `(.*)` \| {re.escape(NOT_YET[kind])} \|", PAGE)
    port = mock.Mock(st_mode=stat.S_IFCHR, st_rdev=os.makedev(PARPORT_MAJOR, 0))
    with (
        mock.patch.object(os, "stat", return_value=port),
        pytest.raises(OptionError, match=re.escape(NOT_YET[kind])),
    ):
        read_command_line(words.split())


def test_what_an_adapter_can_do() -> None:
    assert row("usb://1:4")[3:] == ["`usb`", "✓", "✓", "✓", "✓", "✓"]
    assert row("ds9097:///dev/ttyUSB0")[3:] == ["", "", "", "", "✓", "✓"]
    assert row("ha7net://HOST:PORT")[3:] == [""] * 6


def test_the_extras_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {row("usb://1:4")[3], row("ds2482:///dev/i2c-1:0")[3]}
    assert extras == {"`usb`", "`i2c`"}
    assert {extra.strip("`") for extra in extras} <= set(project["optional-dependencies"])


def test_a_driver_that_nobody_named_describes_itself() -> None:
    class Other(built_in()["ds9097"]):  # type: ignore[misc]  # the class is found at run time
        """A box with
        a wire. It has more to it.

        And more.
        """

    assert adapters._row(Other, ["other"]).startswith("| A box with a wire |")
