"""Both clients against the real owserver 3.2p4."""

import asyncio
import subprocess
import sys

import pytest

from owfs_py import ownet
from owfs_py.bus.answers import Listing
from owfs_py.bus.errors import (
    BusNotRespondingError,
    InvalidValueError,
    IsDirectoryError,
    MessageSizeError,
    NotDirectoryError,
    NotSupportedError,
    PathError,
)
from owfs_py.bus.view import TemperatureScale, View
from owfs_py.ownet.client import OwnetClient
from tests.interop import realserver, serverprocess

TESTER = ["--tester=28,10,05"]
SENSOR = "/28.000028D70000"
DEVICES = {SENSOR, "/10.000010EF0100", "/05.000005FA0200"}


class Blocking:
    """Makes the asyncio client look like the blocking one, so that tests can use either."""

    def __init__(self, port):
        self._client = OwnetClient("127.0.0.1", port)
        self._runner = asyncio.Runner()

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda *args, **more: self._runner.run(method(*args, **more))

    def close(self):
        self._client.close()
        self._runner.close()


@pytest.fixture(scope="module")
def owserver():
    with realserver.RealOwserver(TESTER) as server:
        yield server


@pytest.fixture(params=["asyncio", "blocking"])
def client(request, owserver):
    if request.param == "asyncio":
        made = Blocking(owserver.port)
    else:
        made = ownet.connect(owserver.address)
    yield made
    made.close()


def test_nop(client):
    assert client.nop() is None


def test_read(client):
    text = client.read(f"{SENSOR}/temperature")
    assert len(text) == 12
    assert client.read(f"{SENSOR}/temperature", size=3, offset=11) == text[11:]
    assert client.read(f"{SENSOR}/temperature", offset=12) == b""
    assert client.read(f"{SENSOR}/alias") == b""
    assert client.read(f"{SENSOR}/type") == b"DS18B20"


def test_view(client):
    celsius = float(client.read(f"{SENSOR}/temperature", view=View(trim=True)))
    view = View(temperature_scale=TemperatureScale.KELVIN, trim=True)
    assert float(client.read(f"{SENSOR}/temperature", view=view)) == pytest.approx(celsius + 273.15)
    assert "/28.000028D70000.11" in client.dir("/", view=View(rom_format=2))


def test_listing(client):
    assert set(client.dir("/")) == DEVICES
    assert "/settings" in client.dir("/", view=View(bus_list=True))
    listing = client.listing("/")
    assert listing.flags == 0x8002
    assert f"{SENSOR}/errata/" in client.dir(SENSOR, slash=True)


def test_get(client):
    assert client.get(f"{SENSOR}/family") == b"28"
    listing = client.get("/")
    assert isinstance(listing, Listing)
    assert set(listing.entries) == DEVICES


def test_presence(client):
    assert client.present(SENSOR) == bytes.fromhex("28000028D7000011")
    assert client.present("/settings") == bytes(8)
    with pytest.raises(PathError):
        client.present("/28.123456789ABC")


def test_write(client):
    assert client.write(f"{SENSOR}/temphigh", b"30") == 2
    assert client.write("/settings/timeout/volatile", b"17\n") == 3
    assert int(client.read("/settings/timeout/volatile")) == 17
    with pytest.raises(PathError, match="no such path"):
        client.write("/nothing", b"1")


@pytest.mark.parametrize(
    ("error", "ask"),
    [
        (PathError, lambda c: c.read("/nothing")),
        (IsDirectoryError, lambda c: c.read(SENSOR)),
        (NotDirectoryError, lambda c: c.dir(f"{SENSOR}/type")),
        (NotSupportedError, lambda c: c.write(f"{SENSOR}/type", b"x")),
        (InvalidValueError, lambda c: c.write(f"{SENSOR}/temphigh", b"warm")),
        (MessageSizeError, lambda c: c.read(f"{SENSOR}/type", size=0)),
    ],
)
def test_errors_have_their_kind(client, error, ask):
    with pytest.raises(error):
        ask(client)
    assert client.read(f"{SENSOR}/family") == b"28"


def test_restarted_server_is_found_again_without_an_error(monkeypatch):
    with realserver.RealOwserver(TESTER) as server:
        client = ownet.connect(server.address)
        client.nop()
    with pytest.raises(BusNotRespondingError):
        client.nop()
    monkeypatch.setattr(serverprocess, "free_port", lambda: server.port)
    for _ in range(2):
        with realserver.RealOwserver(TESTER):
            assert client.read(f"{SENSOR}/family") == b"28"
    client.close()


def test_importing_the_blocking_client_is_light():
    code = "import sys, owfs_py.ownet; print(*(m for m in sys.modules if 'asyncio' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
