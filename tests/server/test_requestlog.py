"""What is logged of clients' requests, and that the answers stay as they were."""

import asyncio
import logging

import pytest

from owfs_py.bus.errors import PathError
from owfs_py.bus.view import DEFAULT_VIEW
from owfs_py.server.logs import CALL, DATA, REQUESTS
from owfs_py.server.requestlog import RequestLog
from tests.server.conftest import ROM, SENSOR

TEMPERATURE = f"{SENSOR}/temperature"


@pytest.fixture
def lines(caplog):
    """Level and text of every line, without the time that an answer took."""

    def lines():
        return [(r.levelno, r.getMessage().rpartition(" (")[0]) for r in caplog.records]

    caplog.set_level(logging.WARNING, "owfs_py.server.requestlog")
    caplog.set_level(logging.DEBUG, REQUESTS)
    return lines


async def ask_everything(log):
    await log.read(TEMPERATURE)
    await log.write(TEMPERATURE, b"5")
    await log.dir("/")
    await log.get("/alarm")
    await log.get(TEMPERATURE)
    await log.present(SENSOR)
    await log.present("/settings")
    with pytest.raises(PathError):
        await log.read("/nothing")


def test_all_requests_are_logged_from_error_level_2_on(fake, lines, caplog):
    fake.directories["/settings"] = []
    caplog.set_level(CALL, "owfs_py.server.requestlog")
    asyncio.run(ask_everything(RequestLog(fake)))
    assert [text for _, text in lines()] == [
        f"read {TEMPERATURE}: 12 bytes",
        f"write b'5' to {TEMPERATURE}: 1 bytes taken",
        "dir /: 2 entries",
        "get /alarm: 0 entries",
        f"get {TEMPERATURE}: 1 bytes",
        f"present {SENSOR}: 28000028D7000011",
        "present /settings: no device",
        "read /nothing: error -1: /nothing",
    ]
    assert {level for level, _ in lines()} == {CALL}


def test_from_error_level_3_on_with_the_data(fake, lines, caplog):
    fake.directories["/settings"] = []
    caplog.set_level(DATA, "owfs_py.server.requestlog")
    asyncio.run(ask_everything(RequestLog(fake)))
    texts = [text for _, text in lines()]
    assert f"read {TEMPERATURE}: b'           4'" in texts
    assert f"dir /: {SENSOR} /settings" in texts
    assert "get /alarm: empty" in texts


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("28", TEMPERATURE),
        ("280000", TEMPERATURE),
        ("28000028D7000011", "/uncached/28000028D7000011/temperature"),
        ("28", "/cellar/temperature"),
    ],
)
def test_requests_for_chosen_devices_are_always_logged(fake, lines, prefix, path):
    fake.values[path] = b"4"
    log = RequestLog(fake, (bytes.fromhex(prefix),), {"cellar": ROM}.get)
    asyncio.run(log.read(path))
    assert lines() == [(logging.DEBUG, f"read {path}: {fake.values[path]!r}")]


@pytest.mark.parametrize("path", ["/10.000010EF0100/type", "/settings", "/attic/type"])
def test_those_for_others_are_not(fake, lines, path):
    fake.values[path] = b"4"
    asyncio.run(RequestLog(fake, (b"\x28\x00",), {"cellar": ROM}.get).read(path))
    assert lines() == []


def test_requests_and_answers_pass_unchanged(fake):
    async def main():
        log = RequestLog(fake, (b"\x28",))
        assert log.epoch == fake.epoch
        read = await log.read(TEMPERATURE, size=3, offset=11), fake.calls.pop()
        assert read == (
            await fake.read(TEMPERATURE, size=3, offset=11, view=DEFAULT_VIEW),
            fake.calls.pop(),
        )
        assert await log.dir(SENSOR, slash=True) == await fake.dir(
            SENSOR, slash=True, view=DEFAULT_VIEW
        )

    asyncio.run(main())
