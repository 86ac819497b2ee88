"""/system: the program, its buses and its process."""

from __future__ import annotations

import os

import pytest

from owfs_py.bus.errors import InvalidValueError, NotSupportedError
from owfs_py.bus.host import Host
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.view import View
from tests.bus.bench import Bench


def test_it_passes_for_the_owserver_whose_place_it_takes() -> None:
    async def test(ow: OneWire) -> None:
        assert (await ow.read("/system/configuration/version")).data == b"3.2p4"

    Bench("28").run(test)


def test_what_the_program_around_the_library_tells() -> None:
    async def test(ow: OneWire) -> None:
        async def number(path: str) -> int:
            return int((await ow.read(f"/system/{path}")).data)

        assert await number("connections/count_current_buses") == 2
        assert await number("connections/count_outbound_connections") == 0
        assert await number("process/pid") == os.getpid()
        assert (await ow.read("/system/process/pidfile")).data == b""
        assert await number("configuration/USB") == 0
        ow.host = Host(pid_file="/run/owserver.pid", listen_sockets=3, features=frozenset({"USB"}))
        assert await number("connections/count_outbound_connections") == 3
        assert (await ow.read("/system/process/pidfile")).data == b"/run/owserver.pid"
        assert await number("configuration/USB") == 1
        assert await number("configuration/i2c") == 0
        assert await number("configuration/DebugInfo") == 1

    Bench("28", "10").run(test)


def test_trim_is_that_of_the_request() -> None:
    async def test(ow: OneWire) -> None:
        path = "/system/configuration/trim"
        assert (await ow.read(path)).data == b"0"
        assert (await ow.read(path, view=View(trim=True))).data == b"1"

    Bench("28").run(test)


def test_nothing_can_be_written() -> None:
    async def test(ow: OneWire) -> None:
        for path, data, error in (
            ("configuration/version", b"x", NotSupportedError),
            ("process/pid", b"1", NotSupportedError),
            ("process/pid", b"x", InvalidValueError),
        ):
            with pytest.raises(error):
                await ow.write(f"/system/{path}", data)

    Bench("28").run(test)
