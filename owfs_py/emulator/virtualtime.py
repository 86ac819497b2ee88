"""Virtual time: a clock and an asyncio loop on which waiting costs nothing.

Time stands still while anybody works and jumps to the next deadline as soon as everybody waits:
the event loop for a timer, and every thread that the loop started for `VirtualClock.wait`.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class VirtualClock:
    """A Clock (owfs_py.bus.clock) that moves only when everybody waits.

    Without a running VirtualLoop, and in threads that the loop did not start, `wait` just moves
    the time, which is what a test of blocking code wants.
    """

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = itertools.count()
        self._workers: set[int] = set()
        self._working = 0
        self._wake: Callable[[], object] = lambda: None

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time on; for tests without a loop."""
        self._now += seconds

    def wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with self._lock:
            if threading.get_ident() not in self._workers:
                self._now += seconds
                return
            woken = threading.Event()
            heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
            self._working -= 1
        self._wake()
        woken.wait()

    def _job_queued(self) -> None:
        with self._lock:
            self._working += 1

    def _job_done(self) -> None:
        with self._lock:
            self._working -= 1

    def _in_worker(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        self._workers.add(threading.get_ident())
        return function(*args)

    def _move(self, timeout: float | None) -> bool:
        """Everybody in the loop waits at most `timeout`: move on. False: wait for real events."""
        with self._lock:
            if self._working > 0:
                return False
            if self._sleepers and (timeout is None or self._sleepers[0][0] <= self._now + timeout):
                self._now, _, woken = heapq.heappop(self._sleepers)
                self._working += 1
                woken.set()
                return False
            if timeout is None:
                return False
            self._now += timeout
            return True


class _VirtualSelector(selectors.DefaultSelector):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0) or self._clock._move(timeout):
            return events
        return super().select(None)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is `clock`; executors' jobs count as somebody working."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_VirtualSelector(clock))
        self._clock = clock
        clock._wake = lambda: self.call_soon_threadsafe(lambda: None)

    def time(self) -> float:
        return self._clock.now()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self._clock._job_queued()
        future = super().run_in_executor(executor, self._clock._in_worker, func, *args)
        future.add_done_callback(lambda _: self._clock._job_done())
        return future


def run(main: Coroutine[Any, Any, T], clock: VirtualClock) -> T:
    """asyncio.run on virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(main)
