"""A daemon goes on serving while what a changed configuration file asks for is being made."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from owfs_py.bus.onewire import OneWire
from owfs_py.ownet.client import OwnetClient
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.daemon import Daemon
from owfs_py.server.options import BusKind, Options

PATIENCE = 10.0


def test_looking_for_adapters_keeps_no_client_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text("tester = 28\n")
    looking, served = threading.Event(), threading.Event()

    def look(options: Options, *more: Any) -> OneWire:
        if options.buses[0].kind is BusKind.MOCK:
            looking.set()
            assert served.wait(PATIENCE), "nobody was served meanwhile"
        return build_onewire(options, *more)

    monkeypatch.setattr("owfs_py.server.daemon.build_onewire", look)

    def read() -> Options:
        return read_command_line(["--nozero", "--port=127.0.0.1:0", "-c", str(config)])

    async def main() -> Daemon | None:
        daemon = Daemon(read(), read_again=read)
        await daemon.start()
        config.write_text("mock = 10\n")
        reloading = asyncio.create_task(daemon.reload())
        assert await asyncio.to_thread(looking.wait, PATIENCE)
        async with OwnetClient("127.0.0.1", daemon._server.port) as client:
            assert await client.dir("/") == ["/28.000028D70000"]
        assert not reloading.done()
        served.set()
        other = await reloading
        await daemon.stop()
        return other

    other = asyncio.run(main())
    assert other is not None
    assert [bus.address for bus in other._onewire.buses.values()] == ["mock.0"]
