"""Checks that tests of several adapters make beside the contract: answers in text that are wrong,
buses that share a line, connections that are lost. Each is given what differs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError, SearchError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import READ_BYTE, BusMaster
from owfs_py.bus.rom import RomId
from owfs_py.emulator.link import Link
from owfs_py.emulator.pbm import PBM
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.tcp import TcpAdapter
from tests.bus.masters.bench import Bench, search_all
from tests.bus.masters.test_contract import READ_ROM
from tests.bus.masters.test_real_ports import assert_works, rfc2217_server

# Lines of text


def finds_it_after(bench: Bench, begun: bytes) -> None:
    """Opening finds the adapter that somebody left in the middle of a command."""
    (chip,) = bench.thermometers(1)
    bench.port.write(begun)
    bench.master.close()
    bench.master.open()
    assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


def refuses_as_an_id(bench: Bench, answer: bytes) -> None:
    """A search that is answered so is an error."""
    bench.thermometers(1)
    bench.meddler.change = lambda _: answer
    with pytest.raises(SearchError, match="no ROM id"):
        search_all(bench.master)


def gives_up_a_search_without_end(bench: Bench, framed: Callable[[bytes], bytes]) -> None:
    """The same id again and again, `framed` as answers are, is an error."""
    (chip,) = bench.thermometers(1)
    answer = framed(chip.rom[::-1].hex().encode())
    bench.meddler.change = lambda _: answer
    with pytest.raises(SearchError, match="does not end"):
        search_all(bench.master)


def tells_of_slaves_that_answer_no_search(bench: Bench) -> None:
    """A LINK, or what speaks its language, must not say "nobody" where a reset was answered."""
    bench.thermometers(1)
    bench.meddler.change = lambda answer: b"N\r\n" if b"-" in answer else answer
    with pytest.raises(SearchError, match="silent"):
        search_all(bench.master)


# Buses on one line


def keeps_the_other_waiting(first: BusMaster, other: BusMaster) -> None:
    """A job on one of two open buses is finished before one on the other begins."""
    order: list[str] = []
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        with other.turn():
            order.append("other")

    thread = threading.Thread(target=wait)
    with first.turn():
        thread.start()
        waiting.wait()
        assert first.reset()
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def each_finds_it_again(
    buses: Sequence[BusMaster], unplug: Callable[[], None], plug: Callable[[], None]
) -> None:
    """All notice that the line is lost, none can be opened, and all can once it is back."""
    unplug()
    for bus in buses:
        with pytest.raises(BusError):
            bus.reset()
        bus.close()
        with pytest.raises(BusNotRespondingError):
            bus.open()
    plug()
    for bus in buses:
        bus.open()


# Networks


def survives_lost_connections(master: BusMaster, unit: TcpAdapter, roms: Sequence[RomId]) -> None:
    """An open bus with `roms` is there again after a connection lost in a search, and after the
    adapter was gone for a while. It is closed then."""
    assert sorted(search_all(master)) == sorted(roms)
    unit.drop_after = 30
    with pytest.raises(BusError):
        search_all(master)
    master.close()
    master.open()
    assert sorted(search_all(master)) == sorted(roms)
    unit.unplug()
    with pytest.raises(BusError):
        master.reset()
    master.close()
    with pytest.raises(BusNotRespondingError, match=unit.address):
        master.open()
    unit.plug()
    master.open()
    assert sorted(search_all(master)) == sorted(roms)
    master.close()


def works_behind_a_bridge(adapter: Link | PBM, spec: str, rate: int) -> None:
    """A serial adapter behind one that speaks telnet with serial control, at the place that `spec`
    gets, works, and the line has this rate."""
    adapter.wire.attach(make_slave("28"))
    with rfc2217_server(adapter) as place:
        master = open_master(spec.format(place), timeout=2.0, baudrate=rate)
        master.open()
        assert adapter.baud == rate
        assert_works(master, adapter.wire)
        master.close()
