"""Ways in which an adapter or its line fails under the core, each at some point of a job.

A point is the number of a call of the driver, of an answer of the adapter, or of a time slot.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from tests.bus.masters.adapters import AnyBench

PLENTY = 10**6


class Point(enum.Enum):
    """What is counted until something goes wrong."""

    CALL = enum.auto()
    ANSWER = enum.auto()
    SLOT = enum.auto()


class Fault(NamedTuple):
    """`begin` lets a bench fail at the point with this number from now; `heal` ends any of them."""

    counted: Point
    begin: Callable[[AnyBench, int], None]


async def length(bench: AnyBench, counted: Point, job: Awaitable[object]) -> int:
    """How many of these points a job has."""
    answers = 0

    def count(answer: bytes) -> bytes:
        nonlocal answers
        answers += bool(answer)
        return answer

    slots = bench.wire.counts.slots
    bench.port.calls_left = PLENTY
    bench.meddler.change = count
    await job
    calls = PLENTY - bench.port.calls_left
    heal(bench)
    found = {Point.ANSWER: answers, Point.CALL: calls, Point.SLOT: bench.wire.counts.slots - slots}
    return found[counted]


def _is_lost(bench: AnyBench) -> bool:
    return bench.port.calls_left is not None and bench.port.calls_left < 0


def heal(bench: AnyBench) -> None:
    """Everything is as it should be again."""
    bench.meddler.change = bytes
    bench.wire.faults.short = False
    bench.wire.faults.noisy_slots = set()
    vars(bench.master).pop("close", None)
    if _is_lost(bench):
        bench.plug()
    bench.port.calls_left = None


def _lose(bench: AnyBench, at: int) -> None:
    bench.port.calls_left = at


def _lose_for_a_moment(bench: AnyBench, at: int) -> None:
    """Somebody pushes it in again before it is opened again."""
    bench.port.calls_left = at
    really_close = bench.master.close

    def close() -> None:
        really_close()
        if _is_lost(bench):
            bench.plug()

    bench.master.close = close


@dataclass
class _Answers:
    """Something happens to the answer with number `at`; `also_later`: and to all that follow."""

    change: Callable[[_Answers, bytes], bytes]
    bench: AnyBench
    at: int
    also_later: bool = False
    number: int = -1
    held: bytes = b""

    def __call__(self, answer: bytes) -> bytes:
        self.number += bool(answer)
        held, self.held = self.held, b""
        if answer and (self.number == self.at or (self.also_later and self.number > self.at)):
            answer = self.change(self, answer)
        return held + answer


def _of_answers(
    change: Callable[[_Answers, bytes], bytes], *, also_later: bool = False
) -> Callable[[AnyBench, int], None]:
    def begin(bench: AnyBench, at: int) -> None:
        bench.meddler.change = _Answers(change, bench, at, also_later)

    return begin


def _hold(fault: _Answers, answer: bytes) -> bytes:
    """It comes with the next one."""
    fault.held = answer
    return b""


def _flip(fault: _Answers, answer: bytes) -> bytes:
    """One bit of one byte."""
    random = Random(fault.at)
    garbled = bytearray(answer)
    garbled[random.randrange(len(garbled))] ^= 1 << random.randrange(fault.bench.port.bytesize)
    return bytes(garbled)


def _short(fault: _Answers, answer: bytes) -> bytes:
    """From now on the line lies on ground."""
    fault.bench.wire.faults.short = True
    return answer


def _noise(bench: AnyBench, at: int) -> None:
    bench.wire.faults.noisy_slots = {bench.wire.counts.slots + at}


FAULTS = {
    "lost": Fault(Point.CALL, _lose),
    "lost for a moment": Fault(Point.CALL, _lose_for_a_moment),
    "no answer": Fault(Point.ANSWER, _of_answers(lambda fault, answer: b"")),
    "half an answer": Fault(
        Point.ANSWER, _of_answers(lambda fault, answer: answer[: len(answer) // 2])
    ),
    "late answer": Fault(Point.ANSWER, _of_answers(_hold)),
    "garbled answer": Fault(Point.ANSWER, _of_answers(_flip)),
    "no more answers": Fault(Point.ANSWER, _of_answers(lambda fault, answer: b"", also_later=True)),
    "short circuit": Fault(Point.ANSWER, _of_answers(_short)),
    "noise": Fault(Point.SLOT, _noise),
}
