"""SharingMaster: several buses behind one line, the channels of an adapter or adapters in a row.

Each is a bus master of its own, with a thread of its own; they talk one after the other.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError
from owfs_py.bus.masters.serialline import PortUnavailableError
from owfs_py.bus.masters.serialmaster import PortOptions, SerialMaster


class SharingMaster(SerialMaster):
    """A bus master on a line that others may use, too: those that it was made `beside`.

    The line stays open for as long as one of them uses it.
    """

    adapter: str
    """What is looked for, in messages."""

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        beside: SharingMaster | None = None,
        **port_options: Unpack[PortOptions],
    ) -> None:
        super().__init__(address, clock, **port_options)
        self._lock = threading.RLock()
        self._users: set[SharingMaster] = set()
        if beside is not None:
            self.line, self._lock, self._users = beside.line, beside._lock, beside._users

    @abc.abstractmethod
    def _begin(self) -> None:
        """Bring the line into order: who used it may have left in the middle of a command."""

    @abc.abstractmethod
    def _find(self) -> None:
        """Find out that our part of the adapter answers. Raises BusError if it does not."""

    def open(self) -> None:
        """Open the line, if nobody has, and look whether we are there."""
        with self._lock:
            try:
                with self.line.probing():
                    if not (self.line.is_open and self._is_there()):
                        self.line.open()
                        self._look()
            except PortUnavailableError:
                raise
            except BusError as error:
                raise self._absent(self.adapter, error) from error
            self._users.add(self)

    def _is_there(self) -> bool:
        try:
            self._look()
        except BusError:
            return False  # the line may be dead since somebody else opened it
        return True

    def _look(self) -> None:
        self._begin()
        self._find()

    def close(self) -> None:
        with self._lock:
            self._users.discard(self)
            if not self._users:
                super().close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._lock:
            yield
