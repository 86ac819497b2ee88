"""The real owserver, for tests of the clients."""

import contextlib
import socket
import subprocess
import time

import pytest

START_SECONDS = 10


@contextlib.contextmanager
def real_owserver(port=None):
    """owserver 3.2p4 with three simulated devices, on `port` or any free one."""
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    program = subprocess.Popen(
        ["owserver", "--foreground", "-p", f"127.0.0.1:{port}", "--tester=28,10,05"],
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert program.poll() is None, "owserver ended at once"
                assert time.monotonic() < give_up, "owserver does not listen"
                time.sleep(0.02)
        yield port
    finally:
        program.kill()
        program.wait()


@pytest.fixture(scope="module")
def owserver_port():
    """The port of one that a module's tests share."""
    with real_owserver() as port:
        yield port


@pytest.fixture
def start_owserver():
    """For tests that start and end it themselves."""
    return real_owserver
