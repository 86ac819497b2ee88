"""Our daemon as a program, with adapters that come and go and clients that behave badly.

It must neither hang nor end nor complain of faults of its own. On pseudo-terminals and sockets,
so this is real time.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.thermometers import Thermometer
from tests.interop.differential import (
    DIRALL,
    PERSISTENCE,
    READ,
    UNCACHED,
    USUAL_FLAGS,
    Answer,
    RawClient,
    Request,
    ask,
    read,
)
from tests.interop.ourserver import OurDaemon

NOT_THERE = {-103, -5}
"""Return codes for a bus whose adapter is missing: aborted, or an I/O error at the moment."""
PROMPTLY = 2.0
"""Seconds that an error may take; owserver 3.2p4 lets clients wait for minutes."""
FOUND_AGAIN = 15.0
"""Seconds until an adapter that is back must be in use."""
POLL = 0.05
SILENT_CLIENTS = 500
MORE_THAN_FITS = 500_000
"""So many requests fill every buffer between a client and a server that does not go on."""


class Serving:
    """A daemon on an emulated adapter that can be unplugged, and a client of it."""

    def __init__(self, stack: ExitStack, chips: str, *, plugged: bool = True) -> None:
        self.emulation = Emulation.from_list(chips)
        self.pty = self.emulation.pty()
        stack.callback(self.pty.close)
        if plugged:
            self.pty.plug()
        # A second is enough for an adapter that answers at once or not at all.
        options = [f"--device={self.pty.path}", "--timeout_serial=1"]
        self.daemon = stack.enter_context(OurDaemon(options))
        self.client = stack.enter_context(RawClient(self.daemon.port))
        for slave in self.emulation.slaves:
            if isinstance(slave, Thermometer):
                slave.sixteenths = 0x191
        self.sensor = f"/{self.emulation.slaves[0].rom}"

    def devices(self) -> list[str]:
        entries = self.client.ask(ask(DIRALL, "/uncached", flags=PERSISTENCE)).entries
        return sorted(entry.decode().removeprefix("/uncached") for entry in entries)

    def ask_promptly(self, request: Request) -> Answer:
        began = time.monotonic()
        answer = self.client.ask(request)
        assert time.monotonic() - began < PROMPTLY
        return answer

    def check_log(self) -> None:
        """Nothing that was unforeseen happened."""
        assert self.daemon.is_running
        self.daemon.assert_no_fault()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def eventually(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(POLL)


def test_an_adapter_that_is_missing_at_start_is_used_when_it_appears(stack: ExitStack) -> None:
    serving = Serving(stack, "28,10", plugged=False)
    assert serving.ask_promptly(read(f"{serving.sensor}/temperature")).ret == -1
    assert serving.ask_promptly(ask(DIRALL, "/bus.0")).ret in NOT_THERE
    assert serving.ask_promptly(read("/structure/28/type")).ret == 28
    serving.pty.plug()
    here = sorted(f"/{slave.rom}" for slave in serving.emulation.slaves)
    eventually(lambda: serving.devices() == here, FOUND_AGAIN)
    assert serving.client.ask(read(f"{serving.sensor}/temperature")).text == b"     25.0625"
    serving.check_log()
    assert serving.daemon.stop() == 0


def test_an_adapter_that_was_unplugged_is_found_again(stack: ExitStack) -> None:
    serving = Serving(stack, "28,10")
    temperature = read(f"{serving.sensor}/temperature")
    fresh = read(f"{serving.sensor}/latesttemp", flags=USUAL_FLAGS | UNCACHED)
    before = serving.client.ask(temperature)
    for _ in range(2):
        serving.pty.unplug()
        assert serving.ask_promptly(fresh).ret in NOT_THERE
        assert serving.ask_promptly(temperature) == before  # from the cache
        assert serving.ask_promptly(read(f"{serving.sensor}/type")).text == b"DS18B20"
        assert serving.ask_promptly(ask(DIRALL, "/bus.0")).ret in NOT_THERE
        serving.pty.plug()
        eventually(lambda: serving.client.ask(fresh).text == b"     25.0625", FOUND_AGAIN)
    serving.check_log()
    assert serving.daemon.stop() == 0


def test_the_daemon_ends_at_once_while_its_adapter_is_missing(stack: ExitStack) -> None:
    serving = Serving(stack, "28", plugged=False)
    serving.ask_promptly(ask(DIRALL, "/"))
    began = time.monotonic()
    assert serving.daemon.stop() == 0
    assert time.monotonic() - began < PROMPTLY


def test_a_line_that_falls_silent_costs_an_error_and_no_hang(stack: ExitStack) -> None:
    serving = Serving(stack, "28")
    fresh = read(f"{serving.sensor}/latesttemp", flags=USUAL_FLAGS | UNCACHED)
    assert serving.client.ask(fresh).ret == 12
    serving.pty.silent = True
    assert (serving.client.ask(fresh).ret or 0) < 0
    # Once it is known to be dead nobody has to wait for it.
    assert serving.ask_promptly(fresh).ret in NOT_THERE
    serving.pty.silent = False
    eventually(lambda: serving.client.ask(fresh).ret == 12, FOUND_AGAIN)
    serving.check_log()


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with ExitStack() as stack:
        serving = Serving(stack, "28,28,10")
        yield serving
        assert serving.client.ask(read(f"{serving.sensor}/type")).text == b"DS18B20"
        serving.check_log()
        assert serving.daemon.stop() == 0


def connect(serving: Serving) -> socket.socket:
    return socket.create_connection(("127.0.0.1", serving.daemon.port), 10)


def test_clients_that_leave_during_a_conversion_leave_no_trace(serving: Serving) -> None:
    wanted = read(f"{serving.sensor}/temperature", flags=USUAL_FLAGS | UNCACHED)
    for linger in (b"", struct.pack("ii", 1, 0)):
        leaving = connect(serving)
        leaving.sendall(wanted.encode())
        if linger:
            # Closes by a reset.
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        leaving.close()
        assert serving.client.ask(wanted).text == b"     25.0625"


def test_clients_that_say_nothing_keep_nobody_waiting(serving: Serving) -> None:
    with ExitStack() as silent:
        for number in range(SILENT_CLIENTS):
            client = silent.enter_context(connect(serving))
            # Every other one begins a header and falls silent in the middle of it.
            client.sendall(b"\0" * (number % 2 * 11))
        assert serving.ask_promptly(read(f"{serving.sensor}/type")).text == b"DS18B20"
        with RawClient(serving.daemon.port) as newcomer:
            assert newcomer.ask(read(f"{serving.sensor}/type")).text == b"DS18B20"


def test_a_client_that_never_reads_does_not_stop_the_others(serving: Serving) -> None:
    with connect(serving) as deaf:
        deaf.settimeout(0.2)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listing = ask(DIRALL, "/structure").encode()
        with pytest.raises(TimeoutError):
            deaf.sendall(listing * MORE_THAN_FITS)
        assert serving.ask_promptly(read(f"{serving.sensor}/type")).text == b"DS18B20"


def garbage(source: random.Random) -> bytes:
    """Bytes of some length; every second time behind a header that is almost right."""
    noise = source.randbytes(source.randrange(1, 400))
    if source.random() < 0.5:
        return noise
    words = [source.choice((0, 1, -1, 2**31 - 1, -(2**31), len(noise))) for _ in range(6)]
    words[1] = source.choice((len(noise), len(noise) // 2, 100051, -1))
    words[2] = source.choice((READ, DIRALL, 3, 6, 10, 77))
    return struct.pack(">6i", *words) + noise


def test_garbage_is_survived(serving: Serving) -> None:
    source = random.Random(20240229)
    for _ in range(300):
        with connect(serving) as client:
            client.sendall(garbage(source))
            client.shutdown(socket.SHUT_WR)
            client.settimeout(10)
            try:
                while client.recv(65536):
                    pass
            except ConnectionResetError:
                pass
    assert serving.ask_promptly(read(f"{serving.sensor}/type")).text == b"DS18B20"
