"""What the core makes of failing adapters and lines: the right answer or an error, in time, and for
all of them alike; and when all is well again it works again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from random import Random

import pytest

from owfs_py.bus.errors import OneWireError
from owfs_py.bus.masters.base import Can
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import RECONNECT_LONGEST
from owfs_py.emulator import ha7net
from tests.bus.masters.adapters import AnyBench, where
from tests.bus.masters.bench import TIMEOUT
from tests.bus.masters.corebench import CONVERSION, SETTINGS, Job, Populated, run_core, text
from tests.bus.masters.corefaults import FAULTS, Point, heal, length
from tests.bus.masters.w1bench import W1Bench

FEW_CALLS = 10
"""A job with no more calls than that is tried with a loss at each of them."""
POINTS = {Point.CALL: 3, Point.ANSWER: 1, Point.SLOT: 1}
"""At so many points of other jobs, not the same ones for all adapters, things go wrong."""

SLACK = 4.0
"""Seconds that finding an adapter again, and the job itself, may add to time-outs."""
LONGEST = 3 * TIMEOUT + SLACK
"""Seconds: what ends a command, the next one, and looking for the adapter may all time out."""

UNPROVEN = {
    "garbled answer": ("memory",),
    "short circuit": ("memory",),
    "noise": ("memory", "temperature"),
}
"""Jobs of which some part is without any check, so that what goes wrong there shows to nobody.

A DS2431 sends its memory without a CRC. Not all adapters tell what was on the line while they
select a device; one that did not hear that it should convert has its last value to give.
"""

UNNOTICED = ("lost for a moment",)
"""Faults that cost time only; but an HA7Net may keep the lock that it was to tell the number of."""


@pytest.fixture(autouse=True)
def _no_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    # Captured errors would keep PyUSB's devices longer than its library.
    caplog.set_level(logging.CRITICAL)


adapter = where(lambda can: True, variants=False)
branching = where(lambda can: Can.BRANCHES in can, variants=False)
feeding = where(lambda can: Can.STRONG_PULLUP in can, variants=False)
fast = where(lambda can: Can.OVERDRIVE in can, variants=False)


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> str:
    """The name of one of FAULTS."""
    return str(request.param)


@pytest.mark.no_cover  # the same lines thousands of times
class TestAFaultCostsAnErrorAtMost:
    def test_on_the_trunk(self, adapter: AnyBench, fault: str) -> None:
        trunk = Populated(adapter).trunk
        del trunk.jobs["limit"]  # below, where it is harder
        _try(adapter, fault, _proven(trunk.jobs, fault), trunk.measure)

    def test_on_a_branch(self, branching: AnyBench, fault: str) -> None:
        main = Populated(branching).main
        jobs = {name: main.jobs[name] for name in ("listing", "alarms", "temperature", "writing")}
        _try(branching, fault, _proven(jobs, fault), main.measure)

    def test_while_a_thermometer_is_fed_from_the_line(self, feeding: AnyBench, fault: str) -> None:
        trunk = Populated(feeding).trunk
        trunk.cold.parasitic = True
        jobs = {name: trunk.jobs[name] for name in ("temperature", "limit")}
        _try(feeding, fault, _proven(jobs, fault), trunk.measure)

    def test_while_an_eprom_is_programmed(self, programmer: AnyBench, fault: str) -> None:
        trunk = Populated(programmer).trunk
        _try(programmer, fault, {"programming": trunk.program}, trunk.measure)

    def test_at_overdrive_speed(self, fast: AnyBench, fault: str) -> None:
        trunk = Populated(fast).trunk

        async def write(ow: OneWire) -> None:
            # Whoever failed before has another chance.
            await ow.write(f"{SETTINGS}/overdrive", b"1")
            await trunk.write_memory(ow)

        _try(fast, fault, {"writing": write}, trunk.measure)


def test_a_line_on_ground_is_not_read_as_pages_of_zeros() -> None:
    # Their CRC-8 would be right, and this adapter tells of no short circuit.
    bench = W1Bench()
    trunk = Populated(bench).trunk

    async def test(ow: OneWire) -> None:
        await trunk.measure(ow)
        short = FAULTS["short circuit"]
        for at in range(await length(bench, short.counted, trunk.read_eprom(ow))):
            short.begin(bench, at)
            with contextlib.suppress(OneWireError):
                await trunk.read_eprom(ow)
            heal(bench)
        trunk.eprom.memory[:32] = bytes(32)
        assert (await ow.read(trunk.path_of(trunk.eprom, "pages/page.0"))).data == bytes(32)

    run_core(bench, test)


def _proven(jobs: Mapping[str, Job], fault: str) -> dict[str, Job]:
    unproven = UNPROVEN.get(fault, ())
    return {name: job for name, job in jobs.items() if name not in unproven}


def _try(bench: AnyBench, name: str, jobs: Mapping[str, Job], prepare: Job) -> None:
    """Do each job again and again, with this fault at one point after the other."""
    fault = FAULTS[name]
    random = Random(f"{bench.kind} {name}")

    async def test(ow: OneWire) -> None:
        await prepare(ow)
        for job_name, job in jobs.items():
            count = await length(bench, fault.counted, job(ow))
            assert count
            for at in _points(random, fault.counted, count):
                with _told(f"{job_name}, {name} at {at} of {count}"):
                    began = bench.clock.now()
                    fault.begin(bench, at)
                    try:
                        await job(ow)
                    except OneWireError:
                        assert name not in UNNOTICED or bench.kind == "ha7net"
                    assert bench.clock.now() - began < LONGEST
                    heal(bench)
                    await _found_again(bench, ow)
                    # A conversion may have begun though nobody knows.
                    await asyncio.sleep(CONVERSION)
                    await job(ow)

    run_core(bench, test)


def _points(random: Random, counted: Point, count: int) -> Sequence[int]:
    if counted is Point.CALL and count <= FEW_CALLS:
        return range(count)
    return sorted(random.sample(range(count), min(POINTS[counted], count)))


async def _found_again(bench: AnyBench, ow: OneWire) -> None:
    """Wait until the core has the adapter again."""
    # An HA7Net that gave its lock, and was cut off before it could say so, keeps it for a while.
    patience = ha7net.LOCK_SECONDS if bench.kind == "ha7net" else 0.0
    give_up = bench.clock.now() + RECONNECT_LONGEST + patience + SLACK
    while await text(ow, f"{SETTINGS}/reconnect") != b"0":
        assert bench.clock.now() < give_up
        await asyncio.sleep(RECONNECT_LONGEST / 10)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever goes wrong inside tells where."""
    try:
        yield
    except Exception as error:
        error.add_note(what)
        raise
