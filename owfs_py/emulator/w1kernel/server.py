"""W1KernelServer: the emulated kernel for programs started with w1kernel.c preloaded."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from owfs_py.emulator.preload import PreloadServer
from owfs_py.emulator.w1kernel import Deliver, W1Kernel


class W1KernelServer(PreloadServer):
    """Programs send requests to `kernel` and hear its events."""

    def __init__(self, kernel: W1Kernel) -> None:
        super().__init__(Path(__file__).with_name("w1kernel.c"), "W1KERNEL_SOCKET")
        self.kernel = kernel
        self._listeners: dict[socket.socket, Deliver] = {}

    def welcome(self, program: socket.socket) -> None:
        def deliver(event: bytes) -> None:
            # As in the kernel, who does not read in time misses events.
            with suppress(OSError):
                program.send(event, socket.MSG_DONTWAIT)

        self._listeners[program] = deliver
        self.kernel.listeners.append(deliver)

    def answers(self, program: socket.socket, packet: bytes) -> Iterable[bytes]:
        return self.kernel.receive(packet)

    def goodbye(self, program: socket.socket) -> None:
        self.kernel.listeners.remove(self._listeners.pop(program))
