"""Requests a second over TCP: this daemon, owserver 3.2p4 and a bare C loop, in turns in one run.

Everything is answered from memory; what a bus costs is in bench_bus_cost.py.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.contestants import SENSOR, Ours, Reference, cpu_time
from benchmarks.load import BareLoop, Load, Mode, Result, apply, ask
from benchmarks.tables import Tables
from owfs_py.ownet.messages import DEFAULT_FLAGS, FLAG_PERSISTENCE, MessageType, request_frame

ROUNDS: Final = 7
WARM_UP: Final = "0.1s"
ROUND: Final = "0.4s"
TABLE: Final = "Requests a second over TCP (medians of interleaved rounds)"
COLUMNS: Final = (
    *("owserver 3.2p4", "owfs_py", "bare loop", "ratio", "goal", "of bare"),
    *("CPU us 3.2p4", "CPU us owfs_py", "CPU us bare", "generator busy"),
)


class Contestant(Protocol):
    """A server that is running."""

    name: str
    port: int

    @property
    def pid(self) -> int: ...


@dataclass(frozen=True)
class Scenario:
    """What is asked, by how many, and how many times as fast as owserver 3.2p4 it should be."""

    name: str
    kind: MessageType
    path: str
    clients: int
    mode: Mode
    goal: float | None = None

    @property
    def request(self) -> bytes:
        flags = DEFAULT_FLAGS | (FLAG_PERSISTENCE if self.mode == "kept" else 0)
        size = 8192 if self.kind is MessageType.READ else 0
        return request_frame(self.kind, self.path.encode() + b"\0", size=size, flags=flags)


READ, DIRALL = MessageType.READ, MessageType.DIRALL
VALUE = f"{SENSOR}/temperature"
SCENARIOS = [
    Scenario("cached read, 1 client", READ, VALUE, 1, "kept", 0.9),
    Scenario("cached read, 16 clients", READ, VALUE, 16, "kept", 6),
    Scenario("cached read, 128 clients", READ, VALUE, 128, "kept", 10),
    Scenario("new connections, 1 at a time", READ, VALUE, 1, "new"),
    Scenario("new connections, 16 at a time", READ, VALUE, 16, "new", 2),
    Scenario("DIRALL of a device, 1 client", DIRALL, SENSOR, 1, "kept"),
    Scenario("DIRALL of a device, 16 clients", DIRALL, SENSOR, 16, "kept", 20),
]


@dataclass
class Measured:
    """The rounds of one contestant in one scenario."""

    contestant: Contestant
    load: Load
    results: list[Result] = field(default_factory=list)
    cpu: float = 0.0

    def round(self, limit: str) -> None:
        before = cpu_time(self.contestant.pid)
        self.results.append(apply(self.load, self.contestant.port, limit))
        self.cpu += cpu_time(self.contestant.pid) - before

    @property
    def rate(self) -> float:
        return statistics.median(result.rate for result in self.results)

    @property
    def cpu_per_request(self) -> float:
        """Seconds; does not depend on who else uses the machine."""
        return self.cpu / sum(result.requests for result in self.results)

    @property
    def generator_busy(self) -> float:
        """The part of the time that the load generator was working and not waiting for answers."""
        return statistics.median(result.cpu / result.seconds for result in self.results)

    def summary(self) -> dict[str, object]:
        return {
            "requests_per_second": round(self.rate),
            "server_cpu_us_per_request": round(self.cpu_per_request * 1e6, 2),
            "load_generator_busy": round(self.generator_busy, 2),
            "latency_us": {
                part: statistics.median(result.latency[part] for result in self.results)
                for part in self.results[0].latency
            },
        }


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Ours, Reference]]:
    with Ours() as ours, Reference() as reference:
        yield ours, reference


def cached_answer(contestant: Contestant, request: bytes) -> bytes:
    """What the server answers when it need not ask its bus."""
    first = ask(contestant.port, request)
    assert ask(contestant.port, request) == first
    assert len(first) > 24, f"{contestant.name} answers {first.hex()}"
    return first


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_requests_per_second(
    benchmark: BenchmarkFixture,
    servers: tuple[Ours, Reference],
    scenario: Scenario,
    tables: Tables,
) -> None:
    request = scenario.request

    def against(contestant: Contestant, answer: bytes) -> Measured:
        measured = Measured(contestant, Load(request, answer, scenario.clients, scenario.mode))
        apply(measured.load, contestant.port, WARM_UP)
        return measured

    with ExitStack() as stack:
        ours, reference = (against(each, cached_answer(each, request)) for each in servers)
        answer = ours.load.answer
        bare = against(stack.enter_context(BareLoop(answer)), answer)
        if scenario.kind is DIRALL:
            assert answer == reference.load.answer
        pace = apply(ours.load, ours.contestant.port, WARM_UP).rate
        count = max(1, int(pace * float(ROUND.rstrip("s"))))

        def others() -> None:
            reference.round(ROUND)
            bare.round(ROUND)

        benchmark.pedantic(ours.round, args=(str(count),), setup=others, rounds=ROUNDS)

    ratio = ours.rate / reference.rate
    benchmark.extra_info |= {
        "clients": scenario.clients,
        "requests_per_round": count,
        "ratio": round(ratio, 2),
        "cpu_ratio": round(reference.cpu_per_request / ours.cpu_per_request, 2),
        "of_bare_loop": round(ours.rate / bare.rate, 2),
    } | {each.contestant.name: each.summary() for each in (ours, reference, bare)}
    tables.add(
        TABLE,
        COLUMNS,
        scenario.name,
        *(f"{each.rate:.0f}" for each in (reference, ours, bare)),
        f"{ratio:.1f}",
        "" if scenario.goal is None else f"{scenario.goal:g}",
        f"{ours.rate / bare.rate:.0%}",
        *(f"{each.cpu_per_request * 1e6:.1f}" for each in (reference, ours, bare)),
        f"{ours.generator_busy:.0%}",
    )
