"""HA5 of Embedded Data Systems: up to 26 of them on one serial line, each with a letter and a
1-Wire bus. Lines of characters in and out; no port.

Source: HA5 user manual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from owfs_py.emulator.romsearch import find_all, rom_bytes, rom_text
from owfs_py.emulator.wire import Wire

START_RATE = 115200
END = "\r"
MATCH_ROM, SEARCH_ROM, ALARM_SEARCH = 0x55, 0xF0, 0xEC
MAX_BLOCK = 32


def checksum(text: str) -> str:
    """The sum of the characters, modulo 256, as two digits."""
    return f"{sum(text.encode('latin-1')) & 0xFF:02X}"


class Unit:
    """One HA5. `checks`: it is set to the mode in which checksums are wanted and given."""

    def __init__(self, wire: Wire, *, checks: bool = True) -> None:
        self.wire = wire
        self.checks = checks
        self._addressed = bytes(8)
        self._commands: dict[str, Callable[[str], str]] = {
            "R": self._reset,
            "B": self._bit,
            "W": self._write,
            "J": self._address_and_write,
            "A": self._address,
            "S": lambda rest: self._list(SEARCH_ROM),
            "C": lambda rest: self._list(ALARM_SEARCH),
        }

    def answer(self, line: str) -> str:
        """What comes back for a line, which begins with a letter; nothing if it makes no sense."""
        if self.checks:
            line, check = line[:-2], line[-2:]
            if check != checksum(line):
                return ""
        command = self._commands.get(line[1:2])
        if command is None:
            return ""
        try:
            return command(line[2:])
        except ValueError:
            return ""

    def _checked(self, digits: str) -> str:
        return digits + (checksum(digits) if self.checks else "") + END

    def _reset(self, rest: str) -> str:
        return ("P" if self.wire.reset() else "N") + END

    def _bit(self, rest: str) -> str:
        return f"{self.wire.slot(int(rest[:1]))}{END}"

    def _write(self, rest: str) -> str:
        count = int(rest[:2], 16)
        data = bytes.fromhex(rest[2 : 2 + 2 * count])
        if len(data) != count or count > MAX_BLOCK:
            raise ValueError
        return self._checked(bytes(map(self.wire.byte, data)).hex().upper())

    def _address_and_write(self, rest: str) -> str:
        self._select()
        return self._write(rest)

    def _address(self, rest: str) -> str:
        self._addressed = rom_bytes(rest[:16])
        self._select()
        return self._checked(rest[:16])

    def _select(self) -> None:
        self.wire.reset()
        for byte in (MATCH_ROM, *self._addressed):
            self.wire.byte(byte)

    def _list(self, command: int) -> str:
        roms = find_all(self.wire, command)
        self._addressed = roms[-1] if roms else self._addressed
        return "".join(self._checked(rom_text(rom)) for rom in roms) + END


class HA5:
    """HA5 units on one line, by their letters; a wire alone is that of the unit `a`."""

    def __init__(
        self, wires: Wire | Mapping[str, Wire], *, checks: bool = True, baud: int = START_RATE
    ) -> None:
        wires = {"a": wires} if isinstance(wires, Wire) else wires
        self.wire = next(iter(wires.values()))
        self.baud = baud
        self._checks = checks
        self._wires = wires
        self.power_up()

    def power_up(self) -> None:
        """Everything forgotten."""
        self._unread = ""
        self.units = {
            letter: Unit(wire, checks=self._checks) for letter, wire in self._wires.items()
        }

    def send_break(self) -> None:
        """They do not mind."""

    def receive(self, data: bytes, baud: int) -> bytes:
        """Take characters that the host sent at `baud`; the lines that answer them."""
        if baud != self.baud:
            return b""
        *lines, self._unread = (self._unread + data.decode("latin-1")).split(END)
        return "".join(map(self._answer, lines)).encode("latin-1")

    def _answer(self, line: str) -> str:
        unit = self.units.get(line[:1])
        return "" if unit is None else unit.answer(line)
