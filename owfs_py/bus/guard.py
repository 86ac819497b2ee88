"""Guard: whatever is raised where an adapter is opened or looked for, its bus is just missing.

Drivers must raise BusErrors only. One that does not, maybe a third party's, harms nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from owfs_py.bus.errors import BusError, BusNotRespondingError

log = logging.getLogger(__name__)


class Guard:
    """A context manager that makes a BusNotRespondingError of what is no BusError.

    It tells of that with a traceback, aloud when it did not happen before with the same words.
    `name` says whose driver it is.
    """

    def __init__(self, name: Callable[[], str]) -> None:
        self._name = name
        self._told = ""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> None:
        if not isinstance(fault, Exception) or isinstance(fault, BusError):
            return
        words = f"{type(fault).__name__}: {fault}".removesuffix(": ")
        level = logging.DEBUG if words == self._told else logging.ERROR
        self._told = words
        log.log(level, "%s: a fault of the driver", self._name(), exc_info=fault)
        raise BusNotRespondingError(f"its driver failed: {words}") from fault
