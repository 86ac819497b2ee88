"""Drivers and searches for adapters that raise what they must not: who is harmed, what is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from owfs_py.bus.background import Background
from owfs_py.bus.enetscan import HEAD_START
from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import RECONNECT_LONGEST
from owfs_py.emulator.virtualtime import run
from tests.bus import test_enetscan, test_sought, test_usbscan
from tests.bus.bench import Bench
from tests.bus.test_enetscan import INTERVAL
from tests.bus.test_enetscan import bench as enet_bench  # noqa: F401  a fixture
from tests.bus.test_sought import SOON
from tests.bus.test_sought import bench as sought_bench  # noqa: F401  a fixture
from tests.bus.test_usbscan import bench as usb_bench  # noqa: F401  a fixture

LONG = 60.0


class Faulty:
    """Methods of a driver that raise what they must not, until they are mended."""

    def __init__(self, master: Any, *names: str) -> None:
        self.fault: Exception | None = ZeroDivisionError("a fault")
        for name in names:
            setattr(master, name, self._faulty(getattr(master, name)))

    def _faulty(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def raising(*args: Any) -> Any:
            if self.fault is not None:
                raise self.fault
            return method(*args)

        return raising


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was told aloud of faults."""
    return [
        record.message
        for record in caplog.records
        if record.levelno >= logging.ERROR and record.exc_info
    ]


@pytest.mark.parametrize("methods", [("open",), ("open", "close")])
def test_a_bus_whose_driver_fails_to_open_is_missing_until_it_does_not(
    caplog: pytest.LogCaptureFixture, methods: tuple[str, ...]
) -> None:
    bench = Bench("28", "10")
    faulty = Faulty(bench.masters[0], *methods)

    async def test(ow: OneWire) -> None:
        for _ in range(3):
            assert [entry[:3] for entry in (await ow.dir("/uncached")).entries] == ["/un"]
            with pytest.raises(BusNotRespondingError, match="ZeroDivisionError: a fault"):
                await ow.dir("/bus.0")
            await asyncio.sleep(LONG)
        assert len(tracebacks(caplog)) == 1
        assert await ow.read_value("/bus.0/interface/statistics/open_errors") == 1
        faulty.fault = None
        await asyncio.sleep(RECONNECT_LONGEST)
        assert len((await ow.dir("/uncached")).entries) == 2

    bench.run(test)
    assert tracebacks(caplog) == ["bus.0 (emulated 0): a fault of the driver"]


def test_other_faults_of_a_driver_are_told_too(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench("28")
    faulty = Faulty(bench.masters[0], "open")

    async def test(ow: OneWire) -> None:
        faulty.fault = KeyError("another")
        await asyncio.sleep(LONG)

    bench.run(test)
    assert len(tracebacks(caplog)) == 2


def test_a_driver_that_fails_to_open_again_is_missing() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        faulty = Faulty(bench.masters[0], "open")
        await ow.buses[0].reopen()
        assert ow.buses[0].is_lost
        faulty.fault = None
        await asyncio.sleep(RECONNECT_LONGEST)
        assert len((await ow.dir("/bus.0")).entries) > 0

    bench.run(test)


def test_a_driver_that_fails_at_work_is_opened_again() -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        faulty = Faulty(bench.masters[0], "reset", "reset_exchange", "reset_search_pass")
        with pytest.raises(ZeroDivisionError):
            await ow.dir("/uncached")
        assert ow.buses[0].is_lost
        faulty.fault = None
        await asyncio.sleep(RECONNECT_LONGEST)
        assert not ow.buses[0].is_lost
        assert len((await ow.dir("/uncached")).entries) == 1

    bench.run(test)


def test_a_driver_that_fails_to_close_does_not_keep_others_from_stopping() -> None:
    bench = Bench("28", "10")

    async def test(ow: OneWire) -> None:
        Faulty(bench.masters[0], "close")

    bench.run(test)
    assert not bench.ports[1].is_open


def test_a_search_that_fails_goes_on(
    sought_bench: test_sought.Bench,  # noqa: F811  the fixture
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = sought_bench
    faulty = Faulty(bench, "_look")
    bench.onewire.buses[0]._look = bench._look  # type: ignore[attr-defined]

    async def scenario(onewire: OneWire) -> None:
        await asyncio.sleep(LONG)
        assert await bench.families() == ["10"]
        faulty.fault, bench.found = None, [bench.driver("28")]
        await asyncio.sleep(RECONNECT_LONGEST + SOON)
        assert await bench.families() == ["28", "10"]

    bench.run(scenario)
    assert tracebacks(caplog) == ["bus.0 (enet.lan): a fault of the driver"]


def test_scanning_the_network_goes_on(
    enet_bench: test_enetscan.Bench,  # noqa: F811  the fixture
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = enet_bench

    async def scenario() -> None:
        bench.add("10.0.0.1:8080", "28")
        bench.refusal = ZeroDivisionError("a fault")
        async with bench.onewire:
            await asyncio.sleep(HEAD_START + 2 * INTERVAL)
            assert await bench.buses() == {}
            bench.refusal = None
            await asyncio.sleep(INTERVAL)
            assert await bench.buses() == {1: "10.0.0.1:8080"}

    run(scenario(), bench.clock)
    assert len(tracebacks(caplog)) == 1


def test_scanning_usb_goes_on(
    usb_bench: test_usbscan.Bench,  # noqa: F811  the fixture
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = usb_bench

    def fail(_: object) -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        bench.add("28", "81")
        async with bench.onewire:
            with monkeypatch.context() as patch:
                patch.setattr(test_usbscan.DS2490, "open", fail)
                assert await bench.scanned() == await bench.scanned() == []
            assert len(await bench.scanned()) == 1

    run(scenario(), bench.clock)
    assert len(tracebacks(caplog)) == 1


def test_what_fails_in_the_background_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        background = Background()
        await asyncio.wait({background.run(failing()), background.run(asyncio.sleep(0))})
        background.run(asyncio.sleep(LONG))
        await background.stop()

    asyncio.run(main())
    assert len(tracebacks(caplog)) == 1
