"""Work at the same time: those who want the same share one task; of many answers the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from owfs_py.bus.errors import OneWireError

T = TypeVar("T")


def heard(task: asyncio.Future[Any]) -> None:
    """A done-callback: whoever wanted the result may be gone; then an error is nobody's news."""
    if not task.cancelled():
        task.exception()


class _Flight(Generic[T]):
    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Future[T]) -> None:
        self.task = task
        self.waiting = 0


class Flights:
    """Tasks under way by key. A task is cancelled when the last of its callers has gone."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[Any]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._flights

    async def join(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> T:
        """The result of the task under `key`, which `start` begins if there is none."""
        flight: _Flight[T] | None = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(start()))
            self._flights[key] = flight
            landing = flight
            flight.task.add_done_callback(lambda _: self._remove(key, landing))
            flight.task.add_done_callback(heard)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                # Nobody may join what is being given up.
                self._remove(key, flight)
                flight.task.cancel()

    def _remove(self, key: Hashable, flight: _Flight[Any]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def first_answer(questions: Iterable[Coroutine[Any, Any, T | None]]) -> T | None:
    """The answer to the first of `questions` that has one; all are asked at the same time.

    Who fails with an OneWireError, or says None, has none. When the answer is known the others
    are given up.
    """
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        for task in tasks:
            with suppress(OneWireError):
                answer = await task
                if answer is not None:
                    return answer
        return None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
