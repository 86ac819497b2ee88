"""The two owservers that are compared, as processes that serve the same devices.

What they are asked, and how fast they are, is the benchmarks' matter.
"""

from __future__ import annotations

import time
from typing import Final

from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

SENSOR: Final = "/28.000028D70000"
"""What both call the first DS18B20 that they simulate."""

DEVICES: Final = "28,28,10"
OPTIONS: Final = [
    "--timeout_volatile=3600",  # a cached value stays cached throughout
    "--timeout_persistent_low=3600",
    "--clients_persistent_low=1000",
    "--clients_persistent_high=2000",
]
_CPU_CLOCK: Final = 2
"""CPUCLOCK_SCHED of the kernel: the processor time of all threads, those that ended too."""


class Reference(RealOwserver):
    """owserver 3.2p4 with devices in its memory."""

    name = "owserver 3.2p4"

    def __init__(self) -> None:
        super().__init__([f"--tester={DEVICES}", *OPTIONS])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


class Ours(OurDaemon):
    """This project's daemon with an emulated bus, as users start it."""

    name = "owfs_py"

    def __init__(self) -> None:
        super().__init__([f"--emulate={DEVICES}", *OPTIONS])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


def cpu_time(pid: int) -> float:
    """Seconds of processor time that a running process has taken so far, all threads together."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)  # what clock_getcpuclockid(3) computes
