"""Finding HA7Nets, which answer a multicast. Source: HA7Net User's Manual, "Discovery"."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.discovery import Endpoint, ask

log = logging.getLogger(__name__)

# "HA" and a command; so is the answer.
MULTICAST: Endpoint = ("224.1.2.3", 4567)
QUESTION = b"HA\x00\x01"
ANSWER = b"HA\x80\x01"
ANSWER_SIZE = 84
ANSWER_PORT = slice(4, 6)
DISCOVERY_SECONDS = 3.0


def find() -> Endpoint:
    """The first HA7Net that answers a multicast. Raises BusNotRespondingError."""
    found = next(units(), None)
    if found is None:
        raise BusNotRespondingError("no HA7Net answers on this network")
    log.info("HA7Net found at %s:%d", *found)
    return found


def units() -> Iterator[Endpoint]:
    """Every HA7Net that answers a multicast, as they do. Raises BusNotRespondingError."""
    for answer, host in ask(QUESTION, MULTICAST, DISCOVERY_SECONDS, "an HA7Net"):
        port = int.from_bytes(answer[ANSWER_PORT], "big")
        if len(answer) == ANSWER_SIZE and answer.startswith(ANSWER) and port:
            yield host, port
