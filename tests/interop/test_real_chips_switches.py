"""owserver 3.2p4 and our daemon on equal chips: 12, 1E, 1F, 26, 29, 3A, property by property.

Each has an emulated DS2480B on a pseudo-terminal, so this is real time. Where the two are meant
to differ a test of its own says how.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2406 import DS2406
from owfs_py.emulator.ds2408 import DS2408
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.ds2413 import DS2413
from owfs_py.emulator.ds2438 import DS2438
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.switches import Pins
from owfs_py.emulator.thermometers import Thermometer
from owfs_py.emulator.wire import Counts
from tests.interop.differential import (
    DIR,
    DIRALL,
    DIRALLSLASH,
    PRESENCE,
    Answer,
    RawClient,
    Request,
    ask,
    read,
    write,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

pytestmark = pytest.mark.timeout(120)

LISTINGS = (DIR, DIRALL, DIRALLSLASH)
NO_SUCH_PATH, INVALID, NUMBER_WIDTH = -1, -22, 12


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

    def ask(self, requests: Iterable[Request]) -> list[Case]:
        """Ask both, one after the other, and count what happens on the wires."""
        asked = []
        for request in requests:
            before = self.theirs.wire.counts.snapshot(), self.ours.wire.counts.snapshot()
            answers = [client.ask(request) for client in self.clients]
            after = self.theirs.wire.counts, self.ours.wire.counts
            costs = [now - then for now, then in zip(after, before, strict=True)]
            asked.append(Case(request, *answers, *costs))
        return asked

    def same(self, requests: Iterable[Request]) -> list[Case]:
        """Ask both and expect the same answers."""
        cases = self.ask(requests)
        different = [case for case in cases if case.theirs != case.ours]
        assert not different, "\n".join(map(str, different))
        return cases

    def chip(self, family: int) -> tuple[Slave, Slave]:
        """The first chip of a family on either bus."""
        first, second = (
            next(slave for slave in bus.slaves if slave.rom.family == family)
            for bus in (self.theirs, self.ours)
        )
        return first, second

    def device(self, family: int) -> str:
        """Its path."""
        return f"/{self.chip(family)[0].rom}"


@contextmanager
def twins(specs: str, prepare: Callable[[Emulation], None]) -> Iterator[Twins]:
    """Both servers on buses with these chips, in the state that `prepare` brings them into."""
    buses = [Emulation.from_list(specs) for _ in range(2)]
    with ExitStack() as stack:
        for bus in buses:
            prepare(bus)
        devices = [f"--device={stack.enter_context(bus.pty()).path}" for bus in buses]
        owserver = stack.enter_context(RealOwserver([devices[0]]))
        daemon = stack.enter_context(OurDaemon([devices[1]]))
        clients = [stack.enter_context(RawClient(server.port)) for server in (owserver, daemon)]
        yield Twins(*buses, (clients[0], clients[1]))
        daemon.stop()
        assert "Traceback" not in daemon.log


def reads(device: str, *names: str) -> list[Request]:
    return [read(f"{way}{device}/{name}") for name in names for way in ("", "/uncached")]


def writes(device: str, *pairs: tuple[str, bytes]) -> list[Request]:
    """Each write, and a look at what it did."""
    return [
        request
        for name, data in pairs
        for request in (write(f"{device}/{name}", data), read(f"{device}/{name}"))
    ]


def costs(cases: Iterable[Case]) -> dict[str, tuple[int, int]]:
    """Slots that reading cost both, for those that cost us more."""
    return {
        str(case.request): (case.their_cost.slots, case.our_cost.slots)
        for case in cases
        if case.our_cost.slots > case.their_cost.slots
    }


# The switches


def set_pins(bus: Emulation) -> None:
    for slave in bus.slaves:
        pins = slave.pins  # type: ignore[attr-defined]
        pins.drive(0b01)
        pins.pulled_up = 0b10


@pytest.fixture(scope="module")
def switches() -> Iterator[Twins]:
    with twins("29,3A,12", set_pins) as found:
        yield found


def test_ds2408(switches: Twins) -> None:
    device = switches.device(0x29)
    names = ("PIO.BYTE", "PIO.ALL", "PIO.3", "sensed.BYTE", "sensed.1", "latch.ALL", "power",
             "por", "strobe", "set_alarm", "out_of_testmode", "PIO.8")  # fmt: skip
    assert costs(switches.same([ask(DIRALL, device), *reads(device, *names)])) == {}
    switches.same(
        writes(
            device,
            ("PIO.3", b"1"),
            ("PIO.BYTE", b"5"),
            ("PIO.BYTE", b"256"),
            ("PIO.ALL", b"1,0,1,0,1,0,1,0"),
            ("por", b"0"),
            ("por", b"1"),
            ("strobe", b"1"),
            ("set_alarm", b"123456789"),
            ("set_alarm", b"112"),
            ("latch.BYTE", b"0"),
            ("latch.2", b"0"),
            ("out_of_testmode", b"1"),
            ("sensed.BYTE", b"1"),
        )
    )
    theirs, ours = switches.chip(0x29)
    assert isinstance(theirs, DS2408)
    assert isinstance(ours, DS2408)
    assert theirs.registers == ours.registers


def test_ds2413(switches: Twins) -> None:
    device = switches.device(0x3A)
    names = ("PIO.BYTE", "PIO.A", "sensed.ALL", "sensed.B", "piostate", "PIO.C")
    assert costs(switches.same([ask(DIRALL, device), *reads(device, *names)])) == {}
    switches.same(
        writes(
            device,
            ("PIO.A", b"1"),
            ("PIO.BYTE", b"7"),
            ("PIO.ALL", b"0,1"),
            ("piostate", b"9"),
            ("sensed.A", b"1"),
        )
    )
    theirs, ours = switches.chip(0x3A)
    assert isinstance(theirs, DS2413)
    assert isinstance(ours, DS2413)
    assert theirs.status == ours.status


def test_ds2406(switches: Twins) -> None:
    device = switches.device(0x12)
    names = ("PIO.BYTE", "PIO.B", "sensed.ALL", "flipflop.ALL", "latch.BYTE", "power", "channels",
             "set_alarm", "infobyte")  # fmt: skip
    assert costs(switches.same([ask(DIRALL, device), *reads(device, *names)])) == {}
    switches.same([*reads(device, "memory", "pages/page.1", "pages/page.ALL")])
    switches.same(
        writes(
            device,
            ("PIO.A", b"1"),
            ("PIO.BYTE", b"7"),
            ("set_alarm", b"331"),
            ("set_alarm", b"999"),
            ("set_alarm", b"4321"),
            ("latch.BYTE", b"1"),
            ("latch.A", b"0"),
            ("power", b"1"),
        )
    )
    theirs, ours = switches.chip(0x12)
    assert isinstance(theirs, DS2406)
    assert isinstance(ours, DS2406)
    assert theirs.status == ours.status


def test_alarms_of_switches(switches: Twins) -> None:
    device = switches.device(0x29)
    switches.same([write(f"{device}/por", b"0"), write(f"{device}/set_alarm", b"100000000")])
    switches.same([ask(DIRALL, "/alarm")])


# Displays


class Watched(Pins):
    """Pins whose outputs are written down."""

    def __init__(self) -> None:
        super().__init__(8)
        self.seen = bytearray()

    def drive(self, latches: int) -> None:
        self.seen.append(latches)
        super().drive(latches)


def watch_pins(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, DS2408)
        chip.pins = Watched()
        chip.control = 0x04  # which 3.2p4 does not see to for LCD_M


DISPLAYED = {
    "LCD_M": (("clear", b"1"), ("home", b"1"), ("screen", b"Hi"), ("screen", b"\x81"),
              ("message", b"Yo")),
    "LCD_H": (("clear", b"1"), ("home", b"0"), ("screen", b"A\0"), ("message", b"B"),
              ("screenyx", b"2,3:C"), ("screenyx", b"5:D"), ("screenyx", b"\x02\x03E"),
              ("screenyx", b"\0\0F"), ("screenyx", b"9,1:F"), ("screenyx", b"x"),
              ("redefchar.1", b"abc")),
}  # fmt: skip


def test_displays() -> None:
    with twins("29,29", watch_pins) as found:
        for number, (display, pairs) in enumerate(DISPLAYED.items()):
            chips = found.theirs.slaves[number], found.ours.slaves[number]
            requests = [write(f"/{chips[0].rom}/{display}/{name}", data) for name, data in pairs]
            found.same(requests)
            theirs, ours = (chip.pins.seen for chip in chips)  # type: ignore[attr-defined]
            assert ours.hex(" ") == theirs.hex(" ")
            assert ours


# Battery monitors


def set_voltages(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, DS2438)
        chip.vdd, chip.vad, chip.vsense, chip.temperature = 4.93, 2.17, 0.0123, 23.5
        chip.memory[2][:] = bytes(range(8))
        chip.memory[3][:] = bytes.fromhex("1900640020039cff")
        chip.memory[4][:] = b"anything"


@pytest.fixture(scope="module")
def monitors() -> Iterator[Twins]:
    with twins("26,1E", set_voltages) as found:
        yield found


MEASURED = ("temperature", "latesttemp", "VAD", "vis", "IAD", "CA", "EE", "disconnect/udate",
            "disconnect/date", "endcharge/udate", "endcharge/date", "pages/page.2",
            "pages/page.3")  # fmt: skip
SENSORS = ("VDD", "offset", "humidity", "HIH3600/humidity", "HIH4000/humidity",
           "HIH5030/humidity", "HTM1735/humidity", "DATANAB/humidity", "MultiSensor/type",
           "B1-R1-A/pressure", "B1-R1-A/gain", "B1-R1-A/offset", "S3-R1-A/current",
           "S3-R1-A/gain", "S3-R1-A/illuminance")  # fmt: skip
SETTINGS = (("CA", b"0"), ("EE", b"0"), ("pages/page.5", b"hello"), ("pages/page.5", b"12345678"),
            ("udate", b"1000"), ("disconnect/udate", b"77777"),
            ("endcharge/udate", b"4000000000"), ("offset", b"256"))  # fmt: skip
CALIBRATIONS = (("offset", b"17"), ("B1-R1-A/gain", b"25.5"), ("B1-R1-A/gain", b"33"),
                ("B1-R1-A/offset", b"-12.3"), ("S3-R1-A/gain", b"7.3"),
                ("S3-R1-A/gain", b"-1"))  # fmt: skip


def test_ds2438(monitors: Twins) -> None:
    device = monitors.device(0x26)
    monitors.same([ask(DIRALL, device), *reads(device, *MEASURED, *SENSORS)])
    monitors.same(writes(device, *SETTINGS, *CALIBRATIONS))
    theirs, ours = monitors.chip(0x26)
    assert isinstance(theirs, DS2438)
    assert isinstance(ours, DS2438)
    assert theirs.memory[2:] == ours.memory[2:]
    assert theirs.memory[0][0] == ours.memory[0][0]


def test_ds2437(monitors: Twins) -> None:
    device = monitors.device(0x1E)
    monitors.same([ask(DIRALL, device), *reads(device, *MEASURED)])
    monitors.same(writes(device, *SETTINGS))


def test_negative_offset_is_negative(monitors: Twins) -> None:
    """3.2p4 shows the register unsigned."""
    device = monitors.device(0x26)
    _, case = monitors.ask(writes(device, ("offset", b"-3")))
    assert (case.theirs.text.strip(), case.ours.text.strip()) == (b"4294967293", b"-3")


def test_vdd_of_a_ds2437_is_not_vad(monitors: Twins) -> None:
    """3.2p4 never chooses the other input."""
    (case,) = monitors.ask([read(f"/uncached{monitors.device(0x1E)}/VDD")])
    assert (case.theirs.text.strip(), case.ours.text.strip()) == (b"2.17", b"4.93")


def test_a_current_that_is_not_measured_is_refused(monitors: Twins) -> None:
    """3.2p4 answers what the register held when it was switched off."""
    device = monitors.device(0x26)
    monitors.same([write(f"{device}/IAD", b"0")])
    (case,) = monitors.ask([read(f"/uncached{device}/vis")])
    assert (case.theirs.ret, case.ours.ret) == (NUMBER_WIDTH, INVALID)


# The coupler


def plug_behind(bus: Emulation) -> None:
    coupler = bus.slaves[0]
    inner = make_slave("1F", index=20)
    assert isinstance(coupler, DS2409)
    assert isinstance(inner, DS2409)
    for branch, specs in ((coupler.main, "28 28 10"), (coupler.aux, "28"), (inner.main, "28 01")):
        for spec in specs.split():
            index = (
                30 + len(branch.slaves) + 10 * (branch is coupler.aux) + 20 * (branch is inner.main)
            )
            slave = make_slave(spec, index=index)
            if isinstance(slave, Thermometer):
                slave.temperature = index
                slave.set_limits(-55, 125)
            branch.attach(slave)
    coupler.aux.attach(inner)
    thermometer = bus.slaves[1]
    assert isinstance(thermometer, Thermometer)
    thermometer.temperature = 20.5


@pytest.fixture(scope="module")
def couplers() -> Iterator[Twins]:
    with twins("1F,28,29", plug_behind) as found:
        yield found


@dataclass
class Places:
    """The paths and ids behind the coupler."""

    own: str
    main: str
    aux: str
    deep: str
    near: Slave
    far: Slave


@pytest.fixture
def places(couplers: Twins) -> Places:
    coupler = couplers.ours.slaves[0]
    assert isinstance(coupler, DS2409)
    inner = coupler.aux.slaves[-1]
    assert isinstance(inner, DS2409)
    own = f"/{coupler.rom}"
    deep = f"{own}/aux/{inner.rom}/main"
    return Places(own, f"{own}/main", f"{own}/aux", deep, coupler.main.slaves[0],
                  inner.main.slaves[0])  # fmt: skip


def test_listings_behind_couplers(couplers: Twins, places: Places) -> None:
    paths = ("/", places.own, places.main, places.aux, places.deep,
             f"{places.own}/aux/{places.far.rom}", f"/uncached{places.main}",
             f"/bus.0{places.main}", f"{places.main}/alarm", f"{places.main}/simultaneous",
             f"{places.main}/bus.0", f"{places.main}/settings", f"{places.own}/Main",
             f"{places.own}/main.0", f"{places.main}/{places.near.rom}")  # fmt: skip
    exempt = f"{places.own}/aux/{places.far.rom}"  # there by location cache or not at all
    couplers.same(ask(kind, path) for path in paths if path != exempt for kind in LISTINGS)


def test_values_behind_couplers(couplers: Twins, places: Places) -> None:
    near, far = f"{places.main}/{places.near.rom}", f"{places.deep}/{places.far.rom}"
    requests = [
        read(f"{near}/type"),
        *(read(f"{way}/temperature") for way in (near, far, near, f"/uncached{far}")),
        *writes(near, ("temphigh", b"30")),
        *writes(far, ("templow", b"-7")),
        *(read(f"{way}/present") for way in (near, far)),
        *(ask(PRESENCE, way) for way in (near, far, places.main)),
        read(f"/bus.0{near}/temperature"),
        read(places.main),
        write(places.main, b"1"),
        read(f"{places.main}/simultaneous/present"),
        read(f"{places.main}/simultaneous/single"),
        read(f"{places.deep.rpartition('/')[0]}/branch.ALL"),
    ]
    couplers.same(requests)


def test_own_properties_of_a_coupler(couplers: Twins, places: Places) -> None:
    names = ("branch.BYTE", "branch.0", "event.ALL", "sensed.ALL", "control", "clearevent")
    couplers.same([write(f"{places.own}/clearevent", b"1"), *reads(places.own, *names)])
    couplers.same(
        writes(places.own, *(("control", value) for value in (b"0", b"1", b"3", b"2", b"4")))
    )
    for value in (b"1", b"2", b"3", b"0"):
        couplers.same([*writes(places.own, ("branch.BYTE", value)), ask(DIRALL, "/uncached")])
    couplers.same(write(f"{places.own}/discharge", value) for value in (b"0", b"1"))
    couplers.same([ask(DIRALL, "/uncached")])


def test_simultaneous_in_a_branch_is_for_that_branch(couplers: Twins, places: Places) -> None:
    """3.2p4 tells the level above it to convert."""
    couplers.ask([write(f"{places.deep}/simultaneous/temperature", b"1")])
    time.sleep(1.0)
    before = couplers.theirs.wire.counts.conversions, couplers.ours.wire.counts.conversions
    (case,) = couplers.ask([read(f"{places.deep}/{places.far.rom}/temperature")])
    assert case.ours.text.strip() == str(int(places.far.temperature)).encode()  # type: ignore[attr-defined]
    assert couplers.ours.wire.counts.conversions == before[1]


def test_a_device_that_is_not_in_a_branch_is_not_found_there(
    couplers: Twins, places: Places
) -> None:
    """3.2p4 looks for the coupler only."""
    path = f"{places.main}/{places.far.rom}/type"
    (case,) = couplers.ask([read(path)])
    assert (case.theirs.text, case.ours.ret) == (b"DS18B20", NO_SUCH_PATH)
