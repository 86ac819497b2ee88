"""OW-SERVER-ENET and ENET-2 of Embedded Data Systems: the lines of text of their 1-Wire interface,
and the answer to those who look for them. No web pages.

Source: OW-SERVER user manuals, "1-Wire interface".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from owfs_py.emulator.romsearch import RomSearch, rom_bytes, rom_text
from owfs_py.emulator.wire import Wire

MATCH_ROM, SEARCH_ROM, ALARM_SEARCH = 0x55, 0xF0, 0xEC
MAX_BLOCK = 64
END = b"\r\n"
ERROR = "?"
QUESTION = b"D"


class Enet:
    """Lines out for lines in. With more wires than one it is an ENET-2, one wire a channel."""

    def __init__(self, *wires: Wire) -> None:
        self.wires: Sequence[Wire] = wires
        self._commands: dict[str, Callable[[int, str], str]] = {
            "R": self._reset,
            "A": self._address,
            "M": self._address_again,
            "W": self._write,
            "S": lambda channel, rest: self._first(channel, SEARCH_ROM),
            "C": lambda channel, rest: self._first(channel, ALARM_SEARCH),
            "s": self._next,
            "c": self._next,
        }
        self.power_up()

    @property
    def wire(self) -> Wire:
        """The first; what adapters have."""
        return self.wires[0]

    def power_up(self) -> None:
        """Somebody connects."""
        self._unread = ""
        self._addressed: dict[int, bytes] = {}
        self._searches: dict[int, RomSearch] = {}

    def receive(self, data: bytes, baud: int = 0) -> bytes:
        """Take characters; the lines that answer them.

        Nothing at all stands for telnet commands, which an ENET takes for errors.
        """
        if not data:
            return ERROR.encode() + END
        *lines, self._unread = (self._unread + data.decode("latin-1")).split("\r")
        return b"".join(self._answer(line).encode() + END for line in lines)

    def send_break(self) -> None:
        """There is no such thing on a network."""

    def _answer(self, line: str) -> str:
        command = self._commands.get(line[:1])
        channel, rest = 0, line[1:]
        if len(self.wires) > 1:
            channel, rest = "123".find(line[1:2]), line[2:]
        if command is None or not line or not 0 <= channel < len(self.wires):
            return ERROR
        if len(self.wires) > 1 and len(line) < 2:
            return ERROR
        try:
            return command(channel, rest)
        except ValueError:
            return ERROR

    def _reset(self, channel: int, rest: str) -> str:
        if rest:
            return ERROR
        present = self.wires[channel].reset()
        if self.wires[channel].faults.short:
            return ERROR
        return "P" if present else "N"

    def _address(self, channel: int, rest: str) -> str:
        self._addressed[channel] = rom_bytes(rest)
        return self._address_again(channel, "")

    def _address_again(self, channel: int, rest: str) -> str:
        wire = self.wires[channel]
        if channel not in self._addressed or not wire.reset():
            return ERROR
        for byte in (MATCH_ROM, *self._addressed[channel]):
            wire.byte(byte)
        return "+"

    def _write(self, channel: int, rest: str) -> str:
        data = bytes.fromhex(rest)
        if not 0 < len(data) <= MAX_BLOCK:
            return ERROR
        return bytes(map(self.wires[channel].byte, data)).hex().upper()

    def _first(self, channel: int, command: int) -> str:
        self._searches[channel] = RomSearch(self.wires[channel], command)
        return self._next(channel, "")

    def _next(self, channel: int, rest: str) -> str:
        search = self._searches.get(channel)
        rom = None if search is None else search.next()
        return "!" if rom is None else rom_text(rom)


def announcement(port: int, *, channels: bool = False, host: str = "127.0.0.1") -> bytes:
    """The datagram that answers QUESTION."""
    product = "OWServer_v2-Enet" if channels else "OWServer_Enet"
    return json.dumps({"IP": host, "TCPIntfPort": str(port), "Product": product}).encode()
