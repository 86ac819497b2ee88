"""owserver's return codes on the wire, and the exceptions they become at a client."""

from __future__ import annotations

from typing import Final

from owfs_py.bus import errors
from owfs_py.bus.returncodes import MAX_CODE, TEXTS, text_of

__all__ = [
    "IO_ERROR",
    "MAX_CODE",
    "NO_PAYLOAD",
    "TEXTS",
    "UNKNOWN_MESSAGE",
    "error_of",
    "text_of",
]

UNKNOWN_MESSAGE: Final = 42
"""Answer to a message type that is unknown or switched off."""
NO_PAYLOAD: Final = 74
"""Answer to a message that must have a path and has none."""
IO_ERROR: Final = 5

_KINDS: Final[dict[int, type[errors.OneWireError]]] = {
    kind.code: kind
    for kind in (
        errors.PathError,
        errors.DeviceGoneError,
        errors.BusError,
        errors.BusyError,
        errors.NotDirectoryError,
        errors.IsDirectoryError,
        errors.InvalidValueError,
        errors.ReadOnlyError,
        errors.OutOfRangeError,
        errors.MessageSizeError,
        errors.NotSupportedError,
        errors.BusNotRespondingError,
    )
}


_PLAIN_WORDS: Final = {errors.PathError.code: "no such path"}
"""Where the official text misleads: every path that cannot be resolved is a 1 on the wire."""


def error_of(ret: int, context: str) -> errors.OneWireError:
    """The exception for a negative return code; `context` says what was asked of whom."""
    code = -ret
    text = _PLAIN_WORDS.get(code) or text_of(code)
    error = _KINDS.get(code, errors.OneWireError)(f"{context}: {text} ({ret})")
    error.code = code
    return error
