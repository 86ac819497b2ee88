"""Thousands of generated requests, every field varied, to owserver 3.2p4 and to ours.

What differs on purpose is in tests/deliberate_differences.py; nothing else may. For a longer
search by hand: GENERATED_REQUESTS=100000 bin/test tests/interop/test_generated_requests.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deliberate_differences import (
    DELIBERATE_DIFFERENCES,
    DIFFERENCES_OF_SIMULATED_BUSES,
    explanation,
)
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    GET,
    GETSLASH,
    NOP,
    PRESENCE,
    READ,
    WRITE,
    Comparison,
    RawClient,
    Request,
    compare,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

BY_HAND = int(os.environ.get("GENERATED_REQUESTS", "0"))
EXAMPLES = BY_HAND or 4000
TABLE = (*DIFFERENCES_OF_SIMULATED_BUSES, *DELIBERATE_DIFFERENCES)

pytestmark = pytest.mark.timeout(60 + EXAMPLES // 20)

FAMILIES = "01,05,10,12,1D,20,23,26,28,29,3A"
ROMS = tuple(
    f"{family}.0000{family}{int(family, 16) ^ 0xFF:02X}{number:02X}00"
    for number, family in enumerate(FAMILIES.split(","))
)

TOKENS_FOLLOW = 0x10000
TOKEN_SIZE = 16
LONGEST = 100050
"""Bytes of payload and tokens; beyond that 3.2p4 closes without reading them."""


@dataclass(frozen=True)
class Frame(Request):
    """A request whose header may lie about what follows it."""

    claimed: int | None = None
    """The payload length in the header, if it is not the right one."""
    tokens: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        header, payload = super().encode()[:24], self.payload
        if self.claimed is not None:
            # What would follow is never read.
            return header[:4] + self.claimed.to_bytes(4, "big", signed=True) + header[8:]
        return header + payload + b"".join(self.tokens)


class Twins(NamedTuple):
    theirs: RawClient
    ours: RawClient
    daemon: OurDaemon


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with ExitStack() as stack:
        owserver = stack.enter_context(RealOwserver([f"--tester={FAMILIES}"]))
        daemon = stack.enter_context(OurDaemon([f"--tester={FAMILIES}"]))
        clients = (stack.enter_context(RawClient(server.port)) for server in (owserver, daemon))
        yield Twins(*clients, daemon)


WORDS = st.sampled_from(
    ("uncached", "UnCached", "unaliased", "text", "json", "alarm", "bus.0", "BUS.00", "bus.1",
     "structure", "simultaneous", "28", "pages", "errata", "", "nothing")
)  # fmt: skip
DEVICES = st.one_of(
    st.sampled_from(ROMS),
    st.sampled_from(ROMS).map(lambda rom: rom.replace(".", "").lower()),
    st.sampled_from(ROMS).map(lambda rom: rom[:-1] + "F"),
)
PROPERTIES = st.sampled_from(
    ("temperature", "temperature9", "type", "address", "PIO", "PIO.0", "PIO.A", "PIO.BYTE",
     "PIO.ALL", "PIO.9", "volt.A", "volt.ALL", "memory", "pages", "pages/page.0", "pages/page.ALL",
     "counter.A", "counter.ALL", "power", "temphigh", "tempres", "latch.1", "sensed.BYTE",
     "set_alarm/low.A", "errata", "errata/trim", "present", "crc8", "family", "id", "r_id",
     "VAD", "humidity", "vis", "nothing", "temperature.0", "Type")
)  # fmt: skip
DEVICE_PATHS = st.builds(
    "/".join,
    st.tuples(st.lists(WORDS, max_size=2).map("/".join), DEVICES, PROPERTIES).map(
        lambda parts: [part for part in parts if part]
    ),
)
STRUCTURE = st.builds("structure/{}/{}".format, st.sampled_from(FAMILIES.split(",")), PROPERTIES)
PATHS = st.one_of(
    DEVICE_PATHS,
    DEVICE_PATHS,
    DEVICES,
    STRUCTURE,
    st.lists(st.one_of(WORDS, DEVICES), max_size=4).map("/".join),
    st.text("/.abc028ALB\\xff \t", max_size=12),
).flatmap(lambda path: st.sampled_from((f"/{path}", f"/{path}", path, f"/{path}/")))
INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
FLAGS = st.one_of(
    st.sampled_from((0x102, 0x106, 0x10A, 0x126, 0x142, 0x166)),
    st.integers(0, (1 << 32) - 1),
    st.builds(
        lambda scale, pressure, form: 0x10A | scale << 16 | pressure << 18 | form << 24,
        st.integers(0, 3),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
)
SIZES = st.one_of(st.sampled_from((65536, 0, 1, 12, 24, 100050, 100051, -1)), INT32)
# Reading a row of /structure from an offset of some hundred millions below 0 ends 3.2p4.
OFFSETS = st.one_of(st.just(0), st.integers(-2, 40), st.integers(-100000, (1 << 31) - 1))
DATA = st.one_of(
    st.sampled_from((b"1", b"0", b"yes", b"off", b"-3.5", b"1e3", b"", b" ", b"x", b"1,0", b"\n",
                     b"1,1,1,1,1,1,1,1", b"300", b"99999999999999999999", b"0x10")),
    st.binary(max_size=40),
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    kind = draw(
        st.one_of(
            st.sampled_from(
                (READ, READ, READ, DIR, DIRALL, PRESENCE, GET, DIRALLSLASH, GETSLASH, NOP, WRITE)
            ),
            st.integers(-2, 14),
        )
    )
    path = draw(PATHS).encode("latin-1")
    data = draw(DATA) if kind == WRITE else draw(st.sampled_from((b"", b"", b"after")))
    tokens = tuple(draw(st.lists(st.binary(min_size=16, max_size=16), max_size=3)))
    version = draw(st.one_of(st.just(0), st.integers(0, 0x3FFF).map(lambda bits: bits << 17)))
    if tokens:
        version |= TOKENS_FOLLOW | len(tokens)
    claimed = draw(
        st.one_of(st.none(), st.none(), st.none(), st.none(), st.none(), st.integers(-99, -1),
                  st.integers(LONGEST + 1, (1 << 31) - 1))
    )  # fmt: skip
    if claimed is not None and claimed < 0:
        # Together with tokens that add up to 0 this is taken for an empty message by 3.2p4.
        tokens, version = (), version & ~0x1FFFF
    size = draw(SIZES)
    if kind == WRITE:
        # A negative size makes 3.2p4 overrun its memory.
        size = draw(st.sampled_from((len(data), len(data), len(data), 0, abs(size) & 0x7FFFFFFF)))
    return Frame(
        kind,
        path,
        data,
        size=size,
        offset=draw(OFFSETS),
        flags=draw(FLAGS),
        version=version,
        terminated=draw(st.booleans()) or kind == WRITE or bool(data),
        claimed=claimed,
        tokens=tokens,
    )


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not BY_HAND,
    suppress_health_check=list(HealthCheck),
)
@given(frame=frames())
def test_any_request_is_answered_alike(twins: Twins, frame: Frame) -> None:
    # The time that 3.2p4 waits for a header to come is not of interest here.
    comparison = Comparison()
    compare(twins.theirs, twins.ours, [frame], comparison)
    for difference in comparison.differences:
        assert explanation(frame, difference.theirs, difference.ours, TABLE), str(difference)


def test_our_daemon_has_no_fault_to_report(twins: Twins) -> None:
    assert "Traceback" not in twins.daemon.log
    assert twins.daemon.is_running
