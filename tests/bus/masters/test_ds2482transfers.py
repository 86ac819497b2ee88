"""The ways to talk to a DS2482: which is taken, what it costs, and chips slower than foreseen."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError, BusTimeoutError
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.emulator import ds2482
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import FAST_MODE, I2C_M_RD, STANDARD_MODE, Controller
from tests.bus.masters.bench import search_all
from tests.bus.masters.i2cbench import FlakySmbus, I2cBench
from tests.bus.masters.test_contract import READ_ROM, SKIP_ROM

ENTRY = 1
"""Before each operation the status is looked at, whether the chip has reset itself."""
TRIPLETS = 64
ALL_BYTES = bytes(range(256))
RATES = (STANDARD_MODE, FAST_MODE)


def opened(controller: Controller, **options: Any) -> I2cBench:
    bench = I2cBench(Model.DS2482_100, controller=controller, **options)
    bench.master.open()
    return bench


def cost(bench: I2cBench, work: Callable[[], object]) -> tuple[int, float]:
    """Transfers and seconds, once the chip's speed is known."""
    for _ in range(8):
        work()
    transfers, began = bench.i2c.transfers, bench.i2c.now()
    work()
    return bench.i2c.transfers - transfers, bench.i2c.now() - began


class TestCosts:
    @pytest.mark.parametrize("bit_rate", RATES)
    @pytest.mark.parametrize(
        ("controller", "a_byte"), [(Controller.I2C, 1), (Controller.READ_LAST, 2)]
    )
    def test_a_command_is_one_transfer_however_long_it_takes(
        self, controller: Controller, a_byte: int, bit_rate: int
    ) -> None:
        bench = opened(controller, bit_rate=bit_rate)
        bench.thermometers(1)
        data = READ_ROM + READ_BYTE * 8
        check = a_byte - 1  # of the last byte
        for work, transfers in (
            (bench.master.reset, ENTRY + 1),
            (lambda: bench.master.touch_bits([1] * 5), ENTRY + 5),
            (lambda: bench.master.exchange(data), ENTRY + len(data) * a_byte + check),
            (
                lambda: bench.master.reset_exchange(data),
                ENTRY + 1 + len(data) * a_byte + check,
            ),
            (lambda: search_all(bench.master), ENTRY + 1 + ENTRY + 1 + TRIPLETS),
        ):
            assert cost(bench, work)[0] == transfers

    @pytest.mark.parametrize("bit_rate", RATES)
    @pytest.mark.parametrize("controller", [Controller.I2C, Controller.READ_LAST])
    def test_takes_less_time_than_smbus_transfers(
        self, controller: Controller, bit_rate: int
    ) -> None:
        times = []
        for each in (controller, Controller.SMBUS):
            bench = opened(each, bit_rate=bit_rate)
            bench.thermometers(1)
            operations: list[Callable[[], object]] = [
                bench.master.reset,
                lambda bench=bench: bench.master.exchange(ALL_BYTES),
                lambda bench=bench: search_all(bench.master),
            ]
            times.append([cost(bench, work)[1] for work in operations])
        for seconds, by_smbus in zip(*times, strict=True):
            assert seconds <= 1.03 * by_smbus

    def test_smbus_transfers_are_a_write_or_a_byte_read(self) -> None:
        bench = opened(Controller.SMBUS)
        transfers, seconds = cost(bench, lambda: bench.master.exchange(b"\x00"))
        a_write, a_read = 29 / STANDARD_MODE, 20 / STANDARD_MODE
        writes = 3  # the byte, and the read pointer for its result and the status again
        assert seconds == pytest.approx(writes * a_write + (transfers - writes) * a_read)
        assert writes < transfers < 12


class TestChoice:
    """What the controller can do is found out by trying."""

    def open_and_read(self, bench: I2cBench) -> None:
        (chip,) = bench.thermometers(1)
        bench.master.open()
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_one_that_only_says_that_it_can_is_used_by_smbus_transfers(self) -> None:
        class Liar(FlakySmbus):
            def i2c_rdwr(self, *i2c_msgs: Any) -> None:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

        self.open_and_read(I2cBench(Model.DS2482_100, smbus=Liar))

    def test_one_that_reads_something_else_is_used_by_smbus_transfers(self) -> None:
        class Muddled(FlakySmbus):
            def i2c_rdwr(self, *i2c_msgs: Any) -> None:
                super().i2c_rdwr(*i2c_msgs)
                for msg in i2c_msgs:
                    if msg.flags & I2C_M_RD:
                        msg.buf[0] = 0

        self.open_and_read(I2cBench(Model.DS2482_100, smbus=Muddled))

    def test_a_chip_that_a_driver_of_the_kernel_has_is_left_alone(self) -> None:
        class Kernels(FlakySmbus):
            """The kernel refuses SMBus transfers to such chips, and nothing else."""

            def write_byte(self, i2c_addr: int, value: int) -> None:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

            read_byte = write_byte_data = write_byte  # type: ignore[assignment]

        bench = I2cBench(Model.DS2482_100, smbus=Kernels)
        with pytest.raises(BusNotRespondingError, match="busy"):
            bench.master.open()
        assert bench.i2c.transfers == 0

    def test_it_is_found_out_again_for_another_controller(self) -> None:
        bench = opened(Controller.I2C)
        assert bench.master.reset() is False
        bench.master.close()
        bench.i2c.controller = Controller.SMBUS
        self.open_and_read(bench)


class Fickle:
    """Times by speed, other ones whenever somebody looks."""

    def __init__(self, typical: tuple[float, float]) -> None:
        self._typical = typical
        self._random = Random(0)

    def __getitem__(self, overdrive: bool) -> float:
        return self._typical[overdrive] * self._random.uniform(0.2, 3)


class TestSlowChips:
    """Commands that take longer, or less long, than they last did."""

    @pytest.mark.parametrize("controller", Controller)
    @pytest.mark.parametrize("bit_rate", RATES)
    def test_what_is_read_while_the_chip_is_busy_never_counts(
        self, controller: Controller, bit_rate: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench = opened(controller, bit_rate=bit_rate)
        chips = bench.thermometers(3)
        for name in ("SLOT_TIME", "RESET_TIME"):
            monkeypatch.setattr(ds2482, name, Fickle(getattr(ds2482, name)))
        for _ in range(3):
            assert bench.master.exchange(ALL_BYTES) == ALL_BYTES
            assert bench.master.reset()
            assert bench.master.touch_bits([0, 1, 0, 0, 1]) == [0, 1, 0, 0, 1]
            assert sorted(search_all(bench.master)) == sorted(chip.rom for chip in chips)

    def test_one_more_look_suffices_for_a_little_longer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench = opened(Controller.I2C)
        bench.thermometers(1)
        usual, _ = cost(bench, bench.master.reset)
        longer = [each + 9 / STANDARD_MODE for each in ds2482.RESET_TIME]
        monkeypatch.setattr(ds2482, "RESET_TIME", longer)
        before = bench.i2c.transfers
        assert bench.master.reset()
        assert bench.i2c.transfers - before == usual + 1
        assert cost(bench, bench.master.reset)[0] == usual

    def test_one_slow_command_does_not_slow_down_all_that_follow(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench = opened(Controller.I2C)
        _, usual = cost(bench, bench.master.reset)
        with monkeypatch.context() as slow:
            slow.setattr(ds2482, "RESET_TIME", [2 * each for each in ds2482.RESET_TIME])
            bench.master.reset()
        assert cost(bench, bench.master.reset)[1] == pytest.approx(usual)

    @pytest.mark.parametrize("controller", Controller)
    @pytest.mark.parametrize("after", range(3))
    def test_a_chip_that_stays_busy_is_given_up(
        self, controller: Controller, after: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench = opened(controller)
        cost(bench, lambda: bench.master.exchange(SKIP_ROM))
        for _ in range(after):
            bench.master.exchange(SKIP_ROM)
        monkeypatch.setattr(ds2482, "SLOT_TIME", (1.0, 1.0))
        began = bench.i2c.now()
        with pytest.raises(BusTimeoutError, match="stays busy"):
            bench.master.exchange(SKIP_ROM)
        assert bench.i2c.now() - began < 0.1
        with pytest.raises(BusError, match="set up anew"):
            bench.master.exchange(SKIP_ROM)
