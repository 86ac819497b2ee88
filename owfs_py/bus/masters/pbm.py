"""PBM, the Professional Busmaster of Elabnet: three buses on one serial port, each a bus master of
its own. It speaks the language of the LINK (linkcodes.py) with additions (pbmcodes.py).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import InvalidValueError
from owfs_py.bus.masters import linkcodes, pbmcodes
from owfs_py.bus.masters.base import Can
from owfs_py.bus.masters.discovery import BRIDGE_PORT
from owfs_py.bus.masters.linkmaster import LinkMaster
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.serialport import START_RATE, refuse_suffix
from owfs_py.bus.masters.sharedline import SharingMaster
from owfs_py.bus.rom import RomId

log = logging.getLogger(__name__)

BEST_RATE = 115200
FEATURES_SECONDS = 0.5
"""How long the adapter may take to tell what it is licensed for; there is no end to that."""
BAUDRATE_SETTING = "serial/baudrate"

_BEGINNINGS = (linkcodes.RESET, *linkcodes.CHOOSE_SEARCH.values())
"""Before these the channel is chosen in any case: the adapter may have forgotten it."""
_PORT_AND_CHANNEL = re.compile(r"(.*[^:]):([123])\Z")  # not the end of an IPv6 address, ::1

T = TypeVar("T")


@dataclass
class Unit:
    """What the channels of one adapter share beside its line."""

    wanted_baudrate: int
    serial: int | None = None
    """The serial number, once it was found."""
    chosen: str = ""
    """The channel that commands are for, if that is known."""


class Pbm(LinkMaster, SharingMaster):
    """One channel, at PORT:CHANNEL; at PORT it is the first.

    PORT is a serial port, a URL of pyserial, or HOST[:PORT] of a bridge that passes bytes only.
    `beside` is another channel of the same adapter. A `baudrate` that the line does not bear, or
    there is not, becomes a lower one. The channels work at the same time, command by command, and
    a strong pull-up lasts until the next command for its own channel.
    """

    version = 38
    can = Can.STRONG_PULLUP
    adapter = "PBM"
    tcp_port = BRIDGE_PORT
    rates = pbmcodes.RATE_COMMANDS
    settings = {  # noqa: RUF012  nobody changes it
        "PBM/activation_code": "activation_code",
        "PBM/features": "features",
        "PBM/firmware_version": "firmware",
        "PBM/port": "channel",
        "PBM/serial": "serial",
        BAUDRATE_SETTING: "baudrate",
    }

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        baudrate: int = BEST_RATE,
        beside: Pbm | None = None,
        **port_options: Unpack[PortOptions],
    ) -> None:
        named = _PORT_AND_CHANNEL.match(address)
        port, self.channel = named.groups() if named else (address, pbmcodes.CHANNELS[0])
        refuse_suffix(port, "a channel from 1 to 3")
        super().__init__(port, clock, beside=beside, **port_options)
        self.name = f"PBM({pbmcodes.CHANNELS.index(self.channel)})"
        self.unit: Unit = Unit(baudrate) if beside is None else beside.unit

    # Opening

    def _begin(self) -> None:
        self._interrupt()

    def _find(self) -> None:
        if self.line.rate == START_RATE:  # nobody has met it yet
            self._meet(self.unit.wanted_baudrate)
        self._choose()

    def _identify(self) -> None:
        self.unit.serial = super()._ask(linkcodes.IDENTIFY, pbmcodes.serial_number)

    def close(self) -> None:
        with self._lock:
            if self._users <= {self}:
                self._part()
            super().close()

    # The bus

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Others may come in between: they take turns command by command."""
        yield

    def _ask(self, command: bytes, meaning: Callable[[str], T]) -> T:
        with self._lock:
            if command in _BEGINNINGS or self.unit.chosen != self.channel:
                self._choose()
            return super()._ask(command, meaning)

    def _choose(self) -> None:
        self.unit.chosen = ""
        command = pbmcodes.CHOOSE_CHANNEL + self.channel.encode()
        super()._ask(command, pbmcodes.confirm_channel)
        self.unit.chosen = self.channel

    def list_roms(self, command: int) -> list[RomId]:
        with self._lock:  # a search is begun with one command and goes on with others
            return super().list_roms(command)

    def _found(self, answer: str) -> tuple[RomId, bool] | None:
        found = pbmcodes.found(answer)
        if found is None:
            return None
        rom, mark = found
        if mark == pbmcodes.CUT:
            log.warning("%s: %s has more devices than it tells", self.address, self.name)
        return rom, mark == pbmcodes.MORE

    def power_byte(self, byte: int, seconds: float) -> int:
        command = linkcodes.POWER_BYTE + f"{byte:02X}".encode() + linkcodes.END
        back = self._ask(command, partial(linkcodes.data, count=1))[0]
        self.clock.wait(seconds)
        return back

    # Settings

    @property
    def serial(self) -> int | None:
        """The serial number of the adapter."""
        return self.unit.serial

    @property
    def firmware(self) -> str:
        """The version of its firmware."""
        with self._lock:
            self._send(pbmcodes.FIRMWARE)
            answer = self.line.read_until(b";", b"\n")
            self.line.drain(self._quiet)
        return self._meaning(answer.decode("latin-1"), pbmcodes.firmware)

    @property
    def features(self) -> str:
        """What it is licensed for, as it tells it."""
        with self._lock:
            self._send(pbmcodes.FEATURES)
            self.clock.wait(FEATURES_SECONDS)
            return self.line.read_exactly(self.line.waiting()).decode("latin-1")

    def change_setting(self, name: str, value: Any) -> None:
        if name == BAUDRATE_SETTING:
            self._change_rate(value)
        else:
            self._activate(value)

    def _change_rate(self, wanted: int) -> None:
        """For all channels, from `open` on."""
        with self._lock:
            self.unit.wanted_baudrate = wanted
            if self.line.is_open:
                self._start_afresh()

    def _activate(self, code: bytes) -> None:
        """Give it an activation code, which is all that can be set beside the rate."""
        if not code.isascii() or not code.decode().isprintable():
            raise InvalidValueError(f"{self.address}: {code!r} is no activation code")
        with self._lock:
            self._send(pbmcodes.ACTIVATE + code + linkcodes.END)
            self.line.drain(self._quiet)

    @property
    def baudrate(self) -> int:
        """The rate in use."""
        return self.line.rate
