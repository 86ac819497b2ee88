"""owserver 3.2p4 and our daemon on equal buses: the same request, the same bytes.

Each has an emulated DS2480B on a pseudo-terminal, so this is real time. What differs on purpose
is in tests/deliberate_differences.py; nothing else may.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.thermometers import Thermometer
from tests.deliberate_differences import DELIBERATE_DIFFERENCES, explanation
from tests.interop import busrequests, buswrites, twinbus, virtualrequests
from tests.interop.differential import Comparison, Difference, Request, compare
from tests.interop.twins import Twins, twins

pytestmark = pytest.mark.timeout(240)

BEFORE_CONVERSION = (
    busrequests.listings,
    busrequests.formats,
    busrequests.static_values,
    busrequests.structure_rows,
    busrequests.odd_paths,
    busrequests.directories_as_files,
    busrequests.protocol,
)
"""All that can be asked before anyone has converted."""
AFTER_CONVERSION = (
    busrequests.temperatures,
    busrequests.after_conversion,
    busrequests.fresh_temperatures,
    busrequests.parts,
    busrequests.simultaneous,
    buswrites.limits,
    buswrites.resolutions,
    buswrites.trims,
    buswrites.not_writable,
    buswrites.readings_after_all,
    buswrites.aliases,
)
"""All that must wait until every chip has converted, in this order."""
FEWEST_REQUESTS = 2000
"""So that a group that asks nothing any more is missed."""
ONE_CONVERSION = 1.0
"""Seconds after which a shared conversion counts for both (3.2p4 knows whole seconds only)."""
LIFETIMES = ("--timeout_volatile=600", "--timeout_stable=600")
"""Long, so that it does not matter how quickly the machine gets through the requests."""


@dataclass(repr=False)
class Run:
    """What two servers on a pair of buses were asked, and how their answers differed."""

    both: Twins
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def differences(self) -> list[Difference]:
        return self.comparison.differences

    def compare(self, requests: Iterable[Request]) -> None:
        """Ask both."""
        compare(*self.both.clients, requests, self.comparison)

    def convert_all(self) -> None:
        """Let all chips of both buses measure."""
        self.compare(busrequests.converted())
        time.sleep(ONE_CONVERSION)


@contextmanager
def run_on(roms: Sequence[RomId] = twinbus.EVERYBODY, *, parasitic: bool = False) -> Iterator[Run]:
    """The two servers, started and ended."""
    with twins(lambda: twinbus.twin_bus(roms, parasitic=parasitic), LIFETIMES) as both:
        yield Run(both)


@pytest.fixture(scope="module")
def powered() -> Run:
    """A bus with external power and slaves of all families that there are."""
    with run_on() as run:
        for group in BEFORE_CONVERSION:
            run.compare(group())
        run.convert_all()
        for group in AFTER_CONVERSION:
            run.compare(group())
    return run


@pytest.fixture(scope="module")
def virtual() -> Run:
    """The directories that belong to no device, on a bus of few."""
    roms = (twinbus.WARM, twinbus.KEY, twinbus.HOT)
    with run_on(roms) as run:
        run.compare(virtualrequests.virtual(run.both.clients[0]))
        run.compare(virtualrequests.virtual_writes())
    return run


@pytest.fixture(scope="module")
def parasitic() -> Run:
    """A bus with two chips that live from the data line."""
    roms = (twinbus.WARM, twinbus.COLD_S20)
    with run_on(roms, parasitic=True) as run:
        run.compare(busrequests.parasitic())
        run.convert_all()
        run.compare(busrequests.parasitic_together())
    return run


def fail_unless_explained(outcome: Run) -> None:
    """Fail with the differences that are not meant, ready to be read."""
    found = [d for d in outcome.differences if explanation(d.request, d.theirs, d.ours) is None]
    if found:
        pytest.fail("\n".join(["differences that nobody means:", *map(str, found)]), pytrace=False)


def test_every_answer_is_the_same_or_meant_to_differ(powered: Run) -> None:
    assert powered.comparison.asked >= FEWEST_REQUESTS
    fail_unless_explained(powered)


def test_every_answer_about_parasitic_chips_is_the_same_or_meant_to_differ(parasitic: Run) -> None:
    fail_unless_explained(parasitic)


def test_every_answer_about_the_server_itself_is_the_same_or_meant_to_differ(virtual: Run) -> None:
    fail_unless_explained(virtual)


def test_every_deliberate_difference_is_met(powered: Run, parasitic: Run, virtual: Run) -> None:
    differences = powered.differences + parasitic.differences + virtual.differences
    met = {explanation(d.request, d.theirs, d.ours) for d in differences}
    missing = [line.what for line in DELIBERATE_DIFFERENCES if line not in met]
    assert missing == []


def thermometers(emulation: Emulation) -> list[Thermometer]:
    return [slave for slave in emulation.slaves if isinstance(slave, Thermometer)]


def test_both_leave_the_same_in_the_chips(powered: Run) -> None:
    for theirs, ours in zip(
        thermometers(powered.both.theirs), thermometers(powered.both.ours), strict=True
    ):
        assert ours.eeprom[:2] == theirs.eeprom[:2], ours.rom
        if ours.rom != twinbus.WARM_S20:  # has trim for 3.2p4 only
            assert ours.trim == theirs.trim, ours.rom


def test_parasitic_chips_are_always_fed(parasitic: Run) -> None:
    assert [chip.brown_outs for chip in thermometers(parasitic.both.ours)] == [0, 0]
    assert [chip.eeprom[:2] for chip in thermometers(parasitic.both.ours)] == [bytes((44, 253))] * 2
