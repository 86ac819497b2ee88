"""The DS2482 and DS2483: the contract, chips that reset themselves, channels, how chips are found."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    CommunicationError,
    NotSupportedError,
)
from owfs_py.bus.masters import ds2482, open_master
from owfs_py.bus.masters.base import ALARM_SEARCH, READ_BYTE
from owfs_py.bus.masters.ds2482 import DS2482, find
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator import ds2482 as emulated
from owfs_py.emulator.ds2482 import Configuration, Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock, run
from owfs_py.emulator.wire import Wire
from tests.bus.masters import test_contract as contract
from tests.bus.masters.bench import search_all
from tests.bus.masters.i2cbench import CHANNELS, I2cBench
from tests.bus.masters.test_contract import (
    CONVERSION_SECONDS,
    CONVERT_T,
    MATCH_ROM,
    READ_ROM,
    READ_SCRATCHPAD,
    SKIP_ROM,
    operation,  # noqa: F401  a fixture
)

CASES = {
    "DS2482-100": (Model.DS2482_100, 0),
    "DS2483": (Model.DS2483, 0),
    "DS2482-800, channel 0": (Model.DS2482_800, 0),
    "DS2482-800, channel 5": (Model.DS2482_800, 5),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def closed_bench(request: pytest.FixtureRequest) -> I2cBench:
    return I2cBench(*request.param)


class TestResetAndPresence(contract.TestResetAndPresence):
    pass


class TestSlots(contract.TestSlots):
    pass


class TestSearch(contract.TestSearch):
    pass


class TestPower(contract.TestPower):
    pass


class TestFailures(contract.TestFailures):
    pass


class TestOpening(contract.TestOpening):
    def test_knows_the_models_apart_and_names_them_as_owserver_does(self, bench: I2cBench) -> None:
        expected = {
            Model.DS2482_100: ("DS2482-100", 20),
            Model.DS2483: ("DS2482-100", 20),
            Model.DS2482_800: (f"DS2482-800({bench.channel})", 21),
        }
        assert (bench.master.name, bench.master.version) == expected[bench.model]


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


MANY = 4
"""I2C transfers that the shortest of them takes at least."""

GUARDED = [name for name in vars(Guarded) if not name.startswith("_")]


class TestSelfReset:
    """The supply of a -800 is known to dip: the chip comes back without its configuration."""

    @pytest.mark.parametrize("name", GUARDED)
    def test_at_any_moment_gives_an_error_or_the_right_answer(
        self, bench: I2cBench, name: str
    ) -> None:
        operation = getattr(Guarded(bench), name)
        for transfers in range(5000):
            bench.chip.resets_in = transfers
            try:
                assert operation(), transfers
            except BusError as error:
                assert re.search("reset itself|expected to read", str(error))
                bench.master.close()
                bench.master.open()
            if bench.chip.resets_in is not None:
                break
            assert operation(), transfers
        assert bench.chip.self_resets == transfers >= MANY

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
        other.close()
        other.open()
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


def eight_channels(*, parasitic: bool = False) -> tuple[I2cBench, list[DS2482], list[DS18B20]]:
    """A -800 with a thermometer on each channel, at as many degrees as its number."""
    bench = I2cBench(Model.DS2482_800)
    masters = find("emulated", bench.clock, connect=bench.port.open)
    chips = [
        DS18B20(RomId.make(0x28, b"chip%02d" % n), temperature=float(n), parasitic=parasitic)
        for n in range(8)
    ]
    for wire, chip in zip(bench.wires, chips, strict=True):
        wire.attach(chip)
    return bench, masters, chips


class TestChannels:
    @pytest.mark.parametrize(("parasitic", "conversions"), [(False, 1), (True, 8)])
    def test_channels_convert_at_the_same_time_unless_the_chip_feeds_them(
        self, parasitic: bool, conversions: int
    ) -> None:
        bench, masters, chips = eight_channels(parasitic=parasitic)

        async def main() -> tuple[list[float], float]:
            async with OneWire(*masters, clock=bench.clock) as onewire:
                start = bench.clock.now()
                paths = [f"/uncached/{chip.rom}/temperature" for chip in chips]
                values = await asyncio.gather(*map(onewire.read_value, paths))
                return values, bench.clock.now() - start

        values, took = run(main(), bench.clock)
        assert values == list(range(8))
        assert took == pytest.approx(conversions * CONVERSION_SECONDS, rel=0.1)
        assert [chip.brown_outs for chip in chips] == [0] * 8

    def test_a_device_is_looked_for_on_its_own_channel(self) -> None:
        bench, masters, chips = eight_channels()

        async def main() -> list[list[str]]:
            async with OneWire(*masters, clock=bench.clock) as onewire:
                return [list((await onewire.dir(f"/bus.{n}")).entries) for n in range(8)]

        for n, entries in enumerate(run(main(), bench.clock)):
            assert [entry for entry in entries if "28." in entry] == [f"/bus.{n}/{chips[n].rom}"]

    def test_threads_of_all_channels_never_get_each_others_bits(self) -> None:
        bench, masters, chips = eight_channels()
        wrong: list[object] = []

        def work(master: DS2482, chip: DS18B20) -> None:
            try:
                master.open()
                for _ in range(20):
                    for answer, right in (
                        (master.reset_exchange(READ_ROM), READ_ROM),
                        (master.exchange(READ_BYTE * 8), chip.rom),
                        (search_all(master), [chip.rom]),
                    ):
                        if answer != right:
                            wrong.append((chip.rom, answer))
            except BusError as error:
                wrong.append(error)

        threads = [
            threading.Thread(target=work, args=each) for each in zip(masters, chips, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_the_last_one_closes_the_adapter(self) -> None:
        bench, masters, _ = eight_channels()
        for master in masters:
            master.open()
        for master in masters:
            assert bench.port.is_open
            master.close()
        assert not bench.port.is_open

    def test_closing_and_opening_one_leaves_the_others_alone(self) -> None:
        bench, masters, chips = eight_channels()
        for master in masters:
            master.open()
        assert masters[3].reset_exchange(READ_ROM + READ_BYTE * 4) is not None
        masters[2].close()
        masters[2].open()
        assert masters[2].reset()
        assert masters[3].exchange(READ_BYTE * 4) == chips[3].rom[4:]

    def test_a_chip_with_fewer_channels_is_told(self) -> None:
        bench = I2cBench(Model.DS2482_100, options={"channel": 0})
        master = DS2482("emulated:0", bench.clock, connect=bench.port.open, channel=3)
        with pytest.raises(BusNotRespondingError, match="no channel 3, it is a DS2482-100"):
            master.open()


class Machine:
    """Two I2C adapters, with a -100 at 0x19, and a -800 at 0x18 beside a -100 at 0x1F."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.buses = {path: I2cBus(self.clock) for path in ("/dev/i2c-0", "/dev/i2c-1")}
        self._put("/dev/i2c-0", 0x19, Model.DS2482_100)
        self._put("/dev/i2c-1", 0x18, Model.DS2482_800)
        self._put("/dev/i2c-1", 0x1F, Model.DS2482_100)
        monkeypatch.setattr(ds2482, "adapters", lambda: list(self.buses))

    def _put(self, path: str, address: int, model: Model) -> None:
        wires = [Wire(self.clock) for _ in range(CHANNELS[model])]
        self.buses[path].attach(address, emulated.DS2482(wires, model))

    def connect(self, path: str) -> EmulatedSmbus:
        if path not in self.buses:
            raise FileNotFoundError(2, "No such file or directory", path)
        return EmulatedSmbus(self.buses[path])

    def find(self, spec: str) -> list[tuple[str, str]]:
        found = find(spec, self.clock, connect=self.connect)
        return [(master.address, master.name) for master in found]


FIRST = [("/dev/i2c-0:19", "DS2482-100")]
EIGHT = [("/dev/i2c-1:18", f"DS2482-800({n})") for n in range(8)]
LAST = [("/dev/i2c-1:1F", "DS2482-100")]


class TestFinding:
    @pytest.mark.parametrize(
        ("spec", "expected"),
        [
            ("", FIRST),
            (":", FIRST),
            (":all", FIRST + EIGHT + LAST),
            (":7", LAST),
            ("all", FIRST + EIGHT),
            ("*:*", FIRST + EIGHT + LAST),
            ("ALL:ALL", FIRST + EIGHT + LAST),
            ("/dev/i2c-0", FIRST),
            ("/dev/i2c-0:1", FIRST),
            ("/dev/i2c-0:19", FIRST),
            ("/dev/i2c-1", EIGHT),
            ("/dev/i2c-1:", EIGHT),
            ("/dev/i2c-1:0", EIGHT),
            ("/dev/i2c-1:7", LAST),
            ("/dev/i2c-1:1f", LAST),
            ("/dev/i2c-1:all", EIGHT + LAST),
            # What is named and not there is waited for.
            ("/dev/i2c-0:7", [("/dev/i2c-0:1F", "DS2482-100")]),
            ("/dev/i2c-5", [("/dev/i2c-5", "DS2482-100")]),
            ("/dev/i2c-5:all", [("/dev/i2c-5", "DS2482-100")]),
        ],
    )
    def test_a_spec_means_what_it_means_to_owserver(
        self, monkeypatch: pytest.MonkeyPatch, spec: str, expected: list[tuple[str, str]]
    ) -> None:
        assert Machine(monkeypatch).find(spec) == expected

    @pytest.mark.parametrize("spec", ["", "all", "all:all"])
    def test_nothing_anywhere_is_told(self, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
        machine = Machine(monkeypatch)
        for bus in machine.buses.values():
            bus.chips.clear()
        with pytest.raises(ValueError, match="no DS2482 found on /dev/i2c-0, /dev/i2c-1"):
            machine.find(spec)
        machine.buses.clear()
        with pytest.raises(ValueError, match="no DS2482 found: there is no I2C adapter"):
            machine.find(spec)

    @pytest.mark.parametrize("which", ["8", "17", "20", "x", "0x18", "-1"])
    def test_an_address_that_cannot_be_is_refused(self, which: str) -> None:
        with pytest.raises(ValueError, match="0 to 7 for 0x18 to 0x1f, or all"):
            open_master(f"ds2482:///dev/i2c-1:{which}")

    def test_other_chips_get_no_more_than_one_byte(self) -> None:
        class Thermometer:
            """Any chip with registers, such as a MCP9808, that shares these I2C addresses."""

            written: list[bytes] = []  # noqa: RUF012  of one test

            def write(self, data: bytes) -> None:
                self.written.append(data)

            def read(self, count: int) -> bytes:
                return b"\xc1" * count

        clock = VirtualClock()
        bus, stranger = I2cBus(clock), Thermometer()
        bus.attach(0x18, stranger)
        bus.attach(0x1B, emulated.DS2482([Wire(clock)]))
        (master,) = find("/dev/i2c-1", clock, connect=lambda path: EmulatedSmbus(bus))
        assert master.address == "/dev/i2c-1:1B"
        assert set(map(len, stranger.written)) == {1}
        alone = find("/dev/i2c-1:0", clock, connect=lambda path: EmulatedSmbus(bus))
        with pytest.raises(BusNotRespondingError, match="no DS2482: status c1 at I2C address 18"):
            alone[0].open()

    def test_without_smbus2_one_line_names_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ds2482, "find_spec", lambda name: None)
        for ask in (find, DS2482):
            with pytest.raises(
                ValueError, match=r"smbus2 is missing \(pip install 'owfs_py\[i2c\]'"
            ):
                ask("/dev/i2c-1")

    def test_an_adapter_that_appears_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        machine = Machine(monkeypatch)
        bus = machine.buses.pop("/dev/i2c-1")
        (master,) = find("/dev/i2c-1:7", machine.clock, connect=machine.connect)
        with pytest.raises(
            BusNotRespondingError, match="/dev/i2c-1:1F: cannot be opened: .*No such"
        ):
            master.open()
        machine.buses["/dev/i2c-1"] = bus
        master.open()
        assert master.reset() is False
