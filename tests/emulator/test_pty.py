"""Adapters on a pseudo-terminal, opened like a serial port of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.pty import PtyAdapter


@pytest.fixture
def emulation() -> Emulation:
    return Emulation.from_list("28,10")


@pytest.fixture
def pty(emulation: Emulation) -> Iterator[PtyAdapter]:
    with emulation.pty() as pty:
        yield pty


def opened(pty: PtyAdapter, baud: int = 9600) -> serial.Serial:
    return serial.Serial(pty.path, baud, timeout=5)


def test_a_program_reaches_the_adapter_under_its_path(pty: PtyAdapter) -> None:
    with opened(pty) as port:
        port.write(b"\xc1")
        port.write(b"\xc1\x0f")
        assert port.read(2) == b"\xcd\x00"


def test_the_baud_rate_that_a_program_sets_counts(pty: PtyAdapter) -> None:
    with opened(pty, 19200) as port:
        port.write(b"\xc1\xc1\x0f")
        port.timeout = 0.05
        assert port.read(1) == b""
        port.baudrate, port.timeout = 9600, 5
        port.write(b"\xc1\x0f")
        assert port.read(1) == b"\x00"


def test_the_adapter_powers_up_afresh_for_the_next_program(
    emulation: Emulation, pty: PtyAdapter
) -> None:
    with opened(pty) as port:
        port.write(b"\xc1\x45\xe1")
        assert port.read(1) == b"\x44"
    deadline = time.monotonic() + 5
    while emulation.adapter.receive(b"\x09", 9600):  # not before its timing byte
        assert time.monotonic() < deadline
        time.sleep(0.002)
    with opened(pty) as port:
        port.write(b"\xc1\x09")
        assert port.read(1) == b"\x00"


def test_unplugging_hangs_up_and_plugging_brings_back_the_path(pty: PtyAdapter) -> None:
    with opened(pty) as port:
        port.write(b"\xc1\x0f")
        assert port.read(1) == b"\x00"
        pty.unplug()
        assert not Path(pty.path).exists()
        with pytest.raises(serial.SerialException):
            port.read(1)
    pty.plug()
    with opened(pty) as port:
        port.write(b"\xc1\x0f")
        assert port.read(1) == b"\x00"


def test_a_silent_adapter_answers_nothing(pty: PtyAdapter) -> None:
    pty.silent = True
    with opened(pty) as port:
        port.timeout = 0.02
        port.write(b"\xc1\x0f")
        assert port.read(1) == b""


def test_closing_leaves_nothing_behind(emulation: Emulation) -> None:
    with emulation.pty() as pty:
        directory = Path(pty.path).parent
        assert directory.exists()
    assert not directory.exists()


def test_a_program_that_never_reads_does_not_stop_the_adapter(pty: PtyAdapter) -> None:
    with opened(pty) as port:
        port.write_timeout = 5
        port.write(b"\xc1\xe1")
        for _ in range(100):
            port.write(b"\x00" * 400)
        time.sleep(0.01)
    with opened(pty) as port:
        port.timeout = 0.2
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            port.reset_input_buffer()
            port.write(b"\xc1\x0f")
            if port.read(1) == b"\x00":
                return
        pytest.fail("the adapter does not answer any more")


def test_a_program_that_leaves_before_the_answer_does_not_stop_the_adapter(
    emulation: Emulation, pty: PtyAdapter
) -> None:
    answer = emulation.adapter.receive
    left = threading.Event()

    def late(data: bytes, baud: int) -> bytes:
        left.wait(5)
        return answer(data, baud)

    emulation.adapter.receive = late  # type: ignore[method-assign]
    with opened(pty) as port:
        port.write(b"\xc1\xc1")
    left.set()
    emulation.adapter.receive = answer  # type: ignore[method-assign]
    with opened(pty) as port:
        port.timeout = 0.2
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            port.write(b"\xc1\x0f")
            if b"\x00" in port.read(2):
                return
        pytest.fail("the adapter does not answer any more")
