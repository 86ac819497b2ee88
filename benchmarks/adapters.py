"""Every adapter for the benchmarks: emulated, with a count of what crosses to it, and ready to be
given to owserver 3.2p4 (in real time) or to our driver. What hangs on its wire is in buses.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol

from owfs_py.bus.clock import Clock
from owfs_py.bus.masters import BusMaster, open_master
from owfs_py.bus.masters.ds2482 import DS2482
from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.emulator import (
    ds2480b,
    ds2482,
    ds2490,
    ds9097,
    enet,
    etherweather,
    ha5,
    ha7e,
    ha7net,
    link,
    masterhub,
    pbm,
)
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.i2cdev.server import I2cDevServer
from owfs_py.emulator.libusb import UsbHost
from owfs_py.emulator.port import EmulatedPort, SerialAdapter
from owfs_py.emulator.pty import PtyAdapter
from owfs_py.emulator.tcp import TcpAdapter
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.w1kernel.server import W1KernelServer
from owfs_py.emulator.wire import Wire
from tests.bus.masters.announcer import Announcer
from tests.bus.masters.bench import Meddler
from tests.bus.masters.ha7bench import Web
from tests.bus.masters.usbbench import stand_in
from tests.bus.masters.w1bench import NOWHERE, KernelSocket

I2C_DEVICE: Final = "/dev/i2c-1"
I2C_ADDRESS: Final = 0x18
I2C_BIT_RATE: Final = 100_000
"""Bits a second: what most boards use, unless told otherwise."""
ENET_DISCOVERY_PORT: Final = 30303
MASTERHUB_CHANNELS: Final = "1234W"


class Invocation(NamedTuple):
    """What owserver 3.2p4 is to be started with to find an adapter."""

    options: list[str]
    environment: Mapping[str, str]
    bus: int = 0
    """The number under which it has it."""


@dataclass(frozen=True)
class Attached:
    """An emulated adapter with its wire; to be used by one of the programs, once."""

    wire: Wire
    crossed: Callable[[], int]
    """What has crossed between adapter and host so far, in the adapter's unit."""
    for_reference: Callable[[], AbstractContextManager[Invocation]]
    for_ours: Callable[[], AbstractContextManager[BusMaster]]
    now: Callable[[], float]
    """Seconds, with all that takes time on the adapter's side."""


@dataclass(frozen=True)
class Adapter:
    """A kind of adapter."""

    name: str
    unit: str
    """What is counted of what crosses to it."""
    per_poll: int
    """How much of that crosses when owserver 3.2p4 asks a device whether it still converts."""
    attach: Callable[[Clock], Attached]
    varies: bool = False
    """With owserver 3.2p4 what crosses is not the same every time: the adapter, too, is asked
    whether it is done, or it spares the address of the device that it had before."""


class Line(Protocol):
    """An emulated adapter on a serial line or behind a TCP port."""

    @property
    def wire(self) -> Wire: ...
    def receive(self, data: bytes, baud: int) -> bytes: ...
    def send_break(self) -> None: ...
    def power_up(self) -> None: ...


class Counted:
    """An adapter, and a count of what crosses to it."""

    def __init__(self, adapter: Line, measure: Callable[[bytes, bytes], int]) -> None:
        self.adapter = adapter
        self.wire = adapter.wire
        self.crossed = 0
        self._measure = measure

    def receive(self, data: bytes, baud: int) -> bytes:
        answer = self.adapter.receive(data, baud)
        self.crossed += self._measure(data, answer)
        return answer

    def send_break(self) -> None:
        self.adapter.send_break()

    def power_up(self) -> None:
        self.adapter.power_up()


def characters(sent: bytes, received: bytes) -> int:
    """Both ways."""
    return len(sent) + len(received)


def lines(sent: bytes, received: bytes) -> int:
    """Each command has a line for an answer."""
    return received.count(b"\n")


def packets(sent: bytes, received: bytes) -> int:
    """Each command is one, whose first byte tells how many follow, and has one for an answer."""
    count = 0
    while received:
        received = received[1 + received[0] :]
        count += 1
    return count


def on_serial_line(
    kind: str, option: str, make: Callable[[Wire], SerialAdapter], clock: Clock
) -> Attached:
    """`kind` is our driver's name, `option` that of owserver 3.2p4."""
    wire = Wire(clock, pace=True)
    counted = Counted(make(wire), characters)

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with PtyAdapter(counted) as pty:
            yield Invocation([f"--{option}={pty.path}"], {})

    return Attached(
        wire, lambda: counted.crossed, for_reference, lambda: _on_port(kind, counted), clock.now
    )


def _on_port(kind: str, adapter: SerialAdapter) -> AbstractContextManager[BusMaster]:
    port = EmulatedPort(adapter)
    port.close()
    return nullcontext(open_master(f"{kind}://emulated", port.adapter.wire.clock, port=port.opened))


def whole_masterhub(wire: Wire) -> masterhub.MasterHub:
    """One with all channels, as owserver 3.2p4 wants it, and `wire` on the first."""
    first, *others = MASTERHUB_CHANNELS
    return masterhub.MasterHub({first: wire} | {other: Wire(wire.clock) for other in others})


def on_usb(clock: Clock) -> Attached:
    """DS9490R."""
    wire = Wire(clock, pace=True)
    host = UsbHost(clock)
    device = host.add(ds2490.DS2490(wire))

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with host:
            yield Invocation(["--usb"], host.environment())

    @contextmanager
    def for_ours() -> Iterator[BusMaster]:
        with stand_in(host):
            yield open_master("usb://", clock)

    return Attached(wire, lambda: device.transfers, for_reference, for_ours, clock.now)


def on_i2c(model: Model, channels: int, clock: Clock) -> Attached:
    """A DS2482, its first channel. It is busy as long as things take on the wire."""
    wires = [Wire(clock) for _ in range(channels)]
    bus = I2cBus(clock, bit_rate=I2C_BIT_RATE)
    bus.attach(I2C_ADDRESS, ds2482.DS2482(wires, model))

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with I2cDevServer({I2C_DEVICE: bus}) as server:
            yield Invocation([f"--i2c={I2C_DEVICE}"], server.environment)

    def for_ours() -> AbstractContextManager[BusMaster]:
        return nullcontext(DS2482(I2C_DEVICE, clock, connect=lambda path: EmulatedSmbus(bus)))

    return Attached(wires[0], lambda: bus.transfers, for_reference, for_ours, bus.now)


def on_web_pages(clock: Clock) -> Attached:
    """HA7Net."""
    wire = Wire(clock, pace=True)
    adapter = ha7net.HA7Net(wire)

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with TcpAdapter(adapter, one_answer=True) as tcp:
            yield Invocation([f"--ha7net={tcp.address}"], {})

    def for_ours() -> AbstractContextManager[BusMaster]:
        web = Web(Meddler(adapter))  # type: ignore[arg-type]  # never a break
        return nullcontext(open_master("ha7net://emulated", clock, dial=web.connect))

    return Attached(wire, lambda: len(adapter.requests), for_reference, for_ours, clock.now)


def on_telnet(channels: int, clock: Clock) -> Attached:
    """OW-SERVER-ENET, or the first channel of an ENET-2."""
    wires = [Wire(clock, pace=True) for _ in range(channels)]
    counted = Counted(enet.Enet(*wires), lines)

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        # The port for looking for it is fixed, so it gets an address of its own on loopback.
        host = "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))
        with TcpAdapter(counted, host) as tcp:
            port = int(tcp.address.rpartition(":")[2])
            answer = enet.announcement(port, channels=channels > 1, host=host)
            with Announcer(answer, at=(host, ENET_DISCOVERY_PORT)):
                yield Invocation([f"--enet={tcp.address}"], {})

    return Attached(
        wires[0],
        lambda: counted.crossed,
        for_reference,
        lambda: _on_port("enet", counted),
        clock.now,
    )


def in_packets(clock: Clock) -> Attached:
    """EtherWeather."""
    wire = Wire(clock, pace=True)
    counted = Counted(etherweather.EtherWeather(wire), packets)

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with TcpAdapter(counted, telnet=False) as tcp:
            yield Invocation([f"--etherweather={tcp.address}"], {})

    return Attached(
        wire,
        lambda: counted.crossed,
        for_reference,
        lambda: _on_port("etherweather", counted),
        clock.now,
    )


def in_kernel(clock: Clock) -> Attached:
    """A bus master of the Linux kernel."""
    wire = Wire(clock, pace=True)
    kernel = W1Kernel()
    kernel.add_master(wire)

    @contextmanager
    def for_reference() -> Iterator[Invocation]:
        with W1KernelServer(kernel) as server:
            # Bus 0 is that of its monitor.
            yield Invocation(["--w1"], server.environment, bus=1)

    def for_ours() -> AbstractContextManager[BusMaster]:
        def connect() -> KernelSocket:
            return KernelSocket(kernel, clock)

        return nullcontext(W1Netlink("1", clock, connect=connect, sysfs=NOWHERE))

    return Attached(wire, lambda: len(kernel.requests), for_reference, for_ours, clock.now)


DS2480B: Final = Adapter(
    "DS2480B", "characters", 2, partial(on_serial_line, "ds2480b", "device", ds2480b.DS2480B)
)
ADAPTERS: Final = (
    DS2480B,
    Adapter(
        "DS9097",
        "characters",
        16,
        # On a pseudo-terminal the rate cannot be trusted.
        partial(on_serial_line, "ds9097", "passive", partial(ds9097.DS9097, lenient=True)),
    ),
    Adapter("DS9490R", "USB transfers", 4, on_usb),
    Adapter("DS2482-100", "I2C transfers", 4, partial(on_i2c, Model.DS2482_100, 1), varies=True),
    Adapter("DS2482-800", "I2C transfers", 4, partial(on_i2c, Model.DS2482_800, 8), varies=True),
    Adapter("LINK", "characters", 8, partial(on_serial_line, "link", "link", link.Link)),
    Adapter("PBM", "characters", 8, partial(on_serial_line, "pbm", "pbm", pbm.PBM)),
    Adapter("HA5", "characters", 14, partial(on_serial_line, "ha5", "ha5", ha5.HA5), varies=True),
    Adapter(
        "HA7E", "characters", 9, partial(on_serial_line, "ha7e", "ha7e", ha7e.HA7E), varies=True
    ),
    Adapter(
        "MasterHub",
        "characters",
        12,
        partial(on_serial_line, "masterhub", "masterhub", whole_masterhub),
    ),
    Adapter("EtherWeather", "packets", 1, in_packets),
    Adapter("HA7Net", "HTTP requests", 1, on_web_pages),
    Adapter("ENET", "lines", 1, partial(on_telnet, 1)),
    Adapter("ENET-2", "lines", 1, partial(on_telnet, 3)),
    Adapter("kernel w1", "netlink requests", 1, in_kernel),
)
