"""HA7E and HA7S of Embedded Data Systems: characters in at 9600 baud, characters out. No port.

Source: HA7E user manual. Some commands begin at their letter, others at the carriage return.
"""

from __future__ import annotations

from collections.abc import Callable

from owfs_py.emulator.romsearch import RomSearch, rom_bytes, rom_text
from owfs_py.emulator.wire import Wire

RATE = 9600
END = "\r"
MATCH_ROM, SEARCH_ROM, ALARM_SEARCH = 0x55, 0xF0, 0xEC
MAX_BLOCK = 32
WITH_ARGUMENT = "AW"
"""Commands that end with a carriage return."""


class HA7E:
    """The adapter between a UART and `wire`. It tells neither presence nor a short circuit.

    At `any_rate` (behind a bridge, which has a serial line of its own) it does not matter how fast
    the host talks.
    """

    def __init__(self, wire: Wire, *, any_rate: bool = False) -> None:
        self.wire = wire
        self.any_rate = any_rate
        self.powered_down = False
        """The host said that it needs the bus no more."""
        self._commands: dict[str, Callable[[], str]] = {
            "R": self._reset,
            "S": lambda: self._first(SEARCH_ROM),
            "C": lambda: self._first(ALARM_SEARCH),
            "s": self._next,
            "c": self._next,
            "M": self._address_again,
            "P": self._power_down,
        }
        self.power_up()

    def power_up(self) -> None:
        """Everything forgotten."""
        self.powered_down = False
        self._begun = ""
        self._addressed: bytes | None = None
        self._search: RomSearch | None = None

    def send_break(self) -> None:
        """It does not mind."""

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take characters that the host sent at `baud`; the lines that answer them."""
        if baud != RATE and not self.any_rate:
            return b""
        return "".join(map(self._take, data.decode("latin-1"))).encode("latin-1")

    def _take(self, character: str) -> str:
        """One character; what comes back for it."""
        self.powered_down = False
        if self._begun or character in WITH_ARGUMENT:
            return self._go_on(character)
        command = self._commands.get(character)
        return "" if command is None else command() + END

    def _go_on(self, character: str) -> str:
        if character != END:
            self._begun += character
            return ""
        line, self._begun = self._begun, ""
        try:
            answer = self._address(line[1:]) if line[0] == "A" else self._write(line[1:])
        except ValueError:
            return ""
        return answer + END

    def _reset(self) -> str:
        self.wire.reset()
        return ""

    def _address(self, digits: str) -> str:
        self._addressed = rom_bytes(digits)
        return self._address_again()

    def _address_again(self) -> str:
        if self._addressed is None:
            return ""
        self.wire.reset()
        for byte in (MATCH_ROM, *self._addressed):
            self.wire.byte(byte)
        return self._addressed[::-1].hex().upper()

    def _write(self, argument: str) -> str:
        count, data = int(argument[:2], 16), bytes.fromhex(argument[2:])
        if len(data) != count or count > MAX_BLOCK:
            raise ValueError
        return bytes(map(self.wire.byte, data)).hex().upper()

    def _first(self, command: int) -> str:
        self._search = RomSearch(self.wire, command)
        return self._next()

    def _next(self) -> str:
        rom = None if self._search is None else self._search.next()
        if rom is None:
            return ""
        self._addressed = rom
        return rom_text(rom)

    def _power_down(self) -> str:
        self.powered_down = True
        return ""
