"""Where messages go and how many: owserver's error_level and error_print for Python's logging.

Short lines; a traceback is only printed when everything is asked for.
"""

from __future__ import annotations

import logging
import os
import sys
import syslog
import traceback
from types import TracebackType
from typing import Final

from owfs_py.server.options import Options

log = logging.getLogger(__name__)

CALL: Final = 15
"""Level of messages about requests (error_level 2)."""
DATA: Final = 13
"""Level of messages about bytes (error_level 3)."""
DETAIL: Final = 11
"""Level of messages about single steps (error_level 4)."""

LEVELS: Final = (logging.WARNING, logging.INFO, CALL, DATA, DETAIL, logging.DEBUG)
"""By error_level; higher ones are as the last."""

TRAFFIC: Final = "owfs_py.traffic"
LOCKS: Final = "owfs_py.locks"
REQUESTS: Final = "owfs_py.requests"
"""Loggers that have an option of their own and do not follow error_level."""

SYSLOG_IDENT: Final = "OWFS"

_AUTOMATIC, _SYSLOG, _CONSOLE = range(3)
_CONSOLE_FORMAT = "owserver: %(levelname)s: %(message)s"
_DEBUG_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"
_TIME_FORMAT = "%H:%M:%S"
_SYSLOG_FORMAT = "%(levelname)s: %(message)s"


class LineFormatter(logging.Formatter):
    """One line a message: an exception is told in its own words, without where it came from."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """Nothing: `format` says it all in the first line."""
        return ""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fault = record.exc_info[1] if record.exc_info else None
        plain = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})
        plain.levelname = record.levelname.lower()
        text = super().format(plain)
        if fault is not None:
            text += f": {str(fault) or type(fault).__name__}"
        return text.replace("\n", " ")


class SyslogHandler(logging.Handler):
    """Through the C library, so that it follows a restarted syslog daemon."""

    def __init__(self) -> None:
        super().__init__()
        syslog.openlog(SYSLOG_IDENT, syslog.LOG_PID, syslog.LOG_DAEMON)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line."""
        syslog.syslog(_priority(record.levelno), self.format(record))


def set_up(options: Options, *, foreground: bool) -> None:
    """Send all log messages of this process to where the options say, and only there."""
    debugging = options.error_level >= len(LEVELS) - 1
    for level, name in ((CALL, "CALL"), (DATA, "DATA"), (DETAIL, "DETAIL")):
        logging.addLevelName(level, name)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(_handler(options.error_print, foreground=foreground, debugging=debugging))
    root.setLevel(LEVELS[min(options.error_level, len(LEVELS) - 1)])
    for name, wanted in (
        (TRAFFIC, options.traffic),
        (LOCKS, options.locks),
        (REQUESTS, bool(options.detail)),
    ):
        logging.getLogger(name).setLevel(logging.DEBUG if wanted else logging.WARNING)


def watch_faults(options: Options) -> None:
    """Log what would end the program: where it happened, and the rest in the file asked for."""

    def log_fault(
        kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        last = trace
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "?"
        log.critical("fatal: %s: %s (%s)", kind.__name__, fault, place)
        if options.fatal_debug_file:
            with open(f"{options.fatal_debug_file}.{os.getpid()}", "w", encoding="utf-8") as file:
                traceback.print_exception(kind, fault, trace, file=file)

    if options.fatal_debug:
        sys.excepthook = log_fault


def _handler(error_print: int, *, foreground: bool, debugging: bool) -> logging.Handler:
    if error_print == _AUTOMATIC:
        error_print = _CONSOLE if foreground else _SYSLOG
    handler: logging.Handler
    if error_print == _SYSLOG:
        handler = SyslogHandler()
        handler.setFormatter(LineFormatter(_SYSLOG_FORMAT))
    elif error_print == _CONSOLE:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(
            logging.Formatter(_DEBUG_FORMAT, _TIME_FORMAT)
            if debugging
            else LineFormatter(_CONSOLE_FORMAT)
        )
    else:
        handler = logging.NullHandler()
    return handler


def _priority(level: int) -> int:
    if level >= logging.ERROR:
        return syslog.LOG_ERR
    if level >= logging.WARNING:
        return syslog.LOG_WARNING
    return syslog.LOG_INFO if level >= logging.INFO else syslog.LOG_DEBUG
