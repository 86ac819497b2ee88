"""Aliases that clients give survive a restart, if that is asked for."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.rom import RomId
from owfs_py.server.aliasstore import AliasStore
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import run

KITCHEN, CELLAR = (RomId.make(0x28, bytes([number] * 6)) for number in (1, 2))


def test_the_file_follows_every_change(tmp_path: Path) -> None:
    path = tmp_path / "names"

    async def main() -> None:
        aliases = Aliases()
        aliases.assign(KITCHEN, "kitchen")
        store = AliasStore(str(path), aliases)
        store.start()
        await store.stop()
        assert not path.exists()  # nothing has changed
        store.start()
        aliases.assign(CELLAR, "cellar")
        aliases.assign(KITCHEN, "")
        await store.stop()
        assert path.read_text() == f"{CELLAR} = cellar\n"

    asyncio.run(main())


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        aliases = Aliases()
        store = AliasStore(str(tmp_path / "nowhere" / "names"), aliases)
        store.start()
        aliases.assign(CELLAR, "cellar")
        await store.stop()

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    assert "aliases are not saved" in caplog.text


def test_names_outlive_the_daemon(tmp_path: Path) -> None:
    options = ["--emulate=28", f"--save_aliases={tmp_path / 'names'}"]
    with OurDaemon(options) as daemon:
        run(["owwrite", "-s", daemon.address, "/28.000028D70000/alias", "kitchen"])
    with OurDaemon(options) as daemon:
        assert run(["owread", "-s", daemon.address, "/kitchen/type"]) == "DS18B20"
