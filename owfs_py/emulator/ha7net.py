"""The HA7Net of Embedded Data Systems: its web pages of low-level 1-Wire commands, and its answer
to those who look for it. No pages for people.

Source: HA7Net User's Manual and Programmer's Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from owfs_py.emulator.romsearch import find_all, rom_bytes, rom_text
from owfs_py.emulator.wire import Wire

MATCH_ROM, SEARCH_ROM, ALARM_SEARCH = 0x55, 0xF0, 0xEC
MAX_BLOCK = 32
LOCK_SECONDS = 60.0
"""A lock that nobody used for so long is gone."""
QUESTION = b"HA\x00\x01"
ENDS_OF_REQUEST = (b"\n\n", b"\r\n\r\n")


class _Refused(Exception):  # noqa: N818  it is an answer
    """What a page tells as its exception."""


class HA7Net:
    """Pages out for HTTP requests in; one request a connection.

    `with_locks`: whether there is a page GetLock. Numbers of locks are those given so far.
    """

    def __init__(self, wire: Wire, *, with_locks: bool = True) -> None:
        self.wire = wire
        self.with_locks = with_locks
        self.requests: list[str] = []
        """The paths of all requests so far."""
        self.locks_given = 0
        self._holder = ""
        self._holder_until = 0.0
        self._unread = b""
        self._commands: dict[str, Callable[[dict[str, str]], list[tuple[str, str]]]] = {
            "Reset": self._reset,
            "AddressDevice": self._address_device,
            "WriteBlock": self._write_block,
            "Search": self._search,
            "ReleaseLock": self._release_lock,
        }
        if with_locks:
            self._commands["GetLock"] = self._get_lock

    def power_up(self) -> None:
        """Somebody connects."""
        self._unread = b""

    @property
    def is_locked(self) -> bool:
        return bool(self._holder) and self.wire.clock.now() < self._holder_until

    def receive(self, data: bytes, baud: int = 0) -> bytes:
        """Take part of a request; the answer once it is complete."""
        self._unread += data
        if not any(end in self._unread for end in ENDS_OF_REQUEST):
            return b""
        line, self._unread = self._unread.split(b"\n", 1)[0], b""
        return self._respond(line.decode("latin-1").split()[1])

    def _respond(self, target: str) -> bytes:
        self.requests.append(target)
        url = urlsplit(target)
        command = self._commands.get(url.path.removeprefix("/1Wire/").removesuffix(".html"))
        if command is None:
            return _http("404 Not Found", "<html><body>Not found</body></html>")
        parameters = dict(parse_qsl(url.query))
        try:
            self._check_lock(parameters.get("LockID", ""))
            fields = [*command(parameters), ("Exception_Code_0", "0"), ("Exception_String_0", "")]
        except (_Refused, ValueError, KeyError) as refusal:
            fields = [("Exception_Code_0", "1"), ("Exception_String_0", str(refusal))]
        inputs = "\n".join(map(_input, fields))
        return _http("200 OK", f"<html>\n<body>\n<form>\n{inputs}\n</form>\n</body>\n</html>\n")

    # Locks

    def _check_lock(self, given: str) -> None:
        if not self.is_locked:
            self._holder = ""
        elif given != self._holder:
            raise _Refused("Locked by another client")
        self._holder_until = self.wire.clock.now() + LOCK_SECONDS

    def _get_lock(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        self.locks_given += 1
        self._holder = str(self.locks_given)
        return [("LockID_0", self._holder)]

    def _release_lock(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        self._holder = ""
        return []

    # 1-Wire

    def _reset(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        self.wire.reset()
        if self.wire.faults.short:
            raise _Refused("Short detected on 1-Wire bus")
        return []

    def _address_device(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        rom = rom_bytes(parameters["Address"])
        self._reset(parameters)
        for byte in (MATCH_ROM, *rom):
            self.wire.byte(byte)
        return []

    def _write_block(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        data = bytes.fromhex(parameters["Data"])
        if len(data) > MAX_BLOCK:
            raise _Refused("Too much data")
        if "Address" in parameters:
            self._address_device(parameters)
        return [("ResultData_0", bytes(map(self.wire.byte, data)).hex().upper())]

    def _search(self, parameters: dict[str, str]) -> list[tuple[str, str]]:
        command = ALARM_SEARCH if parameters.get("Conditional") == "1" else SEARCH_ROM
        return [
            (f"Address_{n}", rom_text(rom)) for n, rom in enumerate(find_all(self.wire, command))
        ]


def announcement(port: int, serial_number: bytes = b"00409D000001") -> bytes:
    """The datagram that answers QUESTION."""
    ports = port.to_bytes(2, "big") + bytes(2)
    return b"HA\x80\x01" + ports + serial_number + b"HA7Net".ljust(64, b"\0")


def _input(field: tuple[str, str]) -> str:
    name, value = field
    if name.startswith("ResultData"):
        return f'<INPUT TYPE="TEXT" NAME="{name}" ID="{name}" SIZE="64" VALUE="{value}">'
    return f'<INPUT CLASS="HA7Value" NAME="{name}" ID="{name}" TYPE="text" VALUE="{value}">'


def _http(status: str, page: str) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
        f"Connection: close\r\n\r\n{page}"
    ).encode("latin-1")
