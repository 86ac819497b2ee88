"""Two equal emulated buses, owserver 3.2p4 on one and our daemon on the other, asked the same.

Each has an emulated DS2480B on a pseudo-terminal, so this is real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Counts
from tests.interop.differential import Answer, RawClient, Request
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver


@dataclass
class Case:
    """One request, what both answered, and what it cost either on the wire."""

    request: Request
    theirs: Answer
    ours: Answer
    their_cost: Counts
    our_cost: Counts

    def __str__(self) -> str:
        costs = (self.their_cost, self.our_cost)
        return (
            f"{self.request}\n  3.2p4: {self.theirs}\n  ours:  {self.ours}\n  resets, slots: "
            + " and ".join(f"{cost.resets}, {cost.slots}" for cost in costs)
        )


@dataclass
class Twins:
    """Two servers on equal buses."""

    theirs: Emulation
    ours: Emulation
    clients: tuple[RawClient, RawClient]
    cases: list[Case] = field(default_factory=list)
    """All that was asked."""

    def ask(self, requests: Iterable[Request]) -> list[Case]:
        """Ask both, one after the other, and count what happens on the wires."""
        asked = []
        buses = (self.theirs, self.ours)
        for request in requests:
            before = [bus.wire.counts.snapshot() for bus in buses]
            theirs, ours = (client.ask(request) for client in self.clients)
            costs = [bus.wire.counts - was for bus, was in zip(buses, before, strict=True)]
            asked.append(Case(request, theirs, ours, *costs))
        self.cases += asked
        return asked

    def chips(self, family: int) -> tuple[Slave, Slave]:
        """The first chip of a family on either bus."""
        first, second = (
            next(slave for slave in bus.slaves if slave.rom.family == family)
            for bus in (self.theirs, self.ours)
        )
        return first, second


@contextmanager
def twins(make: Callable[[], Emulation]) -> Iterator[Twins]:
    """Start both servers on what `make` makes; our daemon must not fail unexpectedly."""
    first, second = make(), make()
    with ExitStack() as stack:
        devices = [f"--device={stack.enter_context(bus.pty()).path}" for bus in (first, second)]
        owserver = stack.enter_context(RealOwserver([devices[0]]))
        daemon = stack.enter_context(OurDaemon([devices[1]]))
        theirs, ours = (
            stack.enter_context(RawClient(server.port)) for server in (owserver, daemon)
        )
        yield Twins(first, second, (theirs, ours))
        daemon.stop()
        assert "Traceback" not in daemon.log
