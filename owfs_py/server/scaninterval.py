"""What `scan` and `scan:SECONDS` mean, as the value of an option that looks for adapters again and
again. Who looks, and how, is the options' own.
"""

from __future__ import annotations

SCAN = "scan"


def scan_interval(value: str, default: float) -> float | None:
    """How often to look, in seconds; None for a value that means something else.

    Case does not matter. Raises ValueError for scan:SOMETHING that is no whole number from 1 on.
    """
    word, colon, seconds = value.partition(":")
    if word.lower() != SCAN:
        return None
    if not colon:
        return default
    if not seconds.isascii() or not seconds.isdecimal() or not int(seconds):
        raise ValueError(f"{value} wants whole seconds, at least 1")
    return float(seconds)
