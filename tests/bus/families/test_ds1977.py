"""Memory and passwords of the DS1977."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CrcError,
    DeviceGoneError,
    NotSupportedError,
    OutOfRangeError,
    VerifyError,
)
from owfs_py.emulator.ds1977 import CONTROL, DS1977, FULL_PASSWORD, READ_PASSWORD
from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.slave import Behaviour, receive_address, send_bytes
from tests.bus.families.onechip import Device, OneChip

READ, FULL = b"readonly", b"anything"
SIZE = 32704


@pytest.fixture
def bench() -> OneChip[DS1977]:
    bench = OneChip(DS1977)
    bench.chip.memory[:SIZE] = bytes(n % 251 for n in range(SIZE))
    return bench


@pytest.fixture
def locked(bench: OneChip[DS1977]) -> OneChip[DS1977]:
    bench.chip.memory[READ_PASSWORD:CONTROL] = READ + FULL
    bench.chip.memory[CONTROL] = 0xAA
    return bench


def test_the_memory_is_read_page_by_page(bench: OneChip[DS1977]) -> None:
    """With the command that owserver 3.2p4 sends for it a real chip verifies passwords."""

    async def test(device: Device) -> None:
        assert await device.read("memory") == bench.chip.memory[:SIZE]
        assert await device.read("memory", size=100, offset=60) == bench.chip.memory[60:160]
        assert await device.read("pages/page.510") == bench.chip.memory[SIZE - 64 : SIZE]
        cost = await device.cost("pages/page.2", size=3, offset=61)
        assert cost.resets == 1
        assert cost.pullup_time == pytest.approx(0.005)

    bench.test(test)


@pytest.mark.parametrize(("offset", "size"), [(0, 64), (60, 10), (3, 1), (SIZE - 1, 1)])
def test_what_is_written_is_stored_and_nothing_else(
    bench: OneChip[DS1977], offset: int, size: int
) -> None:
    expected = bytearray(bench.chip.memory)
    expected[offset : offset + size] = bytes(100 + n for n in range(size))

    async def test(device: Device) -> None:
        await device.write("memory", expected[offset : offset + size], offset)
        assert bench.chip.memory == expected
        assert bench.chip.disturbed_copies == 0

    bench.test(test)


def test_a_value_whose_crc_fails_is_never_served(bench: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        bench.chip.spoiled_crcs = 2
        assert await device.read("pages/page.0") == bench.chip.memory[:64]
        bench.chip.spoiled_crcs = 1000
        for name in ("pages/page.0", "set_password/enabled"):
            with pytest.raises(CrcError):
                await device.read(name)

    bench.test(test)


def test_the_version(bench: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        assert await device.number("version") == DS1977.VERSION

    bench.test(test)


class Stutterer(DS1977):
    """A fault: its version is not the same twice."""

    def _read_version(self) -> Behaviour:
        yield from receive_address()
        yield from send_bytes(b"\x21\x20")

    functions = DS1977.functions | {0xCC: _read_version}


def test_a_version_that_does_not_repeat_is_none(bench: OneChip[DS1977]) -> None:
    bench.spoil(Stutterer)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.read("version")

    bench.test(test)


# Passwords


def test_passwords_are_set_switched_on_and_used_at_once(bench: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        await device.write("set_password/read", READ)
        await device.write("set_password/full", FULL + b"too long")
        assert bench.chip.memory[READ_PASSWORD:CONTROL] == READ + FULL
        assert await device.text("set_password/enabled") == "0"
        await device.write("set_password/enabled", "1")
        assert bench.chip.memory[CONTROL] == 0xAA
        assert await device.text("set_password/enabled", fresh=False) == "1"
        await device.write("memory", b"secret")
        assert await device.read("memory", size=6) == b"secret"
        await device.write("set_password/full", b"another!")
        await device.write("set_password/enabled", "0")
        assert bench.chip.memory[CONTROL] == 0

    bench.test(test)


def test_without_a_password_a_locked_chip_gives_and_takes_nothing(
    locked: OneChip[DS1977],
) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(CrcError):
            await device.read("memory", size=10)
        with pytest.raises((CrcError, VerifyError)):
            await device.write("memory", b"x")
        assert locked.chip.memory[0] == 0

    locked.test(test)


def test_the_read_password_is_for_reading_only(locked: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        await device.write("use_password/read", READ)
        assert await device.read("memory", size=4) == bytes(range(4))
        with pytest.raises(VerifyError):
            await device.write("memory", b"x")
        assert locked.chip.memory[0] == 0

    locked.test(test)


def test_the_full_password_opens_everything(locked: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        await device.write("use_password/read", b"mistaken")
        await device.write("use_password/full", FULL)
        await device.write("memory", b"new")
        assert await device.read("memory", size=4) == b"new\x03"

    locked.test(test)


def test_telling_us_a_password_tells_nothing_to_the_chip(locked: OneChip[DS1977]) -> None:
    async def test(device: Device) -> None:
        for name in ("read", "full"):
            assert (await device.write(f"use_password/{name}", READ)).resets == 0

    locked.test(test)


@pytest.mark.parametrize("directory", ["set_password", "use_password"])
@pytest.mark.parametrize("name", ["read", "full"])
def test_passwords_have_eight_bytes_and_are_not_shown(
    bench: OneChip[DS1977], directory: str, name: str
) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(OutOfRangeError):
            await device.write(f"{directory}/{name}", b"sevens!")
        with pytest.raises(NotSupportedError):
            await device.read(f"{directory}/{name}")
        assert bench.chip.memory[READ_PASSWORD:] == b"\xff" * 64

    bench.test(test)


class Stubborn(ScratchpadChip):
    """A fault: it says that it copied, and did not."""

    def _store(self, address: int, data: bytes) -> None:
        pass


class Hungry(DS1977):
    """A fault of the line: the strong pull-up is too weak."""

    def on_strong_pullup(self, on: bool) -> None:
        pass


@pytest.mark.parametrize("fault", [Stubborn, Hungry])
def test_a_password_that_is_not_taken_is_reported_and_not_used(
    bench: OneChip[DS1977], fault: type[ScratchpadChip]
) -> None:
    bench.spoil(fault)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write("set_password/full", FULL)
        assert bench.chip.memory[FULL_PASSWORD:CONTROL] == b"\xff" * 8

    bench.test(test)


def test_a_chip_that_is_not_fed_fails_and_says_so(bench: OneChip[DS1977]) -> None:
    bench.spoil(Hungry)

    async def test(device: Device) -> None:
        with pytest.raises(CrcError):
            await device.read("pages/page.0")
        with pytest.raises(CrcError):
            await device.write("memory", b"x")
        assert bench.chip.memory[0] == 0

    bench.test(test)


@pytest.mark.parametrize("name", ["pages/page.0", "version"])
def test_a_chip_that_is_gone_is_told_to_be_so(bench: OneChip[DS1977], name: str) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)
