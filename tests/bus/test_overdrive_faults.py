"""Overdrive never costs a value nor gives a wrong one: bad lines, odd devices, lost adapters."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import pytest

from owfs_py.bus.errors import CommunicationError, OneWireError
from owfs_py.bus.line import Line
from owfs_py.bus.masters.base import Can
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.overdrive import PAUSE
from owfs_py.bus.rom import RomId
from owfs_py.bus.transaction import Exchange, Transaction
from owfs_py.bus.wired import RECONNECT_LONGEST
from owfs_py.emulator.memories import DS2431
from owfs_py.emulator.slave import Behaviour
from owfs_py.emulator.wire import LISTEN
from tests.bus.overdrivebench import (
    ADAPTERS,
    MIXED,
    SETTING,
    adapter_bench,
    counted,
    populate,
    read_all,
    served,
    text,
    uncached,
)

RECONNECT = "/bus.0/interface/settings/reconnect"


@pytest.fixture(params=ADAPTERS)
def bench(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    # Captured errors would keep PyUSB's devices longer than its library.
    caplog.set_level(logging.CRITICAL)
    with adapter_bench(request.param) as found:
        yield found


@pytest.fixture
def serial() -> Iterator[Any]:
    """For what does not depend on the adapter."""
    with adapter_bench("ds2480b") as found:
        yield found


class LateAtOverdrive(DS2431):
    """One whose zeros come too late at overdrive speed: the master has looked already."""

    def talk(self) -> Behaviour:
        behaviour = super().talk()
        drive = next(behaviour)
        while True:
            level = yield LISTEN if self.overdrive else drive
            try:
                drive = behaviour.send(level)
            except StopIteration:
                return


# Devices and lines


def test_a_device_too_far_away_is_read_all_the_same(bench: Any) -> None:
    slaves = populate(bench, "29,2D,29")
    for slave in slaves[:2]:
        slave.far = True

    async def test(ow: OneWire) -> None:
        assert await text(ow, uncached(slaves[0], "sensed.BYTE")) == b"255"
        assert await counted(ow) == (1, 1)
        memory = (await ow.read(uncached(slaves[1], "pages/page.0"))).data
        assert memory == bytes(slaves[1].memory[:32])
        assert await counted(ow) == (2, 2)
        before = bench.wire.counts.snapshot()
        for _ in range(5):
            assert await text(ow, uncached(slaves[0], "sensed.BYTE")) == b"255"
        assert (bench.wire.counts - before).overdrive_slots == 0
        assert await text(ow, uncached(slaves[2], "sensed.BYTE")) == b"255"
        assert await counted(ow) == (3, 2)

    served(bench, test)


def test_it_gets_another_chance_after_a_while_and_when_overdrive_is_switched_on_anew(
    serial: Any,
) -> None:
    (switch,) = populate(serial, "29")
    switch.far = True

    async def test(ow: OneWire) -> None:
        async def reading() -> tuple[int, int]:
            before = await counted(ow)
            assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
            attempts, failures = await counted(ow)
            return attempts - before[0], failures - before[1]

        assert await reading() == (1, 1)
        await asyncio.sleep(PAUSE - 1)
        assert await reading() == (0, 0)
        await asyncio.sleep(1)
        assert await reading() == (1, 1)
        assert await reading() == (0, 0)
        switch.far = False
        await ow.write(SETTING, b"1")
        assert await reading() == (1, 0)
        assert await reading() == (1, 0)

    served(serial, test)


@pytest.mark.parametrize("noise", [0.0003, 0.003, 0.03, 0.3])
def test_a_noisy_line_gives_no_wrong_value(serial: Any, noise: float) -> None:
    slaves = populate(serial, MIXED)

    async def test(ow: OneWire) -> None:
        regular = {key: value for key, (value, _) in (await read_all(ow, serial, slaves)).items()}
        serial.wire.faults.length_noise = noise
        for _ in range(5):
            await ow.write(SETTING, b"1")
            found = await read_all(ow, serial, slaves)
            assert {key: value for key, (value, _) in found.items()} == regular
        attempts, failures = await counted(ow)
        assert 0 < failures <= attempts

    served(serial, test, overdrive=False)


def test_on_a_noisy_line_memories_hold_what_was_written(serial: Any) -> None:
    slaves = populate(serial, "2D,43,23")
    serial.wire.faults.length_noise = 0.002
    random = Random(1)

    async def test(ow: OneWire) -> None:
        for _ in range(10):
            await ow.write(SETTING, b"1")
            for slave in slaves:
                data = random.randbytes(20)
                expected = bytes(slave.memory[:7]) + data + bytes(slave.memory[27:])
                await ow.write(f"/{slave.rom}/memory", data, offset=7)
                assert bytes(slave.memory) == expected
        attempts, failures = await counted(ow)
        assert 0 < failures < attempts

    served(serial, test)


def test_noise_on_the_rom_id_is_noticed_at_once(bench: Any) -> None:
    (switch,) = populate(bench, "29")

    async def test(ow: OneWire) -> None:
        counts = bench.wire.counts
        first_of_rom = counts.slots + 8
        bench.wire.faults.noisy_slots = {first_of_rom + 20}
        assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
        assert await counted(ow) == (1, 1)
        assert await text(ow, "/bus.0/interface/statistics/select_errors") == b"1"
        assert counts.overdrive_slots == 64

    served(bench, test)


@pytest.mark.parametrize("one_device", [False, True])
def test_a_device_whose_zeros_come_late_is_not_taken_for_an_erased_one(
    bench: Any, one_device: bool
) -> None:
    memory = LateAtOverdrive(RomId.make(0x2D, bytes(6)))
    memory.memory[:32] = Random(1).randbytes(32)
    bench.wire.attach(memory)

    async def test(ow: OneWire) -> None:
        assert (await ow.read(uncached(memory, "pages/page.0"))).data == bytes(memory.memory[:32])
        assert await counted(ow) == (1, 1)

    served(bench, test, one_device=one_device)


def test_a_wrong_answer_is_asked_for_again_as_often_as_without_overdrive(serial: Any) -> None:
    (memory,) = populate(serial, "2D")
    step = Exchange(b"\xf0\x00\x00", 8, expect=bytes(8))

    async def test(ow: OneWire) -> None:
        bus = ow.buses[0]
        assert isinstance(bus, Line)
        before = serial.wire.counts.snapshot()
        with pytest.raises(CommunicationError):
            await bus.run(Transaction(memory.rom, (step,), attempts=2, overdrive=True))
        cost = serial.wire.counts - before
        assert cost.resets - cost.overdrive_resets == 1 + 2

    served(serial, test)


def test_a_bus_where_nobody_is_left_and_somebody_comes_back(bench: Any) -> None:
    (switch,) = populate(bench, "29")

    async def test(ow: OneWire) -> None:
        assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
        bench.wire.detach(switch)
        with pytest.raises(OneWireError):
            await ow.read(uncached(switch, "sensed.BYTE"))
        bench.wire.attach(switch)
        assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
        assert await text(ow, RECONNECT) == b"0"

    served(bench, test)


# Adapters


def test_wherever_the_adapter_is_lost_it_comes_back_at_regular_speed(bench: Any) -> None:
    slaves = populate(bench, "29,28,2D")
    page = bytes(slaves[2].memory[:32])

    async def test(ow: OneWire) -> int:
        # An I2C bus takes many calls for what others do in one.
        for calls in count(step=7 if bench.kind == "ds2482" else 1):
            await ow.write(SETTING, b"1")  # and all that failed before is forgotten
            bench.port.calls_left = calls
            lost = False
            try:
                assert (await ow.read(uncached(slaves[2], "pages/page.0"))).data == page
            except OneWireError:
                lost = True
            bench.plug()
            if lost:
                await asyncio.sleep(RECONNECT_LONGEST)
            assert await text(ow, RECONNECT) == b"0"
            assert await text(ow, SETTING) == b"1"
            assert len((await ow.dir("/uncached")).entries) == len(slaves)
            assert await text(ow, uncached(slaves[1], "power")) == b"1"
            assert await text(ow, uncached(slaves[0], "sensed.BYTE")) == b"255"
            if not lost:
                return calls
        raise AssertionError("the adapter is lost for ever")

    assert served(bench, test) > 5


def test_it_is_used_again_after_the_adapter_was_opened_anew(bench: Any) -> None:
    (switch,) = populate(bench, "29")

    async def test(ow: OneWire) -> None:
        await ow.write(RECONNECT, b"1")
        assert await text(ow, SETTING) == b"1"
        assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
        assert await counted(ow) == (1, 0)

    served(bench, test)


def test_an_adapter_that_came_back_without_overdrive_is_used_without(serial: Any) -> None:
    (switch,) = populate(serial, "29")

    async def test(ow: OneWire) -> None:
        serial.master.can &= ~Can.OVERDRIVE
        assert await text(ow, uncached(switch, "sensed.BYTE")) == b"255"
        assert await counted(ow) == (0, 0)
        assert await text(ow, SETTING) == b"1"

    served(serial, test)
