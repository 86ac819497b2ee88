"""The DS2482 and DS2483: the contract, chips that reset themselves, configuration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    NotSupportedError,
)
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2482 import Configuration, Model
from owfs_py.emulator.i2cdev import Controller
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import run
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.bench import search_all
from tests.bus.masters.i2cbench import I2cBench
from tests.bus.masters.test_contract import (
    CONVERSION_SECONDS,
    CONVERT_T,
    MATCH_ROM,
    READ_ROM,
    READ_SCRATCHPAD,
    SKIP_ROM,
)
from tests.bus.masters.test_contract_failures import operation  # noqa: F401  a fixture

CASES: dict[str, Callable[[], I2cBench]] = {
    "DS2482-100": partial(I2cBench, Model.DS2482_100),
    "DS2482-800, channel 5": partial(I2cBench, Model.DS2482_800, 5),
    "DS2483": partial(I2cBench, Model.DS2483),
    "DS2482-100, read last": partial(I2cBench, Model.DS2482_100, controller=Controller.READ_LAST),
    "DS2482-800, channel 5, SMBus": partial(
        I2cBench, Model.DS2482_800, 5, controller=Controller.SMBUS
    ),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def closed_bench(request: pytest.FixtureRequest) -> I2cBench:
    bench: I2cBench = request.param()
    return bench


class TestResetAndPresence(contract.TestResetAndPresence):
    pass


class TestSlots(contract.TestSlots):
    pass


class TestSearch(contract.TestSearch):
    pass


class TestPower(contract.TestPower):
    pass


class TestFailures(failures.TestFailures):
    pass


class TestOpening(failures.TestOpening):
    @pytest.mark.parametrize(
        ("model", "channel", "name", "version"),
        [
            (Model.DS2482_100, 0, "DS2482-100", 20),
            (Model.DS2483, 0, "DS2482-100", 20),
            (Model.DS2482_800, 0, "DS2482-800(0)", 21),
            (Model.DS2482_800, 7, "DS2482-800(7)", 21),
        ],
    )
    def test_knows_the_models_apart_and_names_them_as_owserver_does(
        self, model: Model, channel: int, name: str, version: int
    ) -> None:
        bench = I2cBench(model, channel)
        (chip,) = bench.thermometers(1)
        bench.master.open()
        assert (bench.master.name, bench.master.version) == (name, version)
        assert read_rom(bench) == READ_ROM + chip.rom


def read_rom(bench: I2cBench) -> bytes | None:
    return bench.master.reset_exchange(READ_ROM + READ_BYTE * 8)


class Guarded:
    """Operations whose results show whether they went to the right bus; each with that result."""

    def __init__(self, bench: I2cBench) -> None:
        self.bench = bench
        self.master = bench.master
        (self.chip,) = bench.thermometers(1, temperature=21.5)
        self.chip.set_limits(-10, 20)
        bench.master.reset_exchange(SKIP_ROM + bytes([CONVERT_T]))
        bench.clock.wait(CONVERSION_SECONDS)

    def read(self) -> bool:
        return read_rom(self.bench) == READ_ROM + self.chip.rom

    def read_bit_by_bit(self) -> bool:
        self.master.reset()
        self.master.exchange(READ_ROM)
        bits = self.master.touch_bits([1] * 64)
        return bits == [self.chip.rom[n >> 3] >> (n & 7) & 1 for n in range(64)]

    def search(self) -> bool:
        return search_all(self.master) == [self.chip.rom]

    def alarm_search(self) -> bool:
        return search_all(self.master, ALARM_SEARCH) == [self.chip.rom]

    def read_in_overdrive(self) -> bool:
        # The thermometer knows no overdrive, and hears nothing of it.
        self.master.set_overdrive(True)
        try:
            return self.master.reset() is False
        finally:
            self.master.set_overdrive(False)

    def convert_and_read(self) -> bool:
        self.chip.parasitic = True
        self.master.reset_exchange(MATCH_ROM + self.chip.rom)
        self.master.power_byte(CONVERT_T, CONVERSION_SECONDS)
        back = self.master.reset_exchange(SKIP_ROM + READ_SCRATCHPAD + READ_BYTE * 9)
        return back is not None and int.from_bytes(back[2:4], "little") == 21.5 * 16


MANY = 3
"""Messages that the shortest of them takes at least."""

GUARDED = [name for name in vars(Guarded) if not name.startswith("_")]


class TestNoAcknowledgement:
    @pytest.mark.no_cover  # the same lines thousands of times
    @pytest.mark.parametrize("name", GUARDED)
    def test_at_any_moment_is_a_bus_error(self, bench: I2cBench, name: str) -> None:
        guarded = getattr(Guarded(bench), name)
        for moment in range(5000):
            bench.i2c.deaf_in = moment
            try:
                assert guarded(), moment
            except BusError:
                bench.master.close()
                bench.master.open()
            else:
                break
            assert guarded(), moment
        assert bench.i2c.deaf_in is not None
        assert moment >= MANY


class TestSelfReset:
    """The supply of a -800 is known to dip: the chip comes back without its configuration."""

    @pytest.mark.no_cover  # the same lines thousands of times
    @pytest.mark.parametrize("name", GUARDED)
    def test_at_any_moment_gives_an_error_or_the_right_answer(
        self, bench: I2cBench, name: str
    ) -> None:
        guarded = getattr(Guarded(bench), name)
        for moment in range(5000):
            bench.chip.resets_in = moment
            try:
                assert guarded(), moment
            except BusError:
                bench.master.close()
                bench.master.open()
            if bench.chip.resets_in is not None:
                break
            assert guarded(), moment
        assert bench.chip.self_resets == moment >= MANY

    def test_disturbs_no_transaction_of_another_channel(self) -> None:
        bench = I2cBench(Model.DS2482_800, 5)
        bench.master.open()
        other = bench.other_channel(0)
        chip, neighbour = DS18B20(RomId.make(0x28, b"other0")), bench.thermometers(1)[0]
        bench.wires[0].attach(chip)
        assert other.reset_exchange(MATCH_ROM + chip.rom + READ_SCRATCHPAD) is not None
        bench.chip.resets_in = 0
        with pytest.raises(BusError, match="reset itself"):
            bench.master.exchange(READ_BYTE)
        bench.master.close()
        bench.master.open()
        assert read_rom(bench) == READ_ROM + neighbour.rom
        with pytest.raises(BusError, match="set up anew"):
            other.exchange(READ_BYTE * 9)
        assert other.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    def test_puts_nothing_on_another_channel(self) -> None:
        bench = I2cBench(Model.DS2482_800, 5)
        bench.master.open()
        bench.thermometers(1)
        assert bench.master.reset()
        before = bench.wires[0].counts.snapshot()
        bench.chip.resets_in = 0
        with pytest.raises(BusError, match="reset itself"):
            bench.master.reset()
        assert bench.wires[0].counts == before

    def test_is_healed_by_the_core_without_anybody_noticing(self) -> None:
        bench = I2cBench(Model.DS2482_800, 5)
        (chip,) = bench.thermometers(1, temperature=21.5)

        async def main() -> list[bytes]:
            values = []
            async with OneWire(bench.master, clock=bench.clock) as onewire:
                for transfers in range(0, 300, 7):
                    bench.chip.resets_in = transfers
                    reading = await onewire.read(f"/uncached/{chip.rom}/temperature")
                    values.append(reading.data.strip())
            return values

        assert set(run(main(), bench.clock)) == {b"21.5"}
        assert bench.chip.self_resets == 43


class TestConfiguration:
    def test_active_pullup_is_on_unless_told_otherwise(self, closed_bench: I2cBench) -> None:
        closed_bench.master.open()
        assert closed_bench.chip.configuration == Configuration.ACTIVE_PULLUP
        closed_bench.master.close()
        closed_bench.master.change_setting("i2c/ActivePullUp", False)
        closed_bench.master.open()
        assert closed_bench.chip.configuration == 0
        assert closed_bench.master.setting("i2c/ActivePullUp") is False

    def test_presence_pulses_are_masked_only_by_the_chip_that_can(self) -> None:
        # On a DS2483 this bit switches the chip off.
        for model in Model:
            bench = I2cBench(model, options={"presence_pulse_masking": True})
            bench.thermometers(1)
            bench.master.open()
            masks = Configuration.PRESENCE_MASK_OR_POWER_DOWN in bench.chip.configuration
            assert masks is (model is Model.DS2482_100)
            assert bench.master.setting("i2c/PulsePresenceMask") is masks
            assert bench.master.reset()
            bench.master.change_setting("i2c/PulsePresenceMask", False)
            if not masks:
                with pytest.raises(NotSupportedError, match="cannot mask"):
                    bench.master.change_setting("i2c/PulsePresenceMask", True)

    def test_settings_are_read_and_changed_by_path(self) -> None:
        bench = I2cBench(Model.DS2482_100)
        settings = "/bus.0/interface/settings"

        async def main() -> list[bytes]:
            async with OneWire(bench.master, clock=bench.clock) as onewire:
                await onewire.write(f"{settings}/i2c/PulsePresenceMask", b"1")
                await onewire.write(f"{settings}/i2c/ActivePullUp", b"0")
                names = ("i2c/PulsePresenceMask", "i2c/ActivePullUp", "name", "version")
                return [(await onewire.read(f"{settings}/{name}")).data for name in names]

        values = [value.strip() for value in run(main(), bench.clock)]
        assert values == [b"1", b"0", b"DS2482-100", b"20"]
        assert bench.chip.configuration == Configuration.PRESENCE_MASK_OR_POWER_DOWN

    def test_a_register_that_reads_back_wrong_is_an_error(self, closed_bench: I2cBench) -> None:
        master = closed_bench.master
        closed_bench.meddler.change = lambda answer: b"\x03" if answer == b"\x01" else answer
        with pytest.raises(BusNotRespondingError, match="expected to read 01, got 03"):
            master.open()

    def test_a_channel_that_is_not_selected_is_an_error(self) -> None:
        bench = I2cBench(Model.DS2482_800, 5)
        bench.master.open()
        bench.meddler.change = lambda answer: b"\xb8" if answer == b"\x95" else answer
        with pytest.raises(BusError, match="expected to read 95, got b8"):
            bench.master.reset()

    def test_overdrive_holds_for_its_channel_only(self) -> None:
        bench = I2cBench(Model.DS2482_800, 5)
        bench.master.open()
        other = bench.other_channel(6)
        bench.master.set_overdrive(True)
        for master in (bench.master, other, bench.master):
            master.reset()
            master.exchange(b"\x3c")
        fast, slow = bench.wires[5].counts, bench.wires[6].counts
        assert (fast.overdrive_resets, fast.overdrive_slots) == (fast.resets, fast.slots) == (2, 16)
        assert (slow.overdrive_resets, slow.overdrive_slots) == (0, 0)
        bench.master.set_overdrive(False)
        bench.master.reset()
        assert fast.overdrive_resets == 2
