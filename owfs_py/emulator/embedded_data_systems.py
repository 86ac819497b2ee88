"""EDS0064 ... EDS0090, the sensors of Embedded Data Systems. Source: their register maps.

They show a memory in pages of 32 bytes: what they are, what they measure, and from an address that
depends on the model what users set. What the maps leave open is assumed where it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from owfs_py.bus.rom import RomId
from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.slave import Behaviour, Functions

CLEAR_ALARMS = 0x33

TAG_SIZE = 30
DEVICE_ID = 0x1E  # two bytes: in hex the number of the model

BYTE, WORD, LONG = 1, 2, 4
THREE = 3


class Number(NamedTuple):
    """A number in the memory, low byte first."""

    address: int
    size: int
    steps: int = 1
    """How many steps of it are one unit."""
    signed: bool = False

    def encode(self, value: float) -> bytes:
        return round(value * self.steps).to_bytes(self.size, "little", signed=self.signed)

    def decode(self, memory: bytearray) -> float:
        data = memory[self.address : self.address + self.size]
        return int.from_bytes(data, "little", signed=self.signed) / self.steps

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest that fit."""
        bits = 8 * self.size
        lowest = -1 << bits - 1 if self.signed else 0
        return lowest / self.steps, (lowest + (1 << bits) - 1) / self.steps


class Quantity(NamedTuple):
    """Something measured, with limits and the bits of its alarms, the higher one first."""

    now: Number
    high: Number
    low: Number
    bit: int
    most: Number | None = None
    least: Number | None = None
    """Where the extremes are kept, if they are."""


def _sixteenths(address: int) -> Number:
    return Number(address, WORD, 16, signed=True)


def _fine(address: int) -> Number:
    return Number(address, THREE, 2048, signed=True)


def _whole(address: int) -> Number:
    return Number(address, BYTE, signed=True)


ENVIRONMENT = {
    "temperature": Quantity(_sixteenths(0x22), _whole(0x42), _whole(0x43), 0),
    "humidity": Quantity(_sixteenths(0x24), _whole(0x44), _whole(0x45), 2),
    "dew_point": Quantity(_sixteenths(0x26), _whole(0x46), _whole(0x47), 4),
    "humidex": Quantity(_sixteenths(0x28), _whole(0x48), _whole(0x49), 6),
    "heat_index": Quantity(_sixteenths(0x2A), _whole(0x4A), _whole(0x4B), 8),
    "pressure": Quantity(_fine(0x2C), _fine(0x4C), _fine(0x4F), 10),
    "inHg": Quantity(_fine(0x2F), _fine(0x52), _fine(0x55), 12),
    "light": Quantity(Number(0x32, THREE), Number(0x58, THREE), Number(0x5B, THREE), 14),
}
VIBRATION = {
    "vibration": Quantity(
        Number(0x24, WORD), Number(0x44, WORD), Number(0x46, WORD), 2,
        Number(0x28, WORD), Number(0x2A, WORD),
    ),
}  # fmt: skip
RTD = {
    "temperature": Quantity(_fine(0x22), _fine(0x42), _fine(0x45), 0),
    "resistance": Quantity(_fine(0x25), _fine(0x48), _fine(0x4B), 2),
}


def _channels(count: int, steps: int) -> dict[str, Quantity]:
    """Quantities "0", "1" and so on."""
    return {
        str(n): Quantity(
            Number(0x30 + 2 * n, WORD, steps),
            Number(0x70 + 4 * n, WORD, steps),
            Number(0x72 + 4 * n, WORD, steps),
            2 * n,
            Number(0x50 + 2 * n, WORD, steps),
            Number(0x40 + 2 * n, WORD, steps),
        )
        for n in range(count)
    }


VOLT, AMPERE = 2048, 2048_000


class EDS(ScratchpadChip):
    """What the models have in common. A copy that a reset disturbs is lost, and the end of one is
    told as the memories do whose commands these are (assumed, both).

    `measure` brings values into the memory, and alarms with them, which stay until cleared.
    """

    families = (0x7E,)
    SIZE = 96
    CONTENT = 0
    COPY_TIME = 0.6
    """Seconds. Somebody measured that they are done after 0.7."""
    SCRATCHPAD_CRC = True

    QUANTITIES: ClassVar[Mapping[str, Quantity]] = {}
    SETTINGS: ClassVar[int] = 0x40
    """From where on users can write (assumed); a copy that begins below is refused."""
    SECONDS: ClassVar[Number] = Number(0x3C, LONG)
    ALARMS: ClassVar[Number] = Number(0x3A, WORD)
    SEARCHED: ClassVar[Number] = Number(0x40, WORD)
    """Which alarms take part in the alarm search; bits as in ALARMS."""

    def __init__(self, rom: RomId) -> None:
        self.clock_runs = True
        """Whether the chip counts seconds; else the number in its memory stays."""
        self._powered_at = 0.0
        super().__init__(rom)
        self._memory[:TAG_SIZE] = self.chip.encode().ljust(TAG_SIZE, b"\0")
        self._memory[DEVICE_ID : DEVICE_ID + 2] = int(self.chip[3:], 16).to_bytes(2, "little")
        for quantity in self.QUANTITIES.values():
            lowest, highest = quantity.high.limits
            self.put(quantity.high, highest)
            self.put(quantity.low, lowest)
            if quantity.least is not None:
                self.put(quantity.least, quantity.least.limits[1])

    def put(self, number: Number, value: float) -> None:
        """Write a number into the memory."""
        self.memory[number.address : number.address + number.size] = number.encode(value)

    def get(self, number: Number) -> float:
        """A number from the memory."""
        return number.decode(self.memory)

    def measure(self, name: str, value: float) -> None:
        """Let the chip find this value; ValueError or OverflowError if it has no room for it."""
        quantity = self.QUANTITIES[name]
        self.put(quantity.now, value)
        if quantity.most is not None and value > self.get(quantity.most):
            self.put(quantity.most, value)
        if quantity.least is not None and value < self.get(quantity.least):
            self.put(quantity.least, value)
        alarms = int(self.get(self.ALARMS))
        alarms |= (value > self.get(quantity.high)) << quantity.bit
        alarms |= (value < self.get(quantity.low)) << quantity.bit + 1
        self.put(self.ALARMS, alarms)

    def alarming(self) -> bool:
        return int(self.get(self.ALARMS)) & int(self.get(self.SEARCHED)) != 0

    def brown_out(self) -> None:
        super().brown_out()
        self._powered_at = self.wire.now()

    def _may_copy(self, start: int, end: int) -> bool:
        return super()._may_copy(start, end) and self._row + start >= self.SETTINGS

    def _read_memory(self) -> Behaviour:
        if self.clock_runs:
            self.put(self.SECONDS, int(self.wire.now() - self._powered_at))
        yield from super()._read_memory()

    def _clear_alarms(self) -> Behaviour:
        self.put(self.ALARMS, 0)
        yield from ()

    functions: ClassVar[Functions] = ScratchpadChip.functions | {
        0xF0: _read_memory,
        CLEAR_ALARMS: _clear_alarms,
    }


def _only(*names: str) -> dict[str, Quantity]:
    return {name: ENVIRONMENT[name] for name in names}


class EDS0064(EDS):
    chip = "EDS0064"
    QUANTITIES = _only("temperature")


class EDS0065(EDS):
    chip = "EDS0065"
    QUANTITIES = _only("temperature", "humidity", "dew_point", "humidex", "heat_index")


class EDS0066(EDS):
    chip = "EDS0066"
    QUANTITIES = _only("temperature", "pressure", "inHg")


class EDS0067(EDS):
    chip = "EDS0067"
    QUANTITIES = _only("temperature", "light")


class EDS0068(EDS):
    chip = "EDS0068"
    QUANTITIES = ENVIRONMENT


class EDS0070(EDS):
    """Vibration, without unit."""

    chip = "EDS0070"
    QUANTITIES = VIBRATION
    ALARMS = Number(0x36, BYTE)
    SEARCHED = Number(0x40, BYTE)


class EDS0071(EDS):
    """A thermometer with four wires."""

    chip = "EDS0071"
    QUANTITIES = RTD
    ALARMS = Number(0x36, BYTE)
    SEARCHED = Number(0x40, BYTE)


class EDS0072(EDS0071):
    """The same with three wires."""

    chip = "EDS0072"


class _Meter(EDS):
    SIZE = 160
    SETTINGS = 0x60
    SECONDS = Number(0x2C, LONG)
    ALARMS = Number(0x2A, WORD)
    SEARCHED = Number(0x9A, WORD)


class EDS0080(_Meter):
    chip = "EDS0080"
    QUANTITIES = _channels(8, AMPERE)


class EDS0082(_Meter):
    chip = "EDS0082"
    QUANTITIES = _channels(8, VOLT)


class EDS0083(_Meter):
    chip = "EDS0083"
    QUANTITIES = _channels(4, AMPERE)


class EDS0085(_Meter):
    chip = "EDS0085"
    QUANTITIES = _channels(4, VOLT)


class EDS0090(EDS):
    """Eight inputs and outputs. Of the alarms of channel n bit 2n is that of a high input, the next
    one that of a low one (assumed: so have the meters it). What resets something is done at once,
    and reads as 0 then (assumed)."""

    chip = "EDS0090"
    SETTINGS = 0x50
    SECONDS = Number(0x2C, LONG)
    ALARMS = Number(0x2A, WORD)
    SEARCHED = Number(0x50, WORD)

    INPUT, LATCH, OUTPUT_STATE = 0x22, 0x23, 0x24
    PULSES = 0x30  # four bytes for each channel
    RESET_COUNTERS, RESET_LATCHES = 0x54, 0x55
    OUTPUT = 0x5C

    def set_inputs(self, levels: int) -> None:
        """Let the inputs have these levels; what changes is latched and counted."""
        changed = self.memory[self.INPUT] ^ levels
        rising = changed & levels
        self.memory[self.INPUT] = levels
        self.memory[self.LATCH] |= changed
        alarms = int(self.get(self.ALARMS))
        for n in range(8):
            alarms |= (1 if levels >> n & 1 else 2) << 2 * n
            if rising >> n & 1:
                self._count(n)
        self.put(self.ALARMS, alarms)

    def _count(self, channel: int) -> None:
        counter = Number(self.PULSES + LONG * channel, LONG)
        self.put(counter, (int(self.get(counter)) + 1) % (1 << 32))

    def _store(self, address: int, data: bytes) -> None:
        super()._store(address, data)
        counters = self._memory[self.RESET_COUNTERS]
        for n in range(8):
            if counters >> n & 1:
                start = self.PULSES + LONG * n
                self._memory[start : start + LONG] = bytes(LONG)
        self._memory[self.LATCH] &= ~self._memory[self.RESET_LATCHES] & 0xFF
        self._memory[self.RESET_COUNTERS] = self._memory[self.RESET_LATCHES] = 0
        self._memory[self.OUTPUT_STATE] = self._memory[self.OUTPUT]


MODELS: tuple[type[EDS], ...] = (
    EDS0064, EDS0065, EDS0066, EDS0067, EDS0070, EDS0071, EDS0072, EDS0080, EDS0082, EDS0083,
    EDS0085, EDS0090, EDS0068,
)  # fmt: skip
"""The last one is what stands for the family."""
