"""W1KernelServer: the emulated kernel for programs started with w1kernel.c preloaded.

It answers on a unix socket, in a thread of its own, on the real clock.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from owfs_py.emulator.w1kernel import Deliver, W1Kernel

LIBRARY_SOURCE = Path(__file__).with_name("w1kernel.c")
_LARGEST_DATAGRAM = 65536


class W1KernelServer:
    """A context manager; inside it, programs started with `environment` find this kernel.

    The C compiler makes the library on entering.
    """

    def __init__(self, kernel: W1Kernel) -> None:
        self.kernel = kernel
        self._directory = tempfile.TemporaryDirectory(prefix="w1kernel-")
        self._socket_path = str(Path(self._directory.name) / "socket")
        self._library = str(Path(self._directory.name) / "w1kernel.so")
        self._programs: dict[socket.socket, Deliver] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment."""
        return {"LD_PRELOAD": self._library, "W1KERNEL_SOCKET": self._socket_path}

    def __enter__(self) -> Self:
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
        subprocess.run([*command, "-o", self._library, str(LIBRARY_SOURCE), "-ldl"], check=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self._socket_path)
        self._listener.listen()
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._run, name="w1kernel", daemon=True)
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
                        for program in list(self._programs):
                            self._hang_up(program)
                        return
                    if key.fileobj is self._listener:
                        program, _ = self._listener.accept()
                        self._welcome(program)
                        selector.register(program, selectors.EVENT_READ)
                        continue
                    assert isinstance(key.fileobj, socket.socket)
                    if not self._serve(key.fileobj):
                        selector.unregister(key.fileobj)
                        self._hang_up(key.fileobj)

    def _welcome(self, program: socket.socket) -> None:
        def deliver(event: bytes) -> None:
            # As in the kernel, who does not read in time misses events.
            with suppress(OSError):
                program.send(event, socket.MSG_DONTWAIT)

        self._programs[program] = deliver
        self.kernel.listeners.append(deliver)

    def _hang_up(self, program: socket.socket) -> None:
        self.kernel.listeners.remove(self._programs.pop(program))
        program.close()

    def _serve(self, program: socket.socket) -> bool:
        """Answer one datagram; False if the program is gone."""
        try:
            request = program.recv(_LARGEST_DATAGRAM)
            for reply in self.kernel.receive(request) if request else ():
                program.send(reply)
        except OSError:  # it died while talking
            return False
        return bool(request)
