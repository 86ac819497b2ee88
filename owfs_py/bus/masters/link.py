"""LINK: the ASCII bus masters of iButtonLink, LINK and LinkUSB on a serial line, LINK-HUB-E on TCP.

Commands are from the LINK Family Manual, version 1.6. A LINK in DS2480B emulation is ds2480b.py's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusShortError, SearchError
from owfs_py.bus.masters.base import ALARM_SEARCH, Can
from owfs_py.bus.masters.discovery import tcp_url
from owfs_py.bus.masters.listing import ListingMaster, rom_from_digits
from owfs_py.bus.masters.serialline import DEFAULT_TIMEOUT, START_RATE, PortFactory, SerialMaster
from owfs_py.bus.rom import RomId

DEFAULT_PORT = 10001
"""TCP port of a LINK-HUB-E, and of the usual bridges to serial lines."""

# Commands.
IDENTIFY = b" "
RESET = b"r"
BYTES = b"b"
BITS = b"j"
POWER_BYTE = b"p"
CHOOSE_SEARCH = b"t"
FIRST, NEXT = b"f", b"n"
AUX_COMMANDS = {True: b"d", False: b"z"}
SENSE_AUX = b"&"
END = b"\r"
MAX_BLOCK = 32
"""Bytes or bits that one command takes."""

# At higher rates the 1-Wire line does not keep up with a block (manual, "Data Rate").
RATE_COMMANDS = {9600: b"", 19200: b","}
BITS_PER_CHARACTER = 10
BYTE_TIME = 8 * 70e-6
QUIET = 0.02
"""Seconds: so long after the last character nothing more comes, unless over a network."""
REMOTE_QUIET = 0.1
PROBE_TIMEOUT = 0.2
REMOTE_PROBE_TIMEOUT = 0.9
MARKS = "?,"
"""What some firmware puts before or after what an answer is about."""
MAX_LISTED = 1000

BAUDRATE_SETTING = "serial/baudrate"

# Words in the version text, then name and owserver's number, on a serial line and of a hub.
VERSIONS = (
    ("1.0", ("LINK v1.0", 11), ("LinkHub-E v1.0", 18)),
    ("1.1", ("LINK v1.1", 12), ("LinkHub-E v1.1", 18)),
    ("1.2", ("LINK v1.2", 13), None),
    ("VM12a", ("LINK OEM v1.2a", 13), None),
    ("VM12", ("LINK OEM v1.2", 13), None),
    ("1.3", ("LinkUSB V1.3", 14), None),
    ("1.4", ("LinkUSB V1.4", 15), None),
    ("1.5", ("LinkUSB V1.5", 16), None),
)
OTHER = ("Other LINK", 17)

_FOUND = re.compile(r"([+-]),([0-9A-Fa-f]{16})\Z")


def link_url(address: str) -> str:
    """What to open for an address as users give it: a path, a URL, or HOST[:PORT] for plain TCP."""
    return address if "/" in address else tcp_url(address, DEFAULT_PORT)


class Link(SerialMaster, ListingMaster):
    """A LINK in ASCII mode.

    `address` is a serial port, a URL of pyserial, or HOST[:PORT] of a LINK-HUB-E or a bridge. An
    auxiliary line that was set stays so over `open`.
    """

    can = Can.STRONG_PULLUP
    settings = {  # noqa: RUF012  nobody changes it
        BAUDRATE_SETTING: "wanted_baudrate",
        "link/auxctrl": "aux_driven",
        "link/auxsense": "aux_level",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        hardflow: bool = False,
        baudrate: int = START_RATE,
    ) -> None:
        url = address if port is not None else link_url(address)
        super().__init__(url, clock, port=port, timeout=timeout, hardflow=hardflow)
        self.address = self.line.address = address
        self.name, self.version = OTHER
        self.wanted_baudrate = baudrate
        """The next lower one possible is used, from the next `open` on."""
        self.baudrate = START_RATE
        """The rate in use."""
        self.aux_driven: bool | None = None

    def setting(self, name: str) -> Any:
        # The rate wanted may have proved to be too high.
        return self.baudrate if name == BAUDRATE_SETTING else super().setting(name)

    def open(self) -> None:
        """Find the LINK or give up, within about a second."""
        line = self.line
        line.open()
        line.timeout = min(self.timeout, REMOTE_PROBE_TIMEOUT if line.remote else PROBE_TIMEOUT)
        try:
            text = self._find()
            self._choose_rate()
            if self.aux_driven is not None:
                line.write(AUX_COMMANDS[self.aux_driven])
        except BusError as error:
            raise self._absent("LINK", error) from error
        finally:
            line.timeout = self.timeout
        self.name, self.version = _identity(text, hub=line.remote)

    def close(self) -> None:
        self._listed = None
        if self.line.is_open and self.baudrate != START_RATE:
            with suppress(BusError):
                self.line.send_break()  # others expect it at the rate it starts with
        super().close()

    def _find(self) -> str:
        try:
            return self._identify(START_RATE)
        except BusError:
            if self.line.fixed_rate:
                raise
            # It may talk at another rate, which a break ends.
            self.line.send_break()
            return self._identify(START_RATE)

    def _identify(self, rate: int) -> str:
        self.line.set_rate(rate)
        self.baudrate = rate
        # Whoever had it before may have left in the middle of a command.
        self.line.write(END)
        self.line.drain(self._quiet)
        text = self._ask(IDENTIFY)
        if _identity(text, hub=False) == OTHER and "link" not in text.lower():
            raise BusError(f"{self.address}: {text!r} is no version of a LINK")
        return text

    def _choose_rate(self) -> None:
        rate = max(rate for rate in RATE_COMMANDS if rate <= max(self.wanted_baudrate, START_RATE))
        if rate == START_RATE or self.line.fixed_rate:
            return
        self.line.write(RATE_COMMANDS[rate])
        self.clock.wait(self._quiet)  # until it is out; a bridge may change its rate at once
        try:
            self._identify(rate)
        except BusError:
            self.line.send_break()
            self._identify(START_RATE)

    @property
    def _quiet(self) -> float:
        return REMOTE_QUIET if self.line.remote else QUIET

    # The bus

    def reset(self) -> bool:
        answer = self._ask(RESET)
        if answer == "S":
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        if answer not in ("P", "N"):
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")
        return answer == "P"

    def exchange(self, data: bytes) -> bytes:
        back = b""
        for start in range(0, len(data), MAX_BLOCK):
            block = data[start : start + MAX_BLOCK]
            back += self._hex(self._ask(BYTES + block.hex().upper().encode() + END), len(block))
        return back

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        back: list[int] = []
        for start in range(0, len(bits), MAX_BLOCK):
            block = "".join("1" if bit else "0" for bit in bits[start : start + MAX_BLOCK])
            answer = self._ask(BITS + block.encode() + END).strip(MARKS)
            if len(answer) != len(block) or set(answer) - set("01"):
                raise BusError(f"{self.address}: {answer!r} is no answer to {len(block)} bits")
            back += map(int, answer)
        return back

    def power_byte(self, byte: int, seconds: float) -> int:
        command = POWER_BYTE + f"{byte:02X}".encode()
        self._send(command)
        # The characters and the slots have their time; then the line is fed until END.
        self.clock.wait(len(command) * BITS_PER_CHARACTER / START_RATE + BYTE_TIME + seconds)
        return self._hex(self._ask(END), 1)[0]

    def list_roms(self, command: int) -> list[RomId]:
        chosen = self._ask(CHOOSE_SEARCH + f"{command:02X}".encode()).strip(MARKS)
        if chosen != f"{command:02X}":
            raise BusError(f"{self.address}: {chosen!r} confirms no search {command:02X}")
        found: list[RomId] = []
        while len(found) < MAX_LISTED:
            answer = self._ask(NEXT if found else FIRST)
            if not found and answer in ("N", "E"):
                return self._nobody(command)
            match = _FOUND.match(answer)
            if match is None:
                raise SearchError(f"{self.address}: {answer!r} is no answer to a search")
            found.append(rom_from_digits(match[2]))
            if match[1] == "-":
                return found
        raise SearchError(f"{self.address}: the search does not end")

    def _nobody(self, command: int) -> list[RomId]:
        """An empty list, if a reset does not show that somebody should have answered."""
        if command != ALARM_SEARCH and self.reset():
            raise SearchError(f"{self.address}: slaves fell silent during a search")
        return []

    # The auxiliary line

    @property
    def aux_level(self) -> bool:
        """The level of the auxiliary line, which is let go for that."""
        answer = self._ask(SENSE_AUX)
        if answer not in ("0", "1"):
            raise BusError(f"{self.address}: {answer!r} is no level of the auxiliary line")
        return answer == "1"

    # Lines of text to and from the LINK

    def _send(self, command: bytes) -> None:
        self.line.discard()  # of what a hub adds to answers
        self.line.write(command)

    def _ask(self, command: bytes) -> str:
        self._send(command)
        answer = self.line.read_until(b"\n")
        return answer.split(b"\r")[0].decode("latin-1")

    def _hex(self, answer: str, count: int) -> bytes:
        digits = answer.strip(MARKS)
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            data = b""
        if len(data) != count or len(digits) != 2 * count:
            raise BusError(f"{self.address}: {answer!r} is no answer to {count} bytes")
        return data


def _identity(text: str, *, hub: bool) -> tuple[str, int]:
    for word, serial, of_hub in VERSIONS:
        if word in text:
            return of_hub if hub and of_hub else serial
    return OTHER
