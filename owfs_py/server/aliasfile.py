"""Alias files: lines that give a device a name. Read leniently as owserver does, written plainly.

Which names are possible, and what they do to paths, is the library's business.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable

from owfs_py.bus.aliases import MAX_LENGTH, Aliases, check_alias
from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.rom import RomId

_LINE = re.compile(r"[/ \t=]*(?P<address>[^/ \t=]+)(?:[/ \t=](?P<name>.*))?\Z", re.DOTALL)


def parse_line(text: str) -> tuple[RomId, str] | None:
    """The device and name of one line; None for a line that does not begin with an address.

    Raises InvalidValueError for an address with a name that cannot be.
    """
    match = _LINE.match(text)
    if match is None:
        return None
    try:
        rom = RomId.parse(match["address"])
    except ValueError:
        return None
    name = (match["name"] or "").lstrip(" \t=").rstrip(" \t\r")
    if not name:
        raise InvalidValueError("an address without a name")
    if len(os.fsencode(name)) > MAX_LENGTH:
        raise InvalidValueError(f"a name longer than {MAX_LENGTH} bytes")
    check_alias(name)
    return rom, name


def parse(text: str, origin: str, aliases: Aliases) -> list[str]:
    """Add the aliases in a file's text; complaints about its lines as `origin:line: reason`.

    A device has one alias and an alias one device: later lines undo earlier ones. Lines that are
    blank or begin with # pass as comments; owserver knows none and skips what it cannot use.
    """
    complaints = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            pair = parse_line(line)
        except InvalidValueError as error:
            complaints.append(f"{origin}:{number}: {error}")
            continue
        if pair is not None:
            aliases.assign(*pair)
        elif line.strip() and not line.lstrip().startswith("#"):
            complaints.append(f"{origin}:{number}: no device address in front: {line.strip()!r}")
    return complaints


def read(paths: Iterable[str], aliases: Aliases) -> list[str]:
    """Add the aliases of several files, of which later ones win; all complaints.

    Raises OSError for a file that cannot be read.
    """
    complaints: list[str] = []
    for path in paths:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            complaints += parse(file.read(), path, aliases)
    return complaints


def text_of(aliases: Aliases) -> str:
    """An alias file of these aliases, in order of address."""
    return "".join(f"{rom} = {name}\n" for rom, name in aliases.items())


def write(path: str, text: str) -> None:
    """Replace the file at `path` by `text` in one step. Raises OSError if that cannot be done."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        with open(beside, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
