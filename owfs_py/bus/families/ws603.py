"""The weather head WS603 of AAG: a controller that shares the RAM of a DS2760 with the bus.

One leaves a request at the beginning of the RAM; the answer appears behind. What the DS2760
measures by itself is in ds27xx.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from owfs_py.bus.errors import CommunicationError, OutOfRangeError, VerifyError
from owfs_py.bus.families.ds27xx_registers import reading, writing
from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    TOGETHER,
    binary,
    celsius,
    real,
    under,
    unsigned,
)
from owfs_py.bus.transaction import Select

if TYPE_CHECKING:
    from owfs_py.bus.chip import Chip

REQUEST, ANSWER = 0x80, 0x88
"""Addresses in the DS2760."""
PARAMETERS, READINGS, LIGHT, WIND_CALIBRATION, DIRECTION_CALIBRATION = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4

PAUSE = 0.020
"""Seconds from one look for an answer, or one try to place a request, to the next."""
PLACINGS, LOOKS = 20, 21
QUESTIONS = 3
"""How often the head is asked whether it has a new calibration."""
PAYLOAD = slice(1, 6)
"""Of an answer: command, five bytes, the sum of these six."""
ANSWER_SIZE = 7

# Bytes of the answers to READINGS and to PARAMETERS.
WIND_COUNT, DIRECTION, LED_STATUS, INTENSITY, VOLT = range(5)
LED_MODEL, WIND_FACTOR, DIRECTION_OFFSET, THRESHOLD = range(4)

KMH_PER_COUNT = 2.453 * 1.069 * 1000 / 3600
FULL, GREATEST = 100, 199
"""Percent: what a calibration is that was never set, and the largest."""

Reader = Callable[..., Coroutine[Any, Any, Any]]


def _request(command: int, parameters: bytes = b"") -> bytes:
    body = bytes([command]) + parameters
    return body + bytes([sum(body) & 0xFF, (command & 0xF) << 4 | 0xE])


async def _place(chip: Chip, request: bytes) -> None:
    for attempt in range(PLACINGS):
        if attempt:
            await asyncio.sleep(PAUSE)
        results = await chip.run(
            writing(REQUEST, request), Select(), reading(REQUEST, len(request))
        )
        if results[0] == request:
            return
    raise CommunicationError(f"{chip.rom}: does not take the request {request.hex(' ')}")


async def _ask(chip: Chip, command: int) -> bytes:
    """Five bytes from the head; the chip's lock is held."""
    await _place(chip, _request(command))
    for _ in range(LOOKS):
        await asyncio.sleep(PAUSE)
        [answer] = await chip.run(reading(ANSWER, ANSWER_SIZE))
        if answer[0] == command and sum(answer[:-1]) & 0xFF == answer[-1]:
            return answer[PAYLOAD]
    raise CommunicationError(f"{chip.rom}: no weather head answers to {command:02X}")


def _answer_to(command: int) -> Reader:
    async def read(chip: Chip) -> bytes:
        async with chip.bus.access.lock(chip.rom):
            return await _ask(chip, command)

    return read


def _byte(source: str, position: int) -> Reader:
    async def read(chip: Chip) -> int:
        return int((await chip.value(f"WS603/{source}"))[position])

    return read


def _reading(name: str, position: int) -> Any:
    return unsigned(name, LINKED, read=_byte("data_string", position))


def _parameter(name: str, position: int) -> Any:
    return unsigned(name, LINKED, read=_byte("param_string", position))


async def _read_temperature(chip: Chip) -> float:
    return float(await chip.value("temperature"))


async def _read_wind(chip: Chip) -> float:
    count = (await chip.value("WS603/data_string"))[WIND_COUNT]
    try:
        factor = (await chip.value("WS603/param_string"))[WIND_FACTOR]
    except CommunicationError:
        factor = FULL
    if not 0 < factor <= GREATEST:
        factor = FULL
    return float(count * KMH_PER_COUNT * factor / FULL)


def _bytes(values: list[int]) -> bytes:
    if any(value not in range(0x100) for value in values):
        raise OutOfRangeError(f"{values} are not all 0 to 255")
    return bytes(values)


def _calibration(name: str, command: int, position: int) -> Any:
    """A parameter that can be changed; the head is asked whether it took it."""

    async def write(chip: Chip, value: int) -> None:
        await _place(chip, _request(command, _bytes([value])))
        for _ in range(QUESTIONS):
            await asyncio.sleep(PAUSE)
            if (await _ask(chip, PARAMETERS))[position] == value:
                return
        raise VerifyError(f"{chip.rom}: {name} does not become {value}")

    return unsigned(
        name,
        LINKED,
        "rw",
        read=_byte("param_string", position),
        write=write,
        spoils=("WS603/param_string",),
    )


async def _write_lights(chip: Chip, values: list[int]) -> None:
    await _place(chip, _request(LIGHT, _bytes(values)))


WS603 = under(
    "WS603",
    celsius("temperature", LINKED, read=_read_temperature),
    real("wind_speed", LINKED, read=_read_wind),
    _reading("direction", DIRECTION),
    _reading("volt", VOLT),
    _reading("light/intensity", INTENSITY),
    _reading("LED/status", LED_STATUS),
    _parameter("light/threshold", THRESHOLD),
    _parameter("LED/model", LED_MODEL),
    _calibration("calibration/wind_speed", WIND_CALIBRATION, WIND_FACTOR),
    _calibration("calibration/direction", DIRECTION_CALIBRATION, DIRECTION_OFFSET),
    unsigned(
        "LED/control", STABLE, "wo", elements=4, fetch=TOGETHER, write=_write_lights,
        spoils=("WS603/data_string",),
    ),
    binary("data_string", 5, visible=HIDDEN, read=_answer_to(READINGS)),
    binary("param_string", 5, STABLE, visible=HIDDEN, read=_answer_to(PARAMETERS)),
)  # fmt: skip
