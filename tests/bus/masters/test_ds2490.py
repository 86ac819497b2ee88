"""The DS2490: the contract over USB, and what is its own: settings, faults, being found again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from tests.bus.masters import test_contract as contract
from tests.bus.masters.test_contract import operation  # noqa: F401  a fixture
from tests.bus.masters.usbbench import UsbBench, usb_bench

TIMINGS: dict[str, dict[str, Any]] = {"flexible": {}, "regular": {"flextime": False}}


@pytest.fixture(params=TIMINGS.values(), ids=TIMINGS.keys())
def closed_bench(request: pytest.FixtureRequest) -> Iterator[UsbBench]:
    with usb_bench(**request.param) as bench:
        yield bench


class TestResetAndPresence(contract.TestResetAndPresence):
    pass


class TestSlots(contract.TestSlots):
    pass


class TestSearch(contract.TestSearch):
    pass


class TestPower(contract.TestPower):
    pass


class TestFailures(contract.TestFailures):
    pass


class TestOpening(contract.TestOpening):
    def test_a_port_that_is_not_there_is_told_once(self, closed_bench: UsbBench) -> None:
        closed_bench.port.unplug()
        with pytest.raises(BusNotRespondingError) as caught:
            closed_bench.master.open()
        assert str(caught.value).count("no DS9490") == 1
