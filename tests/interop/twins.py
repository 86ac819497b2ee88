"""Two equal emulated buses, owserver 3.2p4 on one and our daemon on the other, asked the same.

Each has an emulated DS2480B on a pseudo-terminal, so this is real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.wire import Counts
from tests.deliberate_differences import Deliberate
from tests.interop.agreement import assert_agreement
from tests.interop.differential import READ, Answer, RawClient, Request, read, write
from tests.interop.hurry import hurry_library
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, tcflush_library

C = TypeVar("C", bound=Slave)

CONFIRMATION = 8
"""Slots in which a chip tells that it has done what a write asked for; 3.2p4 does not listen."""
PRESENCE_TEST = 200
"""Slots."""
LASTING = [f"--timeout_{kind}=1200" for kind in ("volatile", "stable", "directory", "presence")]
"""What one has cached the other has, too, however long a busy machine takes in between."""


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

    @property
    def too_dear(self) -> bool:
        """Whether a request that both answered cost us more of the bus than them."""
        if min(self.theirs.ret or 0, self.ours.ret or 0) < 0:
            return False
        allowed = 0 if self.request.type == READ else CONFIRMATION * self.our_cost.resets
        # An empty line reads as ones, too, so the chip is asked once whether it is there.
        asked = b"\xff" in self.ours.text
        excuse = Counts(resets=asked, slots=allowed + asked * PRESENCE_TEST)
        return self.our_cost.signal_time > self.their_cost.signal_time + excuse.signal_time


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

    def agree(self, *requests: Request, but: Sequence[Deliberate] = ()) -> list[Case]:
        """Ask both. They may differ only as the lines `but` say, and must differ as each says."""
        cases = self.ask(requests)
        assert_agreement(cases, but)
        return cases

    def device(self, family: int) -> str:
        """The path of the first chip of a family."""
        return f"/{self.chips(family, Slave)[0].rom}"

    def chips(self, family: int, kind: type[C]) -> tuple[C, C]:
        """The first chip of a family on either bus, which must be a `kind`."""
        first, second = (
            next(slave for slave in bus.slaves if slave.rom.family == family)
            for bus in (self.theirs, self.ours)
        )
        assert isinstance(first, kind)
        assert isinstance(second, kind)
        return first, second


def prepared(specs: str, prepare: Callable[[Emulation], None]) -> Callable[[], Emulation]:
    """Makes buses with these chips, in the state that `prepare` brings them into."""

    def make() -> Emulation:
        bus = Emulation.from_list(specs)
        prepare(bus)
        return bus

    return make


@contextmanager
def twins(
    make: Callable[[], Emulation], options: Sequence[str] = (), *, hurried: bool = False
) -> Iterator[Twins]:
    """Start both servers on what `make` makes; our daemon must not fail unexpectedly.

    `hurried`: neither waits for a chip that takes from half a second to a second (see hurry.c).
    """
    first, second = make(), make()
    for slave in (*first.slaves, *second.slaves):
        slave.stop_quartz()  # or the second could change between the two answers
    with ExitStack() as stack:
        devices = [f"--device={stack.enter_context(bus.pty()).path}" for bus in (first, second)]
        preloaded = f"{tcflush_library()}:{hurry_library()}" if hurried else f"{tcflush_library()}"
        owserver = stack.enter_context(
            RealOwserver([devices[0], *LASTING, *options], {"LD_PRELOAD": preloaded})
        )
        environment = {"LD_PRELOAD": str(hurry_library())} if hurried else {}
        daemon = stack.enter_context(
            OurDaemon([devices[1], *LASTING, *options], environment=environment)
        )
        theirs, ours = (
            stack.enter_context(RawClient(server.port)) for server in (owserver, daemon)
        )
        yield Twins(first, second, (theirs, ours))
        daemon.stop()
        daemon.assert_no_fault()


def reads(device: str, *names: str) -> list[Request]:
    """Each property, also past the cache."""
    return [read(f"{way}{device}/{name}") for name in names for way in ("", "/uncached")]


def writes(device: str, *pairs: tuple[str, bytes]) -> list[Request]:
    """Each write, and a look at what it did."""
    return [
        request
        for name, data in pairs
        for request in (write(f"{device}/{name}", data), read(f"{device}/{name}"))
    ]


def too_dear(cases: Iterable[Case]) -> list[str]:
    """Those that cost us more than them."""
    return [str(case) for case in cases if case.too_dear]
