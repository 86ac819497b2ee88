"""The ways to talk to a DS2482 over smbus2: combined I2C transfers, as far as the I2C controller
knows them, or SMBus transfers. What is said is in ds2482registers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

FUNC_I2C = 0x00000001
"""In `funcs`: the controller does combined transfers (linux/i2c.h)."""


class Smbus(Protocol):
    """The part of smbus2.SMBus that is used here; the emulated I2C bus has it, too."""

    @property
    def funcs(self) -> int: ...
    def read_byte(self, i2c_addr: int, /) -> int: ...
    def write_byte(self, i2c_addr: int, value: int, /) -> None: ...
    def write_byte_data(self, i2c_addr: int, register: int, value: int, /) -> None: ...
    def i2c_rdwr(self, *i2c_msgs: Any) -> None: ...
    def close(self) -> None: ...


class Step(NamedTuple):
    """What to write, a command or nothing, and how many bytes to read then."""

    written: bytes
    length: int = 1


class Transfers:
    """SMBus transfers, which any controller knows: for all that is written, and each byte read."""

    most = 1
    """How many bytes a step should read at most."""
    runs_ahead = False
    """Steps are carried out even if what those before them read is not looked at."""

    def __init__(self, smbus: Smbus, address: int) -> None:
        self._smbus = smbus
        self._address = address

    def do(self, *steps: Step) -> Iterator[bytes]:
        """Carry out steps, as their answers are asked for. OSError if one fails."""
        for written, length in steps:
            if written:
                self._write(*written)
            yield bytes(self._smbus.read_byte(self._address) for _ in range(length))

    def _write(self, command: int, parameter: int | None = None) -> None:
        if parameter is None:
            self._smbus.write_byte(self._address, command)
        else:
            self._smbus.write_byte_data(self._address, command, parameter)


class CombinedTransfers(Transfers):
    """One transfer for all steps, with a repeated START wherever reading or writing begins."""

    most = 64  # the longest 1-Wire command, a reset, takes as long as 57 bytes at 400 kbit/s
    runs_ahead = True

    def do(self, *steps: Step) -> Iterator[bytes]:
        from smbus2 import i2c_msg

        messages, answers = [], []
        for written, length in steps:
            if written:
                messages.append(i2c_msg.write(self._address, written))
            answers.append(i2c_msg.read(self._address, length))
            if length:
                messages.append(answers[-1])
        self._smbus.i2c_rdwr(*messages)
        yield from map(bytes, answers)


class StepTransfers(CombinedTransfers):
    """One transfer a step, for controllers that refuse anything behind a read.

    Such are those of the Raspberry Pi 1 to 4, and many on USB.
    """

    runs_ahead = False

    def do(self, *steps: Step) -> Iterator[bytes]:
        for step in steps:
            yield from super().do(step)


def best_transfers(
    smbus: Smbus, address: int, command: bytes, is_right: Callable[[int], bool]
) -> Transfers:
    """The quickest way that works with this controller, by trying.

    After `command` every byte read must be right, and there must be no harm in it.
    """
    for kind in (CombinedTransfers, StepTransfers) if smbus.funcs & FUNC_I2C else ():
        transfers = kind(smbus, address)
        with suppress(OSError):
            answers = transfers.do(Step(command, transfers.most), Step(command))
            if all(map(is_right, b"".join(answers))):
                return transfers
    return Transfers(smbus, address)
