"""owserver 3.2p4 and our daemon on equal chips: 1F and what is behind it, property by property.

Where the two are meant to differ a test of its own says how.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import Thermometer
from tests.interop.differential import DIR, DIRALL, DIRALLSLASH, PRESENCE, ask, read, write
from tests.interop.twins import Twins, prepared, reads, twins, writes

pytestmark = pytest.mark.timeout(120)

LISTINGS = (DIR, DIRALL, DIRALLSLASH)
NO_SUCH_PATH = -1


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
    with twins(prepared("1F,28,29", plug_behind)) as found:
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
    couplers.agree(*(ask(kind, path) for path in paths if path != exempt for kind in LISTINGS))


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
    couplers.agree(*requests)


def test_own_properties_of_a_coupler(couplers: Twins, places: Places) -> None:
    names = ("branch.BYTE", "branch.0", "event.ALL", "sensed.ALL", "control", "clearevent")
    couplers.agree(write(f"{places.own}/clearevent", b"1"), *reads(places.own, *names))
    couplers.agree(
        *writes(places.own, *(("control", value) for value in (b"0", b"1", b"3", b"2", b"4")))
    )
    for value in (b"1", b"2", b"3", b"0"):
        couplers.agree(*writes(places.own, ("branch.BYTE", value)), ask(DIRALL, "/uncached"))
    couplers.agree(*(write(f"{places.own}/discharge", value) for value in (b"0", b"1")))
    couplers.agree(ask(DIRALL, "/uncached"))


def test_simultaneous_in_a_branch_is_for_that_branch(couplers: Twins, places: Places) -> None:
    """3.2p4 tells the level above it to convert."""
    couplers.ask([ask(DIRALL, places.deep)])  # a device that is new later converts for itself
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
