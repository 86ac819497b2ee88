"""The pages of --help and the lines of --version, made from the table of options."""

from __future__ import annotations

from collections.abc import Iterator

from owfs_py import __version__
from owfs_py.bus.host import OWSERVER_VERSION
from owfs_py.server.getopt import Arg
from owfs_py.server.options import NOT_YET
from owfs_py.server.optiontable import ALL_OPTIONS, Heading, Option, Topic

WIDTH = 79
_INDENT = 30
"""Column in which meanings begin."""

_TOPICS = {
    Topic.DEVICE: "bus masters, also simulated ones",
    Topic.PROGRAM: "listening, announcing",
    Topic.CACHE: "how long values are kept, how long to wait",
    Topic.JOB: "messages, control, files, permission",
    Topic.TEMPERATURE: "scales and forms of addresses",
    Topic.ERROR: "list of return codes",
}

_GENERAL = """\
owserver (owfs_py {version}): 1-Wire buses on the network, as owserver {owserver}

Usage: owserver [OPTION]... [BUS MASTER]...

A bus master is a serial port (/dev/ttyUSB0), u for USB, or the HOST:PORT of
another owserver. All that are given are served together. Examples:
  owserver -d /dev/ttyUSB0                  an adapter on a serial port
  owserver --foreground --emulate=28,28,10  an emulated wire; no hardware
  owserver --scan                           looks for adapters; no server

Help on a topic:
{topics}
Long options may be cut short as long as they are unambiguous. Their values
follow after = or a blank, but one that may be left out only after =, or
directly behind the letter.
"""


def page(topic: str) -> str:
    """The page for a topic; its first letter decides, and any other gives the general page."""
    for known in Topic:
        if topic[:1].lower() == known[0]:
            return _error_page() if known is Topic.ERROR else _option_page(known)
    topics = "".join(f"  --help={name:<12} {what}\n" for name, what in _TOPICS.items())
    return _GENERAL.format(version=__version__, owserver=OWSERVER_VERSION, topics=topics)


def version() -> tuple[str, str]:
    """What --version prints on standard output and on standard error."""
    stdout = f"libow version:\n\t{OWSERVER_VERSION}\nowfs_py version:\n\t{__version__}\n"
    return stdout, f"owserver version:\n\t{OWSERVER_VERSION}\n"


def _option_page(topic: Topic) -> str:
    lines = [f"owserver --help={topic}: {_TOPICS[topic]}"]
    for heading in Heading:
        if heading.topic is topic:
            lines += ["", f"{heading.title}:"]
            for option in ALL_OPTIONS:
                if option.heading is heading:
                    lines += _option_lines(option)
    return "\n".join(lines) + "\n"


def _option_lines(option: Option) -> Iterator[str]:
    import textwrap  # for help only

    head = f"  {spelling(option)}"
    body = [option.meaning]
    if len(option.names) > 1:
        body.append(f"(also {', '.join(f'--{name}' for name in option.names[1:])})")
    if option.kind in NOT_YET:
        body.append("[not supported yet]")
    wrapped = textwrap.wrap(
        " ".join(body), WIDTH - _INDENT, break_on_hyphens=False, break_long_words=False
    )
    if len(head) > _INDENT - 2:
        yield head
        head = ""
    for line in wrapped:
        yield f"{head:<{_INDENT}}{line}"
        head = ""


def spelling(option: Option) -> str:
    """An option as help and documents show it: `-d, --device=PORT`."""
    value = f"={option.metavar}" if option.metavar else ""
    if option.arg is Arg.OPTIONAL:
        value = f"[{value}]"
    letter = f"-{option.short}, " if option.short else ""
    return f"{letter}--{option.names[0]}{value}"


def _error_page() -> str:
    from owfs_py.bus.returncodes import MAX_CODE, TEXTS  # for help only

    lines = ["owserver --help=error: return codes; on the wire they are negative", ""]
    lines += [f"{code:3d}. {TEXTS[code]}" for code in range(MAX_CODE + 1) if code in TEXTS]
    return "\n".join(lines) + "\n"
