"""PreloadServer: an emulated piece of the kernel, for programs that are started with a library
preloaded which turns their system calls into packets on a unix socket.

What is in the packets is the matter of those who derive from it.
"""

from __future__ import annotations

import abc
import os
import selectors
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

_LARGEST_PACKET = 65536


class PreloadServer(abc.ABC):
    """A context manager; inside it, programs started with `environment` find what is emulated.

    The C compiler makes the library from `source` on entering; it finds the socket in the
    environment variable `variable`. Answers come from a thread of its own, on the real clock.
    """

    def __init__(self, source: Path, variable: str) -> None:
        self._source = source
        self._variable = variable
        self._directory = tempfile.TemporaryDirectory(prefix=f"{source.stem}-")
        self._socket_path = str(Path(self._directory.name) / "socket")
        self._library = str(Path(self._directory.name) / f"{source.stem}.so")
        self._programs: list[socket.socket] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment."""
        return {"LD_PRELOAD": self._library, self._variable: self._socket_path}

    def __enter__(self) -> Self:
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
        subprocess.run([*command, "-o", self._library, str(self._source), "-ldl"], check=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self._socket_path)
        self._listener.listen()
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._run, name=self._source.stem, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        os.write(self._stop_writer, b"\0")
        self._thread.join()
        os.close(self._stop_reader)
        os.close(self._stop_writer)
        self._listener.close()
        self._directory.cleanup()

    # In the thread

    def welcome(self, program: socket.socket) -> None:  # noqa: B027  most need not know
        """A program has come; each thing that it opens is a connection of its own."""

    @abc.abstractmethod
    def answers(self, program: socket.socket, packet: bytes) -> Iterable[bytes]:
        """The packets that answer one."""

    def goodbye(self, program: socket.socket) -> None:  # noqa: B027  most need not know
        """A program has gone, or is about to be left."""

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._stop_reader, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj == self._stop_reader:
                        for program in list(self._programs):
                            self._hang_up(program)
                        return
                    if key.fileobj is self._listener:
                        program, _ = self._listener.accept()
                        self._programs.append(program)
                        self.welcome(program)
                        selector.register(program, selectors.EVENT_READ)
                        continue
                    assert isinstance(key.fileobj, socket.socket)
                    if not self._serve(key.fileobj):
                        selector.unregister(key.fileobj)
                        self._hang_up(key.fileobj)

    def _hang_up(self, program: socket.socket) -> None:
        self._programs.remove(program)
        self.goodbye(program)
        program.close()

    def _serve(self, program: socket.socket) -> bool:
        """Answer one packet; False if the program is gone."""
        try:
            packet = program.recv(_LARGEST_PACKET)
            for answer in self.answers(program, packet) if packet else ():
                program.send(answer)
        except OSError:  # it died while talking
            return False
        return bool(packet)
