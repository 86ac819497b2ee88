"""A DS2482 or DS2483 as its channels share it: found, set up, used by one at a time, watched for
faults. What is written to it and read from it is in ds2482registers.py.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, BusShortError
from owfs_py.bus.masters.ds2482registers import (
    ACTIVE_PULLUP,
    DS2482_100,
    OVERDRIVE,
    PRESENCE_PULSE_MASKING,
    Registers,
)
from owfs_py.bus.masters.ds2482transfers import Smbus
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.taken import Taken

Connect = Callable[[str], Smbus]
"""Opens an I2C adapter by path; OSError if it cannot."""

Slot = tuple[Connect, str, int]
"""Where a chip is: the real path of the adapter for who opens it, and the I2C address."""


class Chip:
    """One chip at the first of `addresses` where there is one; what all its channels share.

    One that another Chip of this process has open is left to that.

    Thread-safe: the channels' threads come and go between operations, which does no harm, since a
    channel that is not selected just idles. A chip that fails or resets itself (a -800 does so on
    glitches of its supply) is set up anew by whoever opens it, or resets the line, next. Whatever
    other channels had under way is then lost, which they are told.
    """

    def __init__(
        self, adapter: str, addresses: Sequence[int], clock: Clock, connect: Connect
    ) -> None:
        self.adapter = adapter
        self.name = adapter if len(addresses) > 1 else _place(adapter, addresses[0])
        """As messages and owserver name it: the adapter and, once it is known, the I2C address."""
        self.model = DS2482_100
        self.active_pullup = True
        self.presence_pulse_masking = False
        self._addresses = addresses
        self._clock = clock
        self._connect = connect
        self._smbus: Smbus | None = None
        self._lock = threading.Lock()
        self._registers: Registers | None = None
        """Those of the chip since it was set up; none if it failed since."""
        self._users: dict[int, Registers] = {}
        """What each channel that is open works with."""
        self._fed_until = 0.0

    def open(self, channel: int) -> None:
        """Make the chip ready for a channel. BusNotRespondingError if it has none such."""
        with self._lock:
            self._open(channel)

    def close(self, channel: int) -> None:
        """A channel is not needed any more; the last one gives the I2C adapter back."""
        with self._lock:
            self._users.pop(channel, None)
            if not self._users:
                self._give_back()

    @property
    def slots(self) -> list[Slot]:
        """Where it is, or may be."""
        path = os.path.realpath(self.adapter)
        return [(self._connect, path, address) for address in self._addresses]

    @property
    def user(self) -> Chip | None:
        """Who has the chip in use where this one looks first."""
        return _taken.user(self.slots[0])

    def _open(self, channel: int) -> None:
        if self._registers is None:
            self._registers = self._set_up()
        if channel >= self.model.channels:
            raise BusNotRespondingError(
                f"{self.name}: no channel {channel}, it is a {self.model.name}"
            )
        self._users[channel] = self._registers

    def _set_up(self) -> Registers:
        self._disconnect()
        try:
            self._smbus = self._connect(self.adapter)
        except OSError as error:
            _taken.release(self)
            reason = why_not(error, self.adapter)
            raise BusNotRespondingError(f"{self.name}: cannot be opened: {reason}") from error
        cause, reason = None, ""
        for slot in self.slots:
            address = slot[-1]
            place = _place(self.adapter, address)
            registers = Registers(self._smbus, address, place)
            try:
                _taken.claim(slot, self)
                registers.reset_device()
                self.model = registers.model
                registers.configure(self._configuration())
            except (OSError, BusError) as error:
                _taken.release(self)
                # One that is there and is odd tells more than an address where nobody is.
                if cause is None or isinstance(error, BusError):
                    cause, reason = error, str(error).removeprefix(f"{place}: ")
            else:
                self.name = place
                return registers
        self._give_back()
        raise BusNotRespondingError(f"{self.name}: no DS2482: {reason}") from cause

    def _give_back(self) -> None:
        self._disconnect()
        _taken.release(self)

    def _disconnect(self) -> None:
        smbus, self._smbus = self._smbus, None
        self._registers = None
        if smbus is not None:
            with suppress(OSError):
                smbus.close()

    def _configuration(self) -> int:
        masked = self.presence_pulse_masking and self.model.masks_presence
        return (ACTIVE_PULLUP if self.active_pullup else 0) | (
            PRESENCE_PULSE_MASKING if masked else 0
        )

    @contextmanager
    def in_use(
        self, channel: int, *, overdrive: bool = False, anew: bool = False
    ) -> Iterator[Registers]:
        """Nobody else uses the chip inside, and this channel is selected; BusError if it fails.

        With `anew`, before a reset, what another channel's trouble may have undone does not matter.
        """
        self._acquire()
        try:
            if channel not in self._users:
                raise BusError(f"{self.name}: not open")
            if anew:
                self._open(channel)
            registers = self._users[channel]
            if registers is not self._registers:
                raise BusError(f"{self.name}: was set up anew meanwhile")
            with self._faults():
                registers.wait_until_idle()
                registers.prepare(channel, self._configuration() | (OVERDRIVE if overdrive else 0))
                yield registers
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        """Take the lock once no strong pull-up lasts any more.

        It is never held while anybody waits on the clock.
        """
        self._lock.acquire()
        while (rest := self._fed_until - self._clock.now()) > 0:
            self._lock.release()
            self._clock.wait(rest)
            self._lock.acquire()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except BusShortError:  # the chip did its work
            raise
        except BusError:
            self._registers = None
            raise
        except OSError as error:
            self._registers = None
            raise BusError(f"{self.name}: I2C transfer failed: {error}") from error

    def feed(self, seconds: float) -> None:
        """The strong pull-up, which a byte just began, lasts so long from now. Only `in_use`."""
        self._fed_until = self._clock.now() + seconds


_taken: Taken[Chip] = Taken()


def _place(adapter: str, address: int) -> str:
    return f"{adapter}:{address:02X}"
