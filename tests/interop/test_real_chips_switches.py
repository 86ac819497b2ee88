"""owserver 3.2p4 and our daemon on equal chips: 26, 29, 3A, 12, 1F, property by property.

Each has an emulated DS2480B on a pseudo-terminal, so this is real time. What differs on purpose
is said in the lists here, each with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Counts
from tests.interop.differential import Answer, RawClient, Request, read, write
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

pytestmark = pytest.mark.timeout(120)


@dataclass
class Case:
    """One request, what both answered, and what it cost either on the wire."""

    request: Request
    theirs: Answer
    ours: Answer
    their_cost: Counts
    our_cost: Counts

    def __str__(self) -> str:
        return (
            f"{self.request}\n  3.2p4: {self.theirs}\n  ours:  {self.ours}\n  resets, slots:"
            f" {self.their_cost.resets}, {self.their_cost.slots} and"
            f" {self.our_cost.resets}, {self.our_cost.slots}"
        )


@dataclass
class Twins:
    """Two servers on equal buses."""

    theirs: Emulation
    ours: Emulation
    clients: tuple[RawClient, RawClient]
    cases: list[Case] = field(default_factory=list)

    def ask(self, requests: Iterable[Request]) -> list[Case]:
        """Ask both, one after the other, and count what happens on the wires."""
        asked = []
        for request in requests:
            before = self.theirs.wire.counts.snapshot(), self.ours.wire.counts.snapshot()
            answers = [client.ask(request) for client in self.clients]
            after = self.theirs.wire.counts, self.ours.wire.counts
            costs = [now - then for now, then in zip(after, before, strict=True)]
            asked.append(Case(request, *answers, *costs))
        self.cases += asked
        return asked

    def same(self, requests: Iterable[Request]) -> None:
        """Ask both and expect the same answers."""
        different = [case for case in self.ask(requests) if case.theirs != case.ours]
        assert not different, "\n".join(map(str, different))

    def chip(self, family: int) -> tuple[Slave, Slave]:
        """The first chip of a family on either bus."""
        first, second = (
            next(slave for slave in bus.slaves if slave.rom.family == family)
            for bus in (self.theirs, self.ours)
        )
        return first, second


def twins(
    specs: str, prepare: Callable[[Emulation], None] = lambda bus: None
) -> Iterator[Twins]:
    buses = [Emulation.from_list(specs) for _ in range(2)]
    with ExitStack() as stack:
        for bus in buses:
            prepare(bus)
        devices = [f"--device={stack.enter_context(bus.pty()).path}" for bus in buses]
        owserver = stack.enter_context(RealOwserver([devices[0]]))
        daemon = stack.enter_context(OurDaemon([devices[1]]))
        clients = [stack.enter_context(RawClient(server.port)) for server in (owserver, daemon)]
        result = Twins(*buses, (clients[0], clients[1]))
        yield result
        daemon.stop()
        assert "Traceback" not in daemon.log
