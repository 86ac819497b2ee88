"""The registers of a BAE0911, and what is connected to it: a display, a memory card, an expander.

How one talks to it is in bae_commands.py; what it has in common with others, in bae0910.py.
Sources: the maker's register map; data sheet CAT9554 (registers).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from owfs_py.bus.cache import Life
from owfs_py.bus.errors import InvalidValueError, OneWireError, OutOfRangeError
from owfs_py.bus.families.bae_commands import (
    BLOCK,
    Register,
    byte,
    call,
    fetch,
    flag,
    long,
    send,
    word,
)
from owfs_py.bus.families.notation import (
    BY_NUMBER,
    READ_STABLE,
    STABLE,
    VOLATILE,
    binary,
    text,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Property

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

SECTOR_SIZE = 512
TEXT_SIZE = 255
PINS, PINS_WITH_PULL_DOWN = 22, 8
COUNTERS = 18
ENCODERS = {0: 0x799A, 5: 0x799B, 8: 0x799C, 9: 0x799D, 16: 0x799E, 17: 0x799F}
"""The counters that can be encoders, and where that is said."""
COUNTDOWNS = 32


def _numbers(**registers: Register) -> Iterable[Property]:
    """Numbers, or switches, that can be read and written."""
    for name, register in registers.items():
        kind = yesno if register.flag else unsigned
        yield kind(name, VOLATILE, "rw", **register.accessors())


def _array(name: str, count: int, first: Register) -> Property:
    """So many of them, one behind the other."""
    kind = yesno if first.flag else unsigned
    return kind(name, VOLATILE, "rw", elements=count, **first.elements())


# The engine's memory, as an array and by number

GLOBALS = 64
GLOBAL_MEMORY = byte(0x7C00)


def _global(number: int) -> Register:
    if number >= GLOBALS:
        raise InvalidValueError(f"there are {GLOBALS} bytes of global memory, no {number}")
    return GLOBAL_MEMORY.at(number)


async def _read_global(chip: Chip, number: int) -> int:
    return await _global(number).read(chip)


async def _write_global(chip: Chip, number: int, value: int) -> None:
    await _global(number).write(chip, value)


ENGINE = under(
    "automation_engine",
    *_numbers(pc0=word(0x7E07)),
    _array("global_mem", GLOBALS, GLOBAL_MEMORY),
    unsigned(
        "global_memory", VOLATILE, "rw", array=BY_NUMBER,
        read=_read_global, write=_write_global, spoils=("911/automation_engine/global_mem",),
    ),
)  # fmt: skip

# The expander CAT9554 on the chip's I2C bus

IIC, IIC_END = 0x00, 0x01
CAT9554 = 0x40
INPUTS, OUTPUTS, DIRECTION = 0, 1, 3
"""Its registers."""


async def _talk_to_expander(chip: Chip, data: bytes, size: int = 0) -> bytes:
    answer = await call(chip, IIC, bytes([CAT9554]) + data, size)
    await call(chip, IIC_END)
    return answer


def _expander(name: str, reading: int, writing: int) -> Property:
    async def read(chip: Chip) -> int:
        async with chip.bus.access.lock(chip.rom):
            return (await _talk_to_expander(chip, bytes([reading]), 1))[0]

    async def write(chip: Chip, value: int) -> None:
        if value > 0xFF:
            raise InvalidValueError(f"{chip.rom}: an expander has eight pins, not {value:b}")
        await _talk_to_expander(chip, bytes([writing, value]))

    return unsigned(f"cat9554/{name}", VOLATILE, "rw", read=read, write=write)


# Texts for a display and a serial line

LCD, SERIAL = 0x00, 0x04
NEWLINE = b"\n"


def _output(name: str, function: int, ending: bytes = b"") -> Property:
    """A text that is sent somewhere, without this ending."""

    async def write(chip: Chip, characters: bytes) -> None:
        characters = characters.removesuffix(ending)
        if not characters:
            raise InvalidValueError(f"{chip.rom}: there is nothing to send")
        await send(chip, function, characters)

    return text(name, TEXT_SIZE, VOLATILE, "wo", write=write)


# A memory card, sector by sector

SECTOR = "sector"
"""The fact under which is remembered which one is meant."""
FETCH_SECTOR, SEND_SECTOR = 0x00, 0x02
WRITING, READING = (0x02, 0x03), (0x04, 0x05)
"""Functions that begin and end it."""


def _sector_number(chip: Chip) -> int:
    return chip.recall(SECTOR) or 0


def _choose_sector(chip: Chip, number: int) -> None:
    chip.remember(SECTOR, number, Life.PERSISTENT)


class _Sector:
    """The sector that is meant, open for reading or writing; it is closed whatever happens."""

    def __init__(self, chip: Chip, way: tuple[int, int]) -> None:
        self._chip = chip
        self._begin, self._end = way

    async def __aenter__(self) -> None:
        first = _sector_number(self._chip) * SECTOR_SIZE
        try:
            await call(self._chip, self._begin, first.to_bytes(4))
        except OverflowError as error:
            raise OutOfRangeError(f"{self._chip.rom}: cards have no such sector") from error

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await call(self._chip, self._end)
        else:
            with suppress(OneWireError):
                await call(self._chip, self._end)


def _must_be_whole(chip: Chip, offset: int, size: int) -> None:
    if (offset, size) != (0, SECTOR_SIZE):
        raise OutOfRangeError(f"{chip.rom}: a sector of {SECTOR_SIZE} bytes is wanted")


async def _read_sector(chip: Chip, offset: int, size: int) -> bytes:
    _must_be_whole(chip, offset, size)
    async with chip.bus.access.lock(chip.rom), _Sector(chip, READING):
        blocks = [await fetch(chip, FETCH_SECTOR, BLOCK) for _ in range(SECTOR_SIZE // BLOCK)]
    return b"".join(blocks)


async def _write_sector(chip: Chip, offset: int, data: bytes) -> None:
    _must_be_whole(chip, offset, len(data))
    async with _Sector(chip, WRITING):
        await send(chip, SEND_SECTOR, data)


CARD = under(
    "sdcard",
    *_numbers(init=byte(0x7E04)),
    unsigned(
        "sector_nr", STABLE, "rw", read=_sector_number, write=_choose_sector,
        spoils=("911/sdcard/sector_data",),
    ),
    binary(
        "sector_data", SECTOR_SIZE, STABLE, "rw", partial=True,
        read=_read_sector, write=_write_sector,
    ),
)  # fmt: skip

# Everything


def _pwm(number: int) -> tuple[Property, ...]:
    """One of two pulse width modulators."""
    second = number - 1
    return under(
        f"pwm{number}",
        *_numbers(
            ref_clock=byte(0x7A00 + second),
            period=word(0x7A02 + 2 * second),
            mode_ch0=byte(0x7A0E + 2 * second),
            mode_ch1=byte(0x7A0F + 2 * second),
            duty_ch0=word(0x7A06 + 4 * second),
            duty_ch1=word(0x7A08 + 4 * second),
        ),
    )


def _read_only(register: Register) -> dict[str, Any]:
    return {"read": register.read}


PROPERTIES = under(
    "911",
    *under(
        "system",
        unsigned("poweronflags", READ_STABLE, **_read_only(byte(0x7A29))),
        unsigned("watchdog1w", READ_STABLE, "rw", **byte(0x7FFB).accessors()),
        *_numbers(owidletime=byte(0x7F79)),
    ),
    *ENGINE,
    *under(
        "pio",
        _array("pio", PINS, flag(0x7900)),
        _array("direction", PINS, flag(0x7916)),
        _array("strength", PINS, flag(0x792C)),
        _array("pull_enable", PINS, flag(0x7942)),
        _array("pull_down", PINS_WITH_PULL_DOWN, flag(0x79A0)),
    ),
    *under(
        "alarm",
        _array("latch", PINS, flag(0x7958)),
        _array("enable_latch", PINS, flag(0x7984)),
        *_numbers(
            clear_latchs=flag(0x7E09),
            enable_global=byte(0x7F78),
            userbits=long(0x7F83),
            userbits_enable=long(0x7F87),
        ),
    ),
    *under(
        "counters",
        _array("count", COUNTERS, long(0x7F20)),
        _array("enable_counter", COUNTERS, flag(0x796E)),
        *_numbers(**{f"enable_encoder{n}": flag(address) for n, address in ENCODERS.items()}),
    ),
    *under(
        "timers",
        _array("countdown", COUNTDOWNS, byte(0x7F8B)),
        *_numbers(countdown_number=byte(0x7A12), clock=long(0x7F7A)),
        unsigned("random", **_read_only(byte(0x7F7E))),
    ),
    *under(
        "user_registers",
        _array("byte", 16, byte(0x7FAB)),
        _array("word", 16, word(0x7FBB)),
        _array("dword", 8, long(0x7FDB)),
    ),
    *under(
        "analog",
        unsigned("adc", elements=16, read=word(0x7F00).elements()["read"]),
        *_numbers(adc_enable=flag(0x79B1)),
        *under(
            "comparator",
            *_numbers(
                acmp_enable=flag(0x79AC),
                internal_ref=flag(0x79AD),
                changed=flag(0x79AE),
                out_enable=flag(0x79B0),
            ),
            yesno("out_state", **_read_only(flag(0x79AF))),
        ),
    ),
    *_pwm(1),
    *_pwm(2),
    *under(
        "iic",
        *_numbers(init=byte(0x7E00)),
        _expander("pio", INPUTS, OUTPUTS),
        _expander("direction", DIRECTION, DIRECTION),
    ),
    *under("lcd", *_numbers(init=byte(0x7E01)), _output("text", LCD, NEWLINE)),
    *under(
        "serial",
        *_numbers(baud_divisor=word(0x7A13), scic=byte(0x7E0A)),
        _output("dataout", SERIAL),
    ),
    *CARD,
)
