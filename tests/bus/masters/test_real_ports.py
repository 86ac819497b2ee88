"""The serial drivers on ports of the operating system: pseudo-terminal, TCP bridge, RFC 2217."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import serial.rfc2217

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import BusMaster, open_master
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds2480b import DS2480B
from owfs_py.emulator.port import EmulatedPort, SerialAdapter
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import DeafAtOtherRates, Meddler, search_all

TIMEOUT = 2.0


@contextlib.contextmanager
def opened(spec: str, **options: Any) -> Iterator[BusMaster]:
    master = open_master(spec, timeout=TIMEOUT, **options)
    master.open()
    try:
        yield master
    finally:
        master.close()


def assert_works(master: BusMaster, emulation: Emulation | Wire) -> None:
    """Searches, and exchanges blocks, also with the bytes that need escapes somewhere."""
    assert sorted(search_all(master)) == sorted(slave.rom for slave in emulation.slaves)
    block = bytes((0xE3, 0xFF, 0xE1, 0x11, 0x13, 0x00, 0x03, 0x0A, 0x0D, 0x7F)) * 6
    assert master.exchange(block) == block
    assert master.reset() is True
    assert master.touch_bits([1, 0, 1]) == [1, 0, 1]
    assert master.power_byte(0xFF, 0.001) == 0xFF


class TestPseudoTerminal:
    @pytest.mark.parametrize(
        ("adapter", "kind"),
        [
            ("DS2480B", "ds2480b"),
            ("DS2480B", "serial"),
            ("DS9097", "ds9097"),
            ("DS9097", "serial"),
        ],
    )
    def test_finds_and_uses_the_adapter(self, adapter: Any, kind: str) -> None:
        emulation = Emulation.from_list("28,28,10,01", adapter=adapter)
        with emulation.pty() as pty, opened(f"{kind}://{pty.path}") as master:
            assert_works(master, emulation)

    @pytest.mark.parametrize("rate", [9600, 19200, 57600, 115200])
    def test_negotiates_the_rate(self, rate: int) -> None:
        emulation = Emulation.from_list("28,28")
        with (
            emulation.pty() as pty,
            opened(f"ds2480b://{pty.path}", baudrate=rate) as master,
        ):
            assert isinstance(emulation.adapter, DS2480B)
            assert emulation.adapter.baud == rate
            assert_works(master, emulation)
            assert emulation.adapter.overruns == 0

    def test_falls_back_from_a_rate_that_does_not_answer(self) -> None:
        emulation = Emulation.from_list("28,28")
        adapter = emulation.adapter
        cable = emulation.adapter = Meddler(adapter)
        cable.fastest = 19200
        with (
            emulation.pty() as pty,
            opened(f"ds2480b://{pty.path}", baudrate=115200) as master,
        ):
            assert isinstance(adapter, DS2480B)
            assert adapter.baud == 19200
            assert_works(master, emulation)

    @pytest.mark.parametrize("adapter", ["DS2480B", "DS9097"])
    def test_unplugged_it_fails_and_plugged_in_it_works_again(self, adapter: Any) -> None:
        emulation = Emulation.from_list("28", adapter=adapter)
        with emulation.pty() as pty, opened(f"serial://{pty.path}") as master:
            assert master.reset() is True
            pty.unplug()
            with pytest.raises(BusError):
                master.reset()
            master.close()
            with pytest.raises(BusNotRespondingError, match="cannot be opened"):
                master.open()
            pty.plug()
            master.open()
            assert_works(master, emulation)

    @pytest.mark.parametrize("adapter", ["DS2480B", "DS9097"])
    def test_a_port_in_use_is_not_opened_twice(self, adapter: Any) -> None:
        emulation = Emulation.from_list("28", adapter=adapter)
        with emulation.pty() as pty, opened(f"serial://{pty.path}") as master:
            with pytest.raises(BusNotRespondingError, match="cannot be opened"):
                open_master(f"serial://{pty.path}").open()
            assert_works(master, emulation)


@contextlib.contextmanager
def tcp_server(serve: Any) -> Iterator[str]:
    """host:port of a server that hands each connection, one after another, to `serve`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):  # the listener is closed, or the client went away
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with connection, contextlib.suppress(ConnectionError):
                    serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    host, port = listener.getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


class TestBridge:
    """socket://, bytes only: neither rate nor break."""

    @pytest.mark.parametrize("kind", ["ds2480b+", ""])
    def test_finds_and_uses_a_ds2480b(self, kind: str) -> None:
        emulation = Emulation.from_list("28,28,10,01")

        def serve(connection: socket.socket) -> None:
            while data := connection.recv(4096):
                connection.sendall(emulation.adapter.receive(data, 9600))

        with tcp_server(serve) as place, opened(f"{kind}socket://{place}") as master:
            assert_works(master, emulation)
            master.close()
            master.open()
            assert_works(master, emulation)

    def test_the_rate_is_left_alone(self) -> None:
        emulation = Emulation.from_list("28")

        def serve(connection: socket.socket) -> None:
            while data := connection.recv(4096):
                connection.sendall(emulation.adapter.receive(data, 9600))

        with (
            tcp_server(serve) as place,
            opened(f"ds2480b+socket://{place}", baudrate=115200) as master,
        ):
            assert_works(master, emulation)

    def test_a_server_that_hangs_up_is_a_bus_error(self) -> None:
        emulation = Emulation.from_list("28")

        def serve(connection: socket.socket) -> None:
            while data := connection.recv(4096):
                if READ_BYTE in data:
                    return
                connection.sendall(emulation.adapter.receive(data, 9600))

        with tcp_server(serve) as place, opened(f"ds2480b+socket://{place}") as master:
            with pytest.raises(BusError, match=place):
                master.exchange(READ_BYTE)
            master.close()
            master.open()
            assert master.reset() is True

    def test_nobody_listening_is_not_responding(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            host, port = unused.getsockname()
        with pytest.raises(BusNotRespondingError, match="cannot be opened"):
            open_master(f"socket://{host}:{port}").open()


class NetworkPort(EmulatedPort):
    """An emulated port with what pyserial's RFC 2217 server wants besides."""

    xonxoff = False
    cts = dsr = ri = cd = False
    _breaking = False

    @property
    def break_condition(self) -> bool:
        return self._breaking

    @break_condition.setter
    def break_condition(self, on: bool) -> None:
        if on and not self._breaking:
            self.adapter.send_break()
        self._breaking = on

    def get_settings(self) -> dict[str, Any]:
        return {"baudrate": self.baudrate, "bytesize": self.bytesize}

    def apply_settings(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            setattr(self, name, value)


class Connection:
    """What PortManager answers negotiations on."""

    def __init__(self, connection: socket.socket) -> None:
        self.write = connection.sendall


@contextlib.contextmanager
def rfc2217_server(adapter: SerialAdapter) -> Iterator[str]:
    """host:port of a bridge with serial control to a port with `adapter`."""

    def serve(connection: socket.socket) -> None:
        port = NetworkPort(adapter, timeout=0)
        manager = serial.rfc2217.PortManager(port, Connection(connection))
        while data := connection.recv(4096):
            port.write(b"".join(manager.filter(data)))
            connection.sendall(b"".join(manager.escape(port.read(4096))))

    with tcp_server(serve) as place:
        yield place


class TestRfc2217:
    @pytest.mark.parametrize(
        ("adapter", "spec", "options"),
        [
            ("DS2480B", "{}", {}),
            ("DS2480B", "ds2480b://{}", {"baudrate": 115200}),
            ("DS2480B", "ds2480b+rfc2217://{}", {}),
            ("DS9097", "ds9097://{}", {}),
        ],
    )
    def test_finds_and_uses_the_adapter(
        self, adapter: Any, spec: str, options: dict[str, Any]
    ) -> None:
        emulation = Emulation.from_list("28", adapter=adapter)
        with (
            rfc2217_server(emulation.adapter) as place,
            opened(spec.format(place), **options) as master,
        ):
            assert_works(master, emulation)
            if "baudrate" in options:
                assert isinstance(emulation.adapter, DS2480B)
                assert emulation.adapter.baud == options["baudrate"]

    def test_a_break_brings_the_adapter_back_from_another_rate(self) -> None:
        emulation = Emulation.from_list("28")
        adapter = emulation.adapter
        assert isinstance(adapter, DS2480B)
        adapter.receive(b"\xc1\x77", 9600)  # timing byte, 115200 Bd
        assert adapter.baud == 115200
        with rfc2217_server(DeafAtOtherRates(adapter)) as place:
            # Until the break it does not answer, which need not take long.
            master = open_master(f"ds2480b://{place}", timeout=0.3)
            master.open()
            master.set_timeout("serial", TIMEOUT)
            assert adapter.baud == 9600
            assert_works(master, emulation)
            master.close()
