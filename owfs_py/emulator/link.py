"""The LINK family (LINK, LinkUSB, LINK-HUB-E) of iButtonLink in its ASCII mode: characters in at a
baud rate, characters out. No port, no emulation of a DS2480B.

Source: the LINK Family Manual of iButtonLink, version 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from owfs_py.emulator.romsearch import RomSearch, rom_text
from owfs_py.emulator.wire import Wire

VERSION = "LinkUSB V1.5"
END = b"\r\n"
MAX_BLOCK = 32
"""Bytes or bits that one command takes."""
RATES = {",": 19200, "`": 38400, "^": 57600}
START_RATE = 9600
SEARCH_ROM, ALARM_SEARCH = 0xF0, 0xEC
HEX = "0123456789ABCDEFabcdef"
BITS = "01"


class Link:
    """The adapter between a UART (or a TCP connection) and `wire`.

    `data_mark` is sent between data and the end of a line, as some firmware does; `search_mark`
    before the answer that confirms a kind of search. At `any_rate` (a LINK-HUB-E, which has no
    serial line) it does not matter how fast the host talks.
    """

    rates: ClassVar[Mapping[str, int]] = RATES

    def __init__(
        self,
        wire: Wire,
        *,
        version: str = VERSION,
        data_mark: str = "",
        search_mark: str = "",
        any_rate: bool = False,
    ) -> None:
        self.wire = wire
        self.version = version
        self.data_mark = data_mark
        self.search_mark = search_mark
        self.any_rate = any_rate
        self.aux = 1
        """The level of the auxiliary line as the world outside has it."""
        self.aux_driven: int | None = None
        self._commands: dict[str, Callable[[], str | None]] = {
            " ": lambda: self.version,
            "r": self._reset,
            "f": self._first,
            "n": self._next,
            "d": lambda: self._drive_aux(1),
            "z": lambda: self._drive_aux(0),
            "&": self._sense_aux,
        }
        self.power_up()

    def power_up(self) -> None:
        """Everything forgotten, 9600 baud."""
        self.wire.strong_pullup(False)
        self.baud = START_RATE
        self._command = ""
        self._argument = ""
        self._answer = ""
        self._search_command = SEARCH_ROM
        self._search = RomSearch(self.wire, SEARCH_ROM)

    def send_break(self) -> None:
        """Ends whatever was begun; 9600 baud."""
        self.power_up()

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take characters that the host sent at `baud`; what comes back meanwhile."""
        back = b""
        for character in data.decode("latin-1"):
            if baud == self.baud or self.any_rate:
                line = self._take(character)
                if line is not None:
                    back += line.encode() + END
        return back

    def _take(self, character: str) -> str | None:
        """One character; the line that answers it, if one does."""
        if self._command:
            return self._go_on(character)
        if character in self.rates:
            self.baud = self.rates[character]
        elif character in "bjp~t":
            self._command, self._argument, self._answer = character, "", ""
        elif character in self._commands:
            return self._commands[character]()
        return None

    def _go_on(self, character: str) -> str | None:
        """A character of a command that has begun; carriage return ends all but `t`."""
        command = self._command
        if character == "\r":
            self._command = ""
            self._end_of_line()
            return self._answer + self.data_mark
        if character not in (BITS if command in "j~" else HEX):
            self._command = ""
            return "?"
        self._argument += character.upper()
        if command in "j~":
            self._touch(int(character))
        elif len(self._argument) == 2:
            value, self._argument = int(self._argument, 16), ""
            if command == "t":
                return self._choose_search(value)
            self._byte(value)
        return None

    def _end_of_line(self) -> None:
        self.wire.strong_pullup(False)

    def _touch(self, bit: int) -> None:
        if len(self._answer) < MAX_BLOCK:
            self._answer += str(self.wire.slot(bit))
            if self._command == "~":
                self.wire.strong_pullup(True)

    def _byte(self, value: int) -> None:
        if len(self._answer) < 2 * MAX_BLOCK:
            self._answer += f"{self.wire.byte(value):02X}"
            if self._command == "p":
                self.wire.strong_pullup(True)

    def _reset(self) -> str:
        present = self.wire.reset()
        if self.wire.faults.short:
            return "S"
        return "P" if present else "N"

    def _choose_search(self, command: int) -> str:
        self._command = ""
        self._search_command = command
        return f"{self.search_mark}{command:02X}"

    def _first(self) -> str:
        self._search = RomSearch(self.wire, self._search_command)
        return self._next()

    def _next(self) -> str:
        rom = self._search.next()
        if rom is None:
            return "E" if self._search_command == ALARM_SEARCH else "N"
        return f"{'-' if self._search.done else '+'},{rom_text(rom)}"

    def _drive_aux(self, level: int) -> None:
        self.aux_driven = level

    def _sense_aux(self) -> str:
        self.aux_driven = None
        return str(self.aux)
