"""One queue and one worker a bus: who goes next.

Fairness: jobs run in the order in which they were asked for, one at a time. A job is short (a
transaction, one pass of a search), so whoever needs many asks anew after each, behind everybody
who came meanwhile; nobody can starve anybody. The one long job is a conversion under parasitic
power, during which nobody may talk at all. A job whose caller went away before its turn is
dropped; one that has begun runs to its end, so that the bus is never left in the middle.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

locks_log = logging.getLogger("owfs_py.locks")
"""Who asks for a bus and gets it, at level DEBUG."""


class Scheduler:
    """The queue before one bus. All methods belong to the event loop's thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._queue: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more jobs."""
        return self._closed

    async def run(self, job: Callable[[], T]) -> T:
        """Call `job` in the bus's thread when its turn comes; its result or exception."""
        if self._closed:
            raise RuntimeError("this bus is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.append((job, future))
        if self._running is None:
            self._running = loop.create_task(self._work(loop))
        return await future

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._queue:
            job, future = self._queue.popleft()
            if future.done():
                continue
            began = self._log_taken(loop)
            try:
                result = await loop.run_in_executor(self._executor, job)
            except Exception as error:
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(result)
            if began is not None:
                locks_log.debug(
                    "%s: given back after %.0f ms", self._name, (loop.time() - began) * 1000
                )
        self._running = None

    def _log_taken(self, loop: asyncio.AbstractEventLoop) -> float | None:
        """The time at which the bus was taken, if anybody wants to know."""
        if not locks_log.isEnabledFor(logging.DEBUG):
            return None
        locks_log.debug("%s: taken; %d more are waiting", self._name, len(self._queue))
        return loop.time()

    async def close(self) -> None:
        """Refuse new jobs, drop the waiting ones, let the running one end."""
        self._closed = True
        while self._queue:
            self._queue.popleft()[1].cancel()
        if self._running is not None:
            await self._running
        self._executor.shutdown(wait=False)
