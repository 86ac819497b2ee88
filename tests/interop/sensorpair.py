"""Owserver 3.2p4 and our daemon with the same external sensors and the same commands.

Answers are compared, and how the commands were called.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.deliberate_differences import Deliberate
from tests.interop.agreement import assert_agreement
from tests.interop.differential import (
    Answer,
    RawClient,
    Request,
    read,
)
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver

SCRIPT = r"""#!/bin/sh
# Keeps what is written and says it again; before that, the data of the property. As every command
# it is told: sensor, property, element, read or write, size, offset, data of sensor, of property.
echo "$*" >>"$STATE/calls"
kept="$STATE/$1-$(echo "$2" | tr / -)-$3"
case "$4" in
write) cat >"$kept" ;;
*)
    [ -e "$kept" ] || printf %s "$8" >"$kept"
    case "$2" in
    *[tT]ext* | bytes) tail -c "+$(($6 + 1))" "$kept" | head -c "$5" ;;
    counted) echo . >>"$kept"; wc -l <"$kept" ;;
    *) cat "$kept" ;;
    esac ;;
esac
"""

LINES = """\
sensor: one, things, the first of them, d1
sensor: two, things, , d2
Sensor : ill, broken, , d3
server: sensor: "a name, with comma", broken, , d4
sensor: strange, odd, , d5
! http: property: number, things, i, , u, SCRIPT, SCRIPT, 5
script: unsigned, things, u, , u, SCRIPT, SCRIPT, -1
script: float, things, f, , u, SCRIPT, SCRIPT, 3.25
script: heat, things, t, , u, SCRIPT, SCRIPT, 21.5
script: gap, things, g, , u, SCRIPT, SCRIPT, 10
script: air, things, p, , u, SCRIPT, SCRIPT, 1000
script: flag, things, y, , u, SCRIPT, SCRIPT, 1
script: word, things, y, , u, SCRIPT, SCRIPT, on
script: spaced, things, y, , u, printf ' 1';:
script: moment, things, d, , u, SCRIPT, SCRIPT, 0
script: text, things, a20, , u, SCRIPT, SCRIPT, hello
script: bytes, things, b0x8, , u, SCRIPT, SCRIPT, abcdefgh
script: place/near, things, i, , u, SCRIPT, SCRIPT, 7
script: place/far/away, things, i5, , u, SCRIPT, SCRIPT, 8
script: each, things, i, 3, u, SCRIPT, SCRIPT, 5
script: texts, things, a5, 3, u, SCRIPT, SCRIPT, abc
script: whole, things, f, +3, u, SCRIPT, SCRIPT, "1,2,3"
script: halves, things, a4, +3, u, SCRIPT, SCRIPT, "ab,cd,ef"
script: pairs, things, b2, +3, u, SCRIPT, , aabbcc
script: two, things, i, +2, u, printf '1\\,2\\,3';:
script: counted, things, i, , s, SCRIPT
script: keptText, things, a10, , s, SCRIPT, SCRIPT, abcdefghij
script: newText, things, a10, , s, SCRIPT, SCRIPT, abcdefghij
script: fixed, things, i, , f, SCRIPT, , 3
script: passing, things, i, , v, SCRIPT, , 3
script: ticking, things, i, , t, SCRIPT, , 3
script: readonly, things, i, , u, SCRIPT, , 1
script: writeonly, things, i, , u, , SCRIPT
script: nothing, things, i, , u
script: number, things, a5, , s, this is not the first of its name
script: wide, things, f, , u, printf '%20.3f' 21.125;:
script: long, things, i, , u, printf 12345678901234567890;:
script: empty, broken, i, , u, true;:
script: emptyText, broken, a5, , u, true;:
script: nonsense, broken, i, , u, echo warm;:
script: missing, broken, i, , u, /no/such/program, /no/such/program
script: lost, broken, a10, , u, /no/such/program
script: fails, broken, i, , u, exit 3;:, cat >/dev/null; exit 3;:
script: grumbles, broken, i, , u, echo 8; exit 3;:
script: killed, broken, i, , u, kill -9 $$;:
script: few, broken, i, +3, u, "echo 1,2;:"
script: wrong, broken, q, , u, echo 1
script: wrong, broken, ix, , u, echo 1
script: wrong, broken, i, ?, u, echo 1
script: wrong, broken, i, , q, echo 1
sensor: incomplete
script: letters, odd, i, C, u, echo 5;:
script: together, odd, i, +C, u, "echo 5,6,7;:"
script: single, odd, i, A, u, echo 5;:
script: twelve, odd, i, 12, u, echo 5;:
script: sparse, odd, i, -1, u, SCRIPT, , 5
script: named, odd, i, -, u, SCRIPT, , 5
"""
THINGS = ("number", "unsigned", "float", "heat", "gap", "air", "flag", "text", "bytes",
          "place/near", "place/far/away", "each.0", "each.2", "each.ALL", "texts.1", "texts.ALL",
          "whole.ALL", "halves.ALL", "pairs.ALL", "two.ALL", "fixed", "readonly", "family", "type",
          "passing", "ticking")  # fmt: skip


@dataclass
class Case:
    """One request, and what came of it."""

    request: Request
    theirs: Answer
    ours: Answer
    calls: tuple[list[str], list[str]]
    """How either called its command."""

    def __str__(self) -> str:
        return (
            f"{self.request}\n  3.2p4: {self.theirs}\n  ours:  {self.ours}\n  called: {self.calls}"
        )


@dataclass
class Pair:
    """Two servers with the same sensors, each with a directory for what its commands keep."""

    servers: tuple[RealOwserver, OurDaemon]
    clients: tuple[RawClient, RawClient]
    states: tuple[Path, Path]

    def ask(self, request: Request) -> Case:
        answers = []
        calls = []
        for client, state in zip(self.clients, self.states, strict=True):
            log = state / "calls"
            log.unlink(missing_ok=True)
            answers.append(client.ask(request))
            lines = log.read_text().splitlines() if log.exists() else []
            calls.append(list(map(_comparable, lines)))
        return Case(request, answers[0], answers[1], (calls[0], calls[1]))

    def agree(self, *requests: Request, but: Sequence[Deliberate] = ()) -> list[Case]:
        """Ask both. They may differ only as the lines `but` say, and must differ as each says.

        Where the answers are the same, so is what was asked of the commands.
        """
        cases = [self.ask(request) for request in requests]
        assert_agreement(cases, but)
        for case in cases:
            if case.theirs == case.ours:
                assert case.calls[0] == case.calls[1], case
        return cases


def _comparable(call: str) -> str:
    """A call without empty words, which 3.2p4 leaves out, and without the size of what is written.

    That is the number of bytes that the command gets, where 3.2p4 says how many the client sent.
    """
    words = call.split()
    return " ".join([*words[:4], *words[5:]] if words[3] == "write" else words)


def start(stack: ExitStack, directory: Path, text: str, *options: str) -> Pair:
    """Both servers with a configuration file of this text, behind `--external` and others."""
    script = directory / "sensor.sh"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    config = directory / "owfs.conf"
    config.write_text(text.replace("SCRIPT", str(script)))
    states = directory / "theirs", directory / "ours"
    for state in states:
        state.mkdir()
    args = ["--external", f"--configuration={config}", *options]
    theirs = stack.enter_context(RealOwserver(args, {"STATE": str(states[0])}))
    ours = stack.enter_context(OurDaemon(args, environment={"STATE": str(states[1])}))
    first, second = (
        stack.enter_context(RawClient(theirs.port)),
        stack.enter_context(RawClient(ours.port)),
    )
    return Pair((theirs, ours), (first, second), states)


def reads(sensor: str, *names: str, **more: int) -> list[Request]:
    return [read(f"/{sensor}/{name}", **more) for name in names]


def values(cases: Sequence[Case]) -> list[bytes]:
    """What we answered, without the padding of numbers."""
    return [case.ours.text.strip() for case in cases]
