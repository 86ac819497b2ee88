"""Logs what crosses between the core and a bus master: resets, bytes, searches, pulses.

It sees 1-Wire bytes, the same for all adapters; what an adapter makes of them is its own matter.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from owfs_py._search import RomSearch
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.masters.base import BusMaster

log = logging.getLogger("owfs_py.traffic")

OPERATIONS = (
    "reset",
    "touch_bits",
    "exchange",
    "reset_exchange",
    "transact",
    "search_pass",
    "reset_search_pass",
    "power_byte",
    "program_pulse",
)
"""The methods of a bus master that put something on the wire."""


def trace(master: BusMaster) -> None:
    """Log every operation of `master` from now on, one line each, at level DEBUG.

    An operation that the driver makes of smaller ones is one line, too.
    """
    tracer = _Tracer(master)
    for name in OPERATIONS:
        # On the object: the driver's class, and others of its kind, stay as they are.
        setattr(master, name, tracer.traced(name, getattr(master, name)))


class _Tracer:
    """What the operations of one bus master share. They never run at the same time."""

    def __init__(self, master: BusMaster) -> None:
        self._master = master
        self._inside = False

    def traced(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        """`operation` with a line in the log."""

        @functools.wraps(operation)
        def logged(*args: Any) -> Any:
            if self._inside or not log.isEnabledFor(logging.DEBUG):
                return operation(*args)
            self._inside = True
            try:
                result = operation(*args)
            except OneWireError as error:
                self._log(name, args, f"{type(error).__name__}: {error}")
                raise
            else:
                self._log(name, args, _told(result))
                return result
            finally:
                self._inside = False

        return logged

    def _log(self, name: str, args: tuple[Any, ...], outcome: str) -> None:
        words = " ".join([name.replace("_", " "), *map(_told, args)])
        log.debug("%s: %s -> %s", self._master.address, words, outcome)


def _told(value: object) -> str:
    """A parameter or result for the log."""
    match value:
        case bytes():
            return value.hex(" ").upper() or "no bytes"
        case (bytes() as rom, int() as conflicts):
            return f"{rom.hex(' ').upper()}, conflicts {conflicts:016X}"
        case list():
            return "".join(map(str, value))
        case True | False:  # of a reset
            return "presence" if value else "no presence"
        case None:
            return "nothing"
        case int():
            return f"{value:02X}"
        case float():
            return f"{value:g} s"
        case RomSearch():
            return f"after bit {value.last_discrepancy}"
    return str(value)
