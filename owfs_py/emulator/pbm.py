"""PBM, the Professional Busmaster of Elabnet: a LINK's commands on three 1-Wire lines, and some of
its own. No port.

There is no public description of the commands; these are those that owserver 3.2p4 gives, and their
answers those that it understands. What it does not look at is made up here: the confirmation of a
channel, the texts about features and activation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from owfs_py.emulator.link import RATES, Link
from owfs_py.emulator.wire import Wire

SERIAL = 12345678
CHANNELS = "123"
CHANNEL, KEY = "ck"
"""Commands with an argument, which LINK has not."""
FEATURES, ACTIVATE = "sa"
"""What may follow KEY; the former ends with a line feed, the latter with a carriage return."""


class PBM(Link):
    """The adapter between a UART and three wires; where there is one, the other lines are empty.

    `listed_at_most`: so many devices of a line are told, which a licence may limit. The strong
    pull-up does not end with its command, but with the next activity on the line.
    """

    rates: ClassVar[Mapping[str, int]] = RATES | {"=": 115200, "$": 230400}

    def __init__(
        self,
        *wires: Wire,
        serial: int = SERIAL,
        version: str = "1.005",
        any_rate: bool = False,
    ) -> None:
        self.wires = (*wires, *(Wire(wires[0].clock) for _ in CHANNELS[len(wires) :]))
        self.listed_at_most: int | None = None
        self.activation_code = ""
        """What was sent last to activate something."""
        self.features = "".join(f"Channel {channel}: 20 devices. " for channel in CHANNELS)
        self.firmware = f"Version:{version};Date:2014-05-06 12:34"
        identity = f"1W BM (3 Port) [{serial:08d}] "
        super().__init__(self.wires[0], version=identity, any_rate=any_rate)
        self._commands["i"] = lambda: self.firmware

    def power_up(self) -> None:
        """Everything forgotten, the first channel chosen, 9600 baud."""
        for wire in self.wires:
            wire.strong_pullup(False)
        self.wire = self.wires[0]
        super().power_up()
        self._begun = ""
        self._listed = 0

    def _take(self, character: str) -> str | None:
        if not self._begun and (self._command or character not in CHANNEL + KEY):
            return super()._take(character)
        self._begun += character
        match self._begun[0], self._begun[1:]:
            case "c", "":
                return None
            case "c", channel:
                answer = self._choose(channel)
            case "k", ("" | "s"):
                return None
            case "k", "s\n":
                answer = self.features
            case "k", text if text.startswith(ACTIVATE):
                if character != "\r":
                    return None
                self.activation_code = text[1:-1]
                answer = "OK"
            case _:
                answer = "?"
        self._begun = ""
        return answer

    def _choose(self, channel: str) -> str:
        if channel not in CHANNELS:
            return "?"
        self.wire = self.wires[CHANNELS.index(channel)]
        return channel

    def _end_of_line(self) -> None:
        """The line is still fed."""

    def _first(self) -> str:
        self._listed = 0
        return super()._first()

    def _next(self) -> str:
        answer = super()._next()
        self._listed += 1
        if answer.startswith("+") and self._listed == self.listed_at_most:
            return f"*{answer[1:]}"
        return answer
