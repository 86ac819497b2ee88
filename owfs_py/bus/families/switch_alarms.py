"""`set_alarm` of DS2408 and DS28E04: which channels alarm, as decimal digits. No registers here.

From left to right the source, then each channel, the last one first. The digit of a channel is 2 if
it is selected, plus 1 if a high one counts.
"""

from __future__ import annotations

from owfs_py.bus.properties import bits_to_number

SOURCE = 0x03
"""The bits of a control register that are the source."""


def alarm_number(select: int, polarity: int, control: int, channels: int) -> int:
    """The digits of so many channels from what the registers hold."""
    number = control & SOURCE
    for n in reversed(range(channels)):
        number = number * 10 + 2 * (select >> n & 1) + (polarity >> n & 1)
    return number


def alarm_settings(number: int, channels: int) -> tuple[int, int, int]:
    """What these digits put into the selection and polarity registers, and the source."""
    digits = [number // 10**n % 10 for n in range(channels + 1)]
    select = bits_to_number(digit >> 1 for digit in digits[:channels])
    return select, bits_to_number(digits[:channels]), digits[channels] & SOURCE
