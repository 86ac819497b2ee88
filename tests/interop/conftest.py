"""Fixtures: which of the two servers; both with external sensors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver
from tests.interop.rigs import Program
from tests.interop.sensorpair import LINES, Pair, start


@pytest.fixture(scope="module", params=[RealOwserver, OurDaemon], ids=["owserver", "ours"])
def program(request: pytest.FixtureRequest) -> Program:
    chosen: Program = request.param
    return chosen


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        pair = start(stack, tmp_path_factory.mktemp("external"), LINES)
        yield pair
        ours = pair.servers[1]
        ours.stop()
        ours.assert_no_fault()
