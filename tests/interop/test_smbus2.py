"""smbus2 in a program of its own, on the preloaded library: what becomes of its calls."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys

import pytest

from owfs_py.emulator.ds2482 import DS2482
from owfs_py.emulator.i2cdev import Controller, I2cBus
from owfs_py.emulator.i2cdev.server import I2cDevServer
from owfs_py.emulator.wire import Wire

ADAPTER = "/dev/i2c-1"
ADDRESS = 0x1A
PROGRAM = f"""
from smbus2 import I2cFunc, SMBus, i2c_msg
def error(work, *arguments):
    try:
        work(*arguments)
    except OSError as error:
        return error.errno
bus = SMBus("{ADAPTER}")
def written(*data): return i2c_msg.write({ADDRESS}, data)
def read(length): return i2c_msg.read({ADDRESS}, length)
def transferred(*messages):
    bus.i2c_rdwr(*messages)
    return [bytes(message) for message in messages]
"""


def with_a_chip(controller: Controller = Controller.I2C) -> I2cBus:
    bus = I2cBus(controller=controller)
    bus.attach(ADDRESS, DS2482([Wire()]))
    return bus


def ask(bus: I2cBus, expression: str) -> object:
    """The value of an expression in the program."""
    with I2cDevServer({ADAPTER: bus}) as device:
        done = subprocess.run(
            [sys.executable, "-c", f"{PROGRAM}print({expression})"],
            env={**os.environ, **device.environment},
            capture_output=True,
            text=True,
            check=True,
        )
    return ast.literal_eval(done.stdout)


def test_combined_transfers_are_one_transfer() -> None:
    bus = with_a_chip()
    configured = "written(0xD2, 0xE1), read(1), written(0xE1, 0xF0), read(3)"
    assert ask(bus, f"transferred({configured})") == [
        b"\xd2\xe1",
        b"\x01",
        b"\xe1\xf0",
        b"\x08\x08\x08",
    ]
    assert bus.transfers == 1


@pytest.mark.parametrize(
    ("controller", "messages", "number"),
    [
        (Controller.I2C, "read(1), written(0)", errno.EREMOTEIO),
        (Controller.I2C, "", errno.EINVAL),
        (Controller.I2C, "*[read(1)] * 43", errno.EINVAL),
        (Controller.READ_LAST, "read(1), read(1)", errno.EOPNOTSUPP),
        (Controller.SMBUS, "read(1)", errno.EOPNOTSUPP),
    ],
)
def test_what_cannot_be_done_fails_as_in_the_kernel(
    controller: Controller, messages: str, number: int
) -> None:
    bus = with_a_chip(controller)
    assert ask(bus, f"error(bus.i2c_rdwr, {messages})") == number
    assert bus.transfers == (number == errno.EREMOTEIO)


@pytest.mark.parametrize("controller", Controller)
def test_it_knows_whether_the_controller_does_combined_transfers(controller: Controller) -> None:
    does = ask(with_a_chip(controller), "bool(bus.funcs & I2cFunc.I2C)")
    assert does is (controller is not Controller.SMBUS)


@pytest.mark.parametrize("controller", Controller)
def test_smbus_calls_are_known_by_every_controller(controller: Controller) -> None:
    bus = with_a_chip(controller)
    calls = (
        f"bus.write_byte({ADDRESS}, 0xF0), bus.read_byte({ADDRESS}),"
        f" bus.write_byte_data({ADDRESS}, 0xD2, 0xE1), bus.read_byte({ADDRESS}),"
        f" bus.write_quick({ADDRESS}), error(bus.read_byte, {ADDRESS + 1})"
    )
    missing = errno.ENXIO if controller is Controller.SMBUS else errno.EREMOTEIO
    assert ask(bus, f"[{calls}]") == [None, 0x18, None, 0x01, None, missing]
    assert bus.transfers == 6
