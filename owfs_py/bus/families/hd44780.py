"""Displays with an HD44780 on the pins of a DS2408, in the two ways in which people wire them.

LCD_M has an eight-bit data bus, LCD_H one with four bits and buttons beside (Hobby Boards).
Sources: data sheet HD44780U (instructions, initializing); the boards' wirings.
"""

from __future__ import annotations

from owfs_py.bus.families.notation import STABLE, binary, text, under, unsigned, yesno

TEXT_SIZE = 128
OWN_CHARACTERS = 8
CHARACTER_SIZE = 8  # rows of the dot matrix

_DISPLAY = (
    yesno("clear", STABLE, "wo"),
    yesno("home", STABLE, "wo"),
    text("screen", TEXT_SIZE, STABLE, "wo"),
    text("message", TEXT_SIZE, STABLE, "wo"),
)

LCD_M = under("LCD_M", *_DISPLAY)
LCD_H = under(
    "LCD_H",
    *_DISPLAY,
    text("screenyx", TEXT_SIZE, STABLE, "wo"),
    unsigned("onoff", STABLE, "wo"),
    binary("redefchar", CHARACTER_SIZE, STABLE, "wo", elements=OWN_CHARACTERS),
    binary("redefchar_hex", CHARACTER_SIZE, STABLE, "wo", elements=OWN_CHARACTERS),
)
