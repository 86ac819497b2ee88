"""owserver 3.2p4 and our daemon with one simulated device of every family: the same bytes.

What differs on purpose is in tests/deliberate_differences.py; nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from tests.deliberate_differences import (
    DELIBERATE_DIFFERENCES,
    DIFFERENCES_OF_SIMULATED_BUSES,
    explanation,
)
from tests.interop import testerrequests as requests
from tests.interop.differential import Comparison, Difference, RawClient, Request, compare
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

pytestmark = pytest.mark.timeout(240)

FEWEST_REQUESTS = 100_000
FEWEST_OF_SEVERAL = 20_000
"""So that a group that asks nothing any more is missed."""
TABLE = (*DIFFERENCES_OF_SIMULATED_BUSES, *DELIBERATE_DIFFERENCES)


@dataclass(repr=False)
class Run:
    """Two servers with the same simulated buses, and how their answers differed."""

    theirs: RawClient
    ours: RawClient
    comparison: Comparison = field(default_factory=Comparison)
    log: str = ""
    """What our daemon wrote until it ended."""

    def compare(self, *groups: Iterable[Request]) -> None:
        for group in groups:
            compare(self.theirs, self.ours, group, self.comparison)


@contextmanager
def twins(*options: str) -> Iterator[Run]:
    """The two servers, started with the same options and ended."""
    with ExitStack() as stack:
        owserver = stack.enter_context(RealOwserver(list(options)))
        daemon = stack.enter_context(OurDaemon(list(options)))
        run = Run(*(stack.enter_context(RawClient(it.port)) for it in (owserver, daemon)))
        yield run
        daemon.stop()
        run.log = daemon.log


@pytest.fixture(scope="module")
def tree() -> Run:
    """One device of every family, asked for everything."""
    with twins(f"--tester={requests.families()}") as run:
        run.compare(
            requests.listings(run.theirs),
            requests.branches(),
            requests.values(),
            requests.parts(),
            requests.formats(),
            requests.odd_paths(),
            requests.interface(0),
            requests.writes(requests.roms()),
            requests.aliases(),
        )
    return run


ALL_FORMS = (
    "DS2450,ds18b20,28.112233445566,10.11,28....11,28.1122334455667788,28x,"
    "3B112233445566,3B.11FFFFFF,zz,,99"
)
OPTIONS = """
tester = {all_forms}
fake = {devices}
mock = {devices}
tester = 28,10
temperature_high = -5
tester = 99
temperature_low = -10
"""
"""In a file, since long command lines overflow a buffer of 3.2p4."""
FIRST_TESTER, FAKE, MOCK, *OTHER_TESTERS = BUSES = range(5)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Buses of all styles, with lists of all forms."""
    file = tmp_path_factory.mktemp("several") / "owfs.conf"
    devices = ",".join(map(str, requests.fixed_roms()))
    file.write_text(OPTIONS.format(all_forms=ALL_FORMS, devices=devices))
    with twins(f"--configuration={file}") as run:
        for bus in BUSES:
            run.compare(requests.interface(bus))
        for bus in (FIRST_TESTER, *OTHER_TESTERS):
            run.compare(requests.bus_values(run.theirs, bus))
        for bus in (FAKE, MOCK):
            run.compare(requests.random_values(bus), requests.random_writes(bus))
        run.compare(requests.kept_values(MOCK))
    return run


def unexplained(run: Run) -> list[Difference]:
    return [
        difference
        for difference in run.comparison.differences
        if explanation(difference.request, difference.theirs, difference.ours, TABLE) is None
    ]


def fail_unless_explained(run: Run) -> None:
    """Fail with the differences that are not meant, ready to be read."""
    found = unexplained(run)
    if found:
        pytest.fail("\n".join(["differences that nobody means:", *map(str, found)]), pytrace=False)


def test_every_answer_about_every_family_is_the_same_or_meant_to_differ(tree: Run) -> None:
    assert tree.comparison.asked >= FEWEST_REQUESTS
    fail_unless_explained(tree)


def test_lists_of_all_forms_and_styles_give_the_same_devices(several: Run) -> None:
    assert several.comparison.asked >= FEWEST_OF_SEVERAL
    fail_unless_explained(several)


def test_every_deliberate_difference_is_met(tree: Run) -> None:
    met = {explanation(d.request, d.theirs, d.ours, TABLE) for d in tree.comparison.differences}
    missing = [line.what for line in DIFFERENCES_OF_SIMULATED_BUSES if line not in met]
    assert missing == []


def test_our_daemon_has_no_fault_to_report(tree: Run, several: Run) -> None:
    for run in (tree, several):
        assert "Traceback" not in run.log
        assert "unexpected" not in run.log


def test_items_that_are_no_device_are_reported(several: Run) -> None:
    assert "device 10 <zz> not recognized, ignored" in several.log
    assert "device 11 <> not recognized, ignored" in several.log
