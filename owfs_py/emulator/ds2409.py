"""DS2409, the coupler: two branches of the wire behind it, of which at most one is connected.

Source: data sheet DS2409 (status, control, the Smart-On, Direct-On and Discharge commands).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import (
    Behaviour,
    Functions,
    Slave,
    receive_byte,
    send_bytes,
    send_forever,
)
from owfs_py.emulator.wire import LISTEN, Wire

STATUS, ALL_LINES_OFF, DISCHARGE = 0x5A, 0x66, 0x99
DIRECT_ON_MAIN, SMART_ON_MAIN, SMART_ON_AUX = 0xA5, 0xCC, 0x33

PRESENCE, NO_PRESENCE = 0x00, 0xFF
MANUAL, ASSOCIATION, OUTPUT = 0x20, 0x40, 0x80  # of the control byte
READ_ONLY = 0x18  # both must be 0 in a control byte that is to be taken


class Branch:
    """One line behind a coupler."""

    def __init__(self, coupler: DS2409) -> None:
        self._coupler = coupler
        self.slaves: list[Slave] = []
        self.event = False
        """Something pulled the line low while it was not connected."""

    @property
    def connected(self) -> bool:
        return self._coupler.connected is self

    def attach(self, slave: Slave) -> None:
        """Put a slave on the line; it powers up, which an unconnected line notices."""
        wire = self._coupler.wire
        with wire.lock:
            slave.wire = wire
            self.slaves.append(slave)
            slave.brown_out()
            self.event |= not self.connected

    def detach(self, slave: Slave) -> None:
        """Take a slave off the line. ValueError if it is not on it."""
        with self._coupler.wire.lock:
            self.slaves.remove(slave)
            self._coupler.wire.silence(slave)

    def everybody(self) -> Iterator[Slave]:
        """All slaves that hear what is on the line, those behind further couplers too."""
        for slave in self.slaves:
            yield slave
            yield from slave.behind()


class DS2409(Slave):
    """`main` and `aux` take slaves as a wire does."""

    families = (0x1F,)
    chip = "DS2409"

    def __init__(self, rom: RomId) -> None:
        self.main, self.aux = Branch(self), Branch(self)
        self.connected: Branch | None = None
        self.control = 0
        self._wire: Wire | None = None
        super().__init__(rom)

    @property
    def wire(self) -> Wire:  # the branches go where the coupler goes
        assert self._wire is not None
        return self._wire

    @wire.setter
    def wire(self, wire: Wire) -> None:
        self._wire = wire
        for slave in (*self.main.slaves, *self.aux.slaves):
            slave.wire = wire

    def brown_out(self) -> None:
        super().brown_out()
        self._disconnect()
        self.control = 0

    def behind(self) -> Iterator[Slave]:
        if self.connected is not None:
            yield from self.connected.everybody()

    def alarming(self) -> bool:
        return self.main.event or self.aux.event

    @property
    def status(self) -> int:
        """The status byte. Lines rest at a high level here."""
        main, aux = self.main, self.aux
        if self.control & MANUAL:
            mode = 0x80 | (0x40 if self.control & OUTPUT else 0)
        else:
            mode = self.control & ASSOCIATION
        levels = 0x0A
        return (
            mode
            | aux.event << 5
            | main.event << 4
            | levels
            | (not aux.connected) << 2
            | (not main.connected)
        )

    # Functions

    def _status(self) -> Behaviour:
        control = yield from receive_byte()
        if not control & READ_ONLY:
            self.control = control
        yield from send_bytes(bytes((self.status,)))
        yield from send_forever(LISTEN)

    def _disconnect(self) -> None:
        if self.connected is not None:
            for slave in self.connected.everybody():
                self.wire.silence(slave)
            self.connected = None

    def _all_off(self) -> Behaviour:
        self._disconnect()
        self.main.event = self.aux.event = False
        yield from send_bytes(bytes((ALL_LINES_OFF,)))
        yield from send_forever(LISTEN)

    def _discharge(self) -> Behaviour:
        self._disconnect()
        for slave in (*self.main.slaves, *self.aux.slaves):
            slave.brown_out()
        yield from send_bytes(bytes((DISCHARGE,)))
        yield from send_forever(LISTEN)

    def _smart_on(self, branch: Branch, command: int) -> Behaviour:
        yield from receive_byte()  # the branch is reset meanwhile
        self._disconnect()
        self.connected = branch
        branch.event = False
        present = [slave for slave in branch.everybody() if not slave.absent]
        yield from send_bytes(bytes((PRESENCE if present else NO_PRESENCE, command)))
        self.wire.admit_later(branch.everybody())

    def _smart_on_main(self) -> Behaviour:
        return self._smart_on(self.main, SMART_ON_MAIN)

    def _smart_on_aux(self) -> Behaviour:
        return self._smart_on(self.aux, SMART_ON_AUX)

    def _direct_on_main(self) -> Behaviour:
        self._disconnect()
        self.connected = self.main
        yield from send_bytes(bytes((DIRECT_ON_MAIN,)))
        yield from send_forever(LISTEN)

    functions: ClassVar[Functions] = {
        STATUS: _status,
        ALL_LINES_OFF: _all_off,
        DISCHARGE: _discharge,
        SMART_ON_MAIN: _smart_on_main,
        SMART_ON_AUX: _smart_on_aux,
        DIRECT_ON_MAIN: _direct_on_main,
    }
