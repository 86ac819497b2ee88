"""The emulated sensors of CMCIEL."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc8
from owfs_py.emulator.cmciel import MAM001, MCM001, MDI001, MRS001, Cmciel
from tests.emulator.chipbench import ChipBench


@pytest.mark.parametrize("kind", [MRS001, MCM001, MDI001, MAM001])
def test_the_reading_has_a_crc_of_its_own(kind: type[Cmciel]) -> None:
    bench = ChipBench(kind)
    bench.chip.reading = 0xA1B2
    answer = bench.ask("be", 3)
    assert answer[:2].hex() == "b2a1"
    assert crc8(answer) == 0
    assert bench.chip.rom.family == kind.families[0]


def test_a_crc_can_be_wrong() -> None:
    bench = ChipBench(MRS001)
    bench.chip.spoiled_crcs = 1
    assert crc8(bench.ask("be", 3)) != 0
    assert crc8(bench.ask("be", 3)) == 0


def test_other_commands_are_not_answered() -> None:
    assert ChipBench(MDI001).ask("f0", 3) == b"\xff" * 3
