"""MasterHub of Hobby Boards: several 1-Wire buses behind one USB serial port or TCP port. Lines of
characters in and out; no port.

Source: what owserver 3.2p4 sends to one and understands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from owfs_py.emulator.romsearch import RomSearch, rom_bytes, rom_text
from owfs_py.emulator.wire import Wire

END = "\r"
PROMPT = "\r\n?"
MATCH_ROM, SEARCH_ROM, ALARM_SEARCH = 0x55, 0xF0, 0xEC
MAX_DIGITS = 120
PRESENCE = {True: "Presence", False: "No Presence"}


class MasterHub:
    """The adapter between a serial port at any rate and wires, by channel; one alone is `1`."""

    def __init__(self, wires: Wire | Mapping[str, Wire]) -> None:
        self.wires = {"1": wires} if isinstance(wires, Wire) else wires
        self.wire = next(iter(self.wires.values()))
        self._commands: dict[str, Callable[[str], str]] = {
            "s": lambda rest: "",
            "a": lambda rest: "A" + "".join(self.wires),
            "p": lambda rest: "",
            "N": lambda rest: self._next(nobody="No more devices"),
        }
        self._bus_commands: dict[str, Callable[[Wire, str], str]] = {
            "r": lambda wire, rest: PRESENCE[wire.reset()],
            "F": lambda wire, rest: self._first(wire, SEARCH_ROM),
            "C": lambda wire, rest: self._first(wire, ALARM_SEARCH),
            "A": self._address,
            "S": self._has,
            "W": self._write,
        }
        self.power_up()

    def power_up(self) -> None:
        """Everything forgotten."""
        self._unread = ""
        self._search: RomSearch | None = None

    def send_break(self) -> None:
        """It does not mind."""

    def receive(self, data: bytes, baud: int = 0) -> bytes:
        """Take characters; the lines that answer them."""
        *lines, self._unread = (self._unread + data.decode("latin-1")).split(END)
        return "".join(map(self._answer, lines)).encode("latin-1")

    def _answer(self, line: str) -> str:
        letter, rest = line[:1], line[1:]
        try:
            if letter in self._commands:
                text = self._commands[letter](rest)
            else:
                text = self._bus_commands[letter](self.wires[rest[:1]], rest[1:])
        except (KeyError, ValueError):
            return f"! Error{PROMPT}"
        return f"+{' ' * bool(text)}{text}{PROMPT}"

    def _address(self, wire: Wire, digits: str) -> str:
        for byte in (MATCH_ROM, *rom_bytes(digits)):
            wire.byte(byte)
        return ""

    def _write(self, wire: Wire, digits: str) -> str:
        if len(digits) > MAX_DIGITS:
            raise ValueError
        return bytes(map(wire.byte, bytes.fromhex(digits))).hex().upper()

    def _has(self, wire: Wire, digits: str) -> str:
        wanted, search = rom_bytes(digits), RomSearch(wire, SEARCH_ROM)
        while (rom := search.next()) is not None:
            if rom == wanted:
                return PRESENCE[True]
        return PRESENCE[False]

    def _first(self, wire: Wire, command: int) -> str:
        self._search = RomSearch(wire, command)
        return self._next(nobody="No devices found")

    def _next(self, nobody: str) -> str:
        rom = None if self._search is None else self._search.next()
        return nobody if rom is None else rom_text(rom)
