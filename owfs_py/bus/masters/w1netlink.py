"""The Linux kernel's 1-Wire buses: w1 bus masters of any kind, driven over the netlink connector.

The kernel offers programs no strong pull-up, no single slots and no way through couplers. The
connection itself is in w1link.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError, SearchError
from owfs_py.bus.masters.base import ALARM_SEARCH
from owfs_py.bus.masters.listing import MATCH_ROM, AddressingMaster
from owfs_py.bus.masters.opening import why_not
from owfs_py.bus.masters.w1link import LIST_TIMEOUT, Connect, W1Link, connect
from owfs_py.bus.masters.w1messages import Command, Order, reason, slave_ids
from owfs_py.bus.rom import RomId

log = logging.getLogger(__name__)

NAME = "w1_bus_master"
"""A bus master's name in the kernel, before its number."""
SYSFS = Path("/sys/bus/w1/devices")

DEFAULT_TIMEOUT = 30.0
"""Seconds for an answer; owserver's."""

MAX_TOUCH = 128
"""Bytes of one touch command; owserver's, which all kernels take."""
MAX_BLOCK = 24 * MAX_TOUCH
"""Bytes of touches in one message, which stays below 4 KiB."""

NO_PRESENCE = (0xFF, 1)
"""What a reset without presence pulse has for its status: the 1 of w1_reset_bus, negated like
the error numbers, or plain."""

SEARCH_OFF = "0"


class W1Netlink(AddressingMaster):
    """The kernel's bus master with this number, or with this name: `1` or `w1_bus_master1`.

    As long as it is open the kernel's own periodic search of the bus, which would come between
    selecting a device and talking to it, is switched off, if that is permitted.
    """

    name, version = "w1", 30

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        connect: Connect = connect,
        sysfs: Path = SYSFS,
    ) -> None:
        digits = address.removeprefix(NAME)
        if not digits.isdecimal():
            raise ValueError(f"the kernel's bus masters have numbers, such as {NAME}1: {address!r}")
        self.number = int(digits)
        super().__init__(f"{NAME}{self.number}", clock)
        self.timeout = timeout
        self._connect = connect
        self._search_file = sysfs / f"{NAME}{self.number}" / "w1_master_search"
        self._searches = ""
        """What the kernel's periodic search was set to before."""
        self._link: W1Link | None = None

    def open(self) -> None:
        """Ask the kernel whether it has this bus master."""
        self.close()
        try:
            self._link = W1Link(self._connect(), self.clock, self.address)
            if self.number not in self._link.masters(min(self.timeout, LIST_TIMEOUT)):
                raise BusError("the kernel does not list it")
        except (OSError, BusError) as error:
            self.close()
            why = why_not(error).removeprefix(f"{self.address}: ")
            raise BusNotRespondingError(
                f"{self.address}: no bus master of the kernel: {why}"
            ) from error
        self._stop_search()

    def close(self) -> None:
        super().close()
        link, self._link = self._link, None
        if link is not None:
            self._restore_search()
            link.close()

    def set_timeout(self, kind: str, seconds: float) -> None:
        if kind == "w1":
            self.timeout = seconds

    # The kernel's own search

    def _stop_search(self) -> None:
        try:
            searches = self._search_file.read_text().strip()
            if searches != SEARCH_OFF:
                self._search_file.write_text(SEARCH_OFF)
                self._searches = searches
        except OSError as error:
            log.info("%s: the kernel goes on searching this bus by itself: %s", self.address, error)

    def _restore_search(self) -> None:
        searches, self._searches = self._searches, ""
        if searches:
            try:
                self._search_file.write_text(searches)
            except OSError as error:  # most likely the bus master is gone
                log.debug("%s: %s", self.address, error)

    # The bus

    def reset(self) -> bool:
        return self._touch(b"", reset=True) is not None

    def exchange(self, data: bytes) -> bytes:
        return self._touch(data) or b""

    def reset_exchange(self, data: bytes) -> bytes | None:
        return self._touch(data, reset=True)

    def address_device(self, rom: bytes) -> bool:
        return self.reset_exchange(bytes([MATCH_ROM]) + rom) is not None

    def _touch(self, data: bytes, *, reset: bool = False) -> bytes | None:
        """Reset, if wanted, and exchange; None if nobody is present."""
        first, rest = data[:MAX_BLOCK], data[MAX_BLOCK:]
        orders = [Order(Command.RESET)] if reset else []
        orders += [Order(Command.TOUCH, block) for block in _blocks(first, MAX_TOUCH)]
        back = self._command(orders) if orders else []
        if reset and back.pop(0) is None:
            return None
        answer = b"".join(part or b"" for part in back)
        for block in _blocks(rest, MAX_BLOCK):
            answer += self.exchange(block)
        return answer

    def list_roms(self, command: int) -> list[RomId]:
        order = Order(Command.ALARM_SEARCH if command == ALARM_SEARCH else Command.SEARCH)
        (answer,) = self._command([order])
        if answer is None or len(answer) % 8:
            raise SearchError(f"{self.address}: {len(answer or b'')} bytes are no list of ids")
        return [self._rom(rom) for rom in slave_ids(answer)]

    def _rom(self, rom: bytes) -> RomId:
        try:
            if not rom[0]:
                raise ValueError("family code 00")
            return RomId(rom)
        except ValueError as error:
            raise SearchError(f"{self.address}: {rom.hex()} is no ROM id: {error}") from error

    def _command(self, orders: Sequence[Order]) -> list[bytes | None]:
        """The data that came back for each order; None for a reset without presence pulse."""
        if self._link is None:
            raise BusError(f"{self.address}: not open")
        results: list[bytes | None] = []
        for order, (status, data) in zip(
            orders, self._link.command(self.number, orders, self.timeout), strict=True
        ):
            if order.command == Command.RESET and status in NO_PRESENCE:
                results.append(None)
                continue
            if status:
                raise BusError(f"{self.address}: {reason(status)}")
            if order.command == Command.TOUCH and len(data) != len(order.data):
                raise BusError(
                    f"{self.address}: {len(data)} bytes answer {len(order.data)} to exchange"
                )
            results.append(data)
        return results


def _blocks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))
