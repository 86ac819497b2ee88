"""The lines of tests/deliberate_differences.py for devices that are microcontrollers (ED EE EF FC
FE FF).

Only the tests/interop/test_real_chips_*.py that have these devices on a bus meet them; each of
their tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import BAD_PATH, INVALID, Deliberate, when
from tests.interop.differential import DIRALL, READ, WRITE, Answer, Request

SINCE = "0.1.0"
OUT_OF_RANGE, WRONG_MODEL = -34, -2

# Hobby Boards

SETTINGS = (
    r"/(temperature_offset|UVI/UVI_offset|UVI/in_case|barometer/altitude|humidity/humidity_offset"
    r"|(barometer|humidity)/config|(barometer|humidity|multitemp)/(polling_frequency|location))"
)

HOBBY_SETTINGS = Deliberate(
    "what is set in a device of Hobby Boards gets there",
    "3.2p4 sends the command that reads it, so that both talk at once",
    SINCE,
    when(WRITE, SETTINGS, ours=0),
)
HOBBY_SET = Deliberate(
    "what was set in a device of Hobby Boards is read again",
    "3.2p4 has not set it",
    SINCE,
    when(READ, SETTINGS, theirs=0, ours=0),
)
HOBBY_COMMANDS = Deliberate(
    "a device of Hobby Boards can be rebooted and reset",
    "3.2p4 fails, and sends nothing",
    SINCE,
    when(WRITE, r"/(barometer|humidity|multitemp)/(reboot|reset)", theirs=INVALID, ours=0),
)
UVI_OFFSET = Deliberate(
    "the offset of an UVI meter may be negative",
    "3.2p4 takes what it reads for a number from 0 on, or for none",
    SINCE,
    when(READ, r"/UVI/UVI_offset", ours=0),
)
HUB_BYTE = Deliberate(
    "a hub has four branches",
    "3.2p4 shows all eight bits of its state in .BYTE",
    SINCE,
    when(READ, r"/hub/(branch|short)\.BYTE", theirs=0, ours=0),
)
HOBBY_RANGE = Deliberate(
    "a number that does not fit into a device of Hobby Boards is refused",
    "3.2p4 sends some of its bits and reports success",
    SINCE,
    when(WRITE, r"/E[EF]\.\w+/[\w/]+", theirs=0, ours=INVALID),
)

# L. Swart's display

LCD_BYTE = Deliberate(
    "the display's register and data are bytes",
    "3.2p4 sends the low eight bits of any number",
    SINCE,
    when(WRITE, r"/FF\.\w+/(register|data)", theirs=0, ours=INVALID),
)

# Automation engines of P. Baerten

BAE_RANGE = Deliberate(
    "a number that does not fit into a register of a BAE is refused",
    "3.2p4 stores some of its bits and reports success",
    SINCE,
    when(WRITE, r"/FC\.\w+/(91[01]|eeprom)/[\w/]+(\.\d+)?", theirs=0, ours=INVALID),
)
BAE_PAGES = Deliberate(
    "each BAE has the pages of its model",
    "3.2p4 has one number for all, that of the one whose EEPROM it listed last",
    SINCE,
    when(READ, r"/eeprom/page\.\w+"),
)
BAE_PAGES_WRITTEN = Deliberate(
    "each BAE has the pages of its model",
    "3.2p4 has one number for all, that of the one whose EEPROM it listed last",
    SINCE,
    when(WRITE, r"/eeprom/(page|erase)\.\w+"),
)
BAE_STRUCTURE = Deliberate(
    "/structure is the same whatever is listed",
    "3.2p4 shows as many pages as the BAE had whose EEPROM it listed last",
    SINCE,
    when(READ, r"/structure/FC/eeprom/\w+\.\w+", ours=0),
)
EXPANDER_INPUTS = Deliberate(
    "pio of an expander shows the levels of its pins",
    "3.2p4 shows what was written to it",
    SINCE,
    when(READ, r"/911/iic/cat9554/pio", theirs=0, ours=0),
)
PART_OF_NUMBER = Deliberate(
    "a number can be read in parts, and is the same wherever it is said to begin",
    "3.2p4 refuses that for those of an expander",
    SINCE,
    when(READ, r"/911/iic/cat9554/\w+", theirs=OUT_OF_RANGE, ours=0),
)
OFFSET_OF_NUMBER = Deliberate(
    "a number can be read in parts, and is the same wherever it is said to begin",
    "3.2p4 refuses that for those of an expander",
    SINCE,
    when(WRITE, r"/911/iic/cat9554/\w+", theirs=OUT_OF_RANGE, ours=0),
)
ONE_CHARACTER = Deliberate(
    "a display gets all characters of a text but a newline at its end",
    "3.2p4 leaves out the last one, whatever it is, and fails if that is the only one",
    SINCE,
    when(WRITE, r"/911/lcd/text", theirs=INVALID, ours=0),
)
BUSY_BAE = Deliberate(
    "a BAE at work is waited for",
    "3.2p4 gives up after six questions, and says all again",
    SINCE,
    when(WRITE, r"/911/serial/dataout", theirs=INVALID, ours=0),
)

# SmartSlave of iButtonLink

RIGHT_CRC = Deliberate(
    "a page with a right CRC is right",
    "3.2p4 refuses it and takes any other",
    SINCE,
    when(READ, r"/FE\.\w+/(subtype|TH/\w+)", theirs=INVALID, ours=0),
)
WRONG_CRC = Deliberate(
    "a page that comes out differently each time is not believed",
    "3.2p4 takes any whose CRC is not right",
    SINCE,
    when(READ, r"/FE\.\w+/TH/\w+", theirs=0, ours=INVALID),
)

# Soft devices of Inferno Embedded

_TEXTS = r"/ED\.\w+/(device|firmware_range|rgbw_channel\d|(switch|led|relay)_\w+\d)"


def _is_no_text(request: Request, theirs: Answer, ours: Answer) -> bool:
    read = when(READ, _TEXTS, theirs=0, ours=0)
    return read(request, theirs, ours) and theirs.text == b"" != ours.text


SOFT_TEXTS = Deliberate(
    "texts of soft devices can be read under /uncached",
    "3.2p4 asks for them and answers no bytes",
    SINCE,
    _is_no_text,
)
SOFT_VERSION = Deliberate(
    "a soft device of an unknown type has a version",
    "3.2p4 asks for it and answers 0",
    SINCE,
    when(READ, r"/ED\.\w+/version", theirs=0, ours=0),
)
SOFT_STRANGER = Deliberate(
    "what a soft device does not have cannot be read",
    "3.2p4 answers nothing or zeros, or sends a command that means something else to it",
    SINCE,
    when(READ, r"/ED\.\w+/\w+", ours=WRONG_MODEL),
)
SOFT_STRANGER_WRITTEN = Deliberate(
    "what a soft device does not have cannot be written",
    "3.2p4 sends a command that is refused, or means something else to it",
    SINCE,
    when(WRITE, r"/ED\.\w+/\w+", ours=WRONG_MODEL),
)
RELAY_PORTS = Deliberate(
    "a switch master lists the ports that it has",
    "3.2p4 lists all eight of relays",
    SINCE,
    when(DIRALL, r"/ED\.\w+", theirs=0, ours=0),
)
ACTIVATIONS = Deliberate(
    "the activations of switches are those that were told last",
    "3.2p4 forgets them at once",
    SINCE,
    when(READ, r"/ED\.\w+/switch_port\d", theirs=0, ours=0),
)
SWITCH_TYPE = Deliberate(
    "the type of a switch is set, or refused",
    "3.2p4 reports success, whatever is written, and sends nothing or something else",
    SINCE,
    when(WRITE, r"/set_switch_type", theirs=0),
)
SOFT_VALUES = Deliberate(
    "what is no colour, and no bit, is refused",
    "3.2p4 sends something",
    SINCE,
    when(WRITE, r"/ED\.\w+/(rgbw_channel|led_port)\d", theirs=0, ours=INVALID),
)
SOFT_FIRMWARE = Deliberate(
    "firmware that is too large is out of range",
    "3.2p4 answers -1",
    SINCE,
    when(WRITE, r"/update_firmware", theirs=BAD_PATH, ours=OUT_OF_RANGE),
)
FADE = Deliberate(
    "the time to fade has three bytes",
    "3.2p4 reads two of them",
    SINCE,
    when(READ, r"/rgbw_channel\d", theirs=0, ours=0),
)
