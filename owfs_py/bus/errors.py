"""The exceptions of the library: one tree, every leaf with owserver's return code for it.

The numbers are owserver's (most are Linux errno values); on the wire they are negative.
"""

from __future__ import annotations


class OneWireError(Exception):
    """Base of everything that can go wrong here. `code` is the owserver return code, positive."""

    code = 22


class PathError(OneWireError):
    """The path names nothing: bad syntax, unknown property, device nobody knows."""

    code = 1


class DeviceGoneError(OneWireError):
    """A device that was there does not answer any more."""

    code = 2


class WrongModelError(OneWireError):
    """The chip is not of the model that this property belongs to, or lacks what it needs."""

    code = 2


class BusError(OneWireError):
    """The bus or its bus master failed, not the chip."""

    code = 5


class BusShortError(BusError):
    """The data line is shorted to ground."""

    code = 5


class BusTimeoutError(BusError):
    """The bus master did not answer in time."""

    code = 5


class ConnectionClosedError(BusError):
    """Another server closed the connection instead of answering."""

    code = 5


class BusNotRespondingError(BusError):
    """The bus master is not there at the moment; it is being looked for."""

    code = 103


class NoPresenceError(BusError):
    """No presence pulse after a reset: nobody is on the bus."""

    code = 5


class TryAgainError(OneWireError):
    """The chip is at work and will have an answer in a moment."""

    code = 11


class ScriptError(BusError):
    """The command behind a property of an external sensor cannot be run, or failed."""

    code = 5


class BusyError(OneWireError):
    """The chip cannot do this now (a mission is running, say)."""

    code = 16


class NotDirectoryError(OneWireError):
    """A listing was asked of a property."""

    code = 20


class IsDirectoryError(OneWireError):
    """A value was asked of a directory, or written to one."""

    code = 21


class EmptyValueError(OneWireError):
    """Nothing was written where a yes or no is wanted (owserver answers EFAULT)."""

    code = 14


class InvalidValueError(OneWireError):
    """The value cannot be parsed, or the chip does not take it."""

    code = 22


class CommunicationError(OneWireError):
    """What came from the chip is not right: an echo differs, a byte is impossible."""

    code = 22


class CrcError(CommunicationError):
    """Data and CRC do not fit."""


class VerifyError(CommunicationError):
    """What was written does not read back."""


class SearchError(CommunicationError):
    """A search did not get through, however often it was tried."""

    code = 5


class PowerOnValueError(CommunicationError):
    """The chip still holds its power-on value (85 degrees): it lost power while converting."""


class ReadOnlyError(OneWireError):
    """Writing is switched off."""

    code = 30


class OutOfRangeError(OneWireError):
    """A number too large or too small for its kind."""

    code = 34


class BadBlockError(OneWireError):
    """What was written is not made of whole blocks, as this memory wants it."""

    code = 74


class BehindLineError(OneWireError):
    """A text would begin behind the end of a display's line."""

    code = 99


class MessageSizeError(OneWireError):
    """A size or offset that cannot be served."""

    code = 90


class NotSupportedError(OneWireError):
    """This property cannot be read or written, or this bus master cannot do that."""

    code = 95
