"""SerialLine: every failure of a port is a BusError that names it."""

from __future__ import annotations

import termios
from collections.abc import Callable

import pytest
import serial

from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters.serialline import SerialLine
from owfs_py.emulator.virtualtime import VirtualClock


class Loopback:
    """A port that gives back what is written, until `fault` is set."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.rate = 9600
        self.bytesize = 8
        self.timeout: float | None = None
        self.fault: Exception | None = None
        self.babbles = False
        """Fault: a byte comes whenever time has passed."""
        self.floods = False
        """Fault: bytes come faster than they can be read."""
        self.looked_at = clock.now()
        self.breaks = 0
        self.flushed_at: list[int] = []
        self.is_open = True
        self.received = bytearray()

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault

    @property
    def baudrate(self) -> int:
        return self.rate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self._check()
        self.rate = value

    @property
    def in_waiting(self) -> int:
        self._check()
        if self.floods or (self.babbles and self.clock.now() > self.looked_at):
            self.received += b"?" * 100
        self.looked_at = self.clock.now()
        return len(self.received)

    def write(self, data: bytes, /) -> int:
        self._check()
        self.received += data
        return len(data)

    def read(self, size: int = 1, /) -> bytes:
        self._check()
        data = bytes(self.received[:size])
        del self.received[:size]
        if len(data) < size:
            self.clock.wait(self.timeout or 0)
        return data

    def reset_input_buffer(self) -> None:
        self._check()
        self.received.clear()

    reset_output_buffer = reset_input_buffer

    def flush(self) -> None:
        self._check()
        self.flushed_at.append(self.rate)

    def send_break(self, duration: float = 0.25) -> None:
        self._check()
        self.breaks += 1

    def close(self) -> None:
        self._check()
        self.is_open = False


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def port(clock: VirtualClock) -> Loopback:
    return Loopback(clock)


@pytest.fixture
def line(port: Loopback, clock: VirtualClock) -> SerialLine:
    line = SerialLine("/dev/test", lambda: port, clock=clock, timeout=2.0)
    line.open()
    return line


def test_reads_what_is_there_and_in_time(line: SerialLine, clock: VirtualClock) -> None:
    line.write(b"abcdef")
    assert line.read_exactly(4) == b"abcd"
    start = clock.now()
    with pytest.raises(BusTimeoutError, match=r"^/dev/test: 2 of 3 bytes .* 2 s \(65 66\)"):
        line.read_exactly(3)
    assert clock.now() - start == pytest.approx(2.0)


def test_reads_up_to_a_sequence(line: SerialLine) -> None:
    line.write(b"noise and OK, and more")
    assert line.read_until(b"OK", b"ERROR") == b"noise and OK"
    assert line.read_exactly(5) == b", and"


def test_a_sequence_that_does_not_come_is_a_time_out(line: SerialLine, clock: VirtualClock) -> None:
    line.write(b"\x01\x02")
    start = clock.now()
    with pytest.raises(BusTimeoutError, match=r"01 02 came instead of 4f 4b"):
        line.read_until(b"OK")
    assert clock.now() - start == pytest.approx(2.0)


def test_drain_waits_for_silence(line: SerialLine, port: Loopback, clock: VirtualClock) -> None:
    line.write(b"rubbish")
    start = clock.now()
    line.drain(0.1)
    assert line.waiting() == 0
    assert clock.now() - start == pytest.approx(0.1)


def test_a_line_that_never_falls_silent_cannot_be_drained(line: SerialLine, port: Loopback) -> None:
    port.babbles = True
    with pytest.raises(BusError, match="/dev/test: bytes keep coming"):
        line.drain(0.1)


def test_a_flood_cannot_be_discarded(line: SerialLine, port: Loopback) -> None:
    port.floods = True
    with pytest.raises(BusError, match="/dev/test: bytes keep coming"):
        line.discard()


def test_waits_for_input_no_longer_than_needed(line: SerialLine, clock: VirtualClock) -> None:
    start = clock.now()
    line.await_input(0.05)
    assert 0.05 <= clock.now() - start < 0.06
    line.write(b"x")
    start = clock.now()
    line.await_input(0.05)
    assert clock.now() == start


def test_output_leaves_at_the_old_rate(line: SerialLine, port: Loopback) -> None:
    line.write(b"x")
    line.set_rate(115200, 6)
    assert port.flushed_at == [9600]
    assert (port.rate, port.bytesize) == (115200, 6)


OPERATIONS: dict[str, Callable[[SerialLine], object]] = {
    "write": lambda line: line.write(b"x"),
    "read": lambda line: line.read_exactly(1),
    "read until": lambda line: line.read_until(b"x"),
    "waiting": lambda line: line.waiting(),
    "await": lambda line: line.await_input(1),
    "discard": lambda line: line.discard(),
    "drain": lambda line: line.drain(0.1),
    "rate": lambda line: line.set_rate(115200),
    "break": lambda line: line.send_break(),
}


@pytest.mark.parametrize(
    "fault",
    [
        serial.SerialException("gone"),
        serial.SerialTimeoutException("gone"),
        OSError(5, "gone"),
        ValueError("gone"),
        termios.error(5, "gone"),
    ],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_fault_of_a_port_is_a_bus_error_with_port_and_reason(
    line: SerialLine,
    port: Loopback,
    fault: Exception,
    operation: Callable[[SerialLine], object],
) -> None:
    port.fault = fault
    with pytest.raises(BusError, match=r"^/dev/test: .*gone") as caught:
        operation(line)
    assert caught.value.__cause__ is fault
    line.close()
    assert not line.is_open


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_a_closed_line_refuses_everything(
    line: SerialLine, operation: Callable[[SerialLine], object]
) -> None:
    line.close()
    with pytest.raises(BusError, match="/dev/test: not open"):
        operation(line)


def test_a_port_that_cannot_be_opened_is_not_responding(clock: VirtualClock) -> None:
    def refuse() -> Loopback:
        raise serial.SerialException("nobody home")

    line = SerialLine("/dev/test", refuse, clock=clock)
    with pytest.raises(BusNotRespondingError, match="/dev/test: cannot be opened: nobody home"):
        line.open()
    assert not line.is_open


def test_a_port_that_takes_half_is_a_bus_error(line: SerialLine, port: Loopback) -> None:
    port.write = lambda data, /: 1  # type: ignore[method-assign]
    with pytest.raises(BusError, match="only 1 of 3"):
        line.write(b"abc")
