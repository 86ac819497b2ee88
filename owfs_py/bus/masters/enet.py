"""OW-SERVER-ENET and OW-SERVER-ENET-2 of Embedded Data Systems, by their "1-Wire interface": lines
of text on a TCP port. Their web pages and XML are not used, and parasitic devices not fed.

The ENET-2 has three channels, each a bus of its own, on one connection.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusShortError,
    CommunicationError,
    SearchError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, Can
from owfs_py.bus.masters.discovery import Endpoint, ask, endpoint, tcp_url
from owfs_py.bus.masters.listing import AddressingMaster, rom_digits, rom_from_digits
from owfs_py.bus.masters.serialline import PortFactory, SerialMaster
from owfs_py.bus.rom import RomId

log = logging.getLogger(__name__)

DEFAULT_PORT = 8080
DEFAULT_TIMEOUT = 2.0
CHANNELS = ("1", "2", "3")
"""Of an ENET-2; an ENET has none."""

# Commands; a channel and arguments follow, then END.
RESET = "R"
ADDRESS = "A"
BYTES = "W"
SEARCHES = {False: ("S", "s"), True: ("C", "c")}  # first and next; alarm search
END = "\r"
# Answers.
PRESENCE, NOBODY = "P", "N"
DONE = "+"
NO_MORE = "!"

MAX_BLOCK = 64
"""Bytes that one command takes."""
MAX_LISTED = 1000
QUIET = 0.05
"""Seconds: so long after the last character nothing more comes."""
PROBE_TIMEOUT = 0.9

# Discovery (JSON in answer to a datagram).
QUESTION = b"D"
DISCOVERY_PORT = 30303
EVERYBODY = "255.255.255.255"
DISCOVERY_SECONDS = 2.0
ALL = ("", "all", "*")
SCAN = "scan"
DISABLED = 0


class Enet(SerialMaster, AddressingMaster):
    """One channel of an ENET-2, at HOST[:PORT]/CHANNEL, or an ENET, at HOST[:PORT].

    Without a channel an ENET-2 is noticed, and its first used. `beside` is another channel of the
    same ENET-2, whose connection is shared.
    """

    name, version = "OWServer_Enet", 25
    can = Can.NOTHING

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        port: PortFactory | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        beside: Enet | None = None,
    ) -> None:
        host, _, self._wanted = address.partition("/")
        if self._wanted and self._wanted not in CHANNELS:
            raise ValueError(f"an OW-SERVER-ENET-2 has no channel {self._wanted!r}")
        url = host if port is not None else tcp_url(host, DEFAULT_PORT)
        super().__init__(url, clock, port=port, timeout=timeout)
        self.address = self.line.address = host
        self._channel = self._wanted
        self.line.remote = True
        self._lock = threading.RLock()
        if beside is not None:
            self.line, self._lock = beside.line, beside._lock

    def open(self) -> None:
        """Connect, if no other channel has, and find out whether somebody answers in lines."""
        with self._lock:
            try:
                self._connect()
                self._channel = self._find_channel()
            except BusNotRespondingError:
                raise
            except BusError as error:
                raise self._absent("OW-SERVER-ENET", error) from error

    def _connect(self) -> None:
        if self.line.is_open:
            return
        self.line.open()
        # Whoever had the connection before may have left in the middle of a command.
        self.line.write(END.encode())
        self.line.drain(QUIET)

    def _find_channel(self) -> str:
        self.line.timeout = min(self.timeout, PROBE_TIMEOUT)
        try:
            for channel in (self._wanted,) if self._wanted else ("", CHANNELS[0]):
                answer = self._ask(RESET + channel)
                if answer in (PRESENCE, NOBODY):
                    return channel
        finally:
            self.line.timeout = self.timeout
        if len(answer) != 1:
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")
        return self._wanted  # there is something wrong with the 1-Wire line only

    def close(self) -> None:
        """Also under the other channels, which will open again."""
        with self._lock:
            self._listed = None
            super().close()

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "network":
            self.timeout = self.line.timeout = seconds + 1  # as owserver does over networks

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._lock:
            yield

    # The bus

    def reset(self) -> bool:
        answer = self._command(RESET)
        if answer in (PRESENCE, NOBODY):
            return answer == PRESENCE
        if len(answer) != 1:
            raise BusError(f"{self.address}: {answer!r} is no answer to a reset")
        # It has one sign for all that can be wrong with a line, and hardly anything else can.
        raise BusShortError(
            f"{self.address}: {answer!r} answers a reset, as if the line is shorted"
        )

    def address_device(self, rom: bytes) -> bool:
        if not self.reset():
            return False
        answer = self._command(ADDRESS, rom_digits(rom))
        if answer != DONE:
            raise CommunicationError(f"{self.address}: {answer!r} answers to an address")
        return True

    def exchange(self, data: bytes) -> bytes:
        back = b""
        for start in range(0, len(data), MAX_BLOCK):
            block = data[start : start + MAX_BLOCK]
            answer = self._command(BYTES, block.hex().upper())
            try:
                got = bytes.fromhex(answer)
            except ValueError:
                got = b""
            if len(got) != len(block):
                raise BusError(f"{self.address}: {answer!r} is no answer to {len(block)} bytes")
            back += got
        return back

    def list_roms(self, command: int) -> list[RomId]:
        first, following = SEARCHES[command == ALARM_SEARCH]
        found: list[RomId] = []
        while (answer := self._command(following if found else first)) != NO_MORE:
            found.append(rom_from_digits(answer))
            if len(found) > MAX_LISTED:
                raise SearchError(f"{self.address}: the search does not end")
        return found

    # Lines of text

    def _command(self, letter: str, argument: str = "") -> str:
        return self._ask(letter + self._channel + argument)

    def _ask(self, text: str) -> str:
        self.line.discard()
        self.line.write((text + END).encode())
        return self.line.read_until(b"\n").decode("latin-1").rstrip("\r\n")


def find(
    address: str, clock: Clock = REAL_CLOCK, *, timeout: float = DEFAULT_TIMEOUT
) -> list[Enet]:
    """The buses at HOST[:PORT][/CHANNEL], or of all units on this network; a few seconds at most.

    A unit that does not answer may not be there yet: it is taken for an ENET. Raises ValueError
    for an address that makes no sense, and if nobody answers who has no address.
    """
    if address.lower() in ALL:
        units = dict(_answers((EVERYBODY, DISCOVERY_PORT)))
        if not units:
            raise ValueError("no OW-SERVER-ENET answers on this network")
    elif address.partition(":")[0].lower() == SCAN:
        raise ValueError("looking for an OW-SERVER-ENET again and again is not supported")
    elif "/" in address:
        return [Enet(address, clock, timeout=timeout)]
    else:
        host, _ = endpoint(address, DEFAULT_PORT)
        answer = next(_answers((host, DISCOVERY_PORT)), None)
        units = {address: answer is not None and answer[1]}
    return [
        bus for unit, channels in units.items() for bus in _buses(unit, channels, clock, timeout)
    ]


def _buses(unit: str, channels: bool, clock: Clock, timeout: float) -> list[Enet]:
    if not channels:
        return [Enet(unit, clock, timeout=timeout)]
    first = Enet(f"{unit}/{CHANNELS[0]}", clock, timeout=timeout)
    others = (
        Enet(f"{unit}/{channel}", clock, timeout=timeout, beside=first) for channel in CHANNELS[1:]
    )
    return [first, *others]


def _answers(to: Endpoint) -> Iterator[tuple[str, bool]]:
    """Units that answer: HOST:PORT, and whether it has channels."""
    try:
        for answer, host in ask(QUESTION, to, DISCOVERY_SECONDS):
            try:
                told = json.loads(answer)
                port = int(told["TCPIntfPort"])
                product = str(told.get("Product", ""))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
            if port == DISABLED:
                log.warning("the OW-SERVER-ENET at %s has its 1-Wire interface switched off", host)
                continue
            yield f"{host}:{port}", "v2" in product
    except OSError as error:
        log.warning("cannot look for an OW-SERVER-ENET: %s", error)
