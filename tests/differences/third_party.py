"""The lines of tests/deliberate_differences.py for sensors of small makers (7E A0 A2 A5 B2).

Only tests/interop/test_real_chips_eds*.py and test_real_chips_cmciel.py, which have these chips
on a bus, meet them; each of their tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import BAD_PATH, INVALID, Deliberate, when
from tests.interop.differential import DIRALL, READ, WRITE, Answer, Request

SINCE = "0.1.0"
SIGN_EXTENSION = 0xFFFF0000
METERS = r"/EDS008\d"


def _is_sign_of_a_word(request: Request, theirs: Answer, ours: Answer) -> bool:
    word = when(READ, r"/(alarm/state|set_alarm/alarm_function|EDS0070/vib_\w+)", theirs=0, ours=0)
    return word(request, theirs, ours) and int(theirs.text) == int(ours.text) | SIGN_EXTENSION


WORDS = Deliberate(
    "a register of 16 bits is an unsigned number",
    "3.2p4 takes it for a signed one, and shows that with 32 bits",
    SINCE,
    _is_sign_of_a_word,
)
TEMPERATURE_ALARM = Deliberate(
    "alarm/temp_hi of EDS0065 and EDS0068 is in the register of their alarms",
    "3.2p4 reads that of the EDS0071, where these models have something else",
    SINCE,
    when(READ, r"/EDS006[58]/alarm/temp_hi", theirs=0, ours=0),
)
NAME_OF_LIGHT_HI = Deliberate(
    "EDS0067/threshold/light_hi is known without the blank at its end, too",
    "it is in 3.2p4's name by mistake",
    SINCE,
    when(READ, r"/EDS0067/threshold/light_hi", theirs=BAD_PATH, ours=0),
)
LIGHT = Deliberate(
    "limits of light are written with all their three bytes",
    "3.2p4 writes two, and leaves the third one to chance",
    SINCE,
    when(READ, r"/threshold/light_(hi |low)", theirs=0, ours=0),
)
VIBRATION = Deliberate(
    "limits of vibration are two bytes each, and its minimum is behind its maximum",
    "3.2p4 reads limits that overlap, and the minimum elsewhere",
    SINCE,
    when(READ, r"/EDS0070/(threshold/vib_(hi|low)|vib_min)", theirs=0, ours=0),
)
THRESHOLDS = Deliberate(
    "a meter has as many thresholds as channels",
    "3.2p4 reads on in other registers, as many again",
    SINCE,
    when(READ, METERS + r"/threshold/\w+\.ALL", theirs=0, ours=0),
)
LISTED_THRESHOLDS = Deliberate(
    "a meter lists as many thresholds as channels",
    "3.2p4 has twice as many",
    SINCE,
    when(DIRALL, METERS + r"/threshold", theirs=0, ours=0),
)
NO_THRESHOLD = Deliberate(
    "what is no threshold of a channel is none",
    "3.2p4 reads another register for it",
    SINCE,
    when(READ, METERS + r"/threshold/\w+\.\d+", theirs=0, ours=BAD_PATH),
)
WRITTEN_THRESHOLDS = Deliberate(
    "all thresholds of a meter are one for each channel",
    "3.2p4 wants twice as many",
    SINCE,
    when(WRITE, METERS + r"/threshold/\w+\.ALL", theirs=INVALID, ours=0),
)
CHANNEL_ALARMS = Deliberate(
    "an EDS0090 has two alarm bits for each channel, in words",
    "3.2p4 takes neighbouring bits, or one bit, for eight channels",
    SINCE,
    when(READ, r"/EDS0090/(set_)?alarm/((hi|low)\.\w+|alarm_function)", theirs=0, ours=0),
)
OUT_OF_RANGE = Deliberate(
    "a number that does not fit into its register is refused",
    "3.2p4 stores some of its bits and reports success",
    SINCE,
    when(WRITE, r"/EDS00\d\d/[\w/]+ ?(\.\d+)?", theirs=0, ours=INVALID),
)
READ_ONLY = Deliberate(
    "writing where the chip takes nothing is reported",
    "3.2p4 does not look whether the memory has what it wrote",
    SINCE,
    when(WRITE, r"/memory", theirs=0, ours=INVALID),
)
OTHERS_FLAG = Deliberate(
    "setting a flag leaves the others as they are in the chip",
    "3.2p4 writes them as they were when it last looked",
    SINCE,
    when(READ, r"/EDS0064/set_alarm/alarm_function", theirs=0, ours=0),
)
CMCIEL = Deliberate(
    "the sensors of CMCIEL can be read",
    "3.2p4 sends two bytes where it should receive them",
    SINCE,
    when(READ, r"/(A0|A2|A5|B2)\.\w+/\w+(\.\w+)?", ours=0),
)
