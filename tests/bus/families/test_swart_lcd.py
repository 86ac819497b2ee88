"""The display driver of L. Swart: texts, pins, counters, memory, and what is verified."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    BehindLineError,
    DeviceGoneError,
    InvalidValueError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.bus.families.swart_lcd import broken
from owfs_py.emulator.swart_lcd import SwartLcd
from tests.bus.families.onechip import Device, OneChip

STARTS = {16: (0x00, 0x40, 0x10, 0x50), 20: (0x00, 0x40, 0x14, 0x54), 40: (0x00, 0x40)}
"""Where the lines of a display begin in an HD44780 (its data sheet), by width."""


def shown(chip: SwartLcd, width: int) -> list[str]:
    """The lines of the display, without blanks at their ends."""
    return [chip.text(start, width).decode().rstrip() for start in STARTS[width]]


# The display


@pytest.mark.parametrize("width", STARTS)
def test_lines_are_written_one_by_one(width: int) -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        expected = []
        for number in range(len(STARTS[width])):
            await device.write(f"line{width}.{number}", "old text, all of it!")
            await device.write(f"line{width}.{number}", f"line {number}")
            expected.append(f"line {number}")
        assert shown(bench.chip, width) == expected
        await device.write(f"line{width}.1", "x" * 60)
        assert shown(bench.chip, width)[1] == "x" * width
        assert shown(bench.chip, width)[0] == "line 0"

    bench.test(test)


def test_a_line_may_begin_later() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write("line16.0", "abc", offset=14)
        assert shown(bench.chip, 16)[0] == " " * 14 + "ab"
        for offset in (16, 100):
            with pytest.raises(BehindLineError):
                await device.write("line16.0", "abc", offset=offset)

    bench.test(test)


def test_all_lines_at_once_are_texts_at_commas() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write("line20.ALL", "one,two,three,four, five")
        assert shown(bench.chip, 20) == ["one", "two", "three", "four, five"]
        with pytest.raises(InvalidValueError):
            await device.write("line20.ALL", "one,two")

    bench.test(test)


@pytest.mark.parametrize(
    ("width", "text", "lines"),
    [
        (16, "", ["", "", "", ""]),
        (16, "one\ntwo", ["one", "two", "", ""]),
        (16, "one\n\nthree\nfour\nfive", ["one", "", "three", "four"]),
        (16, "\n", ["", "", "", ""]),
        (16, "0123456789abcdef\nnext", ["0123456789abcdef", "next", "", ""]),
        (16, "0123456789abcdef\n\nnext", ["0123456789abcdef", "", "next", ""]),
        (16, "0123456789abcdefg\nnext", ["0123456789abcdef", "g", "next", ""]),
        (20, "x" * 45, ["x" * 20, "x" * 20, "x" * 5, ""]),
        (40, "y" * 90, ["y" * 40, "y" * 40]),
    ],
)
def test_a_screen_is_filled_line_by_line(width: int, text: str, lines: list[str]) -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write(f"screen{width}", "what was there before\nis gone")
        await device.write(f"screen{width}", text)
        assert shown(bench.chip, width) == lines
        assert bench.chip.unheard == 0

    bench.test(test)


def test_a_screen_has_at_most_so_many_characters() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write("screen40", "z" * 200)
        assert shown(bench.chip, 40) == ["z" * 40] * 2
        with pytest.raises(OutOfRangeError):
            await device.write("screen40", "z", offset=1)

    bench.test(test)


def test_lines_end_at_newlines_or_where_they_are_full() -> None:
    assert list(broken(b"abcd\nef", 4)) == [b"abcd", b"ef"]
    assert list(broken(b"abcdef\n", 4)) == [b"abcd", b"ef"]
    assert list(broken(b"abcd\n", 4)) == [b"abcd"]


def test_display_and_light_are_switched() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        for state in (True, False):
            await device.write("LCDon", str(int(state)))
            await device.write("backlight", "yes" if state else "no")
            assert (bench.chip.is_on, bench.chip.backlight) == (state, state)

    bench.test(test)


def test_register_and_data_are_the_display_s_own() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write("register", "194")  # go to 42
        assert await device.number("register") == 0x42
        await device.write("data", "65")
        assert bench.chip.text(0x42, 1) == b"A"
        await device.write("register", "194")
        assert await device.number("data") == 65
        for name in ("register", "data"):
            for value in ("256", "-1", "x"):
                with pytest.raises(InvalidValueError):
                    await device.write(name, value)

    bench.test(test)


# Pins, counters, memory


def test_a_pin_that_conducts_is_low() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        await device.write("gpio.BYTE", "5")
        assert bench.chip.pins.levels == 0b1010
        await device.write("gpio.1", "1")
        assert await device.text("gpio.ALL") == "1,1,1,0"
        bench.chip.pins.pulled_up = 0b0111  # somebody else holds the last one low
        assert await device.number("gpio.BYTE", fresh=False) == 15
        await device.write("gpio.BYTE", "0")
        assert await device.number("gpio.BYTE") == 8

    bench.test(test)


def test_what_was_counted_is_added_up() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        async def numbers(name: str, *, fresh: bool = True) -> list[int]:
            return [int(each) for each in (await device.text(name, fresh=fresh)).split(",")]

        bench.chip.counts = [1, 2, 3, 65535]
        assert await numbers("counters.ALL") == [1, 2, 3, 65535]
        assert await numbers("cumulative.ALL") == [1, 2, 3, 65535]
        bench.chip.counts = [1, 0, 0, 65535]
        assert await numbers("cumulative.ALL") == [2, 2, 3, 131070]
        assert await device.number("counters.0", fresh=False) == 1
        assert await numbers("cumulative.ALL", fresh=False) == [2, 2, 3, 131070]
        assert bench.chip.counts == [0, 0, 0, 0]

    bench.test(test)


def test_the_sum_can_be_set() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        assert (await device.write("cumulative.ALL", "10,20,30,4294967295")).resets == 0
        bench.chip.counts = [1, 1, 1, 1]
        assert await device.text("cumulative.3") == "0"
        bench.chip.counts = [5, 5, 5, 5]
        await device.write("cumulative.0", "100")  # the others stay what they are by now
        assert [await device.number(f"cumulative.{n}") for n in range(4)] == [100, 26, 36, 5]

    bench.test(test)


def test_the_sum_outlives_what_is_kept_for_a_while() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        bench.chip.counts = [7, 0, 0, 0]
        await device.read("counters.ALL")
        bench.clock.wait(1_000_000)
        assert await device.number("counters.0", fresh=False) == 0
        assert await device.number("cumulative.0", fresh=False) == 7

    bench.test(test)


def test_the_memory_is_read_and_written_in_any_part() -> None:
    bench = OneChip(SwartLcd)
    bench.chip.memory[:] = bytes(range(112))

    async def test(device: Device) -> None:
        assert await device.read("memory") == bytes(range(112))
        assert await device.read("memory", size=20, offset=10) == bytes(range(10, 30))
        await device.write("memory", b"over the border of a page", offset=30)
        assert await device.read("memory", size=27, offset=29, fresh=False) == (
            b"\x1dover the border of a page\x37"
        )
        await device.write("memory", b"the end", offset=108)
        assert bench.chip.memory[107:] == b"kthe "
        assert bench.chip.unheard == 0

    bench.test(test)


def test_the_version_is_kept() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        assert await device.read("version") == SwartLcd.VERSION
        assert (await device.cost("version", fresh=False)).resets == 0
        assert (await device.cost("version")).resets == 2

    bench.test(test)


# Faults


@pytest.mark.parametrize(
    ("name", "data"), [("line16.0", "text"), ("screen20", "text"), ("gpio.BYTE", "15")]
)
def test_what_did_not_get_into_the_chip_is_reported(name: str, data: str) -> None:
    bench = OneChip(SwartLcd)
    bench.chip.deaf = True

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(name, data)
        assert bench.chip.text(0, 4) == b"    "

    bench.test(test)


def test_a_memory_that_takes_nothing_is_reported() -> None:
    bench = OneChip(SwartLcd)
    bench.chip.worn = True

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("memory", b"abc", offset=3)

    bench.test(test)


@pytest.mark.parametrize(
    "name", ["version", "register", "data", "gpio.ALL", "counters.ALL", "cumulative.0", "memory"]
)
def test_a_chip_that_is_gone_has_no_values(name: str) -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "data"),
    [("LCDon", "1"), ("backlight", "0"), ("register", "1"), ("data", "1"), ("gpio.0", "1"),
     ("line40.1", "x"), ("screen16", ""), ("memory", "x")],
)  # fmt: skip
def test_a_chip_that_is_gone_takes_nothing(name: str, data: str) -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.write(name, data)

    bench.test(test)


def test_ones_are_a_value_of_a_chip_that_is_there() -> None:
    bench = OneChip(SwartLcd)
    bench.chip.memory[:] = b"\xff" * 112

    async def test(device: Device) -> None:
        assert await device.read("memory") == b"\xff" * 112

    bench.test(test)


def test_a_disturbed_write_is_repeated() -> None:
    bench = OneChip(SwartLcd)

    async def test(device: Device) -> None:
        slots = bench.wire.counts.slots
        bench.wire.faults.noisy_slots = {slots + 90, slots + 500}
        await device.write("line16.0", "undisturbed")
        assert shown(bench.chip, 16)[0] == "undisturbed"

    bench.test(test)
