"""A OneWire made of a dictionary, for tests of the network side."""

import asyncio

import pytest

from owfs_py.bus.answers import Listing, Located, Reading
from owfs_py.bus.errors import IsDirectoryError, NotDirectoryError, PathError
from owfs_py.bus.rom import RomId

ROM = RomId.parse("28.000028D70000")
SENSOR = "/28.000028D70000"


class FakeOneWire:
    """Serves `values`; `delays` makes a path slow, `lifetime` makes answers last."""

    def __init__(self):
        self.epoch = 1
        self.values = {f"{SENSOR}/temperature": b"           4", f"{SENSOR}/empty": b""}
        self.directories = {
            "/": [SENSOR, "/settings"],
            SENSOR: list(self.values),
            "/alarm": [],
        }
        self.delays = {}
        self.lifetime = 0.0
        self.listing_flags = 0x8002
        self.fault = None
        self.calls = []
        self.cancelled = 0
        self.working = 0

    async def _work(self, what, path, view):
        self.calls.append((what, path, view))
        if self.fault is not None:
            raise self.fault
        self.working += 1
        try:
            await asyncio.sleep(self.delays.get(path, 0))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.working -= 1
        if path not in self.values and path not in self.directories:
            raise PathError(path)

    @property
    def _until(self):
        return asyncio.get_running_loop().time() + self.lifetime if self.lifetime else 0.0

    async def read(self, path, *, size, offset, view):
        await self._work("read", path, view)
        if path in self.directories:
            raise IsDirectoryError(path)
        data = self.values[path][offset : offset + size] if offset >= 0 else b""
        return Reading(data, self._until)

    async def write(self, path, data, *, offset, view):
        await self._work("write", path, view)
        if path in self.directories:
            raise IsDirectoryError(path)
        self.values[path] = data
        self.epoch += 1
        return len(data)

    async def dir(self, path, *, view, slash=False):
        await self._work("dir", path, view)
        if path in self.values:
            raise NotDirectoryError(path)
        entries = self.directories[path]
        if slash:
            entries = [e + "/" if e in self.directories else e for e in entries]
        return Listing(entries, self.listing_flags, self._until)

    async def get(self, path, *, size, offset, slash, view):
        if path in self.directories:
            return await self.dir(path, view=view, slash=slash)
        return await self.read(path, size=size, offset=offset, view=view)

    async def present(self, path, *, view):
        await self._work("present", path, view)
        return Located(ROM if path.startswith(SENSOR) else bytes(8), self._until)


@pytest.fixture
def fake():
    return FakeOneWire()
