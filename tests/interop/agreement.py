"""Answers of two servers to the same requests, held against the differences that are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from tests.deliberate_differences import Deliberate, explanation
from tests.interop.differential import Answer, Request


class Compared(Protocol):
    """One request and both answers; as a text it tells them to people."""

    @property
    def request(self) -> Request: ...
    @property
    def theirs(self) -> Answer: ...
    @property
    def ours(self) -> Answer: ...


def assert_agreement(cases: Iterable[Compared], but: Sequence[Deliberate] = ()) -> None:
    """They differ only as the lines `but` say, and do differ as each says."""
    different = [case for case in cases if case.theirs != case.ours]
    found = [explanation(case.request, case.theirs, case.ours, but) for case in different]
    unexplained = [case for case, why in zip(different, found, strict=True) if why is None]
    assert not unexplained, "\n".join(map(str, unexplained))
    assert [line.what for line in but if line not in found] == [], "no difference"
