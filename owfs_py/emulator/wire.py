"""Wire: one 1-Wire data line at the level of resets and time slots, with its slaves.

It knows nothing of bytes of an adapter's protocol (ds2480b.py, ds9097.py) nor of what a slave
says (slave.py): it ands together what master and slaves drive, counts, and makes faults.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

from owfs_py.bus.clock import REAL_CLOCK, Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from owfs_py.emulator.slave import Slave

# Seconds. Standard speed: tRSTL + tRSTH of 480 µs each and a slot of 60 µs with 10 µs of recovery
# (DS18B20 data sheet, AC characteristics). Overdrive: 70 µs each and 8 + 2 µs (DS2431 data sheet).
RESET_TIME = 960e-6
SLOT_TIME = 70e-6
OVERDRIVE_RESET_TIME = 140e-6
OVERDRIVE_SLOT_TIME = 10e-6

CLOCK_TOLERANCE = 1e-6
"""Seconds by which what takes its time may be over early: sums of floats need not be exact."""

# What a slave may do in a slot.
LOW = 0  # hold the line low
LISTEN = 1  # let it go
POLL = 2  # hold it low if `Slave.busy()` says so when the slot comes
_GONE = 3  # takes no part any more (only used here, within one slot)


@dataclass(slots=True)
class Counts:
    """What happened on a wire; exact, and the same on every machine.

    `resets` and `slots` count every one, `overdrive_...` those of them at overdrive speed.
    `pullup_time` is seconds of strong pull-up.
    """

    resets: int = 0
    slots: int = 0
    overdrive_resets: int = 0
    overdrive_slots: int = 0
    conversions: int = 0
    program_pulses: int = 0
    pullup_time: float = 0.0

    @property
    def signal_time(self) -> float:
        """Seconds of resets and slots."""
        return (
            (self.resets - self.overdrive_resets) * RESET_TIME
            + (self.slots - self.overdrive_slots) * SLOT_TIME
            + self.overdrive_resets * OVERDRIVE_RESET_TIME
            + self.overdrive_slots * OVERDRIVE_SLOT_TIME
        )

    @property
    def bus_time(self) -> float:
        """Seconds that the line was taken: resets, slots and strong pull-up."""
        return self.signal_time + self.pullup_time

    def snapshot(self) -> Counts:
        """A copy that stands still."""
        return replace(self)

    def __sub__(self, earlier: Counts) -> Counts:
        return Counts(*(getattr(self, f) - getattr(earlier, f) for f in self.__slots__))


@dataclass(slots=True)
class Faults:
    """What is wrong with the line; change it at any time.

    Noise inverts the level of a slot for master and slaves alike.
    """

    short: bool = False
    """The data line lies on ground."""
    bit_error_rate: float = 0.0
    """Probability of noise in a slot."""
    length_noise: float = 0.0
    """What is added to that at overdrive speed, which a long line bears badly."""
    noisy_slots: set[int] = field(default_factory=set)
    """Numbers of the slots with noise; slot n is the one that begins when `Counts.slots` is n."""
    random: Random = field(default_factory=lambda: Random(0))


class Wire:
    """One data line. Its methods may be called from one adapter thread and one other thread.

    With `pace` the time that resets and slots take is waited for on `clock` when the adapter
    calls `settle`, and the slaves see it pass; without, it is counted only.
    """

    def __init__(self, clock: Clock = REAL_CLOCK, *, pace: bool = False) -> None:
        self.clock = clock
        self.pace = pace
        self.counts = Counts()
        self.faults = Faults()
        self.slaves: list[Slave] = []
        self.overdrive = False
        self.lock = threading.RLock()
        """Held while anything happens on the wire; take it to look at a slave from outside."""
        self._owed = 0.0
        self._pullup_since: float | None = None
        # The slaves that take part since the last reset, in parallel lists for speed:
        # who, how to tell them the level of a slot, what they drive in the next one.
        self._partners: list[Slave] = []
        self._senders: list[Callable[[int], int]] = []
        self._drives: list[int] = []
        self._speeds_differ = False
        self._in_slot = False
        self._leavers: list[Slave] = []
        self._newcomers: list[Slave] = []

    # Slaves

    def everybody(self) -> list[Slave]:
        """All slaves that hear the line now: those on it, and those that couplers connect to it."""
        return [each for slave in self.slaves for each in (slave, *slave.behind())]

    def admit_later(self, slaves: Iterable[Slave]) -> None:
        """After this slot these take part, as after a reset."""
        self._newcomers += slaves

    def attach(self, slave: Slave) -> None:
        """Put a slave on the line; it powers up and takes part from the next reset on."""
        with self.lock:
            slave.wire = self
            self.slaves.append(slave)
            slave.brown_out()

    def detach(self, slave: Slave) -> None:
        """Take a slave off the line. ValueError if it is not on it."""
        with self.lock:
            self.slaves.remove(slave)
            self.silence(slave)

    def silence(self, slave: Slave) -> None:
        """Let a slave take no part until the next reset."""
        with self.lock:
            self._leavers.append(slave)
            if not self._in_slot:
                self._let_go()

    def slave_changed_speed(self) -> None:
        """A slave went to overdrive: it falls silent if the next slot comes at standard speed."""
        self._speeds_differ = True

    # Time

    def now(self) -> float:
        """The clock, and with `pace` the bus time not yet waited for."""
        return self.clock.now() + self._owed

    def settle(self) -> None:
        """Wait for the bus time of what was done since the last call (only with `pace`)."""
        owed, self._owed = self._owed, 0.0
        self.clock.wait(owed)

    # What the master does

    def reset(self, *, overdrive: bool = False) -> bool:
        """Reset pulse; True if some slave answers with a presence pulse.

        A reset at standard speed brings all slaves back to standard speed; one at overdrive
        speed is noticed only by slaves at that speed.
        """
        with self.lock:
            self.strong_pullup(False)
            self.overdrive = overdrive
            self.counts.resets += 1
            self.counts.overdrive_resets += overdrive
            if self.pace:
                self._owed += OVERDRIVE_RESET_TIME if overdrive else RESET_TIME
            self._partners, self._senders, self._drives = [], [], []
            self._newcomers = []
            self._speeds_differ = False
            if not self.faults.short:
                for slave in self.everybody():
                    self._admit(slave)
            return bool(self._partners)

    def _admit(self, slave: Slave) -> None:
        if not self.overdrive:
            slave.overdrive = False
        elif not self._hears(slave):
            return  # to a slave at standard speed this was no reset
        slave.on_reset()
        if slave.absent:
            return
        behaviour = slave.talk()
        drive = next(behaviour, _GONE)
        if drive != _GONE:
            self._partners.append(slave)
            self._senders.append(behaviour.send)
            self._drives.append(drive)

    @property
    def alarm_presence(self) -> bool:
        """Whether a slave lengthens its presence pulse to tell of an alarm (DS2404, say)."""
        return any(slave.alarm_presence for slave in self._partners)

    def slot(self, bit: int) -> int:
        """One time slot: 0 writes 0; 1 writes 1 or reads. The level that everybody saw."""
        with self.lock:
            if self._pullup_since is not None:
                self.strong_pullup(False)
            if self._speeds_differ:
                self._keep_if(lambda slave, drive: self._hears(slave))
                self._speeds_differ = False
            self._in_slot = True
            drives = self._drives
            level = bit
            if bit:
                if LOW in drives:
                    level = LOW
                elif POLL in drives:
                    level = self._poll()
            faults = self.faults
            if faults.short or faults.noisy_slots or faults.bit_error_rate or faults.length_noise:
                level = self._disturb(level)
            self._count_slot()
            fallen_silent = False
            for index, send in enumerate(self._senders):
                try:
                    drives[index] = send(level)
                except StopIteration:
                    drives[index] = _GONE
                    fallen_silent = True
            if fallen_silent:
                self._keep_if(lambda slave, drive: drive != _GONE)
            self._in_slot = False
            if self._leavers:
                self._let_go()
            if self._newcomers:
                newcomers, self._newcomers = self._newcomers, []
                for slave in newcomers:
                    self._admit(slave)
            return level

    def byte(self, value: int) -> int:
        """Eight slots, LSB first; 0xFF reads. The byte that everybody saw."""
        back = 0
        for n in range(8):
            back |= self.slot(value >> n & 1) << n
        return back

    def set_overdrive(self, on: bool) -> None:
        """The speed of the slots from now on; slaves at the other speed fall silent."""
        if on != self.overdrive:
            self.overdrive = on
            self._speeds_differ = True

    def strong_pullup(self, on: bool) -> None:
        """Feed the line strongly, until told otherwise or the next slot or reset."""
        with self.lock:
            if on == (self._pullup_since is not None):
                return
            if on:
                self._pullup_since = self.now()
            elif self._pullup_since is not None:
                self.counts.pullup_time += self.now() - self._pullup_since
                self._pullup_since = None
            for slave in self.everybody():
                slave.on_strong_pullup(on)

    def program_pulse(self) -> None:
        """12 V on the line for the 480 µs that an EPROM wants."""
        with self.lock:
            self.counts.program_pulses += 1
            for slave in self.everybody():
                slave.on_program_pulse()

    def _hears(self, slave: Slave) -> bool:
        """Whether a slave understands the speed of the line."""
        return slave.overdrive == self.overdrive and not (self.overdrive and slave.far)

    # Helpers of a slot

    def _let_go(self) -> None:
        leavers, self._leavers = self._leavers, []
        self._keep_if(lambda partner, drive: partner not in leavers)

    def _count_slot(self) -> None:
        self.counts.slots += 1
        if self.overdrive:
            self.counts.overdrive_slots += 1
        if self.pace:
            self._owed += OVERDRIVE_SLOT_TIME if self.overdrive else SLOT_TIME

    def _poll(self) -> int:
        for slave, drive in zip(self._partners, self._drives, strict=True):
            if drive == POLL and slave.busy():
                return LOW
        return LISTEN

    def _disturb(self, level: int) -> int:
        faults = self.faults
        if faults.short:
            return LOW
        if self.counts.slots in faults.noisy_slots:
            level = 1 - level
        error_rate = faults.bit_error_rate + (faults.length_noise if self.overdrive else 0.0)
        if error_rate and faults.random.random() < error_rate:
            level = 1 - level
        return level

    def _keep_if(self, wanted: Callable[[Slave, int], bool]) -> None:
        kept = [
            index
            for index, (slave, drive) in enumerate(zip(self._partners, self._drives, strict=True))
            if wanted(slave, drive)
        ]
        self._partners = [self._partners[index] for index in kept]
        self._senders = [self._senders[index] for index in kept]
        self._drives = [self._drives[index] for index in kept]
