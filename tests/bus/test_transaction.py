"""Transactions: which operations of a bus master they become."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from owfs_py.bus.branches import TRUNK, Branch, Coupler, Side
from owfs_py.bus.errors import CrcError
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.rom import RomId
from owfs_py.bus.statistics import BusCounts
from owfs_py.bus.transaction import (
    Check,
    Exchange,
    Power,
    ProgramPulse,
    Select,
    Step,
    Transaction,
    Wait,
    execute,
)
from owfs_py.emulator.ds2409 import DS2409
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

READ_SCRATCHPAD, CONVERT_T = b"\xbe", b"\x44"
SCRATCHPAD = Exchange(READ_SCRATCHPAD, read=9, check=Check.CRC8)


class Recording(BusMaster):
    """A thermometer and a coupler on a wire, without any adapter; notes what it is asked for."""

    name, version = "Recording", 0

    def __init__(self) -> None:
        super().__init__("recording", VirtualClock())
        self.wire = Wire(self.clock)
        self.chip = DS18B20(RomId.make(0x28, bytes(6)))
        self.coupler = DS2409(RomId.make(0x1F, bytes(6)))
        self.wire.attach(self.chip)
        self.wire.attach(self.coupler)
        self.asked: list[str] = []

    def open(self) -> None: ...

    def close(self) -> None: ...

    def reset(self) -> bool:
        return self.wire.reset()

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return [self.wire.slot(bit) for bit in bits]

    def exchange(self, data: bytes) -> bytes:
        self.asked.append("exchange")
        return super().exchange(data)

    def reset_exchange(self, data: bytes) -> bytes | None:
        self.asked.append("reset_exchange")
        return super().exchange(data) if self.reset() else None

    def transact(self, data: bytes) -> bytes | None:
        self.asked.append("transact")
        return super().exchange(data) if self.reset() else None

    def power_byte(self, byte: int, seconds: float) -> int:
        self.asked.append("power_byte")
        return super().exchange(bytes([byte]))[0]

    def program_pulse(self) -> None:
        self.asked.append("program_pulse")


@pytest.fixture
def master() -> Recording:
    return Recording()


def run(master: Recording, *steps: Step, branch: Branch = TRUNK, resume: bool = False) -> list[str]:
    """The operations that these steps with the thermometer become."""
    transaction = Transaction(master.chip.rom, steps, resume=resume)
    execute(master, transaction, BusCounts(), branch)
    return master.asked


def test_a_lone_exchange_is_a_whole_transaction(master: Recording) -> None:
    assert run(master, SCRATCHPAD) == ["transact"]


def test_each_attempt_at_it_is_one(master: Recording) -> None:
    master.chip.spoiled_reads = 2
    assert run(master, SCRATCHPAD) == ["transact"] * 3
    master.chip.spoiled_reads = 3
    with pytest.raises(CrcError):
        run(master, SCRATCHPAD)


@pytest.mark.parametrize(
    ("steps", "operations"),
    [
        ((), ["reset_exchange"]),
        ((Power(CONVERT_T[0], 0.75),), ["reset_exchange", "power_byte"]),
        ((ProgramPulse(),), ["reset_exchange", "program_pulse"]),
        ((Wait(0.1),), ["reset_exchange"]),
        ((Exchange(CONVERT_T), Wait(0.1)), ["reset_exchange"]),
        ((Exchange(CONVERT_T), Exchange(b"", read=1)), ["reset_exchange", "exchange"]),
        ((SCRATCHPAD, Select(), SCRATCHPAD), ["reset_exchange", "reset_exchange"]),
    ],
)
def test_what_more_belongs_to_is_none(
    master: Recording, steps: tuple[Step, ...], operations: list[str]
) -> None:
    assert run(master, *steps) == operations


def test_what_selects_once_more_by_resume_is_none(master: Recording) -> None:
    steps = (Exchange(CONVERT_T), Select(), Exchange(b""))
    assert run(master, *steps, resume=True) == ["reset_exchange", "reset_exchange"]


def test_the_way_to_a_branch_is_none(master: Recording) -> None:
    branch = (Coupler(master.coupler.rom, Side.MAIN),)
    assert run(master, Exchange(b"\xff"), branch=branch) == ["reset_exchange"]
