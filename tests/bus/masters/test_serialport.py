"""Serial ports as pyserial opens them: addresses, options, and how long a break is."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator

import pytest
import serial

from owfs_py.bus.masters.serialport import (
    BREAK_SECONDS,
    has_fixed_rate,
    is_remote,
    open_port,
    port_url,
)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", None),
        ("./ttyS0", "./ttyS0"),
        ("ser2net", "rfc2217://ser2net:10001"),
        ("ser2net:4000", "rfc2217://ser2net:4000"),
        ("192.168.1.5", "rfc2217://192.168.1.5:10001"),
        ("192.168.1.5:4000", "rfc2217://192.168.1.5:4000"),
        ("4000", "rfc2217://localhost:4000"),
        ("[fe80::1]:4000", "rfc2217://[fe80::1]:4000"),
        ("socket://ser2net:4000", "socket://ser2net:4000"),
        ("rfc2217://ser2net:4000?ign_set_control", None),
    ],
)
def test_what_has_no_slash_is_on_the_network_by_rfc2217(address: str, url: str | None) -> None:
    assert port_url(address) == (url or address)


@pytest.mark.parametrize(
    "url", ["socket://", "socket://ser2net", "socket://:4000", "rfc2217://ser2net:99999"]
)
def test_a_url_of_the_network_has_a_host_and_a_port(url: str) -> None:
    with pytest.raises(ValueError, match=f"not {url.partition(':')[0]}://HOST:PORT: '{url}'"):
        port_url(url)


@pytest.mark.parametrize(
    ("address", "remote", "fixed_rate"),
    [
        ("/dev/ttyUSB0", False, False),
        ("ser2net:4000", True, False),
        ("socket://ser2net:4000", True, True),
    ],
)
def test_what_a_network_makes_of_a_port(address: str, remote: bool, fixed_rate: bool) -> None:
    assert (is_remote(port_url(address)), has_fixed_rate(port_url(address))) == (remote, fixed_rate)


@pytest.fixture
def terminal() -> Iterator[str]:
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("hardflow", [False, True])
def test_opens_at_9600_with_8_bits_and_flow_control_only_if_asked(
    terminal: str, hardflow: bool
) -> None:
    port = open_port(terminal, 1.5, hardflow=hardflow)
    assert isinstance(port, serial.Serial)
    assert (port.baudrate, port.bytesize, port.parity, port.stopbits) == (9600, 8, "N", 1)
    assert (port.rtscts, port.xonxoff, port.dsrdtr) == (hardflow, False, False)
    assert port.timeout == port.write_timeout == 1.5
    port.close()


def test_dtr_and_rts_are_on_once_a_port_is_open(
    terminal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: dict[str, bool] = {}
    for name in ("dtr", "rts"):
        monkeypatch.setattr(
            serial.Serial,
            f"_update_{name}_state",
            lambda self, name=name: lines.update({name: getattr(self, name)}),
        )
    open_port(terminal, 1.0, hardflow=False).close()
    assert lines == {"dtr": True, "rts": True}


def test_a_break_lasts_a_quarter_of_a_second(
    terminal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    durations: list[int] = []
    monkeypatch.setattr(termios, "tcsendbreak", lambda fd, duration: durations.append(duration))
    port = open_port(terminal, 1.0, hardflow=False)
    port.send_break(BREAK_SECONDS)
    port.close()
    assert durations == [0]  # which stands for a quarter to half a second; 1 would be 0.1 s
