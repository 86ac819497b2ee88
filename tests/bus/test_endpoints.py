"""Addresses on the network as people write them: which hosts there may be."""

from __future__ import annotations

import pytest

from owfs_py.bus.endpoints import host_name
from owfs_py.bus.masters.discovery import endpoint
from owfs_py.ownet.address import NetAddress, server_address

LONGEST_LABEL = "x" * 63

IMPOSSIBLE = [
    "a..b",
    ".",
    LONGEST_LABEL + "x",
    f"{LONGEST_LABEL}x.lan",
    "a\0b",
    "a\rb",
    "a b",
    "a\x7fb",
    "a\udc80b",  # a byte that is no UTF-8
]


@pytest.mark.parametrize(
    "host", ["lan", "ha7.lan.", "10.0.0.1", "::1", "fe80::1%eth0", LONGEST_LABEL, "büro.lan", "a_b"]
)
def test_hosts_stay_as_they_are(host: str) -> None:
    assert host_name(host) == host


@pytest.mark.parametrize("host", IMPOSSIBLE)
def test_what_no_host_can_be_called_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a host"):
        host_name(host)
    for address in (host, f"{host}:80"):
        with pytest.raises(ValueError, match="not HOST"):
            endpoint(address, 80)
        with pytest.raises(ValueError, match="not a"):
            server_address(address)
    with pytest.raises(ValueError, match="not a host"):
        NetAddress.parse(f"{host}:4304", "")
