"""Joining identical work."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.flights import Flights


def test_those_who_want_the_same_share_one_task() -> None:
    async def main() -> None:
        flights, calls = Flights(), 0

        async def work() -> int:
            nonlocal calls
            calls += 1
            await asyncio.sleep(0)
            return calls

        assert await asyncio.gather(*(flights.join("a", work) for _ in range(5))) == [1] * 5
        assert await flights.join("a", work) == 2
        assert len(flights) == 0

    asyncio.run(main())


def test_the_task_ends_with_its_last_caller() -> None:
    async def main() -> None:
        flights = Flights()
        stopped = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                stopped.set()
                raise

        callers = [asyncio.ensure_future(flights.join("a", work)) for _ in range(3)]
        await asyncio.sleep(0)
        for caller in callers[:2]:
            caller.cancel()
        await asyncio.sleep(0)
        assert not stopped.is_set()
        callers[2].cancel()
        await asyncio.wait_for(stopped.wait(), 1)
        assert len(flights) == 0

    asyncio.run(main())


def test_who_comes_after_giving_up_begins_anew() -> None:
    async def main() -> None:
        flights, begun = Flights(), 0

        async def slow() -> int:
            nonlocal begun
            begun += 1
            await asyncio.sleep(0.01)
            return begun

        first = asyncio.ensure_future(flights.join("a", slow))
        await asyncio.sleep(0)
        first.cancel()
        assert await flights.join("a", slow) in (1, 2)
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len(flights) == 0

    asyncio.run(main())


def test_an_error_reaches_everybody_and_is_not_kept() -> None:
    async def main() -> None:
        flights = Flights()

        async def fail() -> None:
            raise ValueError("no")

        results = await asyncio.gather(
            *(flights.join("a", fail) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [ValueError] * 3
        assert len(flights) == 0

    asyncio.run(main())
