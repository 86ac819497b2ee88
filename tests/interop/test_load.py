"""Our daemon under load: many clients, slow clients, a million requests, random frames.

It must go on serving, neither spin nor grow, and say clearly what it refuses. Real time.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interop.differential import (
    DIRALL,
    DIRALLSLASH,
    GET,
    PERSISTENCE,
    PRESENCE,
    READ,
    USUAL_FLAGS,
    RawClient,
    ask,
    read,
)
from tests.interop.ourserver import OurDaemon

SENSOR = "/28.000028D70000"
TYPE = read(f"{SENSOR}/type")
ONCE = read(f"{SENSOR}/type", flags=USUAL_FLAGS & ~PERSISTENCE)
TYPE_ANSWER_SIZE = 24 + len("DS18B20")

MANY = 2000
FEW_FILES = 200
RESERVED = 64
"""Files that the daemon keeps for other things than connections."""
SLOWLY_READ = 20_000
"""Requests of the client that takes its time over the answers."""
SERVER_TIMEOUT = 1
"""Seconds that a request may take to arrive."""
PROMPTLY = 1.0
PATIENCE = 10.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

MILLION = 1_000_000
GROWTH = 2 << 20
"""Bytes that the daemon may grow by over the last nine tenths of a million requests."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[OurDaemon]:
    with OurDaemon(["--emulate=28,10", f"--timeout_server={SERVER_TIMEOUT}"]) as daemon:
        yield daemon
        check(daemon)
        assert daemon.stop() == 0


@pytest.fixture(autouse=True)
def enough_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def check(daemon: OurDaemon) -> None:
    """It serves, and nothing that was unforeseen happened."""
    with RawClient(daemon.port) as client:
        began = time.monotonic()
        assert client.ask(TYPE).text == b"DS18B20"
        assert time.monotonic() - began < PROMPTLY
    assert daemon.is_running
    daemon.assert_no_fault()


def connect(daemon: OurDaemon) -> socket.socket:
    return socket.create_connection(("127.0.0.1", daemon.port), PATIENCE)


def rest_of(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def cpu_time(daemon: OurDaemon) -> float:
    """Seconds that the daemon has computed so far."""
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(daemon: OurDaemon) -> int:
    """Bytes of the daemon that are in memory."""
    with open(f"/proc/{daemon.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * PAGE


# Many clients


def test_2000_clients_are_connected_and_served_at_once() -> None:
    with ExitStack() as stack:
        daemon = stack.enter_context(OurDaemon(["--emulate=28"]))
        clients = [stack.enter_context(connect(daemon)) for _ in range(MANY)]
        check(daemon)
        for client in clients:
            client.sendall(ONCE.encode())
        for client in clients:
            assert rest_of(client).endswith(b"DS18B20")


def test_more_clients_than_files_are_refused_and_cost_nothing() -> None:
    under = ["prlimit", f"--nofile={FEW_FILES}:{FEW_FILES}"]
    limit = FEW_FILES - RESERVED
    with ExitStack() as stack:
        daemon = stack.enter_context(OurDaemon(["--emulate=28"], under))
        clients = [stack.enter_context(connect(daemon)) for _ in range(FEW_FILES * 2)]
        served, refused = clients[:limit], clients[limit:]
        for client in refused:
            assert rest_of(client) == b""
        before = cpu_time(daemon)
        time.sleep(0.3)
        assert cpu_time(daemon) - before < 0.1
        for client in served:
            client.sendall(ONCE.encode())
        for client in served:
            assert rest_of(client).endswith(b"DS18B20")
        assert daemon.log.count(f"more than {limit} connections; refused") == 1
        check(daemon)


# Slow clients


def test_a_request_that_trickles_in_is_not_waited_for_longer_than_the_timeout(
    daemon: OurDaemon,
) -> None:
    with connect(daemon) as slow:
        began = time.monotonic()
        slow.settimeout(SERVER_TIMEOUT / 10)
        for byte in ONCE.encode():
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                slow.send(bytes([byte]))
            try:
                gone = slow.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionResetError:
                gone = True
            assert gone
            break
        assert SERVER_TIMEOUT * 0.9 < time.monotonic() - began < SERVER_TIMEOUT * 1.5
    check(daemon)


def test_a_client_that_reads_slowly_gets_everything_in_the_end(daemon: OurDaemon) -> None:
    listing = ask(DIRALL, "/structure/28", flags=PERSISTENCE)
    with RawClient(daemon.port) as client:
        size = SLOWLY_READ * (24 + len(client.ask(listing).frames[0].body))
    before = memory(daemon)
    with connect(daemon) as slow, selectors.DefaultSelector() as ready:
        slow.setblocking(False)
        unsent = memoryview(listing.encode() * SLOWLY_READ)
        with contextlib.suppress(BlockingIOError):
            while unsent:
                unsent = unsent[slow.send(unsent[:65536]) :]
        time.sleep(0.1)
        check(daemon)
        held = memory(daemon) - before
        ready.register(slow, selectors.EVENT_READ | selectors.EVENT_WRITE)
        received = pieces = 0
        while received < size:
            (_, events), *_ = ready.select(PATIENCE)
            if events & selectors.EVENT_READ:
                pieces += 1
                received += len(slow.recv(100 if pieces < 1000 else 1 << 20))
            if events & selectors.EVENT_WRITE and unsent:
                unsent = unsent[slow.send(unsent[:65536]) :]
            if not unsent:
                ready.modify(slow, selectors.EVENT_READ)
        assert received == size
    print(f"{size >> 20} MiB of answers, of which the daemon kept less than {held >> 10} KiB")
    assert held < GROWTH
    check(daemon)


def test_a_client_that_has_shut_its_side_gets_its_answers_and_an_end(daemon: OurDaemon) -> None:
    with connect(daemon) as client:
        client.sendall(TYPE.encode() * 3)
        client.shutdown(socket.SHUT_WR)
        assert len(rest_of(client)) == 3 * TYPE_ANSWER_SIZE


@pytest.mark.parametrize("begun", [b"", TYPE.encode()[:11], TYPE.encode()[:-3]])
def test_one_that_shuts_it_without_a_whole_request_is_closed_at_once(
    daemon: OurDaemon, begun: bytes
) -> None:
    with connect(daemon) as client:
        client.sendall(begun)
        began = time.monotonic()
        client.shutdown(socket.SHUT_WR)
        assert rest_of(client) == b""
        assert time.monotonic() - began < SERVER_TIMEOUT / 2


# A million requests


def test_memory_stays_flat_over_a_million_requests(daemon: OurDaemon) -> None:
    """Mostly kept answers, as a real server sees them; and some that are worked out each time."""
    kinds = [
        read(f"{SENSOR}/type", flags=PERSISTENCE),
        ask(DIRALL, SENSOR, flags=PERSISTENCE),
        ask(PRESENCE, SENSOR, flags=PERSISTENCE),
        ask(GET, f"{SENSOR}/temphigh", flags=PERSISTENCE),
        ask(READ, "/10.000010EF0100/family", flags=PERSISTENCE),
    ]
    with RawClient(daemon.port) as client:
        answers = sum(24 + len(client.ask(kind).frames[0].body) for kind in kinds)
    bunch, unknown = b"".join(kind.encode() for kind in kinds) * 198, 10
    size = 198 * answers + 24 * unknown
    per_round = 198 * len(kinds) + unknown
    rounds = MILLION // per_round
    number = 0
    with connect(daemon) as client:
        began = time.monotonic()
        for turn in range(rounds):
            if turn == rounds // 10:
                before = memory(daemon)
            requests = [bunch]
            for _ in range(unknown):
                number += 1
                requests.append(read(f"/nosuch{number}/type", flags=PERSISTENCE).encode())
            client.sendall(b"".join(requests))
            missing = size
            while missing:
                missing -= len(client.recv(min(missing, 1 << 20)))
        seconds = time.monotonic() - began
    growth = memory(daemon) - before
    print(f"{rounds * per_round} requests in {seconds:.1f} s, grown by {growth >> 10} KiB")
    assert growth < GROWTH
    check(daemon)


def test_memory_stays_flat_over_thousands_of_connections(daemon: OurDaemon) -> None:
    def connections(count: int) -> None:
        for _ in range(count):
            with connect(daemon) as client:
                client.sendall(ONCE.encode())
                assert rest_of(client).endswith(b"DS18B20")

    connections(500)
    before = memory(daemon)
    connections(4000)
    assert memory(daemon) - before < GROWTH


# Random frames

WORD = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-3, 70),
    st.sampled_from([4095, 4096, 65536, 100050, 100051, 0x10000, 0x10001, 0x1FFFF]),
)
NAMES = st.sampled_from(
    [
        *("/", "28.000028D70000", "10.000010EF0100", "temperature", "temphigh", "errata", "type"),
        *("uncached", "bus.0", "alarm", "structure", "settings", "statistics", "system", "text"),
        *("interface", "simultaneous", "units", "timeout", "28", ".ALL", ".0", ".BYTE", ".", ""),
        *("alias", "list", "return_codes", "text.5", "present", "\0", "\xff", "a" * 300, ","),
    ]
)
PATHS = st.one_of(
    st.lists(NAMES, max_size=5).map(lambda words: "/".join(words).encode("latin-1")),
    st.binary(max_size=40),
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Requests that mean something more often than not; each word of the header may be anything."""
    path = draw(PATHS) + draw(st.sampled_from([b"\0", b""]))
    kind = draw(st.one_of(st.integers(-1, 12), st.sampled_from([READ, DIRALLSLASH, GET])))
    # Writing is left to other tests: a thousand random values would end in slow conversions.
    kind = READ if kind == 3 else kind
    version, tokens = draw(st.sampled_from([(0, b""), (0x10001, b"t" * 16), (0x10002, b"t" * 32)]))
    flags = draw(st.sampled_from([0, PERSISTENCE, USUAL_FLAGS, -1, USUAL_FLAGS | 0x05020040]))
    words = [version, len(path), kind, flags, draw(WORD), draw(WORD)]
    if draw(st.integers(0, 4)) == 0:
        words[draw(st.integers(0, 5))] = draw(WORD)
        words[2] = READ if words[2] == 3 else words[2]
    return struct.pack(">6i", *words) + path + tokens


STREAMS = st.one_of(st.lists(frames(), min_size=1, max_size=5).map(b"".join), st.binary())


def test_random_frames_are_answered_or_refused_without_a_fault(
    daemon: OurDaemon, fuzz_examples: int
) -> None:
    @settings(
        max_examples=fuzz_examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(STREAMS)
    def throw(stream: bytes) -> None:
        with connect(daemon) as client:
            with contextlib.suppress(ConnectionError):  # refused before it was all sent
                client.sendall(stream)
                client.shutdown(socket.SHUT_WR)
            rest_of(client)

    throw()
    check(daemon)
