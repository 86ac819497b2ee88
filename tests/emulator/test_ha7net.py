"""The emulated HA7Net: requests in, pages out."""

from __future__ import annotations

import re

import pytest

from owfs_py.emulator.ha7net import LOCK_SECONDS, HA7Net, announcement
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

NOBODY = "00" * 8


@pytest.fixture
def wire() -> Wire:
    return Wire(VirtualClock())


@pytest.fixture
def ha7net(wire: Wire) -> HA7Net:
    return HA7Net(wire)


def get(ha7net: HA7Net, path: str) -> dict[str, str]:
    """The fields of a page."""
    answer = ha7net.receive(f"GET /1Wire/{path} HTTP/1.0\r\n\r\n".encode()).decode()
    head, _, page = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(page)}\r\n" in head
    return dict(re.findall(r'NAME="(\w+)".* VALUE="([^"]*)"', page))


def digits(slave: Slave) -> str:
    """An id as it is in pages, CRC first."""
    return slave.rom[::-1].hex().upper()


def test_a_request_is_answered_when_it_is_complete(ha7net: HA7Net) -> None:
    assert ha7net.receive(b"GET /1Wire/Reset.html HTTP/1.0\n") == b""
    assert ha7net.receive(b"\n\0").startswith(b"HTTP/1.1 200 OK")
    assert ha7net.wire.counts.resets == 1


def test_other_pages_are_not_there(ha7net: HA7Net) -> None:
    assert ha7net.receive(b"GET / HTTP/1.0\n\n").startswith(b"HTTP/1.1 404")


def test_a_device_is_addressed_and_read(wire: Wire, ha7net: HA7Net) -> None:
    for index in range(2):
        wire.attach(make_slave("28", index=index))
    slave = wire.slaves[1]
    get(ha7net, f"AddressDevice.html?Address={digits(slave)}")
    result = get(ha7net, "WriteBlock.html?Data=BE" + "FF" * 9)["ResultData_0"]
    assert bytes.fromhex(result)[1:] == slave.scratchpad  # type: ignore[attr-defined]


def test_a_block_with_an_address_is_for_that_device(wire: Wire, ha7net: HA7Net) -> None:
    for index in range(2):
        wire.attach(make_slave("28", index=index))
    slave = wire.slaves[1]
    result = get(ha7net, f"WriteBlock.html?Address={digits(slave)}&Data=BE" + "FF" * 9)
    assert bytes.fromhex(result["ResultData_0"])[1:] == slave.scratchpad  # type: ignore[attr-defined]
    assert (wire.counts.resets, wire.counts.slots) == (1, 8 * (9 + 10))


def test_searches_list_the_ids_crc_first(wire: Wire, ha7net: HA7Net) -> None:
    for index in range(3):
        wire.attach(make_slave("28", index=index))
    fields = get(ha7net, "Search.html")
    ids = [value for name, value in fields.items() if name.startswith("Address_")]
    assert sorted(ids) == sorted(map(digits, wire.slaves))
    wire.slaves[0].alarming = lambda: True  # type: ignore[method-assign]
    fields = get(ha7net, "Search.html?Conditional=1")
    assert fields["Address_0"] == digits(wire.slaves[0])
    assert "Address_1" not in fields


@pytest.mark.parametrize(
    "path",
    [
        "WriteBlock.html",
        "WriteBlock.html?Data=xy",
        "WriteBlock.html?Data=" + "00" * 33,
        "AddressDevice.html?Address=12",
        "WriteBlock.html?Address=12&Data=00",
        f"WriteBlock.html?Address={NOBODY}",
        f"WriteBlock.html?Address={NOBODY}&Data=" + "00" * 33,
    ],
)
def test_what_cannot_be_done_is_an_exception(ha7net: HA7Net, path: str) -> None:
    fields = get(ha7net, path)
    assert fields["Exception_Code_0"] == "1"
    assert fields["Exception_String_0"]
    assert (ha7net.wire.counts.resets, ha7net.wire.counts.slots) == (0, 0)


def test_a_short_is_an_exception(wire: Wire, ha7net: HA7Net) -> None:
    wire.faults.short = True
    for path in ("Reset.html", f"WriteBlock.html?Address={NOBODY}&Data=BE"):
        assert "Short" in get(ha7net, path)["Exception_String_0"]


def test_a_lock_keeps_others_out_until_it_is_given_back_or_forgotten(
    wire: Wire, ha7net: HA7Net
) -> None:
    lock = get(ha7net, "GetLock.html")["LockID_0"]
    for path in (
        "GetLock.html",
        "Reset.html",
        "ReleaseLock.html",
        "Reset.html?LockID=99",
        f"WriteBlock.html?Address={NOBODY}&Data=BE",
    ):
        assert "Locked" in get(ha7net, path)["Exception_String_0"]
    assert wire.counts.resets == 0
    assert get(ha7net, f"Reset.html?LockID={lock}")["Exception_Code_0"] == "0"
    get(ha7net, f"ReleaseLock.html?LockID={lock}")
    assert not ha7net.is_locked
    lock = get(ha7net, "GetLock.html")["LockID_0"]
    wire.clock.wait(LOCK_SECONDS)
    assert get(ha7net, "Reset.html")["Exception_Code_0"] == "0"


def test_the_announcement_has_the_length_that_is_documented() -> None:
    assert len(announcement(80)) == 84
    assert announcement(0x1234).startswith(b"HA\x80\x01\x12\x34\x00\x00")
