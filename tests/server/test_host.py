"""What the daemon tells the library about itself, and what /settings changes in the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from owfs_py.bus.view import PressureScale, TemperatureScale
from owfs_py.ownet.address import NetAddress
from owfs_py.ownet.client import OwnetClient
from owfs_py.server.daemon import Daemon
from owfs_py.server.options import BusKind, BusRequest, Options


def serve(test: Callable[[Daemon, OwnetClient], Awaitable[None]], **changes: object) -> None:
    """Run `test` against a daemon of an emulated bus."""
    options = Options(
        buses=[BusRequest(BusKind.EMULATE, "28", "test")],
        listen=[NetAddress("127.0.0.1", 0)],
        announce=False,
        **changes,  # type: ignore[arg-type]
    )

    async def main() -> None:
        daemon = Daemon(options)
        await daemon.start()
        try:
            async with OwnetClient("127.0.0.1", daemon._server.port) as client:
                await test(daemon, client)
        finally:
            await daemon.stop()

    asyncio.run(main())


def test_options_are_shown() -> None:
    async def test(daemon: Daemon, client: OwnetClient) -> None:
        for path, shown in (
            ("/system/process/pidfile", b"/run/ow.pid"),
            ("/system/connections/count_outbound_connections", b"1"),
            ("/system/connections/count_current_buses", b"1"),
            ("/settings/timeout/ftp", b"11"),
            ("/settings/timeout/w1", b"12"),
            ("/settings/units/temperature_scale", b"F"),
            ("/settings/units/pressure_scale", b"psi"),
        ):
            assert (await client.read(path)).strip() == shown, path

    serve(
        test,
        pid_file="/run/ow.pid",
        timeout_ftp=11,
        timeout_w1=12,
        temperature_scale=TemperatureScale.FAHRENHEIT,
        pressure_scale=PressureScale.PSI,
    )


def test_the_time_given_to_clients_can_be_changed() -> None:
    async def test(daemon: Daemon, client: OwnetClient) -> None:
        await client.write("/settings/timeout/server", b"3")
        assert daemon.settings.timeout_server == 3
        await client.write("/settings/timeout/network", b"4")
        assert daemon.settings.timeout_server == 3

    serve(test)


def test_answers_that_were_ready_are_counted() -> None:
    async def test(daemon: Daemon, client: OwnetClient) -> None:
        async def number(name: str) -> int:
            return int(await client.read(f"/statistics/{name}"))

        device = (await client.dir("/"))[0]
        readings, success = 20, await number("read/success")
        for _ in range(readings):
            assert await client.read(f"{device}/type") == b"DS18B20"
        assert await number("read/success") == success + 1 + readings
        cached = await number("read/cachesuccess")
        assert 0 < cached < readings
        assert await number("read/cachebytes") == cached * len(b"DS18B20")

    serve(test)
