"""The lines of tests/deliberate_differences.py for the keys 02 and 82.

Only tests/interop/test_real_chips_keys.py, which has these chips on a bus, meets them; each of
its tests says which.
"""

from __future__ import annotations

from tests.deliberate_differences import INVALID, Deliberate, when
from tests.interop.differential import READ, WRITE

SINCE = "0.1.0"
SUBKEY = r"/[08]2\.\w+/subkey\d/"

NO_PASSWORD = Deliberate(
    "an index that is no password in hex digits is refused where a password is needed",
    "3.2p4 makes some password of any characters",
    SINCE,
    when(READ, SUBKEY + r"secure_data\.zz", theirs=0, ours=INVALID),
)
WRONG_PASSWORD = Deliberate(
    "writing with a wrong password is -22",
    "the chip does not tell, but gives random bytes when it is asked for what was written; 3.2p4"
    " does not ask",
    SINCE,
    when(WRITE, SUBKEY + r"(id|secure_data|password)\.\w+", theirs=0, ours=INVALID),
)
NAME = Deliberate(
    "a name is what was written",
    "3.2p4 copies the scratchpad before it fills it: the name becomes what was written before",
    SINCE,
    when(READ, SUBKEY + r"id\.\w+", theirs=0, ours=0),
)
SECRET_AFTER = Deliberate(
    "a changed password opens the secret",
    "3.2p4 fills the wrong place of the scratchpad, and the password becomes zeros",
    SINCE,
    when(READ, SUBKEY + r"secure_data\.\w+", theirs=0, ours=0),
)
