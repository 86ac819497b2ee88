"""Shell commands as a source of values: run beside the event loop, bounded in time and output.

What is asked of a command, and what its output means, is in external.py.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from asyncio.subprocess import Process
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from owfs_py.bus.errors import BusTimeoutError, ScriptError
from owfs_py.bus.pipes import Feed, Tap

SHELL: Final = "/bin/sh"
DEFAULT_TIMEOUT: Final = 30.0
"""Seconds."""
AT_ONCE: Final = 32
"""So many commands run at the same time; others wait for their turn."""
MAX_OUTPUT: Final = 1 << 16
"""Bytes of output that are taken; whoever writes more gets SIGPIPE."""
MAX_COMPLAINT: Final = 200
"""Bytes of standard error that are kept for messages."""
STOP_GRACE: Final = 0.2
"""Seconds for what still runs when everything stops; a daemon has given it some already."""

_UNKNOWN_COMMAND = (126, 127)  # POSIX, Shell Command Language, 2.8.2


class Finished(NamedTuple):
    """What came of a command."""

    output: bytes
    status: int
    """As of subprocess: the exit status, or the negative number of the signal that ended it."""
    complaint: str
    """The beginning of its standard error."""

    def __str__(self) -> str:
        if self.status < 0:
            how = f"ended by signal {-self.status}"
        elif self.status in _UNKNOWN_COMMAND:
            how = "cannot be run"
        else:
            how = f"exit status {self.status}"
        return f"{how}: {self.complaint}" if self.complaint else how


class Scripts:
    """Runs commands in a shell. One that takes longer than `timeout` seconds is killed with all
    that it started; 0 for no limit."""

    def __init__(self, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._timeout = timeout or None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._asked: set[asyncio.Future[None]] = set()
        self._running: dict[asyncio.Future[int], Process] = {}
        self._stopped = False

    async def run(self, command: str, arguments: Sequence[str], written: bytes = b"") -> Finished:
        """Run `command` with `arguments` behind it, each of which reaches it as one word.

        `written` is its standard input. Raises BusTimeoutError, or ScriptError if there can be no
        process. If the caller is cancelled the command is killed.
        """
        line = f"{command} {shlex.join(arguments)}".encode("utf-8", "surrogateescape")
        asked = asyncio.get_running_loop().create_future()
        self._asked.add(asked)
        try:
            async with self._turns:
                return await self._run(line, written)
        except TimeoutError as error:
            told = f"{command}: not done after {self._timeout} seconds, killed"
            raise BusTimeoutError(told) from error
        except OSError as error:
            raise ScriptError(f"{command}: {error.strerror}") from error
        finally:
            self._asked.discard(asked)
            asked.set_result(None)

    async def _run(self, line: bytes, written: bytes) -> Finished:
        with (
            Feed(written) as feed,
            Tap(MAX_OUTPUT, closes=True) as output,
            Tap(MAX_COMPLAINT) as told,
        ):
            start = asyncio.create_subprocess_exec(
                *(SHELL, "-c", line),
                stdin=feed.theirs,
                stdout=output.theirs,
                stderr=told.theirs,
                start_new_session=True,
            )
            process = await _started(start)
            end = self._watch(process)
            try:
                for pipe in (feed, output, told):
                    pipe.open()
                async with asyncio.timeout(self._timeout):
                    status = await asyncio.shield(end)
            finally:
                if not end.done():
                    _kill(process)
            # Not to its end: what the command left running in background may have it open.
            text = told.taken().decode("utf-8", "replace")
            return Finished(output.taken(), status, " ".join(text.split()))

    def _watch(self, process: Process) -> asyncio.Future[int]:
        """The future of its exit status; it is there until the process is gone."""
        end = asyncio.ensure_future(process.wait())
        self._running[end] = process
        end.add_done_callback(self._running.pop)
        if self._stopped:
            _kill(process)  # it was being started meanwhile
        return end

    def start(self) -> None:
        """Be ready, again after a stop."""
        self._stopped = False

    async def stop(self) -> None:
        """Let what runs come to its end; kill what takes too long, and what comes later."""
        await self._settled()
        self._stopped = True
        for process in self._running.values():
            _kill(process)
        await self._settled()

    async def _settled(self) -> None:
        if self._asked or self._running:
            waiting: set[asyncio.Future[Any]] = {*self._asked, *self._running}
            await asyncio.wait(waiting, timeout=STOP_GRACE)


async def _started(start: Coroutine[Any, Any, Process]) -> Process:
    """The process; if nobody wants it any more it is killed as soon as it can be."""
    starting = asyncio.ensure_future(start)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        _kill(await starting)  # cancelled half-way it would leave behind what it started
        raise


def _kill(process: Process) -> None:
    """Kill a process, which has a session of its own, and all that it started there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
