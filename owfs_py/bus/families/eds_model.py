"""What every model of the EDS00xx has: its alarms, its relay and LED, its clock, as properties.

What the models measure is in embedded_data_systems.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from owfs_py.bus.families.eds_registers import CLEAR_ALARMS, Field, Register, byte, long
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    SECOND,
    STABLE,
    VOLATILE,
    on_model,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Change, Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

KindOf = Callable[..., Property]
"""A word of notation.py for a kind."""

CONTROL, STATE = byte(0x5E), byte(0x5F)
"""Of the relay and the LED, in most models."""
SECONDS = long(0x3C)
RELAY, LED = 0, 1
"""Their bits in the register of states, and their two bits each in that of controls."""
CONTROL_WIDTH = 2
"""0: on while in alarm, 1: on from an alarm until it is cleared, 2: as the state says, 3: off."""


def granted(accessors: dict[str, Any], access: str) -> dict[str, Any]:
    """Those of the two that a property with this access has."""
    return accessors if "w" in access else {"read": accessors["read"]}


def number(
    kind: KindOf,
    name: str,
    register: Register,
    change: Change = VOLATILE,
    access: str = "ro",
    **more: Any,
) -> Property:
    """A property that is a register."""
    return kind(name, change, access, **granted(register.accessors(), access), **more)


async def _clear_alarms(chip: Chip, wanted: bool) -> None:
    if wanted:
        await chip.exchange(CLEAR_ALARMS)


@dataclass(frozen=True, slots=True)
class Model:
    """Where a model has what all have: its alarms, its relay and LED, its clock."""

    name: str
    alarms: Register
    searched: Register
    """Which alarms take part in the alarm search; bits as in `alarms`."""
    control: Register = CONTROL
    state: Register = STATE
    seconds: Register = SECONDS

    def table(self, *own: Property) -> tuple[Property, ...]:
        """The model's directory, with these properties and those that every model has."""
        common = (
            number(unsigned, "counter/seconds", self.seconds, SECOND),
            yesno(
                "alarm/clear", STABLE, "wo", write=_clear_alarms,
                spoils=(f"{self.name}/alarm/state",),
            ),
            *self._output("relay", RELAY),
            *self._output("LED", LED),
            number(unsigned, "relay_state", self.state, VOLATILE, "rw", visible=HIDDEN),
            number(unsigned, "relay_function", self.control, VOLATILE, "rw", visible=HIDDEN),
            number(unsigned, "alarm/state", self.alarms, visible=HIDDEN),
            number(
                unsigned, "set_alarm/alarm_function", self.searched, VOLATILE, "rw",
                visible=HIDDEN,
            ),
        )  # fmt: skip
        return under(self.name, *common, *own, visible=on_model(self.name))

    def _output(self, name: str, position: int) -> Iterable[Property]:
        state = Field(self.state, f"{self.name}/relay_state", position)
        shift = position * CONTROL_WIDTH
        control = Field(self.control, f"{self.name}/relay_function", shift, CONTROL_WIDTH)
        yield yesno(f"{name}/state", LINKED, "rw", **state.accessors())
        yield unsigned(f"{name}/control", LINKED, "rw", **control.accessors())

    def alarm(self, name: str, bit: int) -> Property:
        field = Field(self.alarms, f"{self.name}/alarm/state", bit)
        return yesno(f"alarm/{name}", LINKED, read=field.read)

    def search(self, name: str, bit: int) -> Property:
        """Whether this alarm takes part in the alarm search."""
        field = Field(self.searched, f"{self.name}/set_alarm/alarm_function", bit)
        return yesno(f"set_alarm/{name}", LINKED, "rw", **field.accessors())

    def both(self, name: str, bit: int) -> Iterable[Property]:
        """The same for the upper limit of something and, in the next bit, for its lower one."""
        for offset, limit in enumerate(limits_of(name)):
            yield self.alarm(limit, bit + offset)
            yield self.search(limit, bit + offset)


def limits_of(quantity: str) -> tuple[str, str]:
    """What the limits of it, and their alarms, are called."""
    return f"{quantity}_hi", f"{quantity}_low"


def thresholds(kind: KindOf, quantity: str, high: Register, low: Register) -> Iterable[Property]:
    """The limits of something, beyond which there is an alarm."""
    for limit, register in zip(limits_of(quantity), (high, low), strict=True):
        yield number(kind, f"threshold/{limit}", register, STABLE, "rw")
