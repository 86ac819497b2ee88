"""How a DS2482 is found: what addresses and options mean, and who is asked."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import ds2482find, open_master
from owfs_py.bus.masters.ds2482 import DS2482, find
from owfs_py.emulator import ds2482 as emulated
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import EmulatedSmbus, I2cBus
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire
from tests.bus.masters.i2cbench import CHANNELS


class Machine:
    """Two I2C adapters, with a -100 at 0x19, and a -800 at 0x18 beside a -100 at 0x1F."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = VirtualClock()
        self.buses = {path: I2cBus(self.clock) for path in ("/dev/i2c-0", "/dev/i2c-1")}
        self._put("/dev/i2c-0", 0x19, Model.DS2482_100)
        self._put("/dev/i2c-1", 0x18, Model.DS2482_800)
        self._put("/dev/i2c-1", 0x1F, Model.DS2482_100)
        monkeypatch.setattr(ds2482find, "adapters", lambda: list(self.buses))

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
        with pytest.raises(BusNotRespondingError, match="found on /dev/i2c-0, /dev/i2c-1"):
            machine.find(spec)
        machine.buses.clear()
        with pytest.raises(BusNotRespondingError, match="no DS2482 found: there is no I2C adapter"):
            machine.find(spec)

    @pytest.mark.parametrize(
        ("url", "address"),
        [
            ("ds2482:///dev/i2c-1", "/dev/i2c-1"),
            ("ds2482:///dev/i2c-1:2", "/dev/i2c-1:1A"),
            ("DS2482:///dev/i2c-1:1c", "/dev/i2c-1:1C"),
        ],
    )
    def test_a_url_names_adapter_and_address(self, url: str, address: str) -> None:
        master = open_master(url)
        assert isinstance(master, DS2482)
        assert master.address == address

    @pytest.mark.parametrize("address", ["", "all", "all:0", ":1"])
    def test_a_url_must_name_the_adapter(self, address: str) -> None:
        with pytest.raises(ValueError, match="names no I2C adapter, such as /dev/i2c-1"):
            open_master(f"ds2482://{address}")

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
        monkeypatch.setattr(ds2482find, "find_spec", lambda name: None)
        for ask in (find, DS2482):
            with pytest.raises(
                ImportError, match=r"smbus2 is missing \(pip install 'owfs_py\[i2c\]'"
            ):
                ask("/dev/i2c-1")

    def test_two_that_come_later_do_not_end_at_the_same_address(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine = Machine(monkeypatch)
        bus = machine.buses["/dev/i2c-1"]
        there = dict(bus.chips)
        bus.chips.clear()
        first, second, third = (
            DS2482("/dev/i2c-1", machine.clock, connect=machine.connect) for _ in range(3)
        )
        bus.chips.update(there)
        first.open()
        second.open()
        assert [first.address, second.address] == ["/dev/i2c-1:18", "/dev/i2c-1:1F"]
        with pytest.raises(BusNotRespondingError, match="no DS2482: another bus has it"):
            third.open()
        del bus.chips[0x18]  # it fails for a while, and is still the first one's
        with pytest.raises(BusError):
            first.reset()
        bus.chips[0x18] = there[0x18]
        second.close()
        third.open()
        assert third.address == "/dev/i2c-1:1F"

    def test_an_adapter_that_appears_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        machine = Machine(monkeypatch)
        bus = machine.buses.pop("/dev/i2c-1")
        (master,) = find("/dev/i2c-1:7", machine.clock, connect=machine.connect)
        with pytest.raises(BusNotRespondingError, match=r"i2c-1:1F: cannot be opened: .*No such"):
            master.open()
        machine.buses["/dev/i2c-1"] = bus
        master.open()
        assert master.reset() is False
