"""I2cDevServer: emulated I2C buses as /dev/i2c-N, for programs started with i2cdev.c preloaded.

It answers on a unix socket, in a thread of its own, on the real clock. The packets are described
in i2cdev.c.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from owfs_py.emulator.i2cdev import I2cBus

LIBRARY_SOURCE = Path(__file__).with_name("i2cdev.c")
_LARGEST_PACKET = 512
_ERROR = struct.Struct("=i")


class I2cDevServer:
    """A context manager; inside it, programs started with `environment` find the adapters.

    `buses` are the adapters by path, `/dev/i2c-1`. The C compiler makes the library on entering.
    """

    def __init__(self, buses: Mapping[str, I2cBus]) -> None:
        self.buses = dict(buses)
        """The adapters that there are; change it at any time, which is noticed at each transfer."""
        self._directory = tempfile.TemporaryDirectory(prefix="i2cdev-")
        self._socket_path = str(Path(self._directory.name) / "socket")
        self._library = str(Path(self._directory.name) / "i2cdev.so")
        self._opened: dict[socket.socket, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment."""
        return {"LD_PRELOAD": self._library, "I2CDEV_SOCKET": self._socket_path}

    def __enter__(self) -> Self:
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
        subprocess.run([*command, "-o", self._library, str(LIBRARY_SOURCE), "-ldl"], check=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self._socket_path)
        self._listener.listen()
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._run, name="i2cdev", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.write(self._stop_writer, b"\0")
        self._thread.join()
        os.close(self._stop_reader)
        os.close(self._stop_writer)
        self._listener.close()
        self._directory.cleanup()

    # In the thread

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._stop_reader, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj == self._stop_reader:
                        self._hang_up()
                        return
                    if key.fileobj is self._listener:
                        program, _ = self._listener.accept()
                        selector.register(program, selectors.EVENT_READ)
                    else:
                        assert isinstance(key.fileobj, socket.socket)
                        if not self._serve(key.fileobj):
                            selector.unregister(key.fileobj)
                            key.fileobj.close()

    def _hang_up(self) -> None:
        for program in self._opened:
            program.close()
        self._opened.clear()

    def _serve(self, program: socket.socket) -> bool:
        """Answer one packet; False if the program is gone."""
        try:
            request = program.recv(_LARGEST_PACKET)
            if request:
                program.send(self._answer(program, request))
                return True
        except OSError:  # it died while talking
            pass
        self._opened.pop(program, None)
        return False

    def _answer(self, program: socket.socket, request: bytes) -> bytes:
        try:
            return _ERROR.pack(0) + self._do(program, request)
        except OSError as error:
            return _ERROR.pack(error.errno or errno.EIO)

    def _do(self, program: socket.socket, request: bytes) -> bytes:
        kind, rest = request[:1], request[1:]
        if kind == b"O":
            path = rest.decode()
            if path not in self.buses:
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._opened[program] = path
            return b""
        bus = self.buses.get(self._opened[program])
        if bus is None:  # the adapter was pulled out
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        if kind == b"W":
            bus.write(rest[0], rest[1:])
            return b""
        return bus.read(rest[0], rest[1])
