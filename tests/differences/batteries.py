"""The lines of tests/deliberate_differences.py for battery chips (2E 30 31 32 35 36 3D 51).

Only tests/interop/test_real_chips_batteries.py and test_real_chips_weather.py, which have these
chips on a bus, meet them; each of their tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, NOT_SUPPORTED, Deliberate, when
from tests.interop.differential import READ, WRITE, Answer, Request

SINCE = "0.1.0"
OUT_OF_RANGE, GONE = -34, -2
ERROR_OF_FITS = 0.5
"""°C by which 3.2p4's polynomials miss NIST's."""
ERROR_OF_FITS_OF_TYPE_B = 2.2
COUNTERS = r"/(volthours|amphours|timer)"


def _is_fit(request: Request, theirs: Answer, ours: Answer) -> bool:
    junction = when(READ, r"/type\w/temperature", theirs=0, ours=0)
    if not junction(request, theirs, ours):
        return False
    error = ERROR_OF_FITS_OF_TYPE_B if b"/typeB/" in request.path else ERROR_OF_FITS
    return abs(float(theirs.text) - float(ours.text)) <= error


def _is_nothing_for_a_page(request: Request, theirs: Answer, ours: Answer) -> bool:
    page = when(READ, r"/pages/page\.(\d|ALL)", theirs=0, ours=0)
    return page(request, theirs, ours) and theirs.text == b"" != ours.text


THERMOCOUPLE = Deliberate(
    "thermocouples are those of NIST",
    "3.2p4 has fits of its own, which miss some tenths of a degree",
    SINCE,
    _is_fit,
)
NO_TEMPERATURE = Deliberate(
    "a voltage that no thermocouple of the type gives is no temperature",
    "3.2p4 follows its polynomials beyond their ends",
    SINCE,
    when(READ, r"/type\w/temperature", theirs=0, ours=OUT_OF_RANGE),
)
PAGE = Deliberate(
    "pages can be read under /uncached and with an offset",
    "3.2p4 reads them and answers no bytes",
    SINCE,
    _is_nothing_for_a_page,
)
DS2770 = Deliberate(
    "a DS2770 tells its current and its bias",
    "3.2p4 looks for it under the family code 28, finds none, and answers 0",
    SINCE,
    when(READ, r"/2E\.\w+/(vis|current|vbias|currentbias|type\w/temperature)", theirs=0, ours=0),
)
BIAS_OF_DS2770 = Deliberate(
    "a bias that a DS2770 cannot hold is refused",
    "3.2p4 writes none at all, and reports success",
    SINCE,
    when(WRITE, r"/2E\.\w+/(vbias|currentbias)", theirs=0, ours=OUT_OF_RANGE),
)
BIAS_OF_DS2781 = Deliberate(
    "the bias of a DS2781 can be written",
    "3.2p4 sends nothing and reports success",
    SINCE,
    when(READ, r"/3D\.\w+/vbias", theirs=0, ours=0),
)
LARGE_BIAS_OF_DS2781 = Deliberate(
    "a bias that a DS2781 cannot hold is refused",
    "3.2p4 sends nothing and reports success",
    SINCE,
    when(WRITE, r"/3D\.\w+/vbias", theirs=0, ours=OUT_OF_RANGE),
)
ACTIVE_EMPTY = Deliberate(
    "aef of a DS2781 is the active empty flag",
    "3.2p4 shows its learn flag",
    SINCE,
    when(READ, r"/3D\.\w+/aef", theirs=0, ours=0),
)
POWER_ON = Deliberate(
    "por of a DS2755 is its power-on flag",
    "3.2p4 shows bit 0 of the register, with which one freezes a sample of the current",
    SINCE,
    when(READ, r"/35\.\w+/por", theirs=0, ours=0),
)
UNSIGNED = Deliberate(
    "the counter of a fuel gauge and the timer of a DS2770 are never negative",
    "3.2p4 takes their upper bit for a sign",
    SINCE,
    when(READ, r"/(32|3D|2E)\.\w+/(volthours|timer)", theirs=0, ours=0),
)
TOO_LARGE = Deliberate(
    "what a counter or timer cannot hold is refused",
    "3.2p4 stores the lower 16 bits and reports success",
    SINCE,
    when(WRITE, COUNTERS, theirs=0, ours=OUT_OF_RANGE),
)
READ_ONLY_BIT = Deliberate(
    "a flag that the chip does not let be changed is reported",
    "3.2p4 does not look what became of it",
    SINCE,
    when(WRITE, r"/[a-z]+\d?", theirs=0, ours=INVALID),
)
SENSED = Deliberate(
    "sensed is read anew when the pin was switched",
    "3.2p4 goes on answering what it was before, until it leaves the cache",
    SINCE,
    when(READ, r"/sensed", theirs=0, ours=0),
)
NO_MEMORY = Deliberate(
    "bytes written where a chip has no memory are reported",
    "3.2p4 does not look what became of them",
    SINCE,
    when(WRITE, r"/(memory|pages/page\.\d)", theirs=0, ours=INVALID),
)
LOCKED = Deliberate(
    "a block that was locked is locked",
    "3.2p4 writes the command for it into a register, and others beside it",
    SINCE,
    when(READ, r"/lock\.(\d|ALL)", theirs=0, ours=0),
)
UNLOCKING = Deliberate(
    "a locked block cannot be unlocked",
    "3.2p4 locks nothing, and reports success for yes and no",
    SINCE,
    when(WRITE, r"/lock\.(\d|ALL)", theirs=0, ours=INVALID),
)
SWITCHED_OFF = Deliberate(
    "reading leaves a battery switched off that was switched off",
    "3.2p4 recalls the EEPROM first, which resets the switches of a protector",
    SINCE,
    when(READ, r"/(30|31)\.\w+/(ce|de)", theirs=0, ours=0),
)
WEATHER = Deliberate(
    "every answer of a weather head counts",
    "3.2p4 takes its sum for a signed number, and refuses each from 80 on",
    SINCE,
    when(READ, r"/WS603/[\w/]+", theirs=INVALID, ours=0),
)
CALIBRATION = Deliberate(
    "the calibration of a weather head is read anew when it was set",
    "3.2p4 goes on answering what it was before, for five minutes",
    SINCE,
    when(READ, r"/WS603/calibration/\w+", theirs=0, ours=0),
)
NO_BYTE = Deliberate(
    "a weather head is told bytes only",
    "3.2p4 sends the lower 8 bits",
    SINCE,
    when(WRITE, r"/WS603/(calibration/\w+|LED/control\.ALL)", theirs=0, ours=OUT_OF_RANGE),
)
ONE_LIGHT = Deliberate(
    "one element of what can only be written whole is not supported",
    "3.2p4 answers that the device is gone",
    SINCE,
    when(WRITE, r"/WS603/LED/control\.\d", theirs=GONE, ours=NOT_SUPPORTED),
)
