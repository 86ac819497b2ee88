"""Stock clients on a daemon with --no_dirall, --no_get, --no_persistence, --pingcrazy.

Each falls back as the manual page says: it prints what it prints on owserver 3.2p4 with the same
option, and without any option.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pyownet import protocol

from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, run

BUS = "--tester=10,28,05"
DEVICE = "/28.000028D70100"
COMMANDS = (
    ["owdir", "/"],
    ["owdir", DEVICE],
    ["owdir", "--dir", "/"],
    ["owget", "/"],
    ["owget", f"{DEVICE}/type"],
    ["owread", f"{DEVICE}/temperature"],
    ["owpresent", DEVICE],
)
OPTIONS = ("", "--no_dirall", "--no_get", "--no_persistence", "--pingcrazy")


WITHOUT_FALLBACK = {("--no_dirall", "owget")}
"""Of a property, that is: the program gives up, on owserver 3.2p4 as well."""


def printed(address: str) -> dict[tuple[str, ...], str]:
    return {tuple(command): _printed(address, *command) for command in COMMANDS}


def _printed(address: str, program: str, *words: str) -> str:
    try:
        return run([program, "-s", address, *words])
    except AssertionError:
        return "refused"


@pytest.fixture(scope="module")
def usual() -> Iterator[dict[tuple[str, ...], str]]:
    with OurDaemon([BUS]) as daemon:
        yield printed(daemon.address)


@pytest.mark.parametrize("option", OPTIONS)
def test_stock_clients_print_the_same(option: str, usual: dict[tuple[str, ...], str]) -> None:
    options = [BUS, option] if option else [BUS]
    with ExitStack() as stack:
        ours = stack.enter_context(OurDaemon(options))
        theirs = stack.enter_context(RealOwserver(options))
        found = printed(ours.address)
        assert found == printed(theirs.address)
    for command, text in found.items():
        # Entry by entry a listing does not tell directories by a slash.
        assert text.replace("/\n", "\n") == usual[command].replace("/\n", "\n") or (
            (option, command[0]) in WITHOUT_FALLBACK
        )


# It knows neither DIR nor keep-alives before an answer that comes at once.
@pytest.mark.parametrize("option", ["", "--no_get", "--no_persistence"])
def test_pyownet_works_with_and_without_persistence(option: str) -> None:
    options = [BUS, option] if option else [BUS]
    with OurDaemon(options) as daemon:
        for persistent in (False, True):
            proxy = protocol.proxy("127.0.0.1", daemon.port, persistent=persistent)
            assert proxy.read(f"{DEVICE}/type") == b"DS18B20"
            assert len(proxy.dir("/", bus=False)) == 3
            assert proxy.present(DEVICE)
