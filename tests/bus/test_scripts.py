"""Commands in a shell: what reaches them, what comes back, and what if they do not end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from owfs_py.bus import scripts
from owfs_py.bus.errors import BusTimeoutError
from owfs_py.bus.scripts import MAX_OUTPUT, Scripts

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

PATIENCE = 10.0
SHORT = 0.1
"""Seconds after which a command is killed here."""
LOOK_INTERVAL = 0.005


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs a coroutine on a loop of either kind: the daemon's is uvloop."""

    def run_there(main: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(asyncio.wait_for(main, PATIENCE))

    return run_there


class Lifeline:
    """A pipe with a name that ends when the last process which holds it open is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    async def taken(self) -> None:
        """Return when somebody holds it: what they write is one byte."""
        while not self._read():  # noqa: ASYNC110  it is another process that we wait for
            await asyncio.sleep(LOOK_INTERVAL)

    async def let_go(self) -> None:
        """Return when nobody does any more."""
        while self._read() != b"":  # noqa: ASYNC110  likewise
            await asyncio.sleep(LOOK_INTERVAL)

    def _read(self) -> bytes | None:
        try:
            return os.read(self._end, 1)
        except BlockingIOError:
            return None


@pytest.fixture
def lifeline(tmp_path: Path) -> Lifeline:
    return Lifeline(tmp_path / "lifeline")


def sleeper(lifeline: Lifeline) -> str:
    """A command that hangs, and has started another one that does."""
    return f"exec 3>{lifeline.path}; printf x >&3; sleep 1000 & sleep 1000; :"


HOSTILE = (
    "a b",
    "",
    "$(touch /tmp/never)",
    "`id`",
    "'; exit 9 #",
    '"',
    "\\",
    "*",
    "a\nb",
    "-n",
    "ä",
    "~",
    "&",
    "|cat",
    "${HOME}",
    "!",
    "%s",
)


def test_each_argument_reaches_the_command_as_one_word(run: Run[Any]) -> None:
    done = run(Scripts().run("printf '%s\\1'", HOSTILE))
    assert done.output.decode().split("\1") == [*HOSTILE, ""]


def test_bytes_that_are_no_text_reach_the_command_unchanged(run: Run[Any]) -> None:
    word = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert run(Scripts().run("printf %s", [word])).output == b"\xff\xfe"


def test_a_command_may_be_a_whole_line_of_shell(run: Run[Any]) -> None:
    done = run(Scripts().run("echo one; (exit 3) || echo two | tr a-z A-Z; echo", ["three"]))
    assert done.output == b"one\nTWO\nthree\n"


def test_the_value_is_standard_input(run: Run[Any]) -> None:
    assert run(Scripts().run("cat; :", [], b"21.5\0\n")).output == b"21.5\0\n"


def test_without_a_value_standard_input_is_empty(run: Run[Any]) -> None:
    assert run(Scripts().run("cat; :", [])).output == b""


def test_a_command_need_not_read_its_input(run: Run[Any]) -> None:
    assert run(Scripts().run("exit 0;", [], bytes(1 << 20))).status == 0


@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        ("exit 3;", 3, "exit status 3"),
        ("echo no such pin >&2; exit 1;", 1, "exit status 1: no such pin"),
        ("/no/such/program", 127, "cannot be run: "),
        ("kill -9 $$;", -9, "ended by signal 9"),
    ],
)
def test_how_a_command_ended_is_told(run: Run[Any], command: str, status: int, told: str) -> None:
    done = run(Scripts().run(command, []))
    assert done.status == status
    assert str(done).startswith(told)


def test_a_flood_is_cut_and_ends(run: Run[Any]) -> None:
    assert len(run(Scripts().run("yes", ["word"])).output) == MAX_OUTPUT


def test_a_flood_of_complaints_neither_hangs_nor_fills_the_log(run: Run[Any]) -> None:
    done = run(Scripts().run("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo 5;", []))
    assert done.output == b"5\n"
    assert done.complaint == "x" * scripts.MAX_COMPLAINT


def test_what_hangs_is_killed_with_all_that_it_started(run: Run[Any], lifeline: Lifeline) -> None:
    async def main() -> None:
        with pytest.raises(BusTimeoutError, match=r"not done after 0\.1 seconds, killed"):
            await Scripts(SHORT).run(sleeper(lifeline), [])
        await lifeline.taken()
        await lifeline.let_go()

    run(main())


def test_zero_is_no_limit(run: Run[Any]) -> None:
    assert run(Scripts(0).run("echo 5;", [])).output == b"5\n"


def test_a_command_that_nobody_waits_for_is_killed(run: Run[Any], lifeline: Lifeline) -> None:
    async def main() -> None:
        task = asyncio.create_task(Scripts().run(sleeper(lifeline), []))
        await lifeline.taken()
        task.cancel()
        await lifeline.let_go()

    run(main())


def test_what_is_left_running_in_background_keeps_nobody_waiting(
    run: Run[Any], lifeline: Lifeline
) -> None:
    async def main() -> None:
        # The one in background keeps standard output and standard error open.
        command = f"exec 3<>{lifeline.path}; sleep 1000 & echo $!; "
        began = time.monotonic()
        done = await Scripts().run(command, [])
        assert time.monotonic() - began < PATIENCE / 2
        os.kill(int(done.output), 9)

    run(main())


def test_stopping_waits_a_moment_then_kills(
    run: Run[Any], lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "STOP_GRACE", SHORT)

    async def main() -> None:
        those = Scripts()
        hanging = asyncio.create_task(those.run(sleeper(lifeline), []))
        ending = asyncio.create_task(those.run("echo done;", []))
        await lifeline.taken()
        await those.stop()
        assert (await ending).output == b"done\n"
        assert (await hanging).status < 0
        await lifeline.let_go()
        assert (await those.run("sleep 1000;", [])).status < 0
        those.start()
        assert (await those.run("exit 0;", [])).status == 0

    run(main())


def test_so_many_run_at_the_same_time_and_no_more(
    run: Run[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "AT_ONCE", 1)
    log = tmp_path / "log"

    async def main() -> None:
        those = Scripts()
        command = f"echo begin >>{log}; sleep 0.01; echo end >>{log};"
        await asyncio.gather(*(those.run(command, []) for _ in range(3)))

    run(main())
    assert log.read_text().split() == ["begin", "end"] * 3
