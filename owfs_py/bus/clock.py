"""The clock that buses, caches and an emulated wire share, so that tests can make it virtual.

Coroutines wait with asyncio.sleep; this clock is for reading the time anywhere and for waiting
in the threads of bus masters. The virtual one is in owfs_py.emulator.virtualtime.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, and a way to let them pass in a thread."""

    def now(self) -> float:
        """Seconds since some fixed point; never goes back."""
        ...

    def wait(self, seconds: float) -> None:
        """Block this thread for so long; returns at once for 0 or less."""
        ...


class RealClock:
    """The machine's monotonic clock."""

    now = staticmethod(time.monotonic)

    @staticmethod
    def wait(seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


REAL_CLOCK: Clock = RealClock()
