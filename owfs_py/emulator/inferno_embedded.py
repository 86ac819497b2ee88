"""The soft devices of Inferno Embedded: RGBW controller, switch master, and what updates both.

Source: the maker's lists of commands, by way of owserver's documentation. A command ends with a
CRC-8 of it; the answer is a byte that is 0 if it was taken, and then data without any CRC. What
the lists leave open is assumed where it says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from owfs_py._crc import crc8, crc16
from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Slave, receive_byte, send_bytes

READ_TYPE, READ_VERSION, READ_STATUS = 0xFF, 0xFE, 0xFD
ENTER_UPDATER = 0xFC
RGBW, UPDATER, SWITCHES = 1, 2, 3

GOOD, REFUSED = b"\x00", b"\x01"
PENDING, FAILED, SUCCEEDED = 0x02, 0x02, 0x04
"""Bits of the status; the first one is a switch master's, the others an updater's."""
ERASED = 0xFF

Answer = bytes | None
"""What a command answers; None if it is refused."""


class Command(NamedTuple):
    """How many bytes follow a command, and what it does."""

    size: int
    act: Callable[..., Answer]


def _numbers(data: bytes, size: int) -> list[int]:
    return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]


class Inferno(Slave):
    """What all have in common. `updating`: what answers is not the device but its updater."""

    families = (0xED,)
    TYPE: ClassVar[int]
    COMMANDS: ClassVar[dict[int, Command]] = {}

    def __init__(self, rom: RomId) -> None:
        self.updating = False
        self.version = 0x00010203
        self.refusals = 0
        """Fault: so many coming commands are refused."""
        self.loader_size = 0x1000
        self.application = (0x1000, 0x3000)
        """Where it begins, and ends."""
        self.flash = bytearray([ERASED]) * self.application[1]
        self.polls = 1
        """So many questions for the status come while an erasure or a block is under way."""
        self.worn = False
        """Fault: the flash takes nothing, but says that it did."""
        self.broken = False
        """Fault: the flash takes nothing, and says so."""
        self._flags = 0
        self._polls_left = 0
        super().__init__(rom)

    @property
    def status(self) -> int:
        """The status word."""
        if self._polls_left:
            self._polls_left -= 1
            return 0
        return self._flags

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        if command == READ_TYPE:
            yield from send_bytes((UPDATER if self.updating else self.TYPE).to_bytes(4, "little"))
        elif command == READ_VERSION:
            yield from send_bytes(self.version.to_bytes(4, "little"))
        elif command == READ_STATUS:
            yield from send_bytes(self.status.to_bytes(8, "little"))
        elif command == ENTER_UPDATER:
            if (yield from receive_byte()) == crc8(bytes((command,))):
                self.updating = True
        else:
            yield from self._obey(command)

    def _obey(self, number: int) -> Behaviour:
        command = (self.UPDATER_COMMANDS if self.updating else self.COMMANDS).get(number)
        if command is None:
            return
        said = bytearray((number,))
        for _ in range(command.size + 1):
            said.append((yield from receive_byte()))
        answer = None if crc8(bytes(said)) else command.act(self, bytes(said[1:-1]))
        if self.refusals:
            self.refusals -= 1
            answer = None
        yield from send_bytes(REFUSED if answer is None else GOOD + answer)
        if answer is not None and self.updating:
            yield from self._go_on(number, bytes(said[1:-1]))

    # The updater

    def _loader(self, _: bytes) -> Answer:
        return self.loader_size.to_bytes(4, "little")

    def _range(self, _: bytes) -> Answer:
        return b"".join(address.to_bytes(4, "little") for address in self.application)

    def _begin(self, *, good: bool) -> None:
        self._flags = SUCCEEDED if good else FAILED
        self._polls_left = self.polls

    def _erase(self, _: bytes) -> Answer:
        if not self.worn and not self.broken:
            start, end = self.application
            self.flash[start:end] = bytes([ERASED]) * (end - start)
        self._begin(good=not self.broken)
        return b""

    def _leave(self, _: bytes) -> Answer:
        self.updating = False
        return b""

    def _is_there(self, place: bytes) -> Answer:
        """Whether a range is the application's."""
        address, size = _numbers(place, 4)
        start, end = self.application
        return b"" if start <= address <= address + size <= end else None

    def _go_on(self, command: int, place: bytes) -> Behaviour:
        if command == 0x06:
            yield from self._write_block(*_numbers(place, 4))
        elif command == 0x07:
            address, size = _numbers(place, 4)
            data = bytes(self.flash[address : address + size])
            yield from send_bytes(crc16(data).to_bytes(2, "little"))

    def _write_block(self, address: int, size: int) -> Behaviour:
        data = bytearray()
        for _ in range(size + 4):
            data.append((yield from receive_byte()))
        block, check = bytes(data[:size]), int.from_bytes(data[size:], "little")
        good = crc16(block) == check
        if good and not self.worn and not self.broken:
            self.flash[address : address + size] = block
        self._begin(good=good and not self.broken)
        yield from send_bytes(GOOD if good else REFUSED)

    UPDATER_COMMANDS: ClassVar[dict[int, Command]] = {
        0x00: Command(0, _loader),
        0x01: Command(0, _erase),
        0x04: Command(0, _range),
        0x05: Command(0, _leave),
        0x06: Command(8, _is_there),
        0x07: Command(8, _is_there),
    }


class RgbwController(Inferno):
    """`channels` are four colours and a time each; what is set shows when it is committed."""

    chip = "IE_RGBW"
    TYPE = RGBW

    def __init__(self, rom: RomId, count: int = 4) -> None:
        self.channels: list[bytes] = [bytes(7)] * count
        self._set: dict[int, bytes] = {}
        super().__init__(rom)

    def _all_off(self, _: bytes) -> Answer:
        self.channels = [bytes(7)] * len(self.channels)
        return b""

    def _count(self, _: bytes) -> Answer:
        return bytes((len(self.channels),))

    def _write(self, data: bytes) -> Answer:
        if data[0] >= len(self.channels):
            return None
        self._set[data[0]] = data[1:]
        return b""

    def _commit(self, _: bytes) -> Answer:
        for number, values in self._set.items():
            self.channels[number] = values
        self._set.clear()
        return b""

    def _read(self, data: bytes) -> Answer:
        return self.channels[data[0]] if data[0] < len(self.channels) else None

    COMMANDS: ClassVar[dict[int, Command]] = {
        0x01: Command(0, _all_off),
        0x02: Command(0, _count),
        0x03: Command(8, _write),
        0x04: Command(1, _read),
        0x05: Command(0, _commit),
    }


class FirmwareUpdater(RgbwController):
    """An RGBW controller that is left in its updater."""

    chip = "IE_UPDATER"

    def __init__(self, rom: RomId) -> None:
        super().__init__(rom)
        self.updating = True


class SwitchMaster(Inferno):
    """Switches, LEDs and relays at ports, with as many channels at each port of a kind.

    `activations` and `leds` are numbers by port, a bit for each channel; what belongs to relays is
    in bytes, channel after channel.
    """

    chip = "IE_SWITCHES"
    TYPE = SWITCHES

    def __init__(self, rom: RomId) -> None:
        self.switch_types: dict[tuple[int, int], int] = {}
        self.commands: list[bytes] = []
        """All that set something, without their CRCs."""
        self.equip((2, 8), (2, 8), (2, 3))
        super().__init__(rom)

    def equip(
        self, switches: tuple[int, int], leds: tuple[int, int], relays: tuple[int, int]
    ) -> None:
        """Give it so many ports, and channels at each, of a kind; all are off."""
        self.switch_counts, self.led_counts, self.relay_counts = switches, leds, relays
        self.activations = [0] * switches[0]
        self.leds = [0] * leds[0]
        cells = relays[0] * relays[1]
        self.states, self.modes, self.timeouts = (bytearray(cells) for _ in range(3))

    @property
    def status(self) -> int:
        return super().status if self.updating else PENDING * any(self.activations)

    def _bits(self, numbers: list[int], channels: int) -> bytes:
        size = (channels + 7) // 8
        return b"".join(number.to_bytes(size, "little") for number in numbers)

    def _tell_switches(self, _: bytes) -> Answer:
        return bytes(self.switch_counts)

    def _tell_leds(self, _: bytes) -> Answer:
        return bytes(self.led_counts)

    def _tell_relays(self, _: bytes) -> Answer:
        return bytes(self.relay_counts)

    def _set_type(self, data: bytes) -> Answer:
        port, channel, kind = data
        if port >= self.switch_counts[0] or channel >= self.switch_counts[1] or kind > 3:
            return None
        self.commands.append(b"\x04" + data)
        self.switch_types[port, channel] = kind
        return b""

    def _tell_activations(self, _: bytes) -> Answer:
        """They are forgotten when they are told."""
        told = self._bits(self.activations, self.switch_counts[1])
        self.activations = [0] * len(self.activations)
        return told

    def _set_led(self, data: bytes) -> Answer:
        port, channel, on = data
        if port >= self.led_counts[0] or channel >= self.led_counts[1]:
            return None
        self.commands.append(b"\x07" + data)
        self.leds[port] = self.leds[port] & ~(1 << channel) | (on != 0) << channel
        return b""

    def _tell_port(self, data: bytes) -> Answer:
        if data[0] >= self.led_counts[0]:
            return None
        return self._bits([self.leds[data[0]]], self.led_counts[1])

    def _cell(self, kind: int, cells: bytearray, data: bytes) -> Answer:
        port, channel, value = data
        if port >= self.relay_counts[0] or channel >= self.relay_counts[1]:
            return None
        self.commands.append(bytes((kind,)) + data)
        cells[port * self.relay_counts[1] + channel] = value
        return b""

    def _set_mode(self, data: bytes) -> Answer:
        return self._cell(0x09, self.modes, data)

    def _set_timeout(self, data: bytes) -> Answer:
        return self._cell(0x0A, self.timeouts, data)

    def _set_state(self, data: bytes) -> Answer:
        return self._cell(0x0B, self.states, data)

    def _tell_states(self, _: bytes) -> Answer:
        return bytes(self.states)

    def _tell_modes(self, _: bytes) -> Answer:
        return bytes(self.modes)

    def _tell_timeouts(self, _: bytes) -> Answer:
        return bytes(self.timeouts)

    COMMANDS: ClassVar[dict[int, Command]] = {
        0x01: Command(0, _tell_switches),
        0x02: Command(0, _tell_leds),
        0x03: Command(0, _tell_relays),
        0x04: Command(3, _set_type),
        0x06: Command(0, _tell_activations),
        0x07: Command(3, _set_led),
        0x08: Command(1, _tell_port),
        0x09: Command(3, _set_mode),
        0x0A: Command(3, _set_timeout),
        0x0B: Command(3, _set_state),
        0x0C: Command(0, _tell_states),
        0x0D: Command(0, _tell_modes),
        0x0E: Command(0, _tell_timeouts),
    }


MODELS: tuple[type[Inferno], ...] = (FirmwareUpdater, SwitchMaster, RgbwController)
"""The last one is what stands for the family."""
