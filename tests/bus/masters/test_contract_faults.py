"""What the core makes of failing adapters and lines: the right answer or an error, in time, and for
all of them alike; and when all is well again it works again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
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

POINTS = {Point.CALL: 4, Point.ANSWER: 2, Point.SLOT: 2}
"""At so many points of each job it is tried what happens if something goes wrong there."""

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


def _proven(jobs: Mapping[str, Job], fault: str) -> dict[str, Job]:
    unproven = UNPROVEN.get(fault, ())
    return {name: job for name, job in jobs.items() if name not in unproven}


def _try(bench: AnyBench, name: str, jobs: Mapping[str, Job], prepare: Job) -> None:
    """Do each job again and again, with this fault at one point after the other."""
    fault = FAULTS[name]
    random = Random(name)

    async def test(ow: OneWire) -> None:
        await prepare(ow)
        for job_name, job in jobs.items():
            count = await length(bench, fault.counted, job(ow))
            for at in sorted(random.sample(range(count), min(POINTS[fault.counted], count))):
                with _told(f"{job_name}, {name} at {at} of {count}"):
                    began = bench.clock.now()
                    fault.begin(bench, at)
                    with contextlib.suppress(OneWireError):
                        await job(ow)
                    assert bench.clock.now() - began < LONGEST
                    heal(bench)
                    await _found_again(bench, ow)
                    # A conversion may have begun though nobody knows.
                    await asyncio.sleep(CONVERSION)
                    await job(ow)

    run_core(bench, test)


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
