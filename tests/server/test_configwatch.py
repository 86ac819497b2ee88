"""When files count as changed."""

import asyncio
import os

import pytest

from owfs_py.server import configwatch
from owfs_py.server.configwatch import ConfigWatch

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(configwatch, "INTERVAL", 0.005)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "owfs.conf"
    path.write_text("tester = 28\n")
    return path


def change(path, text):
    path.write_text(text)


def replace(path, text):
    other = path.with_suffix(".new")
    other.write_text(text)
    os.replace(other, path)


def touch(path, _):
    os.utime(path, ns=(1, 1))


def remove(path, _):
    path.unlink()


async def changed(watch):
    async with asyncio.timeout(PATIENCE):
        await watch.changed()


@pytest.mark.parametrize("modify", [change, replace, touch, remove])
def test_a_file_that_is_modified_is_noticed_once(file, modify):
    async def main():
        watch = ConfigWatch([str(file)])
        assert not watch.take()
        modify(file, "tester = 28,10\n")
        await changed(watch)
        assert watch.take()
        assert not watch.take()

    asyncio.run(main())


def test_a_file_that_appears_is_noticed(tmp_path):
    async def main():
        watch = ConfigWatch([str(tmp_path / "later")])
        (tmp_path / "later").write_text("")
        await changed(watch)

    asyncio.run(main())


@pytest.mark.parametrize("files", [0, 1])
def test_as_long_as_nothing_is_modified_it_waits(file, files):
    async def main():
        watch = ConfigWatch([str(file)] * files)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await watch.changed()

    asyncio.run(main())


def test_a_file_that_is_still_being_written_is_waited_for(file, monkeypatch):
    looks = iter([1, 2, 3, 4, 5, 5, 6])
    monkeypatch.setattr(configwatch, "_stamp", lambda path: (0, 0, next(looks)))

    async def main():
        await changed(ConfigWatch([str(file)]))
        return next(looks)

    assert asyncio.run(main()) == 6
