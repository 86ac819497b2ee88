"""Options for what may be on a serial port take an address on the network in every form.

What the forms mean is tested with the function that reads them.
"""

from __future__ import annotations

import pytest

from owfs_py.bus.masters.serialmaster import SerialMaster
from owfs_py.bus.wired import WiredBus
from owfs_py.server.build import build_onewire
from owfs_py.server.commandline import read_command_line

BY_TELNET = {"--xport": 10001, "-d": 10001, "--passive": 10001, "--ha4b": 10001}
"""Options for what is behind a bridge with RFC 2217, and the port if none is named."""
BY_TCP = {
    "--link": 10001,
    "--pbm": 10001,
    "--ha5": 10001,
    "--ha7e": 10001,
    "--masterhub": 10001,
    "--etherweather": 15862,
}
"""Those on plain TCP."""
FORMS = [
    ("box", "box", None),
    ("box:", "box", None),
    ("box.lan:7776", "box.lan", 7776),
    ("127.0.0.1", "127.0.0.1", None),
    ("7776", "localhost", 7776),
    ("::1", "[::1]", None),
    ("[::1]:7776", "[::1]", 7776),
]


@pytest.mark.parametrize(("value", "host", "port"), FORMS)
@pytest.mark.parametrize("option", [*BY_TELNET, *BY_TCP])
def test_a_serial_line_on_the_network(option: str, value: str, host: str, port: int | None) -> None:
    scheme, default_port = (
        ("rfc2217", BY_TELNET[option]) if option in BY_TELNET else ("socket", BY_TCP[option])
    )
    buses = build_onewire(read_command_line([option, value])).buses.values()
    assert buses
    for bus in buses:
        assert isinstance(bus, WiredBus)
        assert isinstance(bus.master, SerialMaster)
        assert bus.master.line.url == f"{scheme}://{host}:{port or default_port}"
