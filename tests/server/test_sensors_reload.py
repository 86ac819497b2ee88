"""External sensors of a daemon: its commands run, and a changed configuration file changes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from owfs_py.ownet.client import OwnetClient
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line
from owfs_py.server.daemon import Daemon
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import Options

ROOF = "sensor: roof, house\nscript: heat, house, t, , v, echo 21.5;:\n"
WALL = "sensor: wall, house\nscript: heat, house, t, , v, echo 19.25;:\n"


def test_a_daemon_serves_the_sensors_that_its_file_declares_now(tmp_path: Path) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text(ROOF)

    def read() -> Options:
        words = ["--nozero", "--port=127.0.0.1:0", "--external", "-c", str(config)]
        return read_command_line(words)

    async def asked(daemon: Daemon, sensor: str) -> tuple[list[str], bytes]:
        async with OwnetClient("127.0.0.1", daemon._server.port) as client:
            return await client.dir("/"), await client.read(f"/{sensor}/heat")

    async def main() -> None:
        daemon = Daemon(read(), read_again=read)
        await daemon.start()
        assert await asked(daemon, "roof") == (["/roof"], b"        21.5")
        config.write_text(WALL)
        other = await daemon.reload()
        await daemon.stop()
        assert other is not None
        await other.start()
        assert await asked(other, "wall") == (["/wall"], b"       19.25")
        await other.stop()

    asyncio.run(main())


def test_a_daemon_may_have_external_sensors_only(tmp_path: Path) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text(ROOF)
    onewire = build_onewire(read_command_line(["--external", "-c", str(config)]))
    assert [bus.address for bus in onewire.buses.values()] == ["external"]


def test_why_there_is_no_bus_is_told_before_the_daemon_gives_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "owfs.conf"
    config.write_text(ROOF)
    with pytest.raises(StartError, match="No valid 1-wire buses found"):
        Daemon(read_command_line(["-c", str(config), "--external"]))
    assert any("external sensors are ignored" in message for message in caplog.messages)
