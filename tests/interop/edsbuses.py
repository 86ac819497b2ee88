"""Emulated buses with one chip of each model of 7E, for both owservers."""

from __future__ import annotations

from owfs_py.bus.families import find_family
from owfs_py.bus.properties import Property
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.embedded_data_systems import DEVICE_ID, EDS, MODELS
from tests.interop.twins import Twins

MEASURED_FROM = 0x20
OTHER_ALARMS = 0x36  # of the EDS0071
NAMES = [model.chip for model in MODELS]
UNKNOWN_MODEL = 0x0091
ROOM = [name for name in NAMES if name.startswith("EDS006")]
METERS = [name for name in NAMES if name.startswith("EDS008")]
FAMILY = find_family(0x7E)
COMMON = ("tag", "device_id", "device_type", "memory", "pages/page")


def make() -> Emulation:
    """A chip of each model, whose registers are all different; then one of an unknown model."""
    bus = Emulation.from_list([*NAMES, "EDS0064"])
    for chip in bus.slaves:
        assert isinstance(chip, EDS)
        chip.COPY_TIME = 0.0  # type: ignore[misc]  # of this chip only
        chip.clock_runs = False
        chip.memory[MEASURED_FROM:] = bytes(
            (address * 37 + 11) % 256 for address in range(MEASURED_FROM, chip.SIZE)
        )
        if chip.chip in ROOM:
            chip.memory[OTHER_ALARMS] = 0xFF ^ chip.memory[chip.ALARMS.address]
    stranger = bus.slaves[-1]
    assert isinstance(stranger, EDS)
    stranger.memory[DEVICE_ID] = UNKNOWN_MODEL
    return bus


def chips(both: Twins, name: str) -> tuple[EDS, EDS]:
    """The chips of a model."""
    theirs, ours = (bus.slaves[NAMES.index(name)] for bus in (both.theirs, both.ours))
    assert isinstance(theirs, EDS)
    assert isinstance(ours, EDS)
    return theirs, ours


def strangers(both: Twins) -> tuple[EDS, EDS]:
    """The chips of the unknown model."""
    theirs, ours = both.theirs.slaves[-1], both.ours.slaves[-1]
    assert isinstance(theirs, EDS)
    assert isinstance(ours, EDS)
    return theirs, ours


def device(both: Twins, name: str) -> str:
    return f"/{chips(both, name)[0].rom}"


def properties(name: str) -> list[tuple[str, Property]]:
    """What a model has, as paths from the device on, with all endings."""
    return [
        (prop.name + ending, prop)
        for prop in FAMILY.properties
        if prop.name in COMMON or prop.name.startswith(f"{name}/")
        for ending in prop.extensions()
    ]
