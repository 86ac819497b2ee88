"""The eight switches DS2408 (29), and the two ways in which displays hang from them.

LCD_M is an HD44780 with an eight-bit data bus, LCD_H one with four bits (Hobby Boards).
Source: data sheet DS2408 (register map).
"""

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    STABLE,
    VOLATILE,
    binary,
    bits,
    text,
    under,
    unsigned,
    yesno,
)

CHANNELS = 8
TEXT_SIZE = 128
OWN_CHARACTERS = 8
CHARACTER_SIZE = 8  # rows of the dot matrix

SWITCHES = (
    bits("PIO", CHANNELS, STABLE, "rw"),
    bits("sensed", CHANNELS),
    bits("latch", CHANNELS, VOLATILE, "rw"),
    yesno("strobe", STABLE, "rw"),
    yesno("por", STABLE, "rw"),
    yesno("power"),
    unsigned("set_alarm", STABLE, "rw"),
    yesno("out_of_testmode", VOLATILE, "wo"),
)

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

FAMILIES = (
    Family.make(
        0x29,
        "DS2408",
        Feature.ALARM | Feature.OVERDRIVE | Feature.RESUME,
        (*SWITCHES, *LCD_M, *LCD_H),
    ),
)
