"""Finding OW-SERVER-ENET and ENET-2 on the network, and the drivers for one: one for each bus.

Units answer a datagram in JSON. What goes over their 1-Wire interface is in enet.py.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Collection, Iterator
from typing import NamedTuple

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.endpoints import MAX_PORT, join
from owfs_py.bus.masters.discovery import Endpoint, ask, endpoint, numeric
from owfs_py.bus.masters.enet import CHANNELS, DEFAULT_PORT, DEFAULT_TIMEOUT, Enet

log = logging.getLogger(__name__)

QUESTION = b"D"
DISCOVERY_PORT = 30303
EVERYBODY = "255.255.255.255"
DISCOVERY_SECONDS = 2.0
WITH_CHANNELS = "v2"
"""In the name of the product of an ENET-2."""
DISABLED = 0
"""In place of a port."""
TOLD = 80
"""Bytes of an odd answer that the log shows."""

_ODD = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What Python makes of datagrams that no unit sends: 1e999 is no int, and [[[[ may be too deep."""


class Unit(NamedTuple):
    """An OW-SERVER-ENET, or an ENET-2, which has channels."""

    address: str
    """HOST:PORT of its 1-Wire interface."""
    has_channels: bool


def units(known: Collection[str] = ()) -> list[Unit]:
    """All that answer a broadcast, once each, but not those at the HOST[:PORT] that are `known`.

    Takes DISCOVERY_SECONDS. Raises BusNotRespondingError if the network cannot be asked.
    """
    left_out = {numeric(address, DEFAULT_PORT) for address in known}
    found = dict.fromkeys(_answers((EVERYBODY, DISCOVERY_PORT)))
    return [unit for unit in found if unit.address not in left_out]


def unit_at(address: str, clock: Clock = REAL_CLOCK, *, timeout: float = DEFAULT_TIMEOUT) -> Unit:
    """The one at HOST[:PORT]. Raises BusNotRespondingError if nobody is there.

    One that gives no answer to the datagram, which may get lost where the connection does not, is
    asked whether it knows channels.
    """
    host, _ = endpoint(address, DEFAULT_PORT)
    answer = next(_answers((host, DISCOVERY_PORT)), None)
    if answer is not None:
        return Unit(address, answer.has_channels)
    driver = Enet(address, clock, timeout=timeout)
    driver.open()
    driver.close()
    return Unit(address, bool(driver.channel))


def drivers(
    unit: Unit, clock: Clock = REAL_CLOCK, *, timeout: float = DEFAULT_TIMEOUT
) -> list[Enet]:
    """One for each bus of a unit; none is open."""
    if not unit.has_channels:
        return [Enet(unit.address, clock, timeout=timeout)]
    first = Enet(f"{unit.address}/{CHANNELS[0]}", clock, timeout=timeout)
    others = (
        Enet(f"{unit.address}/{channel}", clock, timeout=timeout, beside=first)
        for channel in CHANNELS[1:]
    )
    return [first, *others]


def _answers(to: Endpoint) -> Iterator[Unit]:
    for answer, host in ask(QUESTION, to, DISCOVERY_SECONDS, "an OW-SERVER-ENET"):
        try:
            port, product = _port_and_product(answer)
        except _ODD as error:
            log.info("an odd answer from %s: %r: %s", host, answer[:TOLD], error)
            continue
        if port == DISABLED:
            _tell_disabled(host)
        else:
            yield Unit(join(host, port), WITH_CHANNELS in product)


def _port_and_product(answer: bytes) -> tuple[int, str]:
    """Raises one of _ODD."""
    told = json.loads(answer)
    port = int(told["TCPIntfPort"])
    if port != DISABLED and not 0 < port <= MAX_PORT:
        raise ValueError(f"no such port: {port}")
    return port, str(told.get("Product", ""))


@functools.cache
def _tell_disabled(host: str) -> None:
    # Once: who looks for new ones meets it again and again.
    log.warning("the OW-SERVER-ENET at %s has its 1-Wire interface switched off", host)
