"""Reading and writing the memory of battery chips: EEPROM, RAM, locks, a chip that is gone."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import DeviceGoneError, InvalidValueError, OneWireError, VerifyError
from owfs_py.bus.onewire import OneWire
from owfs_py.emulator.ds27xx import DS2760
from tests.bus.bench import Bench
from tests.bus.families.batterybench import ALL, WITH_EEPROM, BatteryBench

# Memory


@pytest.mark.parametrize("code", ALL)
def test_memory_is_read_in_one_go(code: str) -> None:
    bench = BatteryBench(code)

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        before = bench.wire.counts.resets
        assert (await ow.read(bench.path("memory"))).data == bench.chip.registers
        assert bench.wire.counts.resets == before + 1
        part = (await ow.read(bench.path("memory"), size=5, offset=0x2F)).data
        assert part == bench.chip.registers[0x2F:0x34]

    bench.do(test)


@pytest.mark.parametrize("code", WITH_EEPROM)
def test_pages_begin_where_blocks_do_and_are_stored(code: str) -> None:
    bench = BatteryBench(code)

    async def test(ow: OneWire) -> None:
        for number, block in enumerate(bench.chip.BLOCKS):
            page = bench.path(f"pages/page.{number}")
            assert (await ow.read(page, size=4)).data == bytes(block[:4])
            await ow.write(page, b"\xff\x00\x7e", offset=1)
            assert bench.chip.eeprom[block.start : block.start + 4] == bytes(
                (block.start, 0xFF, 0, 0x7E)
            )
            assert (await ow.read(f"/uncached{page}", size=4)).data[1:] == b"\xff\x00\x7e"

    bench.do(test)


@pytest.mark.parametrize("code", WITH_EEPROM)
def test_every_block_that_a_write_touches_is_stored(code: str) -> None:
    bench = BatteryBench(code)
    first, *_, last = bench.chip.BLOCKS
    gaps = [at for at in range(first.start, last.stop) if bench.chip.block_of(at) is None]
    if gaps:  # up to the end of the first block, and the whole second one
        bench.write("memory", bytes(2), offset=first.stop - 2)
        bench.write("memory", bytes(len(last)), offset=last.start)
        assert bench.chip.eeprom[last.start : last.stop] == bytes(len(last))
        return
    data = bytes(255 - n for n in range(last.stop - first.start))
    bench.write("memory", data, offset=first.start)
    assert bench.chip.eeprom[first.start : last.stop] == data
    assert bench.chip.registers[first.start : last.stop] == data


@pytest.mark.parametrize("code", ["2E", "30", "35", "51"])
def test_ram_is_written_and_compared(code: str) -> None:
    bench = BatteryBench(code)
    bench.write("memory", b"hello", offset=0x82)
    assert bench.chip.registers[0x82:0x87] == b"hello"


@pytest.mark.parametrize("code", ["30", "36"])
def test_bytes_written_to_no_memory_are_reported(code: str) -> None:
    with pytest.raises(VerifyError):
        BatteryBench(code).write("memory", b"x", offset=0x50)


def test_registers_are_written_through_the_memory_too() -> None:
    bench = BatteryBench("30")

    async def test(ow: OneWire) -> None:
        assert await ow.read_value(bench.path("ov")) is True
        await ow.write(bench.path("memory"), b"\x03", offset=0)
        assert await ow.read_value(bench.path("ov")) is False
        assert await ow.read_value(bench.path("ce")) is True

    bench.do(test)


def test_reading_does_not_touch_the_chip() -> None:
    """Recalling would let a protected battery be charged again."""
    bench = BatteryBench("30")
    bench.chip.eeprom[0x30] = 0x03

    async def test(ow: OneWire) -> None:
        await ow.write(bench.path("ce"), b"0")
        for name in ("memory", "pages/page.ALL", "defaultpmod", "vbias"):
            await ow.read(bench.path(name))
        assert await ow.read_value(f"/uncached{bench.path('ce')}") is False

    bench.do(test)


def test_what_others_left_in_the_shadow_ram_is_not_stored() -> None:
    bench = BatteryBench("30")
    bench.chip.registers[0x25] = 0x77
    bench.write("pages/page.0", b"a", offset=1)
    assert bench.chip.eeprom[0x20:0x30] == b"\x20a" + bytes(range(0x22, 0x30))


def test_a_copy_has_its_time() -> None:
    bench = BatteryBench("30")
    began = bench.clock.now()
    bench.write("pages/page.0", b"a")
    assert bench.clock.now() - began >= 0.010


def test_an_eeprom_that_does_not_keep_it_is_reported() -> None:
    bench = BatteryBench("30")
    bench.chip.worn_out = True

    async def test(ow: OneWire) -> None:
        with pytest.raises(VerifyError):
            await ow.write(bench.path("vbias"), b"0.001")
        # What is not stored is not read.
        assert await ow.read_value(bench.path("vbias")) == pytest.approx(0x33 * 15.625e-6)

    bench.do(test)


# Locks


@pytest.mark.parametrize("code", WITH_EEPROM)
def test_a_block_is_locked_and_then_cannot_be_written(code: str) -> None:
    bench = BatteryBench(code)

    async def test(ow: OneWire) -> None:
        last = len(bench.chip.BLOCKS) - 1
        assert await ow.read_value(bench.path("lock.ALL")) == [False] * (last + 1)
        before = bytes(bench.chip.registers)
        await ow.write(bench.path(f"lock.{last}"), b"1")
        assert bench.chip.is_locked(last)
        assert not bench.chip.is_locked(0)
        changed = [n for n in range(256) if bench.chip.registers[n] != before[n]]
        assert changed == [bench.chip.EEPROM_REGISTER]
        assert await ow.read_value(bench.path("lock.ALL")) == [False] * last + [True]
        with pytest.raises(VerifyError):
            await ow.write(bench.path(f"pages/page.{last}"), b"\x00")
        await ow.write(bench.path("pages/page.0"), b"\x00")

    bench.do(test)


def test_no_is_no_lock() -> None:
    bench = BatteryBench("30")

    async def test(ow: OneWire) -> None:
        await ow.write(bench.path("lock.1"), b"0")
        assert await ow.read_value(bench.path("lock.1")) is False
        await ow.write(bench.path("lock.1"), b"1")
        await ow.write(bench.path("lock.1"), b"1")
        with pytest.raises(InvalidValueError):
            await ow.write(bench.path("lock.1"), b"0")

    bench.do(test)


class Unlockable(DS2760):
    def lock(self, block: int) -> None:
        pass


def test_a_block_that_does_not_lock_is_reported() -> None:
    bench = BatteryBench("30")
    bench.wire.detach(bench.chip)
    bench.wire.attach(Unlockable(bench.chip.rom))
    with pytest.raises(VerifyError):
        bench.write("lock.0", b"1")


# A chip that goes away


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("name", ["volt", "memory", "ov", "lock.0", "typeK/temperature"])
def test_a_chip_that_is_gone_is_not_read_as_ones(name: str, alone: bool) -> None:
    bench = Bench("30" if alone else "30,01")
    path = f"/{bench.slaves[0].rom}/{name}"

    async def test(ow: OneWire) -> None:
        await ow.read(path)
        bench.slaves[0].absent = True
        with pytest.raises(OneWireError):
            await ow.read(f"/uncached{path}")

    bench.run(test)


@pytest.mark.parametrize(
    ("code", "name", "data"),
    [
        ("30", "pages/page.0", b"\xff\xff"),
        ("30", "memory", b"\xff"),
        ("30", "volthours", b"-0.00000625"),
        ("30", "PIO", b"0"),
        ("30", "lock.0", b"1"),
        ("2E", "charge", b"1"),
        ("2E", "refresh", b"1"),
    ],
)
def test_a_chip_that_is_gone_has_not_been_written(code: str, name: str, data: bytes) -> None:
    bench = Bench(f"{code},01")
    path = f"/{bench.slaves[0].rom}/{name}"

    async def test(ow: OneWire) -> None:
        await ow.dir("/")
        bench.slaves[0].absent = True
        with pytest.raises(DeviceGoneError):
            await ow.write(path, data)

    bench.run(test)
