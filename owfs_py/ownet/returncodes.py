"""owserver's return codes: their texts, and the exceptions they become at a client.

The texts are those of 3.2p4 (`owserver --help=error`); on the wire the numbers are negative.
"""

from __future__ import annotations

from typing import Final

from owfs_py.bus import errors

MAX_CODE: Final = 210
UNKNOWN_MESSAGE: Final = 42
"""Answer to a message type that is unknown or switched off."""
NO_PAYLOAD: Final = 74
"""Answer to a message that must have a path and has none."""
IO_ERROR: Final = 5

TEXTS: Final[dict[int, str]] = {
    0: "Good result",
    1: "Startup - command line parameters invalid",
    2: "legacy - No such entity",
    3: "Startup - a device could not be opened",
    4: "legacy - Interrupted",
    5: "legacy - IO error",
    6: "Startup - network could not be opened",
    7: "Startup - Avahi library could not be loaded",
    8: "Startup - Bonjour library could not be loaded",
    9: "legacy - Bad filesystem",
    10: "Startup - zeroconf communication problem",
    11: "legacy - Temporary interruption",
    12: "legacy - memory exhausted",
    13: "legacy - Access error",
    14: "legacy - Communication fault",
    15: "Startup - memory could not be allocated",
    16: "legacy - Busy",
    17: "Program - not initialized",
    18: "Program - not yet ready",
    19: "legacy - No such device",
    20: "legacy - Not a directory",
    21: "legacy - Is a directory",
    22: "legacy - Invalid transaction",
    23: "Program - closing",
    24: "Program - closed",
    25: "Program - cannot close",
    26: "Path - input path too long",
    27: "Path - bad path syntax",
    28: "Device - Device name bad CRC8",
    29: "Device - Unrecognized device name or alias",
    30: "legacy - Read-only file system",
    31: "Device - alias name too long",
    32: "Device - unrecognized device property",
    33: "Device - device property not an array",
    34: "legacy - Out of range",
    35: "Device - device property should be an array",
    36: "legacy - Name too long",
    37: "Device - device not a bit field",
    38: "Device - array index out of range",
    39: "Device - device property not a subpath",
    40: "legacy - Loop discovered",
    41: "Device - device not found",
    42: "legacy - No message",
    43: "Device - other device error",
    44: "Bus - bus short",
    45: "Bus - no such bus",
    46: "Bus - bus not appropriate",
    47: "Bus - bus not responding",
    48: "Bus - bus being reset",
    49: "Bus - bus closed",
    50: "Bus - bus could not be opened",
    51: "Bus - communication error on bus",
    52: "Bus - communication timeout",
    53: "Bus - telnet error",
    54: "Bus - tcp error",
    55: "Bus - bus is local",
    56: "Bus - bus is remote",
    57: "Read - data too large",
    58: "Read - data communication error",
    59: "Read - not a property",
    60: "Read - not a readable property",
    61: "Write - data too large",
    62: "Write - data too small",
    63: "Write - data wrong format",
    64: "Write - not a property",
    65: "Write - not a writable property",
    66: "Write - read-only mode",
    67: "Write - data communication error",
    68: "Directory - output path too long",
    69: "Directory - not a directory",
    70: "Presence - not a device",
    71: "Unknown query type",
    72: "Owserver protocol - socket problem",
    73: "Owserver protocol - timeout",
    74: "legacy - Bad message",
    75: "Owserver protocol - version mismatch",
    76: "Owserver protocol - packet size error",
    77: "Path - extra text in path",
    78: "Internal - unexpected null pointer",
    79: "Internal - unable to allocate memory",
    90: "legacy - Message size problem",
    95: "legacy - Not supported",
    98: "legacy - Address in use",
    99: "legacy - Address not available",
    103: "legacy - Connection aborted",
    105: "legacy - No buffers",
    210: "Error number out of range",
}


def text_of(code: int) -> str:
    """What a return code means; `code` is positive."""
    return TEXTS.get(code, f"Unassigned error {code}")


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
