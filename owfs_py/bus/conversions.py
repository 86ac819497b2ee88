"""Sharing conversions: one Skip ROM + Convert for everybody who wants a fresh measurement.

A family declares that it converts (which command, for how long); everything about who converts
together, who must wait for whom, and when the bus is free meanwhile is decided here, once a bus.

Rules, for one bus (or one branch of it):
- Only externally powered devices on the line: a wanted conversion is given to all of them by
  Skip ROM, after a short gathering time, and the bus serves others while it runs. A single
  reading that must be fresh, and so leaves nothing for others, is converted alone, so that the
  others do not warm themselves for nothing.
- A parasitically powered device on the line: each device converts alone; a parasitic one under
  the strong pull-up with the bus held, an externally powered one with the bus free.
- A conversion counts for a request if it began no earlier than the request demands and no
  earlier than the device has been known to be there.
- No second shared conversion begins before the slowest device has finished the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from owfs_py.bus.clock import Clock
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.flights import heard
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Exchange, Power, Transaction, Wait

READ_POWER_SUPPLY = 0xB4
"""DS18B20 data sheet: read slots after it are 0 if a parasitically powered device answers."""
CONVERT_V_TIME = 0.010
"""Seconds that a DS2438 takes for what the same command means to it (its data sheet)."""

GATHERING = 1 / 64
"""Part of a conversion's time spent waiting for others who want one (12 ms of 750 ms)."""


@dataclass(frozen=True, slots=True)
class Convert:
    """What a family declares: the command that starts its conversion, and the longest one."""

    command: bytes
    longest: float
    """Seconds that the slowest setting of any device which obeys `command` takes."""


@dataclass(slots=True)
class _Batch:
    """Everybody who waits for the next shared conversion to begin."""

    begun: asyncio.Future[_Past | None]
    waiting: int = 0
    for_others: bool = False


@dataclass(frozen=True, slots=True)
class _Past:
    """A conversion: when it was ordered, when the order was out, when the slowest is done."""

    began: float
    ordered: float
    settled: float


class Conversions:
    """The conversions on one bus or one branch of it. Belongs to the event loop's thread.

    `run` executes a transaction on that bus when its turn comes and gives back what was read
    and the times before and after. `sharing=False` lets every device convert alone.
    """

    def __init__(
        self,
        run: Callable[[Transaction], Awaitable[tuple[list[bytes], float, float]]],
        clock: Clock,
        *,
        sharing: bool = True,
    ) -> None:
        self._run = run
        self._clock = clock
        self._sharing = sharing
        self._power_test: asyncio.Task[bool] | None = None
        self._batches: dict[bytes, _Batch] = {}
        self._shared: dict[bytes, _Past] = {}
        self._alone: dict[RomId, _Past] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ordering = asyncio.Lock()
        self.explicit_mark = float("-inf")
        """When a conversion was last asked for through /simultaneous: older values are stale."""

    async def converted(
        self,
        rom: RomId,
        convert: Convert,
        seconds: float,
        not_before: float,
        is_powered: Callable[[], Awaitable[bool]],
        *,
        for_others: bool,
    ) -> float:
        """Wait for a conversion of `rom` that began at `not_before` or later to be complete.

        `seconds` is how long this device needs; `is_powered` tells whether it has external power
        and is asked only if it may have to convert alone. `for_others`: readings of the others
        may use this conversion later, so it is worth a shared one even if nobody waits yet.
        Returns when the conversion began.
        """
        for past in (self._shared.get(convert.command), self._alone.get(rom)):
            if past is not None and past.began >= not_before:
                await self._until(past.ordered + seconds)
                return past.began
        if not await self.may_share():
            powered = await is_powered()
            return await self._convert_alone(rom, convert, seconds, powered=powered)
        shared = self._shared.get(convert.command)
        busy = shared is not None and shared.settled > self._clock.now()
        others_wait = convert.command in self._batches
        if not busy or others_wait or self._settled(rom, seconds) > self._clock.now():
            past = await self._shared_since(convert, seconds, not_before, for_others=for_others)
            if past is not None:
                await self._until(past.ordered + seconds)
                return past.began
        # Alone in wanting it, or faster than everybody else: no need to wait for the slowest.
        return await self._convert_alone(rom, convert, seconds, powered=True)

    async def convert_everybody(self, convert: Convert) -> None:
        """Begin a conversion of all devices now, as /simultaneous asks; returns when it runs.

        With a parasitically powered device on the line the strong pull-up holds the bus until
        all are done.
        """
        mark, before = self._clock.now(), self.explicit_mark
        self.explicit_mark = mark
        try:
            if await self._everybody_powered():
                await self._shared_since(convert, 0.0, mark, for_others=True)
            else:
                power = Power(convert.command[0], convert.longest)
                await self._order(convert, Transaction(None, (power,), attempts=1), held=True)
        except BaseException:
            self.explicit_mark = before
            raise

    def running(self, lifetime: float) -> bool:
        """Whether a conversion was asked for through /simultaneous in the last `lifetime` s."""
        return self._clock.now() - self.explicit_mark < lifetime

    async def settle(self, rom: RomId) -> None:
        """Wait until `rom` converts no more, so that it can be written."""
        while (until := self._settled(rom, None)) > self._clock.now():
            await self._until(until)

    def forget(self) -> None:
        """The devices on the line may be others now, or powered otherwise: test power anew."""
        self._power_test = None
        now = self._clock.now()
        self._alone = {rom: past for rom, past in self._alone.items() if past.settled > now}

    async def may_share(self) -> bool:
        """Whether one conversion command may go to everybody on the line."""
        return self._sharing and await self._everybody_powered()

    async def _everybody_powered(self) -> bool:
        if self._power_test is None:
            self._power_test = asyncio.ensure_future(self._test_power())
            self._power_test.add_done_callback(heard)
        test = self._power_test
        try:
            return await asyncio.shield(test)
        except BaseException:
            if test.done() and self._power_test is test:
                self._power_test = None
            raise

    async def _test_power(self) -> bool:
        ask = Exchange(bytes([READ_POWER_SUPPLY]), read=1)
        results, _, _ = await self._run(Transaction(None, (ask,)))
        if results[0] == b"\xff":
            return True
        # A DS2438 takes the command for Convert V and holds the line low while it does that;
        # a parasitically powered device goes on for ever.
        again = (ask, Wait(CONVERT_V_TIME), Exchange(b"", read=1))
        results, _, _ = await self._run(Transaction(None, again))
        return results[1] == b"\xff"

    def _settled(self, rom: RomId, seconds: float | None) -> float:
        """When `rom` is done with all conversions ordered so far; `seconds`: what it needs."""
        times = [past.settled for past in (self._alone.get(rom),) if past is not None]
        for past in self._shared.values():
            times.append(past.settled if seconds is None else past.ordered + seconds)
        return max(times, default=0.0)

    async def _shared_since(
        self, convert: Convert, seconds: float, not_before: float, *, for_others: bool
    ) -> _Past | None:
        """A shared conversion of the right age; None if nobody else wants one."""
        while True:
            batch = self._batches.get(convert.command)
            if batch is None:
                batch = _Batch(asyncio.get_running_loop().create_future())
                self._batches[convert.command] = batch
                task = asyncio.ensure_future(self._begin(batch, convert, seconds * GATHERING))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            batch.waiting += 1
            batch.for_others |= for_others
            try:
                past = await asyncio.shield(batch.begun)
            finally:
                batch.waiting -= 1
            # The bus's thread may have begun just before this request joined.
            if past is None or past.began >= not_before:
                return past

    async def _begin(self, batch: _Batch, convert: Convert, gather: float) -> None:
        try:
            await asyncio.sleep(gather)
            if not batch.waiting:
                batch.begun.cancel()
            elif batch.waiting == 1 and not batch.for_others:
                batch.begun.set_result(None)
            else:
                step = Exchange(convert.command)
                batch.begun.set_result(await self._order(convert, Transaction(None, (step,))))
        except asyncio.CancelledError:
            batch.begun.cancel()
            raise
        except OneWireError as error:
            batch.begun.set_exception(error)
            heard(batch.begun)
        finally:
            if self._batches.get(convert.command) is batch:
                del self._batches[convert.command]

    async def _convert_alone(
        self, rom: RomId, convert: Convert, seconds: float, *, powered: bool
    ) -> float:
        if powered:
            transaction = Transaction(rom, (Exchange(convert.command),))
        else:
            *command, last = convert.command
            steps = (Exchange(bytes(command)),) if command else ()
            transaction = Transaction(rom, (*steps, Power(last, seconds)))
        past = await self._order(convert, transaction, seconds, held=not powered)
        await self._until(past.settled)
        return past.began

    async def _order(
        self,
        convert: Convert,
        transaction: Transaction,
        seconds: float | None = None,
        *,
        held: bool = False,
    ) -> _Past:
        """Give a conversion command when nobody whom it reaches is still converting.

        `seconds`: how long the one device needs; `held`: the bus is held for all of it.
        """
        rom = transaction.rom
        while True:
            await self._until(self._quiet(rom, seconds))
            async with self._ordering:
                if self._quiet(rom, seconds) > self._clock.now():
                    continue
                _, began, ended = await self._run(transaction)
                takes = convert.longest if seconds is None else seconds
                past = (
                    _Past(began, ended - takes, ended)
                    if held
                    else _Past(began, ended, ended + takes)
                )
                if rom is None:
                    self._shared[convert.command] = past
                else:
                    self._alone[rom] = past
                return past

    def _quiet(self, rom: RomId | None, seconds: float | None) -> float:
        """When `rom`, or everybody, is done with all that was ordered so far."""
        if rom is not None:
            return self._settled(rom, seconds)
        pasts = (*self._shared.values(), *self._alone.values())
        return max((past.settled for past in pasts), default=0.0)

    async def _until(self, moment: float) -> None:
        wait = moment - self._clock.now()
        if wait > 0:
            await asyncio.sleep(wait)
