"""--scan: what it finds on each kind of bus, and that it leaves alone what is in use."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
import serial

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import ds2482find, enetfind, ha7netfind
from owfs_py.emulator import ds2490, enet, ha7net
from owfs_py.emulator.bench import AdapterName, Emulation
from owfs_py.emulator.ds2482 import DS2482, Model
from owfs_py.emulator.ha5 import HA5
from owfs_py.emulator.ha7e import HA7E
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.libusb import UsbHost
from owfs_py.emulator.link import Link
from owfs_py.emulator.masterhub import MasterHub
from owfs_py.emulator.pbm import PBM
from owfs_py.emulator.port import SerialAdapter
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from owfs_py.server import scan, zeroconf
from owfs_py.server.__main__ import main
from owfs_py.server.commandline import read_command_line
from owfs_py.server.options import NOT_YET, BusKind, ScanWanted
from owfs_py.server.scan import Found
from tests.bus.masters.announcer import Announcer
from tests.bus.masters.usbbench import stand_in
from tests.interop.serverprocess import free_port
from tests.server.test_zeroconf import LOOPBACK, peer


class TestSerialPorts:
    @pytest.mark.parametrize(("adapter", "name"), [("DS2480B", "DS9097U"), ("DS9097", "DS9097")])
    def test_an_adapter_is_told_with_its_option(self, adapter: AdapterName, name: str) -> None:
        with Emulation.from_list("28,10", adapter=adapter).pty() as port:
            assert list(scan.serial_port(port.path)) == [
                Found(f"{name} on a serial port", f"-d {port.path}")
            ]

    def test_a_link_is_told_with_its_option(self) -> None:
        with PtyAdapter(Link(Wire())) as port:
            assert list(scan.serial_port(port.path)) == [
                Found("LinkUSB V1.5 on a serial port", f"--link={port.path}")
            ]

    @pytest.mark.parametrize(
        ("make", "name", "option"),
        [
            (HA7E, "HA7E/S", "--ha7e="),
            (HA5, "HA5", "--ha5="),
            (lambda wire: MasterHub(dict.fromkeys("1234W", wire)), "MasterHub with 5 buses",
             "--masterhub="),
            (PBM, "PBM with 3 buses", "--pbm="),
        ],
        ids=["HA7E", "HA5", "MasterHub", "PBM"],
    )  # fmt: skip
    def test_adapters_that_answer_in_text_are_told(
        self, make: Callable[[Wire], SerialAdapter], name: str, option: str
    ) -> None:
        wire = Wire()
        wire.attach(make_slave("28"))
        with PtyAdapter(make(wire)) as port:
            assert list(scan.serial_port(port.path)) == [
                Found(f"{name} on a serial port", f"{option}{port.path}")
            ]
        # Some have to show that they make slots, in which nothing is written.
        assert wire.counts.slots in (0, 8)

    # A passive adapter makes slots of bytes for a DS2480B; nobody listens to them before a reset.
    @pytest.mark.parametrize(("adapter", "slots"), [("DS2480B", 0), ("DS9097", 9 + 2)])
    def test_devices_get_resets_but_no_commands(self, adapter: AdapterName, slots: int) -> None:
        emulation = Emulation.from_list("28", adapter=adapter)
        with emulation.pty() as port:
            list(scan.serial_port(port.path))
        assert emulation.wire.counts.resets
        assert emulation.wire.counts.slots == slots

    def test_silence_is_told(self) -> None:
        with Emulation.from_list("28").pty() as port:
            port.silent = True
            assert list(scan.serial_port(port.path)) == [
                Found(port.path, note="no 1-Wire adapter answers")
            ]

    def test_a_port_that_a_program_has_open_is_left_alone(self) -> None:
        with Emulation.from_list("28").pty() as port, open_elsewhere(port.path) as pid:
            user = scan.users_of([port.path, "/dev/nosuch"])
            assert list(user) == [port.path]
            assert user[port.path].endswith(f", process {pid}")
            assert list(scan.serial_port(port.path, user[port.path])) == [
                Found(port.path, note=f"in use ({user[port.path]})")
            ]

    def test_a_port_that_is_locked_is_in_use(self) -> None:
        with (
            Emulation.from_list("28").pty() as port,
            serial.Serial(port.path, exclusive=True),
        ):
            note = "cannot be opened: another program uses it"
            assert list(scan.serial_port(port.path)) == [Found(port.path, note=note)]

    def test_a_port_that_cannot_be_opened_says_why(self) -> None:
        (found,) = scan.serial_port("/dev/nosuch")
        assert found == Found("/dev/nosuch", note="cannot be opened: No such file or directory")

    def test_who_may_not_open_a_port_is_told_what_helps(self) -> None:
        refused = serial.SerialException(errno.EACCES, "Permission denied")
        with mock.patch.object(serial, "serial_for_url", side_effect=refused):
            (found,) = scan.serial_port("/dev/ttyUSB0")
        assert "no permission" in found.note


@contextmanager
def open_elsewhere(path: str) -> Iterator[int]:
    """Another process has a file open."""
    program = f"import sys; f = open({path!r}, 'rb+', 0); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate(b"")


class TestUsb:
    @pytest.fixture(autouse=True)
    def host(self) -> Iterator[UsbHost]:
        clock = VirtualClock()
        with stand_in(UsbHost(clock)) as host:
            for _ in range(3):
                host.add(ds2490.DS2490(Wire(clock)))
            yield host

    def test_all_are_told_and_who_has_them(self, host: UsbHost) -> None:
        host.devices[0].kernel_driver = True
        host.devices[1].holder = "another program"
        assert list(scan.usb_adapters()) == [
            Found(
                "DS9490R on USB",
                "--usb=1",
                "in use by a driver of the kernel, which is asked to let go",
            ),
            Found("DS9490R on USB at 1:3", note="another program uses it"),
            Found("DS9490R on USB", "--usb=3"),
        ]

    def test_they_stay_as_they_are(self, host: UsbHost) -> None:
        host.devices[0].kernel_driver = True
        list(scan.usb_adapters())
        assert host.devices[0].kernel_driver
        assert [device.holder for device in host.devices] == [None] * 3

    def test_without_pyusb_the_command_that_installs_it_is_told(self) -> None:
        missing = {"owfs_py.bus.masters.ds2490choice": None}
        with (
            mock.patch.dict(sys.modules, missing),
            pytest.raises(BusNotRespondingError),
        ):
            list(scan.usb_adapters())


class TestI2c:
    def bus(self, **chips: Model) -> I2cBus:
        clock = VirtualClock()
        bus = I2cBus(clock)
        for address, model in chips.items():
            channels = 8 if model is Model.DS2482_800 else 1
            chip = DS2482([Wire(clock) for _ in range(channels)], model)
            bus.attach(int(address.lstrip("x"), 16), chip)
        return bus

    def test_all_chips_are_told(self) -> None:
        bus = self.bus(x18=Model.DS2482_800, x1b=Model.DS2482_100)
        assert list(scan.i2c_adapter("/dev/i2c-1", connect=lambda _: EmulatedSmbus(bus))) == [
            Found("DS2482-800 with 8 buses on I2C", "--i2c=/dev/i2c-1:0"),
            Found("DS2482-100 on I2C", "--i2c=/dev/i2c-1:3"),
        ]

    def test_what_is_no_ds2482_is_not_told(self) -> None:
        bus = self.bus()
        bus.attach(0x18, OtherChip())
        assert list(scan.i2c_adapter("/dev/i2c-1", connect=lambda _: EmulatedSmbus(bus))) == []

    def test_nothing_is_written_to_addresses_where_nobody_is(self) -> None:
        with mock.patch.object(I2cBus, "write") as write:
            list(scan.i2c_adapter("/dev/i2c-1", connect=lambda _: EmulatedSmbus(self.bus())))
        write.assert_not_called()

    def test_a_chip_of_the_kernel_is_left_alone(self) -> None:
        class Kernels(EmulatedSmbus):
            def read_byte(self, i2c_addr: int) -> int:
                number = errno.EBUSY if i2c_addr == 0x18 else errno.EREMOTEIO
                raise OSError(number, os.strerror(number))

        found = list(scan.i2c_adapter("/dev/i2c-1", connect=lambda _: Kernels(self.bus())))
        assert found == [
            Found("I2C address 18 on /dev/i2c-1", note="in use by a driver of the kernel")
        ]

    def test_an_adapter_in_use_is_left_alone(self) -> None:
        (found,) = scan.i2c_adapter("/dev/i2c-1", "owserver, process 9")
        assert found == Found("/dev/i2c-1", note="in use (owserver, process 9)")

    @pytest.mark.parametrize(
        ("number", "note"), [(errno.EACCES, "no permission"), (errno.ENOENT, "cannot be opened")]
    )
    def test_an_adapter_that_cannot_be_opened_says_why(self, number: int, note: str) -> None:
        def connect(path: str) -> EmulatedSmbus:
            raise OSError(number, os.strerror(number))

        (found,) = scan.i2c_adapter("/dev/i2c-1", connect=connect)
        assert note in found.note

    def test_without_smbus2_the_command_that_installs_it_is_told(self) -> None:
        with (
            mock.patch.object(ds2482find, "find_spec", return_value=None),
            pytest.raises(BusNotRespondingError, match=r"pip install 'owfs_py\[i2c\]'"),
        ):
            list(scan.i2c_adapter("/dev/i2c-1"))


class OtherChip:
    """A thermometer at the address of a DS2482."""

    now: Callable[[], float]

    def read(self, count: int) -> bytes:
        return b"\xc1" * count

    def write(self, data: bytes) -> None:
        assert data == b"\xf0"


def test_masters_of_the_kernel_are_told(tmp_path: Path) -> None:
    (tmp_path / "w1_bus_master1").mkdir()
    (tmp_path / "28-000000000001").mkdir()
    (found,) = scan.kernel_masters(tmp_path)
    assert "(w1_bus_master1)" in found.what
    assert (found.option == "--w1") == (BusKind.W1 not in NOT_YET)
    assert bool(found.note) == (BusKind.W1 in NOT_YET)


def test_a_kernel_without_masters_is_not_told(tmp_path: Path) -> None:
    assert list(scan.kernel_masters(tmp_path / "nosuch")) == []


class TestNetwork:
    def test_enets_are_told_once_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one, two = enet.announcement(8080), enet.announcement(9090, channels=True)
        with Announcer(one, two, one) as announcer:
            monkeypatch.setattr(enetfind, "EVERYBODY", "127.0.0.1")
            monkeypatch.setattr(enetfind, "DISCOVERY_PORT", announcer.endpoint[1])
            monkeypatch.setattr(enetfind, "DISCOVERY_SECONDS", 0.1)
            assert list(scan.enets()) == [
                Found("OW-SERVER-ENET", "--enet=127.0.0.1:8080"),
                Found("OW-SERVER-ENET-2 with 3 buses", "--enet=127.0.0.1:9090"),
            ]

    def test_no_enet_is_no_news(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Announcer() as announcer:
            monkeypatch.setattr(enetfind, "EVERYBODY", "127.0.0.1")
            monkeypatch.setattr(enetfind, "DISCOVERY_PORT", announcer.endpoint[1])
            monkeypatch.setattr(enetfind, "DISCOVERY_SECONDS", 0.02)
            assert list(scan.enets()) == []

    def test_ha7nets_are_told_once_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = [ha7net.announcement(port) for port in (80, 81, 80)]
        with Announcer(*answers) as announcer:
            monkeypatch.setattr(ha7netfind, "MULTICAST", announcer.endpoint)
            monkeypatch.setattr(ha7netfind, "DISCOVERY_SECONDS", 0.1)
            assert list(scan.ha7nets()) == [
                Found("HA7Net", "--ha7net=127.0.0.1:80"),
                Found("HA7Net", "--ha7net=127.0.0.1:81"),
            ]

    def test_servers_that_announce_themselves_are_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            zeroconf.Neighbourhood, "_own_addresses", lambda neighbourhood: [LOOPBACK]
        )

        port = free_port()
        expected = Found(f"owserver 'Cellar <{port}>'", f"-s {LOOPBACK}:{port}")

        async def is_found() -> bool:
            async with peer() as other:
                await other.announce(f"Cellar <{port}>", port)
                for _ in range(3):  # datagrams may get lost on a busy machine
                    if expected in await asyncio.to_thread(lambda: list(scan.servers())):
                        return True
            return False

        assert asyncio.run(is_found())

    def test_without_zeroconf_the_command_that_installs_it_is_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(zeroconf, "is_available", lambda: False)
        with pytest.raises(BusNotRespondingError, match=r"pip install 'owfs_py\[zeroconf\]'"):
            list(scan.servers())


class TestAtOnce:
    def test_all_looks_run_at_the_same_time(self) -> None:
        everybody = threading.Barrier(3)

        def look() -> list[Found]:
            everybody.wait(10)
            return [Found("one")]

        assert scan.scan({str(n): look for n in range(3)}) == [Found("one")] * 3

    def test_what_hangs_is_told_and_not_waited_for(self) -> None:
        hanging = threading.Event()
        looks = {"quick": lambda: [Found("one")], "slow": lambda: [Found(str(hanging.wait(30)))]}
        found = scan.scan(looks, 0.05)
        hanging.set()
        assert found == [Found("one"), Found("slow", note="no end within 0.05 s")]

    def test_a_place_where_one_cannot_look_says_so(self) -> None:
        def look() -> list[Found]:
            raise BusError("USB: no libusb")

        assert scan.scan({"USB": look}) == [Found("USB", note="no libusb")]

    def test_a_fault_of_the_program_is_told_and_ends_no_other_look(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        looks = {"x": lambda: [Found(str(1 / 0))], "y": lambda: [Found("one")]}
        assert sorted(scan.scan(looks)) == [
            Found("one"),
            Found("x", note="looking there failed: ZeroDivisionError"),
        ]
        (record,) = caplog.records
        assert record.levelname == "ERROR"
        assert record.exc_info
        assert record.exc_info[0] is ZeroDivisionError


class TestPage:
    def test_options_come_first_and_the_rest_later(self) -> None:
        found = [
            Found("/dev/ttyUSB1", note="in use"),
            Found("DS9490R on USB", "--usb=1"),
            Found("DS9097U on a serial port", "-d /dev/ttyUSB0"),
        ]
        assert scan.page(found) == (
            "\nStart owserver with one or more of these options:\n"
            "  -d /dev/ttyUSB0  DS9097U on a serial port\n"
            "  --usb=1          DS9490R on USB\n"
            "\nAlso seen:\n"
            "  /dev/ttyUSB1: in use\n"
        )

    def test_nothing_is_told_kindly_and_is_no_failure(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(scan, "everywhere", dict)
        assert main(["--scan"]) == 0
        out = capsys.readouterr().out
        assert "No adapter was found" in out
        assert "--emulate=28" in out


def test_every_serial_port_is_looked_at_and_users_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulation.from_list("28").pty() as free, Emulation.from_list("28").pty() as used:
        monkeypatch.setattr(scan, "serial_ports", lambda: [free.path, used.path])
        with open_elsewhere(used.path):
            looks = scan.everywhere()
        found = scan.scan({path: looks[path] for path in (free.path, used.path)})
    options = {one.option for one in found}
    assert options == {f"-d {free.path}", ""}
    assert any(one.what == used.path and "in use (" in one.note for one in found)


def test_it_ends_the_reading_of_options() -> None:
    with pytest.raises(ScanWanted):
        read_command_line(["--scan", "--nosuch"])


def test_a_configuration_file_cannot_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("scan\n")
    assert main(["-c", str(tmp_path / "conf")]) == 2
