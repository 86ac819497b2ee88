"""Where this server means to answer otherwise than owserver 3.2p4, and why.

The differential tests read this table: a difference that it does not explain is a fault, and so
is a line that explains none. Lines that only one kind of chip or bus meets are in differences/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from owfs_py.bus.rom import RomId
from tests.interop.differential import READ, WRITE, Answer, Request

TOO_LARGE = -90
BAD_PATH, INVALID, NOT_SUPPORTED, BUSY_ADDRESS, NO_DEVICE = -1, -22, -95, -98, -19
POWER_ON = b"85"
FACTORY_RESOLUTION = 12

_ABILITY = re.compile(rb"/system/configuration/(USB|i2c|parport|zeroconf)\Z")
_SPECIAL_SETTING = re.compile(rb"/interface/settings/(DS1WM|K1WM|PBM|ha5|i2c|link|usb)/")


Explains = Callable[[Request, Answer, Answer], bool]


@dataclass(frozen=True)
class Deliberate:
    """One line of the table."""

    what: str
    why: str
    since: str
    """The version of ours in which it became so."""
    explains: Explains
    """Whether request, answer of 3.2p4 and our answer are a case of it."""


def when(kind: int, path: str, *, theirs: int | None = None, ours: int | None = None) -> Explains:
    """For requests of this type to paths that end so; with these return codes, 0 for success."""
    pattern = re.compile(path.encode() + rb"\Z")

    def explains(request: Request, their_answer: Answer, our_answer: Answer) -> bool:
        if request.type != kind or pattern.search(request.path) is None:
            return False
        pairs = ((theirs, their_answer), (ours, our_answer))
        return all(code is None or min(answer.ret or 0, 0) == code for code, answer in pairs)

    return explains


WORDS = ("uncached", "unaliased", "text", "json", "alarm", "bus.", "settings", "system",
         "statistics", "structure", "simultaneous", "thermostat")  # fmt: skip
FIRST_LETTERS_OF_ALARM = "alar"
_TRIM_OF_10_OR_28 = re.compile(rb"(?i)/(10|28)\.?[0-9A-F]{12}[^/]*/errata/(trim|trimblanket)\Z")


def _is_longer_than_a_word(request: Request, theirs: Answer, ours: Answer) -> bool:
    word = request.path.decode(errors="replace").lower().strip("/").split("/")[0]
    begins = any(word.startswith(known) and word != known for known in WORDS)
    return ours.ret == BAD_PATH and (begins or word.startswith(FIRST_LETTERS_OF_ALARM))


def _is_trim_by_a_wrong_row(request: Request, theirs: Answer, ours: Answer) -> bool:
    trim = _TRIM_OF_10_OR_28.search(request.path) is not None
    return trim and ours.ret == INVALID and (theirs.ret or 0) >= 0


def _is_stale_trim(request: Request, theirs: Answer, ours: Answer) -> bool:
    return (
        request.type == READ
        and b"/errata/trim" in request.path
        and not request.path.startswith(b"/uncached")
        and len(theirs.text) == len(ours.text) > 0
    )


def _is_mark_of_simultaneous(request: Request, theirs: Answer, ours: Answer) -> bool:
    marked = request.path.endswith(b"/simultaneous/temperature")
    return marked and theirs.text == b"0" and ours.text == b"1"


def _is_write_to_read_only_simultaneous(request: Request, theirs: Answer, ours: Answer) -> bool:
    return (
        request.type == WRITE
        and request.path.startswith(b"/simultaneous/")
        and theirs.ret == 0
        and ours.ret == NOT_SUPPORTED
    )


def _is_thermostat_without_bus(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.path.startswith(b"/thermostat/") and theirs.ret in (BUSY_ADDRESS, NO_DEVICE)


def _is_no_limit(request: Request, theirs: Answer, ours: Answer) -> bool:
    return (
        request.type == WRITE
        and request.path.endswith((b"/temphigh", b"/templow"))
        and theirs.ret == 0
        and ours.ret == INVALID
    )


def _is_alias_out_of_reach(request: Request, theirs: Answer, ours: Answer) -> bool:
    return (
        request.type == WRITE
        and request.path.endswith(b"/alias")
        and theirs.ret == 0
        and ours.ret == INVALID
    )


def _is_resolution_stored_by_a_limit(request: Request, theirs: Answer, ours: Answer) -> bool:
    if not request.path.endswith(b"/tempres") or not (theirs.text and ours.text):
        return False
    return int(theirs.text) < int(ours.text) == FACTORY_RESOLUTION


def _is_cached_part(request: Request, theirs: Answer, ours: Answer) -> bool:
    whole = request.type == READ and request.path.endswith(b"/scratchpad") and not request.offset
    return whole and len(theirs.text) < len(ours.text) and ours.text.startswith(theirs.text)


def _is_line_held_low(request: Request, theirs: Answer, ours: Answer) -> bool:
    zero = not theirs.text.strip(b" 0\0") and (theirs.ret or 0) > 0
    return request.type == READ and zero and ours.ret == INVALID


def _is_unfed_conversion(request: Request, theirs: Answer, ours: Answer) -> bool:
    latest = request.path.endswith(b"/latesttemp")
    return latest and theirs.text.strip() == POWER_ON and (ours.ret or 0) > 0


def _is_ability(request: Request, theirs: Answer, ours: Answer) -> bool:
    ability = _ABILITY.search(request.path) is not None
    return ability and theirs.text.strip() == b"1" and ours.text.strip() == b"0"


def _is_part_of_an_aggregate(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.path.endswith(b".ALL") and ours.ret == TOO_LARGE


def _is_setting_of_another_adapter(request: Request, theirs: Answer, ours: Answer) -> bool:
    return _SPECIAL_SETTING.search(request.path) is not None and ours.ret == NOT_SUPPORTED


DELIBERATE_DIFFERENCES = (
    Deliberate(
        "a path whose first word only begins like uncached, alarm, bus.0 ... names nothing",
        "3.2p4 compares the beginning only, so that an alias such as `textile` is out of reach",
        "0.1.0",
        _is_longer_than_a_word,
    ),
    Deliberate(
        "DS18S20 and DS18B20 whose die has no trim registers answer -22 for them",
        "3.2p4 tells the revision of all dies by the serial numbers of the DS1822",
        "0.1.0",
        _is_trim_by_a_wrong_row,
    ),
    Deliberate(
        "trim, trimblanket and trimvalid are read anew when one of the others was written",
        "3.2p4 goes on answering what they were before, until they leave the cache",
        "0.1.0",
        _is_stale_trim,
    ),
    Deliberate(
        "/simultaneous/temperature reads 1 while its conversion counts",
        "3.2p4 stores the time of the conversion under one key and looks under another",
        "0.1.0",
        _is_mark_of_simultaneous,
    ),
    Deliberate(
        "writing what can only be read below /simultaneous is refused with -95 on any path",
        "3.2p4 throws the answers of the buses away if the path names none of them",
        "0.1.0",
        _is_write_to_read_only_simultaneous,
    ),
    Deliberate(
        "/thermostat without /bus.N is on the first bus, and not an address in use or no device",
        "these errors come from the lock of an address that the thermostat does not have",
        "0.1.0",
        _is_thermostat_without_bus,
    ),
    Deliberate(
        "nan, inf and what does not fit into a signed byte of degrees are no alarm limits",
        "3.2p4 writes another limit to the chip, 0 or 256 degrees off, and reports success",
        "0.1.0",
        _is_no_limit,
    ),
    Deliberate(
        "an alias that no path could lead to is refused",
        "3.2p4 takes addresses, words with a meaning, and known words in capitals; it lists them,"
        " but finds something else, or nothing, under them",
        "0.1.0",
        _is_alias_out_of_reach,
    ),
    Deliberate(
        "writing an alarm limit leaves the resolution in the EEPROM alone",
        "3.2p4 stores the one that was set for the last reading along with the limit",
        "0.1.0",
        _is_resolution_stored_by_a_limit,
    ),
    Deliberate(
        "a value of which only a part was asked for is whole when asked for again",
        "3.2p4 keeps the part in its cache and gives it for the whole",
        "0.1.0",
        _is_cached_part,
    ),
    Deliberate(
        "nine zeros for a scratchpad are an error",
        "they have a good CRC, but come from a line that is held low; 3.2p4 answers 0 degrees",
        "0.1.0",
        _is_line_held_low,
    ),
    Deliberate(
        "/simultaneous/temperature feeds parasitically powered chips",
        "3.2p4 asks for their way of power without a ROM command, and takes the silence for"
        " external power: they lose power and hold 85 degrees",
        "0.1.0",
        _is_unfed_conversion,
    ),
    Deliberate(
        "/system/configuration tells which kinds of adapters and of announcing there are here",
        "3.2p4 tells what it was built with; that is not what this program has",
        "0.1.0",
        _is_ability,
    ),
    Deliberate(
        "a part of all elements of an array is refused with -90",
        "3.2p4 cuts a part out of every element and joins these",
        "0.1.0",
        _is_part_of_an_aggregate,
    ),
    Deliberate(
        "a setting that only another kind of adapter has is not supported (-95)",
        "3.2p4 reads it out of memory in which this kind of adapter keeps something else",
        "0.1.0",
        _is_setting_of_another_adapter,
    ),
)


_PRESENT = re.compile(rb"/present\0?\Z")
_ONLY_ON_CHIP = re.compile(
    rb"/12\.[0-9A-F]{12}/TAI8570/C\.ALL\Z|/ED\.[0-9A-F]{12}/\w+_(ports|channels)\Z"
)
_THRESHOLDS_OF_CHANNELS = re.compile(rb"/EDS008\d/threshold/\w+\.ALL\Z")
_VIBRATION = re.compile(rb"/EDS0070/threshold/vib_(hi|low)\Z")
_BRANCH_UNCACHED = re.compile(rb"/(main|aux)/uncached(/alarm)?\Z")
_ADDRESS = re.compile(r"(?i)[0-9A-F]{2}\.?[0-9A-F]{12}")


def _is_computed_presence(request: Request, theirs: Answer, ours: Answer) -> bool:
    return _PRESENT.search(request.path) is not None and (theirs.text, ours.text) == (b"0", b"1")


def _is_beyond_memory(request: Request, theirs: Answer, ours: Answer) -> bool:
    address = _ADDRESS.search(request.path.decode(errors="replace"))
    if request.offset <= 0 or address is None or len(theirs.text) != len(ours.text):
        return False
    rom = RomId.parse(address[0])
    start = request.offset % (2 * len(rom))
    patterns = (rom.hex().upper().encode(), bytes(rom))
    return any((p * len(ours.text) * 2)[start:].startswith(ours.text) for p in patterns)


def _is_blank_in_name(request: Request, theirs: Answer, ours: Answer) -> bool:
    named = request.path.strip().endswith(b"/EDS0067/threshold/light_hi")
    return named and BAD_PATH in (theirs.ret, ours.ret)


def _is_unknown_here(request: Request, theirs: Answer, ours: Answer) -> bool:
    return _ONLY_ON_CHIP.search(request.path) is not None and ours.ret == INVALID


def _is_offset_into_aggregate(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.path.endswith(b".ALL") and request.offset > 0 and (ours.ret or 0) >= 0


def _is_alarm_of_branch(request: Request, theirs: Answer, ours: Answer) -> bool:
    if _BRANCH_UNCACHED.search(request.path) is None:
        return False
    if request.path.endswith(b"/alarm"):
        return theirs.ret == BAD_PATH and ours.ret != BAD_PATH
    return ours.entries == [*theirs.entries, request.path + b"/alarm"]


def _is_threshold_of_no_channel(request: Request, theirs: Answer, ours: Answer) -> bool:
    return _THRESHOLDS_OF_CHANNELS.search(request.path) is not None


def _is_vibration_in_degrees(request: Request, theirs: Answer, ours: Answer) -> bool:
    return _VIBRATION.search(request.path) is not None


def _is_character_in_hex(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.type == WRITE and b"/LCD_H/redefchar_hex." in request.path


def _is_supply_of_co2_sensor(request: Request, theirs: Answer, ours: Answer) -> bool:
    return request.path.endswith(b"/CO2/Vdd")


DIFFERENCES_OF_SIMULATED_BUSES = (
    Deliberate(
        "CO2/Vdd is a voltage",
        "3.2p4 takes it for yes or no, which is not enough to tell one",
        "0.1.0",
        _is_supply_of_co2_sensor,
    ),
    Deliberate(
        "LCD_H/redefchar_hex takes sixteen hex digits for a character",
        "3.2p4 cuts them to eight, half a character, which no display takes",
        "0.1.0",
        _is_character_in_hex,
    ),
    Deliberate(
        "`present` of a simulated device is 1",
        "3.2p4 computes it from the address like any other value",
        "0.1.0",
        _is_computed_presence,
    ),
    Deliberate(
        "the end of a simulated text or binary is what the whole has there",
        "3.2p4 adds bytes of memory that it never wrote to",
        "0.1.0",
        _is_beyond_memory,
    ),
    Deliberate(
        "EDS0067/threshold/light_hi has no blanks in its name",
        "3.2p4 has two at the end, which nobody can guess",
        "0.1.0",
        _is_blank_in_name,
    ),
    Deliberate(
        "an EDS008x has as many thresholds as channels",
        "3.2p4 has twice as many; half of them are other registers of the chip",
        "0.1.0",
        _is_threshold_of_no_channel,
    ),
    Deliberate(
        "thresholds of the vibration of an EDS0070 are plain numbers",
        "3.2p4 takes them for temperatures, and shows them in the client's scale",
        "0.1.0",
        _is_vibration_in_degrees,
    ),
    Deliberate(
        "what only the memory of a chip could tell is -22 on a simulated one",
        "3.2p4 answers that the device is gone (-2), or 0 as if it had read that",
        "0.1.0",
        _is_unknown_here,
    ),
    Deliberate(
        "what is in alarm on a branch is found behind /uncached as well",
        "3.2p4 wants `alarm` to follow the branch at once; in the root it may follow /uncached",
        "0.1.0",
        _is_alarm_of_branch,
    ),
    Deliberate(
        "the offset into all elements of an array counts from the beginning of the text",
        "3.2p4 answers zeros, or nothing",
        "0.1.0",
        _is_offset_into_aggregate,
    ),
)
"""Those that only a bus of --tester, --fake or --mock shows."""


def explanation(
    request: Request,
    theirs: Answer,
    ours: Answer,
    table: Iterable[Deliberate] = DELIBERATE_DIFFERENCES,
) -> Deliberate | None:
    """The line of the table that explains a difference, if one does."""
    for line in table:
        if line.explains(request, theirs, ours):
            return line
    return None
