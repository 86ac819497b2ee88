"""Answers datagrams on loopback, as adapters do that are looked for."""

from __future__ import annotations

import socket
import threading
from typing import Self

from owfs_py.bus.masters.discovery import Endpoint


class Announcer:
    """A context manager: whoever asks at `endpoint` gets the datagrams given."""

    def __init__(self, *answers: bytes, at: Endpoint = ("127.0.0.1", 0)) -> None:
        self.answers = answers
        """May be changed."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(at)
        self.endpoint: Endpoint = self._socket.getsockname()
        self.question = b""
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.endpoint)
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            question, asker = self._socket.recvfrom(100)
            if not question:
                return
            self.question = question
            for answer in self.answers:
                self._socket.sendto(answer, asker)
