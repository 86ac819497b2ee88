"""The lines of tests/deliberate_differences.py for thermometers, clocks and analog chips.

Only test_real_chips_thermometers.py, _analog.py and _thermostat.py in tests/interop, which have
these chips (1B 20 24 27 2C 3B 41 42, DS1821) on a bus, meet them; each of their tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, NOT_SUPPORTED, Deliberate, when
from tests.interop.differential import READ, WRITE, Answer, Request

SINCE = "0.1.0"
BUSY = -16

# Thermometers

THERMOCOUPLE = Deliberate(
    "a thermocouple's temperature is in quarters of a degree",
    "3.2p4 takes it for 256ths, so that it answers a sixteenth of it",
    SINCE,
    when(READ, r"/3B\.\w+/thermocouple", theirs=0, ours=0),
)
MAX31826_TEMPERATURE = Deliberate(
    "the temperature of a MAX31826 is in the first two bytes of its scratchpad",
    "3.2p4 takes the next two, which are always ones",
    SINCE,
    when(READ, r"/3B\.\w+/(temperature\d*|fasttemp|latesttemp)", theirs=0, ours=0),
)
MAX31826_MEMORY = Deliberate(
    "the memory of a MAX31826 can be written",
    "3.2p4 compares the wrong bytes of what it reads back, and gives up before it copies",
    SINCE,
    when(WRITE, r"/3B\.\w+/(memory|pages/page\.\w+)", theirs=INVALID, ours=0),
)
OTHER_MODEL_READ = Deliberate(
    "what only another model of family 3B has cannot be read (-95)",
    "3.2p4 makes something up of what the chip has in these places, or fails after nine attempts",
    SINCE,
    when(
        READ,
        r"/3B\.\w+/(thermocouple|fault|\w+_\w+|temphigh|templow|memory|pages/page\.\w+)",
        ours=NOT_SUPPORTED,
    ),
)
OTHER_MODEL_WRITE = Deliberate(
    "what only another model of family 3B has cannot be written (-95)",
    "3.2p4 sends commands that the chip does not know, and reports success, or fails",
    SINCE,
    when(WRITE, r"/3B\.\w+/(temphigh|templow|memory|pages/page\.\w+)", ours=NOT_SUPPORTED),
)
FIXED_RESOLUTION = Deliberate(
    "a resolution that cannot be set cannot be set",
    "3.2p4 sends commands that the chip does not know, and reports success",
    SINCE,
    when(WRITE, r"/3B\.\w+/tempres", theirs=0, ours=INVALID),
)
NO_LIMIT = Deliberate(
    "what does not fit into a signed byte of degrees is no alarm limit",
    "3.2p4 writes another limit to the chip and reports success",
    SINCE,
    when(WRITE, r"/(3B|42)\.\w+/temp(high|low)", theirs=0, ours=INVALID),
)
OTHER_SWITCH = Deliberate(
    "writing one switch of a DS28EA00 leaves the other one as it was set",
    "3.2p4 sets it to what its pin shows, and so switches on what somebody else pulls low",
    SINCE,
    when(READ, r"/42\.\w+/(PIO|latch|sensed)\.\w+", theirs=0, ours=0),
)

# Voltages


EIGHT_BITS = Deliberate(
    "a DS2450 always converts with 16 bits; 8bit/ shows the upper ones",
    "3.2p4 sets the resolution anew whenever both are read; having lost power the chip has 8 bits,"
    " by which ours notices that",
    SINCE,
    when(
        READ, r"/20\.\w+/((8bit/)?latestvolt2?|pages/page)\.\w+|/20\.\w+/memory", theirs=0, ours=0
    ),
)
CO2_VDD = Deliberate(
    "CO2/Vdd is a voltage",
    "3.2p4 takes it for yes or no, so that it is always 1; /structure shows it as there",
    SINCE,
    when(READ, r"/20\.\w+/CO2/Vdd", theirs=0, ours=0),
)
CO2_STATUS = Deliberate(
    "CO2/status is 1 if the sensor works",
    "3.2p4 takes the yes for a number that is almost 0",
    SINCE,
    when(READ, r"/20\.\w+/CO2/status", theirs=0, ours=0),
)
VOLTAGE_LIMIT = Deliberate(
    "what is not in the range of an input is no alarm limit",
    "3.2p4 writes the lower eight bits of it to the chip and reports success",
    SINCE,
    when(WRITE, r"/20\.\w+/set_alarm/volt\w+\.\w", theirs=0, ours=INVALID),
)

# Clocks

NEGATIVE_INTERVAL = Deliberate(
    "an interval between interrupts is not negative",
    "3.2p4 takes it for one of four seconds",
    SINCE,
    when(WRITE, r"/27\.\w+/itime", theirs=0, ours=INVALID),
)
CLOCK_41 = Deliberate(
    "months of a DS1923's clock are 1 to 12, hours up to 23, days up to 31",
    "3.2p4 counts months from 0, and leaves the tens of hours and days out",
    SINCE,
    when(READ, r"/41\.\w+/clock/u?date", theirs=0, ours=0),
)
RUNNING_41 = Deliberate(
    "clock/running of a DS1923 is 1 if the clock runs",
    "3.2p4 answers, and does, the opposite",
    SINCE,
    when(READ, r"/41\.\w+/clock/running", theirs=0, ours=0),
)
ONLY_WHAT_IS_MEANT = Deliberate(
    "writing one register of a DS1923 leaves the others alone",
    "3.2p4 writes zeros up to the end of the page: sample rate, alarms, oscillator, control",
    SINCE,
    when(READ, r"/41\.\w+/(pages/page\.16|mission/\w+)", theirs=0, ours=0),
)
DELAY_41 = Deliberate(
    "a start delay has 24 bits, and no more",
    "3.2p4 reads 16 of them, and writes the lower ones of what has more",
    SINCE,
    when(READ, r"/41\.\w+/mission/delay", theirs=0, ours=0),
)
DELAY_41_TOO_LONG = Deliberate(
    DELAY_41.what,
    DELAY_41.why,
    SINCE,
    when(WRITE, r"/41\.\w+/mission/delay", theirs=0, ours=INVALID),
)
IN_MISSION_41 = Deliberate(
    "while a DS1923 is on a mission its registers cannot be written (-16)",
    "3.2p4 tries, and reports success",
    SINCE,
    when(WRITE, r"/41\.\w+/(clock/running|mission/rollover|pages/page\.16)", theirs=0, ours=BUSY),
)

# The battery chip

CYCLES = Deliberate(
    "counter/cycles of a DS2436 is its counter",
    "3.2p4 reads the scratchpad in place of the registers",
    SINCE,
    when(READ, r"/1B\.\w+/counter/cycles", theirs=0, ours=0),
)


def _is_nothing_for_something(request: Request, theirs: Answer, ours: Answer) -> bool:
    page = when(READ, r"/1B\.\w+/pages/page\.\w+", theirs=0, ours=0)
    return page(request, theirs, ours) and theirs.text == b"" != ours.text


PAGE_OF_DS2436 = Deliberate(
    "pages of a DS2436 can be read under /uncached and with an offset",
    "3.2p4 reads them and answers no bytes",
    SINCE,
    _is_nothing_for_something,
)
BEYOND_PAGE = Deliberate(
    "what is behind the bytes that a page of a DS2436 has cannot be written",
    "3.2p4 finds that out on the chip, and reports success",
    SINCE,
    when(WRITE, r"/1B\.\w+/pages/page\.\w+", theirs=0, ours=INVALID),
)

# The thermostat

NO_THERMOSTAT_LIMIT = Deliberate(
    "what does not fit into a signed byte of degrees is no limit of a thermostat",
    "3.2p4 writes another limit to the chip and reports success",
    SINCE,
    when(WRITE, r"/thermostat/temp(high|low)", theirs=0, ours=INVALID),
)
NINE_BITS = Deliberate(
    "the counter of a DS1821 has nine bits",
    "3.2p4 reads eight of them",
    SINCE,
    when(READ, r"/thermostat/temperature", theirs=0, ours=0),
)
