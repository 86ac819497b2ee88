"""The I2C 1-Wire masters DS2482-100, DS2482-800 and DS2483 as chips: I2C transfers in and out.

Source: data sheets of the DS2482-100, DS2482-800 and DS2483. Activity on a wire is done at once;
its results show when the time it takes has passed on the I2C bus (i2cdev). No I2C adapter here.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence

from owfs_py.emulator.wire import Wire

FIRST_ADDRESS = 0x18
"""The I2C address with all address pins low."""

# Seconds, typical (electrical characteristics: tRSTL + tRSTH, tSLOT), at regular and overdrive.
RESET_TIME = (560e-6 + 584e-6, 72e-6 + 74e-6)
SLOT_TIME = (69.3e-6, 11e-6)

CHANNEL_CODES = (0xF0, 0xE1, 0xD2, 0xC3, 0xB4, 0xA5, 0x96, 0x87)
"""What selects each channel of a -800."""
CHANNEL_ANSWERS = (0xB8, 0xB1, 0xAA, 0xA3, 0x9C, 0x95, 0x8E, 0x87)
"""What the channel selection register then reads."""

PORT_CONFIGURATION_AFTER_RESET = 0x06
"""DS2483: the first byte of the port configuration, which nothing here depends on."""

_DIRECTION = _BIT = 0x80
_READ_SLOT = 1
_NOBODY = 0xFF
"""What is read when nobody pulls SDA low."""


class Model(enum.Enum):
    """The chips, by the name on them. A -101 is a -100 with fewer pins."""

    DS2482_100 = "DS2482-100"
    DS2482_800 = "DS2482-800"
    DS2483 = "DS2483"


class Command(enum.IntEnum):
    """Function commands."""

    DEVICE_RESET = 0xF0
    SET_READ_POINTER = 0xE1
    WRITE_CONFIGURATION = 0xD2
    CHANNEL_SELECT = 0xC3  # -800
    ADJUST_PORT = 0xC3  # DS2483
    WIRE_RESET = 0xB4
    SINGLE_BIT = 0x87
    WRITE_BYTE = 0xA5
    READ_BYTE = 0x96
    TRIPLET = 0x78


_WITHOUT_PARAMETER = (Command.DEVICE_RESET, Command.WIRE_RESET, Command.READ_BYTE)


class Register(enum.IntEnum):
    """Read pointer codes."""

    STATUS = 0xF0
    DATA = 0xE1
    CHANNEL = 0xD2  # -800
    CONFIGURATION = 0xC3
    PORT_CONFIGURATION = 0xB4  # DS2483


class Status(enum.IntFlag):
    """Bits of the status register."""

    BUSY = 0x01
    PRESENCE = 0x02
    SHORT = 0x04
    LINE_LEVEL = 0x08
    WAS_RESET = 0x10
    BIT_RESULT = 0x20
    SECOND_BIT = 0x40
    DIRECTION = 0x80


class Configuration(enum.IntFlag):
    """Bits of the configuration register."""

    ACTIVE_PULLUP = 0x01
    PRESENCE_MASK_OR_POWER_DOWN = 0x02  # -100, or DS2483
    STRONG_PULLUP = 0x04
    OVERDRIVE = 0x08


class NackError(Exception):
    """The chip did not acknowledge a byte; it ignores what it belongs to."""


class DS2482:
    """The chip between an I2C bus and its 1-Wire lines: eight for a -800, one for the others.

    `resets_in` is a fault: so many messages written, or bytes read, from now the chip loses its
    supply for a moment, as a -800 is known to. It then hears nothing before the next START.
    """

    def __init__(self, wires: Sequence[Wire], model: Model = Model.DS2482_100) -> None:
        if len(wires) != (8 if model is Model.DS2482_800 else 1):
            raise ValueError(f"{len(wires)} wires do not fit a {model.value}")
        self.wires = wires
        self.model = model
        self.now: Callable[[], float] = wires[0].now
        """The time as the I2C bus has it, in seconds."""
        self.resets_in: int | None = None
        self.self_resets = 0
        registers = {Register.STATUS, Register.DATA, Register.CONFIGURATION}
        if model is Model.DS2482_800:
            registers.add(Register.CHANNEL)
        if model is Model.DS2483:
            registers.add(Register.PORT_CONFIGURATION)
        self._registers = registers
        self.power_up()

    def power_up(self) -> None:
        """Power-on or device reset."""
        for wire in self.wires:
            wire.strong_pullup(False)
        self.configuration = Configuration(0)
        self.channel = 0
        self._pointer = Register.STATUS
        self._flags = self._flags_before = Status.WAS_RESET
        self._data = self._data_before = 0xFF
        self._busy_until = 0.0
        self._feeding = False

    @property
    def wire(self) -> Wire:
        """The line that is selected."""
        return self.wires[self.channel]

    # I2C

    def write(self, data: bytes) -> None:
        """Take the bytes of one write message. NackError if the chip refuses one of them."""
        self._count_down()
        if not data:
            return  # just asked whether there is anybody
        command, parameters = data[0], data[1:]
        known = {member.value for member in Command}
        if self.model is Model.DS2482_100:
            known.remove(Command.CHANNEL_SELECT)
        if command not in known or len(parameters) != (command not in _WITHOUT_PARAMETER):
            raise NackError(f"{data.hex(' ')} is no command")
        parameter = parameters[0] if parameters else 0
        if command == Command.DEVICE_RESET:
            self.power_up()
        elif command == Command.SET_READ_POINTER:
            self._set_read_pointer(parameter)
        elif self._is_busy():
            raise NackError(f"{data.hex(' ')} came while the chip was busy")
        elif command == Command.WRITE_CONFIGURATION:
            self._write_configuration(parameter)
        elif command == Command.CHANNEL_SELECT:
            self._select_channel_or_adjust_port(parameter)
        else:
            self._act(Command(command), parameter)

    def read(self, count: int) -> Iterator[int]:
        """The bytes of one read message: the register at the read pointer, again and again.

        Each is what the register holds when the byte before it, or the address, is through.
        """
        is_addressed = True
        for number in range(count):
            if self._count_down() and number > 0:
                is_addressed = False
            yield self._register() if is_addressed else _NOBODY

    def _count_down(self) -> bool:
        """Whether the supply fails now."""
        if self.resets_in is None:
            return False
        if self.resets_in > 0:
            self.resets_in -= 1
            return False
        self.resets_in = None
        self.self_resets += 1
        self.power_up()
        return True

    # Registers

    def _register(self) -> int:
        match self._pointer:
            case Register.STATUS:
                return self._status()
            case Register.DATA:
                return self._data_before if self._is_busy() else self._data
            case Register.CHANNEL:
                return CHANNEL_ANSWERS[self.channel]
            case Register.CONFIGURATION:
                return int(self.configuration)
            case Register.PORT_CONFIGURATION:
                return PORT_CONFIGURATION_AFTER_RESET

    def _is_busy(self) -> bool:
        return self.now() < self._busy_until

    def _status(self) -> int:
        level = Status(0) if self.wire.faults.short else Status.LINE_LEVEL
        if self._is_busy():
            return self._flags_before | level | Status.BUSY
        return self._flags | level

    def _set_read_pointer(self, code: int) -> None:
        if code not in self._registers:
            raise NackError(f"no register {code:02x}")
        self._pointer = Register(code)

    def _write_configuration(self, code: int) -> None:
        if code >> 4 ^ code & 0xF != 0xF:
            raise NackError(f"{code:02x} is not followed by its complement")
        self.configuration = Configuration(code & 0xF)
        self._flags &= ~Status.WAS_RESET
        self._pointer = Register.CONFIGURATION
        if Configuration.STRONG_PULLUP not in self.configuration:
            self._end_feeding()

    def _select_channel_or_adjust_port(self, code: int) -> None:
        if self.model is Model.DS2483:
            self._pointer = Register.PORT_CONFIGURATION
            return
        if code not in CHANNEL_CODES:
            raise NackError(f"no channel {code:02x}")
        self.channel = CHANNEL_CODES.index(code)
        self._pointer = Register.CHANNEL

    # 1-Wire

    @property
    def _overdrive(self) -> bool:
        return Configuration.OVERDRIVE in self.configuration

    def _act(self, command: Command, parameter: int) -> None:
        self._flags_before, self._data_before = self._flags, self._data
        self._pointer = Register.STATUS
        if self._feeding:
            # The next 1-Wire command ends the pull-up, and clears its bit.
            self.configuration &= ~Configuration.STRONG_PULLUP
            self._end_feeding()
        self.wire.set_overdrive(self._overdrive)
        match command:
            case Command.WIRE_RESET:
                self._reset()
                took = RESET_TIME[self._overdrive]
            case Command.SINGLE_BIT:
                self._show(Status.BIT_RESULT, self.wire.slot(int(bool(parameter & _BIT))))
                self._feed()
                took = SLOT_TIME[self._overdrive]
            case Command.TRIPLET:
                self._triplet(int(bool(parameter & _DIRECTION)))
                took = 3 * SLOT_TIME[self._overdrive]
            case Command.WRITE_BYTE:
                self._data = self.wire.byte(parameter)
                self._feed()
                took = 8 * SLOT_TIME[self._overdrive]
            case _:
                self._data = self.wire.byte(0xFF)
                took = 8 * SLOT_TIME[self._overdrive]
        self.wire.settle()
        self._busy_until = self.now() + took

    def _show(self, flag: Status, on: int) -> None:
        self._flags = self._flags | flag if on else self._flags & ~flag

    def _reset(self) -> None:
        present = self.wire.reset(overdrive=self._overdrive)
        unfit = Configuration.STRONG_PULLUP
        if self.model is Model.DS2483:
            unfit |= Configuration.PRESENCE_MASK_OR_POWER_DOWN
        # Fed strongly, the line hides presence pulses; powered down, the chip sees none.
        self._show(Status.PRESENCE, present and not self.configuration & unfit)
        self._show(Status.SHORT, self.wire.faults.short)

    def _triplet(self, wanted: int) -> None:
        first, second = self.wire.slot(_READ_SLOT), self.wire.slot(_READ_SLOT)
        direction = wanted if first == second == 0 else first
        self.wire.slot(direction)
        self._show(Status.BIT_RESULT, first)
        self._show(Status.SECOND_BIT, second)
        self._show(Status.DIRECTION, direction)

    def _feed(self) -> None:
        if Configuration.STRONG_PULLUP in self.configuration:
            self._feeding = True
            self.wire.strong_pullup(True)

    def _end_feeding(self) -> None:
        self._feeding = False
        self.wire.strong_pullup(False)
