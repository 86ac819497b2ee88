"""The emulated I2C bus: transfers, time, controllers, and smbus2's surface in this process.

That programs find it as /dev/i2c-N is shown in tests/interop.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable

import pytest
from smbus2 import i2c_msg

from owfs_py.emulator.ds2482 import DS2482, RESET_TIME, Command, NackError, Status
from owfs_py.emulator.i2cdev import (
    BITS_PER_BYTE,
    FUNC_I2C,
    STANDARD_MODE,
    START,
    STOP,
    Controller,
    EmulatedSmbus,
    I2cBus,
    Message,
)
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

ADDRESS = 0x18
LOOK_AT_STATUS = b"\xe1\xf0"
ACTIVE_PULLUP = b"\xd2\xe1"


class Scribe:
    """A chip that notes what it hears, refuses zeros, and counts what is read from it."""

    now: Callable[[], float]

    def __init__(self, bus: I2cBus) -> None:
        self._bus = bus
        self.heard: list[tuple[str, object, int]] = []

    def write(self, data: bytes) -> None:
        self.heard.append(("W", data, bits(self._bus)))
        if b"\0" in data:
            raise NackError("a zero")

    def read(self, count: int) -> Iterable[int]:
        for number in range(count):
            self.heard.append(("R", number, bits(self._bus)))
            yield number


@pytest.fixture
def bus() -> I2cBus:
    return I2cBus(VirtualClock(), bit_rate=STANDARD_MODE)


@pytest.fixture
def scribe(bus: I2cBus) -> Scribe:
    scribe = Scribe(bus)
    bus.attach(ADDRESS, scribe)
    return scribe


def bits(bus: I2cBus) -> int:
    """How long transfers have taken, in bits."""
    return round((bus.now() - bus.clock.now()) * STANDARD_MODE)


A_WRITE = START + 3 * BITS_PER_BYTE + STOP  # of two bytes
A_READ = START + 2 * BITS_PER_BYTE + STOP


class TestTransfers:
    def test_messages_follow_each_other_with_a_repeated_start(
        self, bus: I2cBus, scribe: Scribe
    ) -> None:
        answer = bus.combined([Message(ADDRESS, b"\x01\x02"), Message(ADDRESS, length=3)])
        assert answer == b"\x00\x01\x02"
        written = START + 3 * BITS_PER_BYTE
        addressed = written + START + BITS_PER_BYTE
        assert scribe.heard == [
            ("W", b"\x01\x02", written),
            *(("R", n, addressed + n * BITS_PER_BYTE) for n in range(3)),
        ]
        assert bits(bus) == addressed + 3 * BITS_PER_BYTE + STOP
        assert bus.transfers == 1

    def test_each_by_itself_is_a_transfer(self, bus: I2cBus, scribe: Scribe) -> None:
        bus.write(ADDRESS, b"\x01\x02")
        assert bus.read(ADDRESS, 1) == b"\x00"
        assert bits(bus) == A_WRITE + A_READ
        assert bus.transfers == 2

    def test_what_is_behind_a_refusal_is_not_sent(self, bus: I2cBus, scribe: Scribe) -> None:
        bad, good = Message(ADDRESS, b"\0"), Message(ADDRESS, b"\1")
        for messages in (
            [good, bad, good, Message(ADDRESS, length=1)],
            [good, Message(ADDRESS + 1, b"\1"), good],
        ):
            scribe.heard.clear()
            with pytest.raises(OSError, match="Remote I/O") as caught:
                bus.combined(messages)
            assert caught.value.errno == errno.EREMOTEIO
            assert [data for _, data, _ in scribe.heard] in ([b"\1", b"\0"], [b"\1"])
        assert bus.transfers == 2
        assert bus.read(ADDRESS, 1) == b"\0"

    def test_a_chip_deaf_for_a_moment_misses_one_message(self, bus: I2cBus, scribe: Scribe) -> None:
        bus.deaf_in = 1
        with pytest.raises(OSError, match="Remote I/O"):
            bus.combined([Message(ADDRESS, b"\1"), Message(ADDRESS, length=1)])
        assert bus.read(ADDRESS, 1) == b"\0"

    def test_a_chip_sees_time_pass_from_byte_to_byte(self, bus: I2cBus) -> None:
        bus.attach(ADDRESS, DS2482([Wire(bus.clock)]))
        looks = 20
        command = Message(ADDRESS, bytes([Command.WIRE_RESET]))
        statuses = bus.combined([command, Message(ADDRESS, length=looks)])
        busy = sum(bool(status & Status.BUSY) for status in statuses)
        first, each = START + BITS_PER_BYTE, BITS_PER_BYTE
        took = RESET_TIME[0] * STANDARD_MODE
        assert first + (busy - 1) * each < took <= first + busy * each
        assert not any(status & Status.BUSY for status in statuses[busy:])

    def test_a_command_to_a_busy_chip_ends_the_transfer(self, bus: I2cBus) -> None:
        wire = Wire(bus.clock)
        bus.attach(ADDRESS, DS2482([wire]))
        byte = Message(ADDRESS, bytes([Command.WRITE_BYTE, 0xCC]))
        with pytest.raises(OSError, match="Remote I/O"):
            bus.combined([byte, byte, byte])
        assert wire.counts.slots == 8
        assert bits(bus) < 3 * A_WRITE


WRITE, READ = Message(ADDRESS, LOOK_AT_STATUS), Message(ADDRESS, length=1)


class TestControllers:
    @pytest.mark.parametrize(
        ("controller", "messages", "possible"),
        [
            (Controller.I2C, [WRITE, READ, WRITE, READ], True),
            (Controller.READ_LAST, [WRITE, WRITE, READ], True),
            (Controller.READ_LAST, [READ], True),
            (Controller.READ_LAST, [WRITE, READ, WRITE], False),
            (Controller.READ_LAST, [READ, READ], False),
            (Controller.SMBUS, [WRITE, READ], False),
            (Controller.SMBUS, [READ], False),
        ],
    )
    def test_what_one_cannot_do_it_does_not_begin(
        self, bus: I2cBus, controller: Controller, messages: list[Message], possible: bool
    ) -> None:
        bus.attach(ADDRESS, DS2482([Wire(bus.clock)]))
        bus.controller = controller
        if possible:
            bus.combined(messages)
        else:
            with pytest.raises(OSError, match="not supported") as caught:
                bus.combined(messages)
            assert caught.value.errno == errno.EOPNOTSUPP
        assert bus.transfers == possible

    @pytest.mark.parametrize("controller", Controller)
    def test_smbus_transfers_are_known_by_all(self, bus: I2cBus, controller: Controller) -> None:
        bus.attach(ADDRESS, DS2482([Wire(bus.clock)]))
        bus.controller = controller
        smbus = EmulatedSmbus(bus)
        smbus.write_byte_data(ADDRESS, *ACTIVE_PULLUP)
        assert smbus.read_byte(ADDRESS) == 1
        smbus.write_byte(ADDRESS, Command.DEVICE_RESET)
        assert smbus.read_byte(ADDRESS) == Status.WAS_RESET | Status.LINE_LEVEL

    @pytest.mark.parametrize(
        ("controller", "number"),
        [(Controller.I2C, errno.EREMOTEIO), (Controller.SMBUS, errno.ENXIO)],
    )
    def test_nobody_there_and_a_refusal_are_errors_of_the_system(
        self, bus: I2cBus, controller: Controller, number: int
    ) -> None:
        bus.attach(ADDRESS, DS2482([Wire(bus.clock)]))
        bus.controller = controller
        smbus = EmulatedSmbus(bus)
        for fails in (
            lambda: smbus.read_byte(ADDRESS + 1),
            lambda: smbus.write_byte(ADDRESS + 1, Command.DEVICE_RESET),
            lambda: smbus.write_byte_data(ADDRESS, Command.WRITE_CONFIGURATION, 0),
        ):
            with pytest.raises(OSError, match=os.strerror(number)) as caught:
                fails()
            assert caught.value.errno == number


class TestSmbus:
    def test_combined_transfers_take_smbus2s_messages(self, bus: I2cBus) -> None:
        bus.attach(ADDRESS, DS2482([Wire(bus.clock)]))
        smbus = EmulatedSmbus(bus)
        configuration, status = i2c_msg.read(ADDRESS, 1), i2c_msg.read(ADDRESS, 2)
        written = [i2c_msg.write(ADDRESS, each) for each in (ACTIVE_PULLUP, LOOK_AT_STATUS)]
        smbus.i2c_rdwr(written[0], configuration, written[1], status)
        assert (list(configuration), list(status)) == ([1], [Status.LINE_LEVEL] * 2)
        assert bus.transfers == 1

    def test_controllers_differ_in_what_they_say_they_can(self, bus: I2cBus) -> None:
        able = {}
        for bus.controller in Controller:
            able[bus.controller] = bool(EmulatedSmbus(bus).funcs & FUNC_I2C)
        assert able == {
            Controller.I2C: True,
            Controller.READ_LAST: True,
            Controller.SMBUS: False,
        }
