"""Serial adapters as real life leaves them: in the middle of something, at another rate, without
power for a while, or another adapter than expected. Opening must bring each to work, and in time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.base import READ_BYTE, BusMaster
from owfs_py.emulator import ds2480b, ds9097, link
from owfs_py.emulator.port import SerialAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import TIMEOUT, Adapter, Bench, DeafAtOtherRates, search_all
from tests.bus.masters.test_contract_failures import OPERATIONS, operation  # noqa: F401  a fixture

READ_ROM = b"\x33"
OPENING_LIMIT = 1.1
"""Seconds to find an adapter, or to find that it is not there; twice that to try two kinds."""


def assert_works(bench: Bench, master: BusMaster | None = None) -> None:
    master = master or bench.master
    (chip,) = bench.wire.slaves
    assert master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom
    assert search_all(master) == [chip.rom]
    assert master.power_byte(0x44, 0.6) == 0x44
    assert master.reset() is True
    assert master.exchange(b"\x01\xe3") == b"\x01\xe3"


def opening_seconds(bench: Bench) -> float:
    start = bench.clock.now()
    bench.master.open()
    return bench.clock.now() - start


class SlowStarter(Adapter):
    """Loses the first bytes after its power has come on."""

    lost = 1

    def receive(self, data: bytes, baud: int) -> bytes:
        lost = min(self.lost, len(data))
        self.lost -= lost
        return super().receive(data[lost:], baud)

    def power_up(self) -> None:
        self.lost = 1
        super().power_up()


# What a program that was killed may have sent last, in hexadecimal.
LEFT_IN = {
    "data mode": "e1",
    "data mode, after half an E3": "e1 e3",
    "data mode with the accelerator on": "b5 e1",
    "the middle of an accelerated search": "b5 e1 00 00 00",
    "an endless pull-up": "3f ed",
    "an endless pull-up after a slot": "3f 97",
    "pull-ups armed": "3f ef f1",
    "data mode with pull-ups armed": "3f ef f1 e1",
    "an endless pull-up in data mode": "3f ef f1 e1 55",
    "overdrive": "a9 c9",
    "other settings": "11 21 31 41 51 61",
}


class TestDS2480B:
    def _left(self, state: str, rate: int = 9600) -> Bench:
        bench = Bench("ds2480b", {"baudrate": rate}, "ds2480b")
        bench.thermometers(1, parasitic=True)
        bench.master.open()
        bench.adapter.receive(bytes.fromhex(state), rate)
        bench.port.close()  # no farewell
        return bench

    @pytest.mark.parametrize("state", LEFT_IN.values(), ids=LEFT_IN.keys())
    def test_is_brought_to_work_without_a_break(self, state: str) -> None:
        bench = self._left(state)
        bench.master.line.fixed_rate = True
        assert opening_seconds(bench) < 0.1
        assert_works(bench)

    @pytest.mark.parametrize("rate", [19200, 57600, 115200])
    @pytest.mark.parametrize("state", LEFT_IN.values(), ids=LEFT_IN.keys())
    def test_is_brought_to_work_from_another_rate(self, state: str, rate: int) -> None:
        bench = self._left(state, rate)
        bench.meddler.adapter = DeafAtOtherRates(bench.adapter)
        assert opening_seconds(bench) < OPENING_LIMIT
        assert bench.port.baudrate == rate
        assert_works(bench)

    @pytest.mark.parametrize("chatter", [b"AT\r\n", b"\x00" * 30, bytes(range(256))])
    def test_is_brought_to_work_after_somebody_took_it_for_something_else(
        self, chatter: bytes
    ) -> None:
        bench = Bench("serial", {}, "ds2480b")
        bench.thermometers(1)
        for rate in (9600, 115200):
            bench.adapter.receive(chatter, rate)
        assert opening_seconds(bench) < OPENING_LIMIT
        assert_works(bench)

    @pytest.mark.parametrize("kind", ["ds2480b", "serial"])
    def test_is_found_while_it_is_starting(self, kind: str) -> None:
        bench = Bench(kind, {}, "ds2480b")
        bench.thermometers(1)
        bench.meddler.adapter = SlowStarter(bench.adapter)
        bench.port.dtr = bench.port.rts = False
        assert opening_seconds(bench) < OPENING_LIMIT
        assert_works(bench)


class TestPower:
    """These adapters live on DTR and RTS, which USB converters lose now and then."""

    def test_lost_and_back_unnoticed_gives_no_wrong_answer(
        self,
        bench: Bench,
        operation: Callable[[Bench], object],  # noqa: F811
    ) -> None:
        bench.thermometers(1)
        right = operation(bench)
        bench.port.dtr = bench.port.rts = False
        bench.port.dtr = bench.port.rts = True
        start = bench.clock.now()
        with contextlib.suppress(BusError):
            assert operation(bench) == right
        assert bench.clock.now() - start <= TIMEOUT + OPENING_LIMIT
        bench.master.close()
        assert opening_seconds(bench) < OPENING_LIMIT
        assert_works(bench)

    def test_lost_comes_back_with_the_next_opening(
        self,
        bench: Bench,
        operation: Callable[[Bench], object],  # noqa: F811
    ) -> None:
        bench.thermometers(1)
        bench.port.dtr = bench.port.rts = False
        start = bench.clock.now()
        with pytest.raises(BusError):
            operation(bench)
        assert bench.clock.now() - start <= TIMEOUT + OPENING_LIMIT
        bench.master.close()
        assert opening_seconds(bench) < OPENING_LIMIT
        assert_works(bench)


class TwoMode(Adapter):
    """A LINK that emulates a DS2480B from the first timing byte after a break on.

    `adapter` is what it is at the moment.
    """

    def __init__(self, wire: Wire) -> None:
        self.link = link.Link(wire)
        self.emulated = ds2480b.DS2480B(wire, chip_id=7)
        super().__init__(self.link)
        self._undecided = True

    def receive(self, data: bytes, baud: int) -> bytes:
        if self._undecided and data:
            self._undecided = False
            self.adapter = self.emulated if data[0] == ds2480b.TIMING_BYTE else self.link
        return super().receive(data, baud)

    def send_break(self) -> None:
        self.power_up()

    def power_up(self) -> None:
        self._undecided = True
        self.link.power_up()
        self.emulated.power_up()


class TestLinkWithTwoModes:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [("serial", "LINK(emulate mode)"), ("ds2480b", "LINK(emulate mode)")],
    )
    @pytest.mark.parametrize("begun", [b" ", b"b12", b"p44", b"t", b" ,"])
    def test_in_ascii_mode_is_brought_to_emulate(self, kind: str, name: str, begun: bytes) -> None:
        bench = Bench(kind, {}, TwoMode)
        bench.thermometers(1)
        bench.meddler.receive(begun, 9600)
        assert opening_seconds(bench) < OPENING_LIMIT
        assert bench.master.name == name
        assert_works(bench)

    @pytest.mark.parametrize("rate", [9600, 115200])
    @pytest.mark.parametrize("state", LEFT_IN.values(), ids=LEFT_IN.keys())
    def test_emulating_is_brought_to_ascii_mode(self, state: str, rate: int) -> None:
        bench = Bench("link", {}, TwoMode)
        bench.thermometers(1)
        other = open_master(
            "ds2480b://emulated", clock=bench.clock, port=bench.open_port, baudrate=rate
        )
        other.open()
        bench.meddler.receive(bytes.fromhex(state), rate)
        bench.port.close()
        assert opening_seconds(bench) < OPENING_LIMIT
        assert bench.master.name == "LinkUSB V1.5"
        assert_works(bench)


ADAPTERS: dict[str, Callable[[Wire], SerialAdapter]] = {
    "ds2480b": ds2480b.DS2480B,
    "ds9097": ds9097.DS9097,
    "link": link.Link,
}


class TestLink:
    @pytest.mark.parametrize("begun", [b"b12", b"b1", b"j0110", b"p44", b"t", b"\xe3\xb5\xe1"])
    def test_in_the_middle_of_a_command_needs_no_break(self, begun: bytes) -> None:
        bench = Bench("link", {}, link.Link)
        bench.thermometers(1)
        bench.adapter.receive(begun, 9600)
        bench.master.line.fixed_rate = True
        assert opening_seconds(bench) < 0.1
        assert_works(bench)


class TestTheWrongAdapter:
    """As `owserver --scan` asks one after another on each port."""

    @pytest.mark.parametrize("wrong", ["ds2480b", "ds9097", "link"])
    @pytest.mark.parametrize("right", ADAPTERS)
    def test_is_refused_in_time_and_left_so_that_the_right_driver_finds_it(
        self, right: str, wrong: str
    ) -> None:
        bench = Bench(right, {}, ADAPTERS[right])
        bench.thermometers(1)
        master = open_master(
            f"{wrong}://emulated", clock=bench.clock, port=bench.open_port, timeout=TIMEOUT
        )
        start = bench.clock.now()
        if wrong != right:
            with pytest.raises(BusNotRespondingError, match=r"^emulated: no "):
                master.open()
        assert bench.clock.now() - start < OPENING_LIMIT
        assert not bench.port.is_open
        assert opening_seconds(bench) < OPENING_LIMIT
        assert_works(bench)

    def test_an_ascii_link_is_none_of_those_that_serial_stands_for(self) -> None:
        bench = Bench("serial", {}, link.Link)
        start = bench.clock.now()
        with pytest.raises(BusNotRespondingError, match=r"no DS2480B.*no DS9097"):
            bench.master.open()
        assert bench.clock.now() - start < 2 * OPENING_LIMIT
