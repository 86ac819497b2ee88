"""The daemon around OneWire and Server: what options make of it, and its configuration files."""

import asyncio
import logging
import os
import signal
import threading

import pytest

from owfs_py.bus.masters.emulated import Emulated
from owfs_py.bus.rom import RomFormat
from owfs_py.bus.view import PressureScale, TemperatureScale, View
from owfs_py.ownet.client import OwnetClient
from owfs_py.ownet.messages import HEADER
from owfs_py.server import configwatch, zeroconf
from owfs_py.server import daemon as daemons
from owfs_py.server.commandline import read_command_line
from owfs_py.server.daemon import Daemon, connections_for
from owfs_py.server.lifecycle import StartError
from owfs_py.server.options import Options
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import run
from tests.server.test_lifecycle import until

SENSOR, OTHER = "/28.000028D70000", "/10.000010EF0000"
SENSOR_OF_SECOND = "/28.010028D70000"
"""On an emulated bus that is the second one."""


def options(line):
    return read_command_line(["--nozero", "--port=127.0.0.1:0", *line.split()])


async def devices(daemon):
    async with OwnetClient("127.0.0.1", daemon._server.port) as client:
        return [name for name in await client.dir("/") if "." in name and "bus." not in name]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setattr(configwatch, "INTERVAL", 0.005)
    path = tmp_path / "owfs.conf"
    path.write_text("server: emulate = 28\n")
    return path


def daemon_of(config):
    def read():
        return options(f"-c {config}")

    return Daemon(read(), read_again=read)


def test_a_changed_configuration_file_makes_another_daemon(config):
    async def main():
        daemon = daemon_of(config)
        await daemon.start()
        before = await devices(daemon)
        config.write_text("server: emulate = 10\n")
        async with asyncio.timeout(10):
            await daemon.outdated()
        other = await daemon.reload()
        await daemon.stop()
        await other.start()
        after = await devices(other)
        assert await other.reload() is None
        await other.stop()
        return before, after

    assert asyncio.run(main()) == ([SENSOR], [OTHER])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("device = /nosuch\nformat = nonsense\n", "unknown format 'nonsense'"),
        ("# everything was deleted\n", "No valid 1-wire buses found"),
        (None, "cannot read configuration file"),
    ],
)
def test_a_wrong_configuration_file_changes_nothing(config, caplog, text, complaint):
    async def main():
        daemon = daemon_of(config)
        await daemon.start()
        if text is None:
            config.unlink()
        else:
            config.write_text(text)
        assert await daemon.reload() is None
        found = await devices(daemon)
        await daemon.stop()
        return found

    assert asyncio.run(main()) == [SENSOR]
    assert complaint in caplog.text
    assert "everything stays as it was" in caplog.text


def test_hangup_looks_at_the_configuration_file_at_once(tmp_path):
    config = tmp_path / "owfs.conf"
    config.write_text("emulate = 28\n")
    with OurDaemon(["-c", str(config), f"--pid_file={tmp_path}/pid"]) as daemon:
        pid = int((tmp_path / "pid").read_text())
        assert SENSOR in run(["owdir", "-s", daemon.address]).split()
        config.write_text("emulate = 10\nerror_level = 1\n")
        os.kill(pid, signal.SIGHUP)
        until(lambda: "reloaded" in daemon.log)
        until(lambda: daemon.log.count("listening on") == 1)
        listing = run(["owdir", "-s", daemon.address]).split()
        assert OTHER in listing
        assert SENSOR not in listing
        assert int((tmp_path / "pid").read_text()) == pid
        assert daemon.stop() == 0


def test_scales_and_forms_are_those_of_requests_that_do_not_say():
    daemon = Daemon(options("--tester=28 -K --psi --format=fic --trim"))
    wanted = View(TemperatureScale.KELVIN, PressureScale.PSI, RomFormat.FIC, True)
    assert daemon._onewire.view == wanted


@pytest.mark.parametrize(
    ("line", "logged"),
    [("", False), ("--error_level=1", False), ("--error_level=2", True), ("--detail=28", True)],
)
def test_when_requests_are_logged_no_answer_is_kept_ready(line, logged, caplog):
    caplog.set_level(logging.DEBUG, "owfs_py.requests")
    caplog.set_level(logging.DEBUG, "owfs_py.server.requestlog")

    async def main():
        daemon = Daemon(options(f"--emulate=28 {line}"))
        await daemon.start()
        async with OwnetClient("127.0.0.1", daemon._server.port) as client:
            for _ in range(3):
                await client.read(f"{SENSOR}/type")
        await daemon.stop()

    asyncio.run(main())
    lines = [r for r in caplog.records if f"read {SENSOR}/type" in r.getMessage()]
    assert len(lines) == (3 if logged else 0)


def test_traffic_and_locks_are_in_the_log(tmp_path):
    with OurDaemon(["--emulate=28", "--traffic", "--locks"]) as daemon:
        run(["owread", "-s", daemon.address, f"/uncached{SENSOR}/temphigh"])
        assert daemon.stop() == 0
        log = daemon.log
    assert "owserver: debug: bus.0: taken; 0 more are waiting\n" in log
    assert "owserver: debug: bus.0: given back after " in log
    assert "owserver: debug: emulate://28: transact 55 28 00 00 28 D7 00 00 11 BE FF" in log


def test_autoserver_needs_the_package_that_finds_servers(monkeypatch):
    monkeypatch.setattr(zeroconf, "find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"option --autoserver: .*pip install 'owfs_py\[zeroconf"):
        Daemon(options("--tester=28 --autoserver"))


def test_no_bus_at_all_cannot_be_met():
    with pytest.raises(StartError, match="No valid 1-wire buses found"):
        Daemon(Options())


def test_an_adapter_that_does_not_answer_keeps_no_client_of_the_others_waiting(monkeypatch):
    monkeypatch.setattr(daemons, "PATIENCE", 0.01)
    silent, open_emulated = threading.Event(), Emulated.open

    def open_slowly(self):
        assert silent.wait(10), "nobody was served meanwhile"
        open_emulated(self)

    monkeypatch.setattr(Emulated, "open", open_slowly)

    async def main():
        daemon = Daemon(options("--tester=22 --emulate=28"))
        await daemon.start()
        assert [name[:4] for name in await devices(daemon)] == ["/22."]
        silent.set()
        async with asyncio.timeout(10):
            while SENSOR_OF_SECOND not in await devices(daemon):
                pass  # it is being opened
        await daemon.stop()

    asyncio.run(main())


@pytest.mark.parametrize(("files", "connections"), [(0, 0), (64, 32), (100, 50), (1024, 960)])
def test_some_files_are_kept_for_other_things_than_connections(files, connections):
    assert connections_for(files) == connections


@pytest.mark.parametrize(("line", "bit"), [("", 0), ("--safemode", 0x10)])
def test_safemode_is_told_to_other_servers(line, bit):
    async def main():
        flags = asyncio.get_running_loop().create_future()

        async def upstream(reader, writer):
            header = HEADER.unpack(await reader.readexactly(HEADER.size))
            flags.set_result(header[3])
            writer.close()

        async with await asyncio.start_server(upstream, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            daemon = Daemon(options(f"-s 127.0.0.1:{port} {line}"))
            starting = asyncio.ensure_future(daemon.start())
            sent = await asyncio.wait_for(flags, 10)
            await starting
            await daemon.stop()
        return sent & 0x10

    assert asyncio.run(main()) == bit
