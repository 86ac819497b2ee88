"""Taken: which places on adapters are in use in this process.

Two drivers that set up the same chip would undo each other's work.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from owfs_py.bus.errors import BusNotRespondingError

User = TypeVar("User")


class Taken(Generic[User]):
    """Who uses which place, as long as they live. Thread-safe."""

    def __init__(self) -> None:
        self._users: WeakValueDictionary[Hashable, User] = WeakValueDictionary()
        self._lock = threading.Lock()

    def claim(self, place: Hashable, user: User) -> None:
        """From now on it is the user's alone; BusNotRespondingError if it is another's."""
        with self._lock:
            if self._users.setdefault(place, user) is not user:
                raise BusNotRespondingError("another bus has it")

    def release(self, user: User) -> None:
        """Whatever the user had claimed."""
        with self._lock:
            for place in [place for place, other in self._users.items() if other is user]:
                del self._users[place]

    def user(self, place: Hashable) -> User | None:
        """Who has claimed it."""
        with self._lock:
            return self._users.get(place)
