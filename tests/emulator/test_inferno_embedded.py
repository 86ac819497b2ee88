"""The emulated soft devices of Inferno Embedded against the lists of their commands."""

from __future__ import annotations

import pytest

from owfs_py._crc import crc8, crc16
from owfs_py.emulator.inferno_embedded import (
    MODELS,
    FirmwareUpdater,
    Inferno,
    RgbwController,
    SwitchMaster,
)
from owfs_py.emulator.registry import make_slave
from tests.emulator.chipbench import ChipBench


class InfernoBench(ChipBench[Inferno]):
    def order(self, command: str, size: int = 0) -> str:
        """A command with its CRC; whether it was taken, and what it tells."""
        said = bytes.fromhex(command)
        return self.ask((said + bytes([crc8(said)])).hex(), 1 + size).hex(" ")

    def status(self) -> int:
        return int.from_bytes(self.ask("fd", 8), "little")


@pytest.mark.parametrize(("model", "number"), [*zip(MODELS, (2, 3, 1), strict=True)])
def test_a_device_says_what_it_is(model: type[Inferno], number: int) -> None:
    bench = InfernoBench(model)
    assert bench.ask("ff", 4) == bytes([number, 0, 0, 0])
    assert bench.ask("fe", 4).hex() == "03020100"


def test_the_family_code_stands_for_the_controller() -> None:
    assert type(make_slave("ED")) is RgbwController


def test_a_wrong_crc_is_refused() -> None:
    bench = InfernoBench(RgbwController)
    assert bench.ask("02 00", 2).hex() == "01ff"
    assert bench.order("02", 1) == "00 04"
    bench.chip.refusals = 1
    assert bench.order("02") == "01"


def test_a_channel_shows_what_was_set_when_that_is_committed() -> None:
    bench = InfernoBench(RgbwController)
    assert bench.order("03 02 01 02 03 04 f4 01 00") == "00"
    assert bench.order("04 02", 7) == "00 00 00 00 00 00 00 00"
    assert bench.order("05") == "00"
    assert bench.order("04 02", 7) == "00 01 02 03 04 f4 01 00"
    bench.order("01")
    assert bench.order("04 02", 7) == "00 00 00 00 00 00 00 00"
    assert bench.order("04 04") == "01"
    assert bench.order("03 04 01 02 03 04 f4 01 00") == "01"


def test_parts_of_a_switch_master_are_told() -> None:
    bench = ChipBench(SwitchMaster)
    chip = bench.chip
    chip.activations, chip.leds = [0x81, 0x02], [0x05, 0xF0]
    chip.states[:], chip.modes[:], chip.timeouts[:] = b"abcdef", b"\0\1\2\3\4\5", b"ABCDEF"

    def order(command: str, size: int) -> str:
        said = bytes.fromhex(command)
        return bench.ask((said + bytes([crc8(said)])).hex(), 1 + size).hex(" ")

    assert [order(command, 2) for command in ("01", "02", "03")] == [
        "00 02 08",
        "00 02 08",
        "00 02 03",
    ]
    assert bench.ask("fd", 1) == b"\x02"
    assert order("06", 2) == "00 81 02"
    assert order("06", 2) == "00 00 00"
    assert bench.ask("fd", 1) == b"\x00"
    assert order("08 01", 1) == "00 f0"
    assert order("08 02", 0) == "01"
    assert order("0c", 6) == "00 61 62 63 64 65 66"
    assert order("0d", 6) == "00 00 01 02 03 04 05"
    assert order("0e", 6) == "00 41 42 43 44 45 46"


def test_parts_of_a_switch_master_are_set() -> None:
    bench = ChipBench(SwitchMaster)

    def order(command: str) -> int:
        said = bytes.fromhex(command)
        return bench.ask((said + bytes([crc8(said)])).hex(), 1)[0]

    taken = ["04 01 07 03", "07 00 02 01", "09 01 00 02", "0a 01 01 63", "0b 00 02 ff"]
    assert [order(command) for command in taken] == [0] * 5
    chip = bench.chip
    assert chip.switch_types == {(1, 7): 3}
    assert chip.leds == [4, 0]
    assert (chip.modes[3], chip.timeouts[4], chip.states[2]) == (2, 0x63, 0xFF)
    refused = ["04 02 00 00", "04 00 00 04", "07 00 08 01", "09 02 00 00", "0b 00 03 01"]
    assert [order(command) for command in refused] == [1] * 5
    assert [command.hex(" ") for command in chip.commands] == taken


# The updater


def test_a_device_becomes_its_updater_and_itself_again() -> None:
    bench = InfernoBench(SwitchMaster)
    bench.ask("fc 00")
    assert bench.ask("ff", 1) == b"\x03"
    bench.ask("fc d7")
    assert bench.ask("ff", 1) == b"\x02"
    assert bench.order("00", 4) == "00 00 10 00 00"
    assert bench.order("04", 8) == "00 00 10 00 00 00 30 00 00"
    assert bench.order("05") == "00"
    assert bench.ask("ff", 1) == b"\x03"


def write_block(bench: InfernoBench, address: int, block: bytes, check: int) -> bytes:
    """What the device says when it has got a block."""
    said = b"\x06" + address.to_bytes(4, "little") + len(block).to_bytes(4, "little")
    assert bench.order(said.hex()) == "00"
    bench.master.write(block + check.to_bytes(4, "little"))
    return bench.master.read(1)


def test_blocks_are_written_and_proved() -> None:
    bench, block = InfernoBench(FirmwareUpdater), bytes(range(200))
    bench.chip.flash[0x1000:0x1100] = bytes(256)
    assert bench.order("01") == "00"
    assert [bench.status() for _ in range(2)] == [0, 4]
    assert bench.chip.flash[0x1000:0x1100] == b"\xff" * 256
    assert write_block(bench, 0x1010, block, crc16(block)) == b"\x00"
    assert [bench.status() for _ in range(2)] == [0, 4]
    assert bench.chip.flash[0x1010 : 0x1010 + 200] == block
    assert bench.order("07 10 10 00 00 c8 00 00 00", 2) == (
        "00 " + crc16(block).to_bytes(2, "little").hex(" ")
    )


def test_a_block_with_a_wrong_crc_is_not_written() -> None:
    bench = InfernoBench(FirmwareUpdater)
    assert write_block(bench, 0x1000, b"abc", 0) == b"\x01"
    assert [bench.status() for _ in range(2)] == [0, 2]
    assert bench.chip.flash[0x1000] == 0xFF


def test_only_the_application_is_written() -> None:
    bench = InfernoBench(FirmwareUpdater)
    assert bench.order("06 00 0f 00 00 10 00 00 00") == "01"
    assert bench.order("07 00 10 00 00 01 20 00 00") == "01"


@pytest.mark.parametrize(("fault", "status"), [("worn", 4), ("broken", 2)])
def test_a_flash_may_take_nothing(fault: str, status: int) -> None:
    bench = InfernoBench(FirmwareUpdater)
    setattr(bench.chip, fault, True)
    bench.chip.polls = 0
    write_block(bench, 0x1000, b"abc", crc16(b"abc"))
    assert bench.status() == status
    assert bench.chip.flash[0x1000] == 0xFF
