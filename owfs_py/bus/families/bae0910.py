"""The automation engines BAE0910 and BAE0911 of Pascal Baerten (FC).

Source: the maker's register maps.
"""

from collections.abc import Iterable

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    BY_NUMBER,
    HIDDEN,
    LINKED,
    PAGE,
    READ_STABLE,
    SECOND,
    STABLE,
    VOLATILE,
    binary,
    date,
    on_model,
    text,
    under,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Change, Property

EEPROM_PAGES = 32  # room for more than any model has
EEPROM_PAGE_SIZE = 512
SECTOR_SIZE = 512
TEXT_SIZE = 255
PINS = 22
PINS_WITH_PULL_DOWN = 8
COUNTERS = 18
COUNTERS_WITH_ENCODER = (0, 5, 8, 9, 16, 17)
COUNTDOWNS = 32

_910 = on_model("910")
_911 = on_model("911")
_910_OR_911 = on_model("910", "911")
_GENERIC = on_model("generic")


def _registers(names: str, change: Change = VOLATILE, access: str = "rw") -> Iterable[Property]:
    return (unsigned(name, change, access) for name in names.split())


def _switches(names: str) -> Iterable[Property]:
    return (yesno(name, VOLATILE, "rw") for name in names.split())


ANY = (
    binary("command", 255, STABLE, "wo"),
    text("version", 5, LINKED),
    unsigned("device_version", LINKED),
    unsigned("bootstrap_version", LINKED),
    text("localtype", 5, LINKED),
    unsigned("device_type", LINKED),
    unsigned("chip_type", LINKED),
    unsigned("versionstate", visible=HIDDEN),
    unsigned("typestate", visible=HIDDEN),
    binary("firmware/function", 16384, STABLE, "wo"),
    binary("generic/memory", 128, LINKED, "rw", partial=True, visible=_GENERIC),
)

EEPROM = under(
    "eeprom",
    binary(
        "page", EEPROM_PAGE_SIZE, PAGE, "rw",
        elements=EEPROM_PAGES, partial=True, visible=_910_OR_911,
    ),
    yesno("erase", LINKED, "wo", elements=EEPROM_PAGES, visible=_910_OR_911),
    unsigned("pagecrc", VOLATILE, "rw", visible=_911),
)  # fmt: skip

BAE0910 = under(
    "910",
    *_registers("adcc cntc outc pioc alarmc rtcc tpm1c tpm2c", READ_STABLE),
    *_registers("period1 period2 duty1 duty2 duty3 duty4 out", READ_STABLE),
    *_registers("alap alan alcps alct", READ_STABLE),
    *_registers("cps", READ_STABLE, "ro"),
    *_registers("adcap adcan adc cnt adc10", VOLATILE, "ro"),
    *_registers("maxap maxan adctotp adctotn count pio alarm pc0 pc1 pc2 pc3"),
    *_registers("resetcnt selectcnt stalledcnt ovruncnt maxcps"),
    *(unsigned(f"user{letter}", VOLATILE, "rw") for letter in "abcdefghijklmnop"),
    unsigned("udate", SECOND, "rw"),
    date("date", LINKED, "rw"),
    visible=_910,
)

_PWM = tuple(_registers("ref_clock period mode_ch0 mode_ch1 duty_ch0 duty_ch1"))

BAE0911 = under(
    "911",
    *under(
        "system",
        unsigned("poweronflags", READ_STABLE),
        unsigned("watchdog1w", READ_STABLE, "rw"),
        unsigned("owidletime", VOLATILE, "rw"),
    ),
    *under(
        "automation_engine",
        unsigned("pc0", VOLATILE, "rw"),
        unsigned("global_mem", VOLATILE, "rw", elements=64),
        unsigned("global_memory", VOLATILE, "rw", array=BY_NUMBER),
    ),
    *under(
        "pio",
        *(
            yesno(name, VOLATILE, "rw", elements=PINS)
            for name in ("pio", "direction", "strength", "pull_enable")
        ),
        yesno("pull_down", VOLATILE, "rw", elements=PINS_WITH_PULL_DOWN),
    ),
    *under(
        "alarm",
        yesno("latch", VOLATILE, "rw", elements=PINS),
        yesno("enable_latch", VOLATILE, "rw", elements=PINS),
        yesno("clear_latchs", VOLATILE, "rw"),
        *_registers("enable_global userbits userbits_enable"),
    ),
    *under(
        "counters",
        unsigned("count", VOLATILE, "rw", elements=COUNTERS),
        yesno("enable_counter", VOLATILE, "rw", elements=COUNTERS),
        *(yesno(f"enable_encoder{n}", VOLATILE, "rw") for n in COUNTERS_WITH_ENCODER),
    ),
    *under(
        "timers",
        unsigned("countdown", VOLATILE, "rw", elements=COUNTDOWNS),
        *_registers("countdown_number clock"),
        unsigned("random"),
    ),
    *under(
        "user_registers",
        unsigned("byte", VOLATILE, "rw", elements=16),
        unsigned("word", VOLATILE, "rw", elements=16),
        unsigned("dword", VOLATILE, "rw", elements=8),
    ),
    *under(
        "analog",
        unsigned("adc", elements=16),
        yesno("adc_enable", VOLATILE, "rw"),
        *under(
            "comparator",
            *_switches("acmp_enable internal_ref changed out_enable"),
            yesno("out_state"),
        ),
    ),
    *under("pwm1", *_PWM),
    *under("pwm2", *_PWM),
    *under("iic", *_registers("init cat9554/pio cat9554/direction")),
    *under("lcd", *_registers("init"), text("text", TEXT_SIZE, VOLATILE, "wo")),
    *under(
        "serial",
        *_registers("baud_divisor scic"),
        text("dataout", TEXT_SIZE, VOLATILE, "wo"),
    ),
    *under(
        "sdcard",
        *_registers("init"),
        unsigned("sector_nr", STABLE, "rw"),
        binary("sector_data", SECTOR_SIZE, STABLE, "rw"),
    ),
    visible=_911,
)

FAMILIES = (
    Family.make(
        0xFC,
        "BAE",
        Feature.ALARM | Feature.RESUME,
        (*ANY, *EEPROM, *BAE0910, *BAE0911),
        also=("BAE0910", "BAE0911"),
        always_listed=frozenset(("eeprom",)),
    ),
)
