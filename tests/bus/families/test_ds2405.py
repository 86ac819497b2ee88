"""Reading and switching a DS2405, which toggles when it is addressed."""

from __future__ import annotations

import asyncio

import pytest

from owfs_py.bus.errors import CommunicationError, OneWireError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.presence import answers, is_garbled, verify_block
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2405 import DS2405
from tests.bus.bench import Bench


@pytest.fixture(params=["05", "05,05,05,12,28"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def chip(bench: Bench) -> DS2405:
    slave = bench.slaves[0]
    assert isinstance(slave, DS2405)
    return slave


def path(bench: Bench, name: str) -> str:
    return f"/{chip(bench).rom}/{name}"


@pytest.mark.parametrize("conducts", [False, True])
@pytest.mark.parametrize("pulled_up", [0, 1])
def test_reading_anything_never_toggles(bench: Bench, conducts: bool, pulled_up: int) -> None:
    for slave in bench.slaves:
        if isinstance(slave, DS2405):
            slave.pins.drive(conducts)  # the others otherwise
            slave.pins.pulled_up = pulled_up
    chip(bench).pins.drive(not conducts)
    latches = [slave.pins.latches for slave in bench.slaves if isinstance(slave, DS2405)]

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        assert await ow.read_value(path(bench, "PIO")) is conducts
        assert await ow.read_value(path(bench, "sensed")) is (bool(pulled_up) and not conducts)
        for name in ("locator", "r_locator", "present", "type", "address"):
            await ow.read(path(bench, name))
        await ow.dir(path(bench, ""))
        await ow.dir("/alarm")
        await ow.dir("/uncached")

    bench.run(test)
    assert [s.pins.latches for s in bench.slaves if isinstance(s, DS2405)] == latches


def test_it_is_switched_on_and_off_and_no_other_is(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        for data, latches in ((b"1", 0), (b"1", 0), (b"0", 1), (b"0", 1), (b"1", 0)):
            await ow.write(path(bench, "PIO"), data)
            assert chip(bench).pins.latches == latches
            assert await ow.read_value(path(bench, "PIO")) is (not latches)
            assert await ow.read_value(path(bench, "sensed")) is bool(latches)
            others = [s for s in bench.slaves[1:] if isinstance(s, DS2405)]
            assert all(other.pins.latches for other in others)

    bench.run(test)


def test_what_it_is_now_decides_not_what_was_read(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.read_value(path(bench, "PIO")) is False
        chip(bench).pins.drive(0)
        assert await ow.read_value(path(bench, "PIO")) is False
        await ow.write(path(bench, "PIO"), b"1")
        assert chip(bench).pins.latches == 0
        assert await ow.read_value(path(bench, "PIO")) is True

    bench.run(test)


def test_two_who_switch_do_not_toggle_twice(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await asyncio.gather(*(ow.write(path(bench, "PIO"), b"1") for _ in range(4)))
        assert chip(bench).pins.latches == 0

    bench.run(test)


def test_a_switch_that_is_stuck_is_reported(bench: Bench) -> None:
    chip(bench).stuck = True

    async def test(ow: OneWire) -> None:
        await ow.write(path(bench, "PIO"), b"0")
        with pytest.raises(VerifyError):
            await ow.write(path(bench, "PIO"), b"1")

    bench.run(test)


def test_one_that_is_gone_is_neither_on_nor_off(bench: Bench) -> None:
    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        chip(bench).absent = True
        for name in ("PIO", "sensed"):
            with pytest.raises(OneWireError):
                await ow.read(f"/uncached{path(bench, name)}")
        with pytest.raises(OneWireError):
            await ow.write(path(bench, "PIO"), b"1")

    bench.run(test)


SLOTS_OF_A_SEARCH = 200


@pytest.mark.parametrize("slot", range(8, SLOTS_OF_A_SEARCH, 7))
def test_noise_in_the_search_does_not_switch_it_off(slot: int) -> None:
    bench = Bench("05,05,12")
    chip(bench).pins.drive(0)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
        assert await ow.read_value(path(bench, "PIO")) is True
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + slot}
        await ow.write(path(bench, "PIO"), b"1")
        assert chip(bench).pins.latches == 0

    bench.run(test)


def test_noise_while_it_is_addressed_does_not_leave_it_wrong() -> None:
    bench = Bench("05")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        # Behind an alarm search, a search, and some bits of Match ROM.
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + 2 * SLOTS_OF_A_SEARCH + 40}
        await ow.write(path(bench, "PIO"), b"1")
        assert chip(bench).pins.latches == 0

    bench.run(test)


def test_a_level_that_changes_while_it_is_read_is_read_again() -> None:
    bench = Bench("05")

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.wire.faults.noisy_slots = {bench.wire.counts.slots + SLOTS_OF_A_SEARCH + 3}
        assert await ow.read_value(path(bench, "sensed")) is True
        start = bench.wire.counts.slots + SLOTS_OF_A_SEARCH + 3
        bench.wire.faults.noisy_slots = {start + n * (SLOTS_OF_A_SEARCH + 8) for n in range(3)}
        with pytest.raises(CommunicationError):
            await ow.read(f"/uncached{path(bench, 'sensed')}")

    bench.run(test)


ROM = RomId.make(0x05, bytes.fromhex("112233445566"))


def answered(*others: RomId, there: bool) -> int:
    """The slots that come back for `verify_block` from ROM, if it is there, and others."""
    slots = int.from_bytes(verify_block(ROM, 0xF0)[1:], "little")
    partners = [*others, ROM] if there else [*others]
    for n in range(64):
        for rom in partners:
            own = rom[n >> 3] >> (n & 7) & 1
            slots &= ~(1 << (3 * n + own))
        bit = ROM[n >> 3] >> (n & 7) & 1
        partners = [rom for rom in partners if rom[n >> 3] >> (n & 7) & 1 == bit]
    return slots


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("others", [(), (RomId.make(0x05, bytes(6)), RomId.make(0x28, bytes(6)))])
def test_noise_in_any_slot_that_counts_is_told(there: bool, others: tuple[RomId, ...]) -> None:
    def back(slots: int) -> bytes:
        return b"\xf0" + slots.to_bytes(24, "little")

    clean = answered(*others, there=there)
    assert answers(ROM, 0xF0, back(clean)) is there
    assert not is_garbled(ROM, back(clean))
    for slot in range(3 * 63):  # nothing follows behind the last bit that could contradict it
        noisy = back(clean ^ 1 << slot)
        assert is_garbled(ROM, noisy) or answers(ROM, 0xF0, noisy) is there
