"""The devices of Hobby Boards: UVI meter, moisture meter, hub, barometer, hygrometer, thermometers.

Source: the maker's lists of commands, by way of owserver's documentation. One command reads some
bytes, another one takes as many; there is no CRC. What the lists leave open is assumed where it
says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes

READ_VERSION, READ_TYPE = 0x11, 0x12
NOT_READY = b"\xff"

Registers = Mapping[int, bytes]
Commands = Mapping[int, int]
"""By a command, the register that it reads or writes."""


class HobbyBoard(Slave):
    """What all have in common. `registers` hold bytes; most have the command that reads them for
    a number. `version` is that of the firmware, major and minor.
    """

    TYPE: ClassVar[int]
    REGISTERS: ClassVar[Registers] = {}
    """What they hold at first."""
    WRITES: ClassVar[Commands] = {}

    def __init__(self, rom: RomId) -> None:
        self.version = (2, 5)
        self.registers: dict[int, bytearray] = {}
        self.not_ready = 0
        """Fault: the device is not ready for so many readings, and answers ones."""
        self.deaf = False
        """Fault: what is written does not get into the registers."""
        self._forget()
        super().__init__(rom)

    def _forget(self) -> None:
        self.registers = {number: bytearray(data) for number, data in self.REGISTERS.items()}

    def put(self, register: int, *values: int) -> None:
        """Let a register hold these numbers, which share its bytes evenly, low byte first."""
        size = len(self.registers[register]) // len(values)
        mask = (1 << 8 * size) - 1
        data = b"".join((value & mask).to_bytes(size, "little") for value in values)
        self.registers[register][:] = data

    @property
    def reads(self) -> Commands:
        return {number: number for number in self.registers}

    @property
    def writes(self) -> Commands:
        return self.WRITES

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == READ_TYPE:
            yield from self._send(bytes([self.TYPE]))
        elif command == READ_VERSION:
            yield from self._send(bytes(reversed(self.version)))
        elif command in self.reads:
            yield from self._send(self.registers[self.reads[command]])
        elif command in self.writes:
            yield from self._receive(self.writes[command])
        else:
            yield from self._act(command)

    def _send(self, data: bytes | bytearray) -> Behaviour:
        if self.not_ready:
            self.not_ready -= 1
            data = NOT_READY * len(data)
        yield from send_bytes(data)

    def _receive(self, register: int) -> Behaviour:
        data = bytearray()
        while len(data) < len(self.registers[register]):
            data.append((yield from receive_byte()))
        if not self.deaf:
            self.registers[register][:] = data

    def _act(self, command: int) -> Behaviour:
        """A command of another kind."""
        yield from ()


class UviMeter(HobbyBoard):
    """Ultraviolet index in tenths, temperature in half degrees."""

    families = (0xEE,)
    chip = "HB_UVI_METER"
    TYPE = 1
    TEMPERATURE, TEMPERATURE_OFFSET, UVI, UVI_OFFSET, IN_CASE = 0x21, 0x23, 0x24, 0x26, 0x28
    REGISTERS: ClassVar[Registers] = {
        TEMPERATURE: bytes(2),
        TEMPERATURE_OFFSET: bytes(2),
        UVI: bytes(1),
        UVI_OFFSET: bytes(1),
        IN_CASE: bytes(1),
    }
    WRITES: ClassVar[Commands] = {0x22: TEMPERATURE_OFFSET, 0x25: UVI_OFFSET, 0x27: IN_CASE}


class MoistureMeter(HobbyBoard):
    """Four sensors; in LEAVES a bit for each is 1 on a leaf and 0 in soil."""

    families = (0xEF,)
    chip = "HB_MOISTURE_METER"
    TYPE = 2
    NEW_COMMANDS = (1, 80)
    """The firmware from which on what is set has other commands."""
    SENSORS, LEAVES, MOST, LEAST, RAW = 0x21, 0x22, 0x23, 0x24, 0x31
    REGISTERS: ClassVar[Registers] = {
        SENSORS: bytes(4),
        LEAVES: bytes(1),
        MOST: bytes(2),
        LEAST: bytes(2),
        RAW: bytes(8),
    }
    WRITES: ClassVar[Commands] = {0xA2: LEAVES, 0xA3: MOST, 0xA4: LEAST}
    OLD_READS: ClassVar[Commands] = {
        SENSORS: SENSORS,
        0x23: LEAVES,
        0x25: MOST,
        0x27: LEAST,
        RAW: RAW,
    }
    OLD_WRITES: ClassVar[Commands] = {0x22: LEAVES, 0x24: MOST, 0x26: LEAST}

    @property
    def _is_old(self) -> bool:
        return self.version < self.NEW_COMMANDS

    @property
    def reads(self) -> Commands:
        return self.OLD_READS if self._is_old else super().reads

    @property
    def writes(self) -> Commands:
        return self.OLD_WRITES if self._is_old else super().writes


class Hub(HobbyBoard):
    """Four branches, which can be connected to the line one by one."""

    families = (0xEF,)
    chip = "HB_HUB"
    TYPE = 5
    SWITCH, BRANCHES, SHORTS, CONFIG = 0x21, 0x22, 0x23, 0x61
    REGISTERS: ClassVar[Registers] = {BRANCHES: bytes(1), SHORTS: bytes(1), CONFIG: bytes(1)}
    WRITES: ClassVar[Commands] = {0x60: CONFIG}
    ALL, ON = 0x0F, 0x10
    ONE_AT_A_TIME = 0x02
    """The bit of CONFIG with which switching on one branch switches off the others."""

    def __init__(self, rom: RomId) -> None:
        self._behind: dict[int, list[Slave]] = {n: [] for n in range(4)}
        super().__init__(rom)

    def attach(self, branch: int, slave: Slave) -> None:
        """Put a slave on a branch, when the hub itself is where it belongs."""
        with self.wire.lock:
            slave.wire = self.wire
            self._behind[branch].append(slave)
            slave.brown_out()

    def behind(self) -> Iterator[Slave]:
        for branch, slaves in self._behind.items():
            if self.registers[self.BRANCHES][0] >> branch & 1:
                for slave in slaves:
                    yield slave
                    yield from slave.behind()

    def _act(self, command: int) -> Behaviour:
        if command == self.SWITCH:
            order = yield from receive_byte()
            if not self.deaf:
                self._switch(order & self.ALL, on=order & self.ON != 0)

    def _switch(self, branches: int, *, on: bool) -> None:
        heard = list(self.behind())
        state = self.registers[self.BRANCHES]
        if not on:
            state[0] &= ~branches
        elif self.registers[self.CONFIG][0] & self.ONE_AT_A_TIME:
            state[0] = state[0] & ~self.ALL | branches & -branches
        else:
            state[0] |= branches
        for slave in set(heard) - set(self.behind()):
            self.wire.silence(slave)


class _Polled(HobbyBoard):
    """The later ones: they measure now and then by themselves, and know where they are."""

    families = (0xEF,)
    POLLING, POLLABLE, LOCATION, CONFIG = 0x14, 0x15, 0x16, 0x61
    REBOOT, RESET = 0xF1, 0xF7
    REGISTERS: ClassVar[Registers] = {
        POLLING: b"\x05",
        POLLABLE: b"\x01",
        LOCATION: bytes(21),
        CONFIG: bytes(1),
    }
    WRITES: ClassVar[Commands] = {0x94: POLLING, 0x96: LOCATION, 0xE1: CONFIG}

    def __init__(self, rom: RomId) -> None:
        self.reboots = 0
        super().__init__(rom)

    def _act(self, command: int) -> Behaviour:
        if command == self.REBOOT:
            self.reboots += 1
        elif command == self.RESET:
            self._forget()
        yield from ()


class Barometer(_Polled):
    """Tenths of a degree, kilopascals, metres."""

    chip = "HB_BAROMETER"
    TYPE = 6
    TEMPERATURE, PRESSURE, PRESSURE_ALTITUDE, ALTITUDE = 0x40, 0x22, 0x24, 0x26
    REGISTERS: ClassVar[Registers] = {
        **_Polled.REGISTERS,
        TEMPERATURE: bytes(2),
        PRESSURE: bytes(2),
        PRESSURE_ALTITUDE: bytes(2),
        ALTITUDE: bytes(2),
    }
    WRITES: ClassVar[Commands] = {**_Polled.WRITES, 0xA6: ALTITUDE}


class Hygrometer(_Polled):
    """Tenths of a degree, hundredths of a percent."""

    chip = "HB_HUMIDITY"
    TYPE = 7
    TEMPERATURE, CORRECTED, RAW, OFFSET = 0x40, 0x21, 0x22, 0x24
    REGISTERS: ClassVar[Registers] = {
        **_Polled.REGISTERS,
        TEMPERATURE: bytes(2),
        CORRECTED: bytes(2),
        RAW: bytes(2),
        OFFSET: bytes(2),
    }
    WRITES: ClassVar[Commands] = {**_Polled.WRITES, 0xA4: OFFSET}


class SixThermometers(_Polled):
    """Tenths of a degree."""

    chip = "HB_MULTITEMP"
    TYPE = 9
    TEMPERATURES = 0x21
    REGISTERS: ClassVar[Registers] = {**_Polled.REGISTERS, TEMPERATURES: bytes(12)}
    WRITES: ClassVar[Commands] = {0x94: _Polled.POLLING, 0x96: _Polled.LOCATION}


MODELS: tuple[type[HobbyBoard], ...] = (
    UviMeter, Hub, Barometer, Hygrometer, SixThermometers, MoistureMeter,
)  # fmt: skip
"""The last one of a family is what stands for it."""
