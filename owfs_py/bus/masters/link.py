"""LINK: the ASCII bus masters of iButtonLink, LINK and LinkUSB on a serial line, LINK-HUB-E on TCP.

Commands and answers are in linkcodes.py. A LINK in DS2480B emulation is ds2480b.py's.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Unpack

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.masters import linkcodes as codes
from owfs_py.bus.masters.base import Can
from owfs_py.bus.masters.discovery import BRIDGE_PORT
from owfs_py.bus.masters.linkmaster import LinkMaster
from owfs_py.bus.masters.serialmaster import PortOptions
from owfs_py.bus.masters.serialport import START_RATE

BYTE_TIME = 8 * 70e-6
"""Seconds."""
BAUDRATE_SETTING = "serial/baudrate"


class Link(LinkMaster):
    """A LINK in ASCII mode.

    `address` is a serial port, a URL of pyserial, or HOST[:PORT] of a LINK-HUB-E or a bridge. An
    auxiliary line that was set stays so over `open`.
    """

    can = Can.STRONG_PULLUP
    rates = codes.RATE_COMMANDS
    tcp_port = BRIDGE_PORT  # also that of a LINK-HUB-E
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
        baudrate: int = START_RATE,
        **port_options: Unpack[PortOptions],
    ) -> None:
        super().__init__(address, clock, **port_options)
        self.name, self.version = codes.OTHER
        self.wanted_baudrate = baudrate
        """The next lower one possible is used, from the next `open` on."""
        self.aux_driven: bool | None = None

    def setting(self, name: str) -> Any:
        # The rate wanted may have proved to be too high.
        return self.line.rate if name == BAUDRATE_SETTING else super().setting(name)

    # Opening: is a LINK there, and how fast can we talk?

    def open(self) -> None:
        """Find the LINK or give up, within about a second."""
        with self._finding("LINK"):
            self._meet(self.wanted_baudrate)
            if self.aux_driven is not None:
                self.line.write(codes.AUX_COMMANDS[self.aux_driven])

    def close(self) -> None:
        self._part()
        super().close()

    def _identify(self) -> None:
        identity = partial(codes.identity, hub=self.line.remote)
        self.name, self.version = self._ask(codes.IDENTIFY, identity)

    # The bus

    def power_byte(self, byte: int, seconds: float) -> int:
        command = codes.POWER_BYTE + f"{byte:02X}".encode()
        self._send(command)
        # The characters and the slots have their time; then the line is fed until END.
        characters = len(command) * codes.BITS_PER_CHARACTER / START_RATE
        self.clock.wait(characters + BYTE_TIME + seconds)
        return self._ask(codes.END, partial(codes.data, count=1))[0]

    @property
    def aux_level(self) -> bool:
        """The level of the auxiliary line, which is let go for that."""
        return self._ask(codes.SENSE_AUX, codes.aux_level)
