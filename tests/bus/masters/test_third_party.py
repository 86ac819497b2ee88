"""A bus master in somebody else's package, installed by pip, is found and works."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters import master_kinds, open_master
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import WiredBus
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line

SOURCE = Path(__file__).parents[2] / "data" / "third_party_master"
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which pip has installed the package."""
    source = tmp_path_factory.mktemp("source") / "package"
    target = tmp_path_factory.mktemp("installed")
    shutil.copytree(SOURCE, source)  # the build leaves files there
    subprocess.run(
        [*PIP, "--no-build-isolation", "--target", str(target), str(source)],
        check=True,
        timeout=50,
    )
    return target


@pytest.fixture(autouse=True)
def _on_the_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(installed)
    yield
    sys.modules.pop("breadboard_master", None)


def test_its_kind_is_known() -> None:
    assert "breadboard" in master_kinds()


def test_options_are_its_own() -> None:
    with pytest.raises(BusNotRespondingError, match="a wire is loose"):
        open_master("breadboard://28", loose=True).open()


def test_a_bus_works_with_it() -> None:
    clock = VirtualClock()

    async def main() -> list[tuple[str, bytes]]:
        async with OneWire(open_master("breadboard://28,10", clock), clock=clock) as onewire:
            entries = (await onewire.dir("/")).entries
            return [(path, (await onewire.read(f"{path}/family")).data) for path in entries[:2]]

    found = run(main(), clock)
    assert found == [("/10.000010EF0100", b"10"), ("/28.000028D70000", b"28")]


def test_the_daemon_serves_it() -> None:
    options = read_command_line(["-d", "breadboard://28"])
    assert options.notices == []  # that no such port is there
    onewire = build_onewire(options)
    (bus,) = onewire.buses.values()
    assert isinstance(bus, WiredBus)
    assert (bus.master.name, bus.master.address) == ("Breadboard", "28")

    async def listing() -> list[str]:
        async with onewire:
            return list((await onewire.dir("/")).entries)

    assert "/28.000028D70000" in asyncio.run(listing())
