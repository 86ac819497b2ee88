"""Clients that others wrote, against this server: pyownet, and the programs of ow-shell."""

import asyncio
import subprocess
import threading

import pyownet.protocol
import pytest
import uvloop

from owfs_py.server.server import Server
from owfs_py.server.settings import ServerSettings

SENSOR = "/28.000028D70000"
TEMPERATURE = f"{SENSOR}/temperature"


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def serving(request, fake):
    """The port of a server of `fake` that runs in a thread, on real time."""
    started, settings = threading.Event(), ServerSettings(listen=("127.0.0.1:0",))
    state = {}

    async def main():
        async with Server(fake, settings) as server:
            state.update(port=server.port, loop=asyncio.get_running_loop(), end=asyncio.Event())
            started.set()
            await state["end"].wait()

    def run():
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(main())

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(5)
    yield state["port"]
    state["loop"].call_soon_threadsafe(state["end"].set)
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture(params=[False, True], ids=["one-shot", "persistent"])
def proxy(request, serving):
    return pyownet.protocol.proxy("127.0.0.1", serving, persistent=request.param)


def test_pyownet_reads_writes_and_lists(proxy, fake):
    assert proxy.read(TEMPERATURE) == b"           4"
    assert proxy.dir("/", slash=False, bus=False) == [SENSOR, "/settings"]
    assert proxy.dir("/", slash=True) == [f"{SENSOR}/", "/settings"]
    assert proxy.dir("/alarm") == []
    assert proxy.present(SENSOR) is True
    assert proxy.present("/nothing") is False
    proxy.ping()
    proxy.write(TEMPERATURE, b"12")
    assert fake.values[TEMPERATURE] == b"12"


def test_pyownet_gets_errors(proxy):
    with pytest.raises(pyownet.protocol.OwnetError) as caught:
        proxy.read("/nothing")
    assert caught.value.errno == 1


def test_pyownet_waits_through_keep_alives(serving, fake):
    fake.delays[TEMPERATURE] = 1.2
    proxy = pyownet.protocol.proxy("127.0.0.1", serving)
    assert proxy.read(TEMPERATURE, timeout=5) == b"           4"


def shell(program, port, *args):
    return subprocess.run(
        [program, "-s", f"127.0.0.1:{port}", *args], capture_output=True, timeout=20, check=False
    )


def test_ow_shell_programs(serving, fake):
    assert shell("owread", serving, TEMPERATURE).stdout == b"           4"
    assert shell("owread", serving, "/nothing").returncode != 0
    assert shell("owdir", serving, "/").stdout.split() == [SENSOR.encode(), b"/settings"]
    assert shell("owdir", serving, "--dir", "/").stdout.split()[0] == SENSOR.encode() + b"/"
    assert shell("owget", serving, TEMPERATURE).stdout == b"           4"
    assert shell("owget", serving, "/").stdout.split() == [SENSOR.encode(), b"/settings"]
    assert shell("owpresent", serving, SENSOR).stdout.strip() == b"1"
    assert shell("owpresent", serving, "/nothing").stdout.strip() == b"0"
    assert shell("owwrite", serving, TEMPERATURE, "21.5").returncode == 0
    assert fake.values[TEMPERATURE] == b"21.5"
