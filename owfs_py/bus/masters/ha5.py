"""HA5 of Embedded Data Systems: ASCII bus masters, up to 26 on a serial line, known by letters.

Commands and answers are in ha5codes.py. An HA5 feeds parasitic devices without being told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar, Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusShortError,
    BusTimeoutError,
    CommunicationError,
    NotSupportedError,
    SearchError,
)
from owfs_py.bus.masters import ha5codes as codes
from owfs_py.bus.masters.base import READ_SLOT, Can
from owfs_py.bus.masters.discovery import BRIDGE_PORT
from owfs_py.bus.masters.listing import (
    MAX_LISTED,
    AddressingMaster,
    exchange_digits,
    rom_digits,
    rom_from_digits,
)
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.serialport import refuse_suffix
from owfs_py.bus.masters.sharedline import SharingMaster
from owfs_py.bus.rom import RomId

# Seconds.
QUIET = 0.02  # so long after the last character nothing more comes
LETTER_PATIENCE = 0.03  # beside the time on the line, for a unit that may be there or not
REMOTE_LETTER_PATIENCE = 0.2

T = TypeVar("T")


class HA5(AddressingMaster, SharingMaster):
    """One HA5, at PORT:LETTER; without a letter the first that answers.

    PORT is a serial port, a URL of pyserial, or HOST:PORT of a bridge. With several letters, or
    `all`, it is the first of those, and `channels` tells which of them answered.
    """

    name, version = "HA5", 23
    adapter = "HA5"
    can = Can.BRANCHES
    tcp_port = BRIDGE_PORT
    settings = {  # noqa: RUF012  nobody changes it
        "ha5/channel": "channel",
        "ha5/checksum": "checksum",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        beside: HA5 | None = None,
        baudrate: int = codes.START_RATE,
        **port_options: Unpack[PortOptions],
    ) -> None:
        place, self._letters = codes.split_address(address)
        refuse_suffix(place, "letters of HA5, or all")
        super().__init__(place, clock, beside=beside, **port_options)
        self.baudrate = codes.rate(baudrate)
        """Bits a second: those asked for, or the next lower that an HA5 has."""
        self.channel = self._letters if len(self._letters) == 1 else ""
        """Its letter; empty until it is known."""
        self.channels = self.channel
        """The letters of all units that are known."""
        self._has_checksums = False

    @property
    def checksum(self) -> bool:
        """Whether answers carry checksums, which is set on the HA5."""
        return self._has_checksums

    @checksum.setter
    def checksum(self, wanted: bool) -> None:
        if wanted != self._has_checksums:
            raise NotSupportedError(f"{self.address}: checksums are switched on the HA5 itself")

    # Opening: which units are there?

    def _begin(self) -> None:
        self.line.set_rate(self.baudrate)
        # Whoever had the line before may have left in the middle of a command.
        self.line.write(codes.END)
        self.line.drain(QUIET)

    def _find(self) -> None:
        channels = self.channels or self._letters_heard()
        self._has_checksums = self._meant(codes.checks, self._ask(codes.PROBE, channels[0]))
        self.channel, self.channels = channels[0], channels

    def _letters_heard(self) -> str:
        heard = ""
        for letter in self._letters or codes.LETTERS:
            if self._is_heard(letter):
                heard += letter
                if not self._letters:
                    break
        if not heard:
            raise BusTimeoutError(f"{self.address}: no answer")
        return heard

    def _is_heard(self, letter: str) -> bool:
        """Whether a unit answers that may be there or not, so that it is not waited for long."""
        question = codes.frame(letter, codes.PROBE)
        self._send(question)
        patience = REMOTE_LETTER_PATIENCE if self.line.remote else LETTER_PATIENCE
        self.line.await_input(patience + 2 * codes.seconds(question, self.baudrate))
        return bool(self.line.waiting() and self._read())

    # The bus

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Others may come in between: each unit is an adapter of its own."""
        yield

    def reset(self) -> bool:
        present = self._meant(codes.presence, self._ask(codes.RESET))
        # It does not tell of a short circuit; but that reads as 0, and an empty line as 1.
        if not present and self.touch_bits([READ_SLOT]) == [0]:
            raise BusShortError(f"{self.address}: the 1-Wire line is shorted")
        return present

    def address_device(self, rom: bytes) -> bool:
        digits = rom_digits(rom)
        answer = self._ask_checked(codes.ADDRESS + digits)
        if answer.upper() != digits:
            raise CommunicationError(f"{self.address}: {answer!r} answers to address {digits}")
        return True

    def exchange(self, data: bytes) -> bytes:
        return exchange_digits(data, codes.MAX_BLOCK, self._write_block, self.address)

    def _write_block(self, digits: str) -> str:
        return self._ask_checked(codes.BYTES + codes.block(digits))

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [self._meant(codes.level, self._ask(f"{codes.BIT}{bit}")) for bit in bits]

    def list_roms(self, command: int) -> list[RomId]:
        lines: list[str] = []
        # First the whole list: nothing of it must be taken for a later answer.
        with self._lock:
            answer = self._ask(codes.SEARCHES[command])
            while answer:
                lines.append(answer)
                if len(lines) > MAX_LISTED:
                    raise SearchError(f"{self.address}: the search does not end")
                answer = self._read()
        return [rom_from_digits(self._checked(line)) for line in lines]

    # Lines of text

    def _ask_checked(self, command: str) -> str:
        return self._checked(self._ask(command))

    def _checked(self, answer: str) -> str:
        return self._meant(codes.checked, answer) if self._has_checksums else answer

    def _ask(self, command: str, letter: str = "") -> str:
        with self._lock:
            self._send(codes.frame(letter or self.channel, command))
            return self._read()

    def _send(self, frame: bytes) -> None:
        self.line.discard()
        self.line.write(frame)

    def _read(self) -> str:
        return self.line.read_until(codes.END).decode("latin-1").removesuffix("\r")

    def _meant(self, meaning: Callable[[str], T], answer: str) -> T:
        try:
            return meaning(answer)
        except ValueError as error:
            raise BusError(f"{self.address}: {error}") from error
