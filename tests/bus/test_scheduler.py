"""One queue a bus: order, fairness, callers that go away."""

from __future__ import annotations

import asyncio
import threading

import pytest

from owfs_py.bus.scheduler import Scheduler


def test_jobs_run_one_at_a_time_in_the_order_of_asking() -> None:
    async def main() -> None:
        scheduler, done = Scheduler("test"), []
        await asyncio.gather(
            *(scheduler.run(lambda n=n: done.append(n)) for n in range(100))  # type: ignore[misc]
        )
        assert done == list(range(100))
        await scheduler.close()

    asyncio.run(main())


def test_nobody_starves_behind_somebody_who_wants_much() -> None:
    """Who needs many jobs asks for each anew, so others come in between."""

    async def main() -> None:
        scheduler, done = Scheduler("test"), []

        async def greedy() -> None:
            for _ in range(50):
                await scheduler.run(lambda: done.append("greedy"))

        async def modest(number: int) -> None:
            await scheduler.run(lambda: done.append(number))

        await asyncio.gather(greedy(), *(modest(number) for number in range(5)))
        assert all(done.index(number) <= 6 for number in range(5))
        await scheduler.close()

    asyncio.run(main())


def test_a_job_whose_caller_left_before_its_turn_does_not_run() -> None:
    async def main() -> None:
        scheduler, gate, ran = Scheduler("test"), threading.Event(), []
        first = asyncio.ensure_future(scheduler.run(gate.wait))
        second = asyncio.ensure_future(scheduler.run(lambda: ran.append(2)))
        third = asyncio.ensure_future(scheduler.run(lambda: ran.append(3)))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()  # it runs already and will end on its own
        gate.set()
        await third
        assert ran == [3]
        await scheduler.close()

    asyncio.run(main())


def test_an_exception_reaches_its_caller_and_the_next_job_runs() -> None:
    async def main() -> None:
        scheduler = Scheduler("test")
        with pytest.raises(ZeroDivisionError):
            await scheduler.run(lambda: 1 // 0)
        assert await scheduler.run(lambda: 5) == 5
        await scheduler.close()
        with pytest.raises(RuntimeError):
            await scheduler.run(lambda: 6)

    asyncio.run(main())


def test_who_has_the_bus_is_logged_on_request(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        scheduler = Scheduler("bus.7")
        await asyncio.gather(*(scheduler.run(lambda: None) for _ in range(2)))
        await scheduler.close()

    asyncio.run(main())
    assert not caplog.records
    caplog.set_level("DEBUG", "owfs_py.locks")
    asyncio.run(main())
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(" after ")[0] for line in lines] == [
        *("bus.7: taken; 1 more are waiting", "bus.7: given back"),
        *("bus.7: taken; 0 more are waiting", "bus.7: given back"),
    ]
