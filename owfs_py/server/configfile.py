"""Configuration files: one option a line, with prefixes that say which OWFS program it is for.

The grammar is owserver's own; it is not that of any library. What options mean is in the table.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from owfs_py.bus.errors import InvalidValueError
from owfs_py.server import sensorlines
from owfs_py.server.getopt import Arg
from owfs_py.server.options import BusKind, BusRequest, OptionError, Options, Reading
from owfs_py.server.optiontable import OUR_OPTIONS, OWSERVER_OPTIONS, Option

MAX_DEPTH = 5
"""Files inside each other; owserver refuses the next."""

_COMMENT = re.compile(r"[#\r].*", re.DOTALL)
_LEAD = re.compile(r"[ \t!-]*")
_NAME = re.compile(r"[^ \t=:]*")
_BLANKS = re.compile(r"[ \t]*")
_VALUE = re.compile(r"[ \t]*(?P<equals>=?)[ \t]*(?P<value>[^ \t]*)")
_VALUE_DASHES = re.compile(r"[ \t]*-[ \t-]*")

_PROGRAMS = {"server": True, "external": False, "http": False, "ftp": False, "fs": False}
"""Words that a prefix may contain, in order of looking, and whether we are that program."""


class Line(NamedTuple):
    """What one line says."""

    prefix: str | None
    """The word before the last colon, in lower case; None if there is none."""
    inverted: bool
    """There was an odd number of exclamation marks."""
    name: str
    value: str | None
    """None if there is no value."""


def parse_line(text: str) -> Line | None:
    """Take one line apart; None if nothing is on it."""
    text = _COMMENT.sub("", text.rstrip("\n"))
    prefix = None
    marks = at = 0
    while True:
        lead = _LEAD.match(text, at)
        assert lead is not None  # it matches nothing, too
        marks += lead[0].count("!")
        name = _NAME.match(text, lead.end())
        assert name is not None
        after = _BLANKS.match(text, name.end())
        assert after is not None
        if not text.startswith(":", after.end()):
            break
        prefix = name[0].lower() or None
        at = after.end() + 1
    if not name[0] and name.end() == len(text):
        return None
    return Line(prefix, marks % 2 == 1, name[0], _value(text, name.end()))


def _value(text: str, at: int) -> str | None:
    """The word that follows the name, behind at most one equals sign, or else dashes."""
    dashes = _VALUE_DASHES.match(text, at)
    found = _VALUE.match(text, dashes.end() if dashes else at)
    assert found is not None
    value = found["value"]
    return value if value and not value.startswith("=") else None


def applies(line: Line) -> bool | None:
    """Whether a line is meant for an owserver; None if nobody knows its prefix."""
    if line.prefix is None:
        return True
    for word, ours in _PROGRAMS.items():
        if word in line.prefix:
            return ours != line.inverted
    return None


def find_option(name: str) -> Option | None:
    """The option that a name in a file stands for.

    One letter is the short form, in its case. A longer name may be cut short and be in any case:
    it stands for the first option of the table that starts with it.
    """
    tables = (OWSERVER_OPTIONS, OUR_OPTIONS)
    if len(name) == 1:
        return next((option for table in tables for option in table if option.short == name), None)
    low = name.lower()
    # A whole name first: our own ones come after all that owserver's may be cut to.
    for matches in (str.__eq__, str.startswith):
        for table in tables:
            for option in table:
                if any(matches(known.lower(), low) for known in option.names):
                    return option
    return None


def read(path: str, options: Options, depth: int = 1) -> None:
    """Read the file at `path`, and those that it includes, into `options`.

    Paths are relative to the working directory. Raises OptionError, with file and line, for a
    file that cannot be read and for an option that cannot be honoured; a name that nobody knows
    becomes a notice, as in owserver.
    """
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise OptionError(f"cannot read configuration file {path}: {error.strerror}") from None
    options.config_files.append(path)
    for number, text in enumerate(lines, start=1):
        place = f"{path}:{number}"
        if "\0" in text:  # which no path or address can have; most likely it is UTF-16
            raise OptionError(f"{place}: a NUL character; this is no text in UTF-8 or ASCII")
        declaration = sensorlines.find(text)
        if declaration is not None:
            _declare(declaration, place, options)
            continue
        line = parse_line(text)
        if line is not None:
            _obey(line, place, options, depth)


def _declare(declaration: sensorlines.Declaration, place: str, options: Options) -> None:
    """Take a line about external sensors; a mistake in it becomes a notice, as in owserver."""
    if not options.external:
        if not options.skips_sensors:
            options.skips_sensors = True
            options.notices.append(
                f"{place}: lines about external sensors are ignored where --external does not"
                " stand before them"
            )
        return
    try:
        if not sensorlines.declare(declaration, options.sensors):
            return
    except InvalidValueError as error:
        options.notices.append(f"{place}: {error}; line ignored")
        return
    if all(request.kind is not BusKind.EXTERNAL for request in options.buses):
        source = f"{place}: '{declaration.word}:'"
        options.buses.append(BusRequest(BusKind.EXTERNAL, "", source))


def _obey(line: Line, place: str, options: Options, depth: int) -> None:
    wanted = applies(line)
    if wanted is None:
        options.notices.append(f"{place}: unknown program '{line.prefix}:'; line ignored")
    if not wanted or not line.name:
        return
    option = find_option(line.name)
    if option is None:
        if len(line.name) == 1:
            raise OptionError(f"{place}: unknown option '{line.name}'")
        options.notices.append(f"{place}: unknown option '{line.name}'; line ignored")
        return
    if option.arg is Arg.REQUIRED and line.value is None:
        raise OptionError(f"{place}: option '{line.name}' needs a value")

    def include(path: str) -> None:
        if depth == MAX_DEPTH:
            raise OptionError(f"{place}: {path} is layered too deeply (>{MAX_DEPTH})")
        read(path, options, depth + 1)

    reading = Reading(options, f"{place}: option '{line.name}'", include, in_file=True)
    option.action(reading, (line.value or "") if option.arg is not Arg.NONE else "")
