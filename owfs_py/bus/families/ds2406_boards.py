"""What others have built around a DS2406: the barometer TAI8570 on a pair, the voltmeter T8A.

Sources: data sheets MS5534 (calibration words), TAI8570.
"""

from __future__ import annotations

from owfs_py.bus.families.notation import (
    HIDDEN,
    LINKED,
    STABLE,
    STATIC,
    TOGETHER,
    celsius,
    on_model,
    pressure,
    real,
    text,
    under,
    unsigned,
)

T8A_CHANNELS = 8
CALIBRATION_WORDS = 6  # C1 ... C6 of the MS5534

_READINGS = (celsius("temperature", LINKED), pressure("pressure", LINKED))

TAI8570 = under(
    "TAI8570",
    text("sibling", 16, STABLE),
    *_READINGS,
    *under("DA5534", *_READINGS),
    *under("DA5540", *_READINGS),
    unsigned("C", STATIC, elements=CALIBRATION_WORDS, fetch=TOGETHER, visible=HIDDEN),
    unsigned("D1", visible=HIDDEN),
    unsigned("D2", visible=HIDDEN),
)

T8A = (real("T8A/volt", elements=T8A_CHANNELS, visible=on_model("T8A")),)
