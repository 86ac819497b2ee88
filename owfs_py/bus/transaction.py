"""What crosses to a bus in one go: select, write, read, check, power, wait, and the retry.

A transaction is data: it can be compared, logged and executed by any bus master. `execute` is
the one place that turns it into a bus master's operations; it blocks and knows no event loop.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from owfs_py._crc import crc8, crc16
from owfs_py.bus.branches import MATCH_ROM, SKIP_ROM, TRUNK, Branch, select
from owfs_py.bus.errors import (
    CommunicationError,
    CrcError,
    NoPresenceError,
    OneWireError,
    VerifyError,
)
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import ATTEMPTS, BusCounts

READ_ROM = 0x33
"""ROM command: DS18B20 data sheet."""
RESUME = 0xA5
"""Selects whoever was selected last, in chips that have it (DS2431 data sheet)."""

CRC16_GOOD = 0xB001
"""CRC-16 over data and its two inverted CRC bytes (Maxim application note 27)."""


class Check(enum.Enum):
    """How an answer proves itself."""

    NONE = enum.auto()
    CRC8 = enum.auto()  # over the bytes read, the last of which is the CRC
    CRC16 = enum.auto()  # over the bytes written and read; the last two are the inverted CRC
    COMPLEMENT = enum.auto()  # in each byte read the upper four bits are those below, inverted


class Exchange(NamedTuple):
    """Write bytes, whose echo must match, then read `read` bytes and check them."""

    write: bytes
    read: int = 0
    check: Check = Check.NONE
    expect: bytes | None = None
    """What the bytes read must begin with (verify after write)."""
    covers: bytes | None = None
    """What the CRC-16 covers beside the bytes read, if that is not `write`."""
    seed: int = 0
    """What was in the chip's CRC-16 generator before, if it was not cleared."""
    plausible: Callable[[bytes], bool] | None = None
    """Whether the bytes read can be true, for what comes without a CRC."""
    echo: bool = True
    """False: the chip answers within `write`, too, and what comes back for it counts as read."""


class Power(NamedTuple):
    """Write one byte, then feed the line strongly for so many seconds; nobody may talk."""

    byte: int
    seconds: float


class ProgramPulse(NamedTuple):
    """The 12 V pulse of an EPROM."""


class Wait(NamedTuple):
    """Leave the line alone for so many seconds without giving the bus away."""

    seconds: float


class Select(NamedTuple):
    """Reset and select the device once more, without giving the bus away."""


Step = Exchange | Power | ProgramPulse | Wait | Select


@dataclass(frozen=True, slots=True)
class Transaction:
    """Select `rom` (None: everybody, by Skip ROM), then do `steps` in order.

    `attempts` bounds how often the whole of it is tried when an echo or CRC is wrong; anything
    that must not be repeated says 1.
    """

    rom: RomId | None
    steps: tuple[Step, ...]
    attempts: int = 3
    writing: bool = False
    """Somebody writes a property by this; only the statistics ask."""
    head: bytes | None = None
    """What is sent in place of the ROM command, where a chip wants something else."""
    resume: bool = False
    """The chip can be selected once more by Resume, eight slots instead of seventy-two."""
    overdrive: bool = False
    """The chip understands overdrive speed, too; whether to use it is overdrive.py's matter."""


class Selection(NamedTuple):
    """How the devices that are meant are brought to listen."""

    branch: Branch
    head: bytes
    """The ROM command."""
    rom: RomId | None
    whole: bool = False
    """What travels with it is all there is: nothing builds on it."""


def execute(
    master: BusMaster, transaction: Transaction, counts: BusCounts, branch: Branch = TRUNK
) -> list[bytes]:
    """Run `transaction` on `branch`; the bytes read by each step that reads, in order.

    Raises NoPresenceError if nobody is on the bus, CommunicationError (CrcError, VerifyError) if
    the last attempt failed, BusError if the bus master did; that is never retried here.
    """
    addressed = transaction.rom is not None and transaction.head is None
    for number in range(1, transaction.attempts + 1):
        try:
            # What went wrong may have been that the chip forgot being selected.
            resume = transaction.resume and number == 1 and not branch and addressed
            return attempt(master, transaction, counts, branch, resume=resume)
        except CommunicationError:
            if number == transaction.attempts:
                raise
            repeats = counts.write_repeats if transaction.writing else counts.read_repeats
            repeats[min(number, ATTEMPTS - 1)] += 1
    raise AssertionError("a transaction has at least one attempt")


def attempt(
    master: BusMaster,
    transaction: Transaction,
    counts: BusCounts,
    branch: Branch,
    *,
    resume: bool = False,
) -> list[bytes]:
    """Run `transaction` once, as `execute` does, at the speed that the bus master has.

    `resume`: each Select after the first selection is a Resume.
    """
    rom = transaction.rom
    head = transaction.head
    if head is None:
        head = bytes([SKIP_ROM]) if rom is None else bytes([MATCH_ROM]) + rom
    lone = len(transaction.steps) == 1 and isinstance(transaction.steps[0], Exchange)
    selection = Selection(branch, head, rom, whole=lone and not branch)
    results: list[bytes] = []
    selecting = True
    for step in transaction.steps:
        if isinstance(step, Exchange):
            # A selection travels with the bytes that follow it: one round trip to the adapter.
            results += _exchange(master, selection if selecting else None, step, rom, counts)
            selecting = False
            continue
        if selecting:
            _select(master, selection, counts)
        selecting = isinstance(step, Select)
        if selecting and resume:
            selection = selection._replace(head=bytes([RESUME]))
        if isinstance(step, Power):
            if master.power_byte(step.byte, step.seconds) != step.byte:
                counts.pullup_errors += 1
                raise CommunicationError(f"{rom}: echo of power byte {step.byte:02X} differs")
        elif isinstance(step, ProgramPulse):
            _program(master, counts)
        elif isinstance(step, Wait):
            master.clock.wait(step.seconds)
    if selecting:
        _select(master, selection, counts)
    return results


def _program(master: BusMaster, counts: BusCounts) -> None:
    try:
        master.program_pulse()
    except OneWireError:
        counts.program_errors += 1
        raise


def _select(master: BusMaster, selection: Selection, counts: BusCounts) -> None:
    _exchange(master, selection, Exchange(b""), selection.rom, counts)


def _exchange(
    master: BusMaster,
    selection: Selection | None,
    step: Exchange,
    rom: RomId | None,
    counts: BusCounts,
) -> list[bytes]:
    out = step.write + b"\xff" * step.read
    if selection is None:
        answer = master.exchange(out)
        start = 0
    else:
        answer = _reset_exchange(master, selection, out, counts)
        start = len(selection.head)
    data_at = start + (len(step.write) if step.echo else 0)
    if step.echo and answer[start:data_at] != step.write:
        counts.echo_errors += 1
        raise CommunicationError(
            f"{rom}: wrote {step.write.hex(' ')}, echo was {answer[start:data_at].hex(' ')}"
        )
    data = answer[data_at:]
    _check(data, step, rom, counts)
    return [data] if data else []


def _reset_exchange(
    master: BusMaster, selection: Selection, out: bytes, counts: BusCounts
) -> bytes:
    """Select and exchange `out`; what came back for the ROM command and for `out`."""
    branch, head, rom, whole = selection
    counts.resets += 1
    data = head + out
    answer = master.transact(data) if whole else select(master, branch, data)
    if answer is None:
        raise NoPresenceError(f"{master.address}: no presence pulse")
    if not answer.startswith(head):
        counts.select_errors += 1
        raise CommunicationError(f"{master.address}: echo differs while selecting {rom}")
    return answer


def _check(data: bytes, step: Exchange, rom: RomId | None, counts: BusCounts) -> None:
    if step.check is Check.CRC8:
        counts.crc8_tries += 1
        if crc8(data):
            counts.crc8_errors += 1
            raise CrcError(f"{rom}: CRC-8 of {data.hex(' ')} is wrong")
    elif step.check is Check.CRC16:
        counts.crc16_tries += 1
        covered = (step.write if step.covers is None else step.covers) + data
        if crc16(covered, step.seed) != CRC16_GOOD:
            counts.crc16_errors += 1
            raise CrcError(f"{rom}: CRC-16 of {covered.hex(' ')} is wrong")
    elif step.check is Check.COMPLEMENT and any((byte >> 4 ^ byte) & 0xF != 0xF for byte in data):
        raise CommunicationError(f"{rom}: the halves of {data.hex(' ')} are no complements")
    if step.plausible is not None and not step.plausible(data):
        raise CommunicationError(f"{rom}: cannot be: {data.hex(' ')}")
    if step.expect is not None and not data.startswith(step.expect):
        raise VerifyError(f"{rom}: expected {step.expect.hex(' ')}, read back {data.hex(' ')}")
