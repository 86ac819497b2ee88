"""Displays on the pins of a DS2408: what goes out on the pins."""

from __future__ import annotations

from typing import Any

import pytest

from owfs_py.bus.errors import CommunicationError, InvalidValueError, OneWireError, OutOfRangeError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds2408 import DS2408
from tests.bus.bench import Bench

INITIALIZE_M = "30 38 0f 06"
INITIALIZE_H = "37 37 37 27 27 87"
CLEAR_H = "07 17 07 c7 07 67"


class DisplayBench(Bench):
    """A DS2408 whose outputs are written down."""

    def __init__(self) -> None:
        super().__init__("29")
        (chip,) = self.slaves
        assert isinstance(chip, DS2408)
        self.chip = chip
        self.seen = bytearray()
        drive = chip.pins.drive

        def watched(latches: int) -> None:
            self.seen.append(latches)
            drive(latches)

        chip.pins.drive = watched  # type: ignore[method-assign]

    def shown(self, *writes: tuple[str, bytes]) -> str:
        """The pins during the last write."""

        async def test(ow: OneWire) -> None:
            for name, data in writes:
                self.seen.clear()
                await ow.write(f"/{self.chip.rom}/{name}", data)

        self.run(test)
        return self.seen.hex(" ")


@pytest.fixture
def bench() -> DisplayBench:
    return DisplayBench()


# What 3.2p4 put on the pins for the same, but for its known faults.
@pytest.mark.parametrize(
    ("name", "data", "pins"),
    [
        ("LCD_M/clear", b"1", f"{INITIALIZE_M} 01 02"),
        ("LCD_M/clear", b"0", f"{INITIALIZE_M} 01 02"),
        ("LCD_M/home", b"1", "02"),
        ("LCD_M/screen", b"Hi", "c8 e9"),
        ("LCD_M/message", b"Yo", f"{INITIALIZE_M} 01 02 d9 ef"),
        ("LCD_H/clear", b"1", f"{INITIALIZE_H} {CLEAR_H}"),
        ("LCD_H/home", b"1", "87 07"),
        ("LCD_H/screen", b"A\0", "4f 1f 2f 0f"),
        ("LCD_H/message", b"B", f"{INITIALIZE_H} {CLEAR_H} 87 07 4f 2f"),
        ("LCD_H/screenyx", b"2,3:C", "c7 27 4f 3f"),
        ("LCD_H/screenyx", b"2.3:C", "c7 27 4f 3f"),
        ("LCD_H/screenyx", b"5:D", "87 47 4f 4f"),
        ("LCD_H/screenyx", b"\x02\x03E", "c7 27 4f 5f"),
        ("LCD_H/screenyx", b"\x04\x14E", "e7 77 4f 5f"),
        ("LCD_H/screenyx", b"\0\0F", "4f 6f"),
        ("LCD_H/onoff", b"7", "07 f7"),
        (
            "LCD_H/redefchar.1",
            b"abcdefgh",
            "47 87 6f 1f 6f 2f 6f 3f 6f 4f 6f 5f 6f 6f 6f 7f 6f 8f 87 07",
        ),
        (
            "LCD_H/redefchar_hex.0",
            b"0011223344556677",
            "47 07 0f 0f 1f 1f 2f 2f 3f 3f 4f 4f 5f 5f 6f 6f 7f 7f 87 07",
        ),
    ],
)
def test_what_goes_out(bench: DisplayBench, name: str, data: bytes, pins: str) -> None:
    assert bench.shown((name, data)) == pins


@pytest.mark.parametrize(("display", "cleared"), [("LCD_M", "01 02"), ("LCD_H", CLEAR_H)])
def test_a_display_is_initialized_once(bench: DisplayBench, display: str, cleared: str) -> None:
    clear = f"{display}/clear", b"1"
    assert bench.shown(clear, clear) == cleared


def test_each_display_is_initialized_its_own_way(bench: DisplayBench) -> None:
    shown = bench.shown(("LCD_M/clear", b"1"), ("LCD_H/clear", b"1"))
    assert shown == f"{INITIALIZE_H} {CLEAR_H}"


@pytest.mark.parametrize("display", ["LCD_M", "LCD_H"])
def test_initializing_makes_the_reset_pin_a_strobe(bench: DisplayBench, display: str) -> None:
    bench.shown((f"{display}/clear", b"1"))
    assert bench.chip.control & 0x04


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("LCD_M/screen", b"\x81", InvalidValueError),
        ("LCD_H/screenyx", b"9,1:F", InvalidValueError),
        ("LCD_H/screenyx", b"1,21:F", InvalidValueError),
        ("LCD_H/screenyx", b"Hello", InvalidValueError),
        ("LCD_H/screenyx", b"\x01", InvalidValueError),
        ("LCD_H/onoff", b"8", InvalidValueError),
        ("LCD_H/redefchar.1", b"abc", OutOfRangeError),
        ("LCD_H/redefchar_hex.1", b"00112233", OutOfRangeError),
        ("LCD_H/redefchar_hex.1", b"00112233445566xx", InvalidValueError),
    ],
)
def test_what_is_refused(
    bench: DisplayBench, name: str, data: bytes, error: type[OneWireError]
) -> None:
    async def test(ow: OneWire) -> Any:
        with pytest.raises(error):
            await ow.write(f"/{bench.chip.rom}/{name}", data)

    bench.run(test)
    assert bench.seen == b""


def test_pins_that_do_not_follow_are_reported(bench: DisplayBench) -> None:
    bench.chip.pins.pulled_up = 0x7F  # a short circuit

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.write(f"/{bench.chip.rom}/LCD_H/screen", b"\x80")

    bench.run(test)


def test_an_unfed_chip_cannot_drive_a_display(bench: DisplayBench) -> None:
    bench.chip.powered = False

    async def test(ow: OneWire) -> None:
        with pytest.raises(CommunicationError):
            await ow.write(f"/{bench.chip.rom}/LCD_H/clear", b"1")

    bench.run(test)
