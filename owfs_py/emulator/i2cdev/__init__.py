"""An emulated I2C bus in this process, and the surface of smbus2.SMBus on it.

Transfers take time, as they do on a real bus; chips (ds2482.py) see it pass. Programs that open
/dev/i2c-N come in by server.py.
"""

from __future__ import annotations

import enum
import errno
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.emulator.ds2482 import NackError

STANDARD_MODE, FAST_MODE = 100_000, 400_000
"""Bits a second: what most boards use, and the most that the DS2482 bears."""
BITS_PER_BYTE = 9  # with the acknowledgement
START = STOP = 1
"""Bits; a repeated START is one, too."""

# Of linux/i2c.h.
I2C_M_RD = 0x0001
FUNC_I2C = 0x00000001
FUNC_SMBUS = 0x001F0000
"""Quick commands, bytes, and byte data."""


class Controller(enum.Enum):
    """What I2C adapters can do besides SMBus transfers."""

    I2C = "combined transfers of any messages"
    READ_LAST = "combined transfers with nothing behind a read, as those of a Raspberry Pi 1 to 4"
    SMBUS = "nothing, as those in PCs"

    @property
    def functions(self) -> int:
        """As the kernel tells them (I2C_FUNCS)."""
        return FUNC_SMBUS if self is Controller.SMBUS else FUNC_SMBUS | FUNC_I2C


class Message(NamedTuple):
    """What is between a START, or a repeated one, and the next: bytes written, or `length` read."""

    address: int
    data: bytes = b""
    length: int = 0


class I2cChip(Protocol):
    """What can be on the bus; the bus gives it its time."""

    now: Callable[[], float]

    def write(self, data: bytes) -> None: ...
    def read(self, count: int) -> Iterable[int]:
        """Each byte is asked for when it is about to leave."""
        ...


class I2cBus:
    """The wires SDA and SCL with the chips on them, by I2C address, and their controller.

    `now` is `clock` and, on top, the time that transfers at `bit_rate` bits a second took.
    `deaf_in` is a fault: so many messages from now no chip hears its address.
    """

    def __init__(
        self,
        clock: Clock = REAL_CLOCK,
        *,
        bit_rate: int = FAST_MODE,
        controller: Controller = Controller.I2C,
    ) -> None:
        self.clock = clock
        self.bit_rate = bit_rate
        self.controller = controller
        self.chips: dict[int, I2cChip] = {}
        self.transfers = 0
        """Each from a START to a STOP."""
        self.deaf_in: int | None = None
        self._transferring = 0.0

    def attach(self, address: int, chip: I2cChip) -> None:
        """Put a chip on the bus."""
        chip.now = self.now
        self.chips[address] = chip

    def now(self) -> float:
        """Seconds."""
        return self.clock.now() + self._transferring

    def write(self, address: int, data: bytes) -> None:
        """A transfer of one write message. OSError if nobody is there, or a byte is refused."""
        self.transfer([Message(address, data)])

    def read(self, address: int, length: int) -> bytes:
        """A transfer of one read message. OSError if nobody is there."""
        return self.transfer([Message(address, length=length)])

    def combined(self, messages: Sequence[Message]) -> bytes:
        """A transfer of any messages; what was read. OSError also if the controller cannot."""
        behind_a_read = any(message.length for message in messages[:-1])
        if self.controller is Controller.SMBUS or (
            self.controller is Controller.READ_LAST and behind_a_read
        ):
            raise _error(errno.EOPNOTSUPP)
        return self.transfer(messages)

    def transfer(self, messages: Sequence[Message]) -> bytes:
        """START, the messages with a repeated START between them, STOP; what was read.

        OSError as soon as there is no acknowledgement; what comes behind it is not sent.
        """
        self.transfers += 1
        try:
            return b"".join(map(self._message, messages))
        except NackError as error:
            # Most controllers make this of it, those in PCs that.
            number = errno.ENXIO if self.controller is Controller.SMBUS else errno.EREMOTEIO
            raise _error(number) from error
        finally:
            self._pass(STOP)

    def _message(self, message: Message) -> bytes:
        self._pass(START + BITS_PER_BYTE)
        if message.address not in self.chips or self._is_deaf():
            raise NackError(f"nobody is at {message.address:02x}")
        chip = self.chips[message.address]
        if not message.length:
            self._pass(len(message.data) * BITS_PER_BYTE)
            chip.write(message.data)
            return b""
        answer = bytearray()
        for byte in chip.read(message.length):
            answer.append(byte)
            self._pass(BITS_PER_BYTE)
        return bytes(answer)

    def _is_deaf(self) -> bool:
        if self.deaf_in is None:
            return False
        self.deaf_in -= 1
        if self.deaf_in >= 0:
            return False
        self.deaf_in = None
        return True

    def _pass(self, bits: int) -> None:
        self._transferring += bits / self.bit_rate


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class EmulatedSmbus:
    """The part of smbus2.SMBus that one-byte registers need, on an emulated bus."""

    def __init__(self, bus: I2cBus) -> None:
        self._bus = bus

    @property
    def funcs(self) -> int:
        """What the controller can do."""
        return self._bus.controller.functions

    def read_byte(self, i2c_addr: int) -> int:
        """One byte from the chip."""
        return self._bus.read(i2c_addr, 1)[0]

    def write_byte(self, i2c_addr: int, value: int) -> None:
        """One byte to the chip."""
        self._bus.write(i2c_addr, bytes([value]))

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Two bytes to the chip."""
        self._bus.write(i2c_addr, bytes([register, value]))

    def i2c_rdwr(self, *i2c_msgs: Any) -> None:
        """A combined transfer; each is a smbus2.i2c_msg, which has no useful type."""
        messages = [
            Message(msg.addr, length=msg.len)
            if msg.flags & I2C_M_RD
            else Message(msg.addr, bytes(msg))
            for msg in i2c_msgs
        ]
        answer = iter(self._bus.combined(messages))
        for msg in i2c_msgs:
            if msg.flags & I2C_M_RD:
                for place in range(msg.len):
                    msg.buf[place] = next(answer)

    def close(self) -> None:
        """There is nothing to give back."""
