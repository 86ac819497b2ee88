"""The life of a daemon: background, pid file, signals, systemd. What it serves it does not know."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, Protocol

from owfs_py.bus.errors import OneWireError
from owfs_py.server import systemd
from owfs_py.server.options import OptionError

log = logging.getLogger(__name__)

STOP_TIMEOUT: Final = 0.9
"""Seconds for an orderly stop; then the process ends all the same."""

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1

_READY = b"\0"


class StartError(Exception):
    """The daemon cannot start; the text is one line for the person who started it."""

    exit_status = EXIT_FAILED


_FAULTS: Final = (OneWireError, OSError)
"""Told in one line, beside StartError; anything else is a fault of the program."""


class Service(Protocol):
    """What is run. It is made, started and stopped in the process and event loop that it is for."""

    async def start(self) -> None:
        """Begin to serve; StartError, OneWireError or OSError if that is not possible."""

    async def stop(self) -> None:
        """End; also called if start failed or was cancelled half-way."""

    async def outdated(self) -> None:
        """Return when a reload is due without anybody asking for one; cancelled in the end."""

    async def reload(self) -> Service | None:
        """Read files again and re-open what is broken (SIGHUP, or `outdated`).

        What is returned takes the place of this service, once this one has stopped.
        """


class Launcher:
    """The line to the process that was started first and waits to hear how it went."""

    def __init__(self, line: int | None = None) -> None:
        self._line = line
        self._was_ready = False

    def ready(self) -> None:
        """Let the launching process end well. May be said again after a new start."""
        self._was_ready = True
        self._tell(_READY)

    def failed(self, text: str, status: int) -> None:
        """Let it print `text` and end with `status`; in foreground print here.

        When it has ended well long ago, the log is where somebody may look.
        """
        if self._was_ready:
            log.critical("cannot start anew: %s", text)
        elif self._line is None:
            print(f"owserver: {text}", file=sys.stderr)
        self._tell(bytes([status]) + text.encode(errors="replace"))

    def _tell(self, report: bytes) -> None:
        if self._line is not None:
            with contextlib.suppress(BrokenPipeError):  # the launching process was killed
                os.write(self._line, report)
            os.close(self._line)
            self._line = None


def detach() -> Launcher:
    """Go on in a background process of its own session; the working directory stays.

    The process that calls this does not return: it waits for the report of the other, and exits.
    To be called before there are threads or an event loop.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    hear, tell = os.pipe()
    if os.fork():
        os.close(tell)
        _wait_for_report(hear)
    os.setsid()
    if os.fork():  # the leader of a session could get a controlling terminal again
        os._exit(EXIT_OK)
    os.close(hear)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    if null > 2:
        os.close(null)
    return Launcher(tell)


def _wait_for_report(line: int) -> NoReturn:
    with open(line, "rb") as pipe:
        report = pipe.read()
    if report == _READY:
        os._exit(EXIT_OK)
    status, text = (report[0], report[1:]) if report else (EXIT_FAILED, b"ended while starting")
    os.write(2, b"owserver: " + text + b"\n")
    os._exit(status)


@contextlib.contextmanager
def pid_file(path: str) -> Iterator[Callable[[], None]]:
    """Keep the process id in a file, without a newline; one that cannot be written is logged.

    The file is removed at the end; what is yielded removes it earlier.
    """

    def remove() -> None:
        if written:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    written = bool(path)
    if path:
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
        except OSError as error:
            written = False
            log.warning("cannot write pid file %s: %s", path, error.strerror)
    try:
        yield remove
    finally:
        remove()


def run(make: Callable[[], Service], launcher: Launcher, pid_path: str = "") -> int:
    """Run a service until SIGTERM or SIGINT; the exit status. `make` is called in the loop and may
    raise OptionError.

    SIGHUP reloads. A second SIGTERM or SIGINT, or a stop that takes longer than STOP_TIMEOUT,
    ends the process at once.
    """
    systemd.notify(f"MAINPID={os.getpid()}")
    try:
        with pid_file(pid_path) as remove_pid_file:

            def end_now() -> None:
                remove_pid_file()
                os._exit(EXIT_OK)

            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(_live(make, launcher, end_now))
    except (StartError, OptionError) as error:
        # Only now, so that everything is tidied up when the launching process ends.
        log.debug("start failed", exc_info=error)
        launcher.failed(str(error), error.exit_status)
        return error.exit_status
    return EXIT_OK


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop  # not before the process is the one that stays

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


async def _live(
    make: Callable[[], Service], launcher: Launcher, end_now: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    reloading = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            end_now()
        stopping.set()
        # A thread of its own: it must fire even if the loop, or a worker, is stuck.
        watchdog = threading.Timer(STOP_TIMEOUT, end_now)
        watchdog.daemon = True
        watchdog.start()

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, stop)
    loop.add_signal_handler(signal.SIGHUP, reloading.set)
    service: Service | None = make()
    try:
        while service is not None:
            service = await _serve(service, stopping, reloading, launcher)
    finally:
        systemd.notify("STOPPING=1")


async def _serve(
    service: Service, stopping: asyncio.Event, reloading: asyncio.Event, launcher: Launcher
) -> Service | None:
    """Run a service; the one that takes its place, or None if it was told to stop."""
    try:
        if not await _start(service, stopping):
            return None
        launcher.ready()
        systemd.notify("READY=1")
        replaced = asyncio.ensure_future(_until_replaced(service, reloading))
        if await _first_of(asyncio.ensure_future(stopping.wait()), replaced) is replaced:
            return replaced.result()
        return None
    finally:
        await service.stop()


async def _start(service: Service, stopping: asyncio.Event) -> bool:
    """Start, unless told to stop meanwhile: False. Raises StartError."""
    starting = asyncio.ensure_future(service.start())
    if await _first_of(starting, asyncio.ensure_future(stopping.wait())) is not starting:
        return False
    try:
        starting.result()
    except _FAULTS as error:
        raise StartError(str(error)) from error
    return True


async def _until_replaced(service: Service, wanted: asyncio.Event) -> Service:
    """One reload after the other, each for all the signals that came before it."""
    while True:
        outdated = asyncio.ensure_future(service.outdated())
        if await _first_of(asyncio.ensure_future(wanted.wait()), outdated) is outdated:
            outdated.result()
        wanted.clear()
        try:
            other = await service.reload()
        except (StartError, *_FAULTS) as error:
            log.error("cannot reload: %s", error)
            continue
        log.info("reloaded")
        if other is not None:
            return other


async def _first_of(one: asyncio.Future[Any], another: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """The one that is done first, the former if both are; the other is cancelled and awaited."""
    await asyncio.wait({one, another}, return_when=asyncio.FIRST_COMPLETED)
    first, other = (one, another) if one.done() else (another, one)
    other.cancel()
    await asyncio.wait({other})
    return first
