"""The real owserver 3.2p4 on the emulated DS2482 and DS2483, and our daemon by way of smbus2.

Both open /dev/i2c-1 through the preloaded library, so this is real time. What owserver gets right
proves the emulated chip; then the same must come from ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from owfs_py.emulator.ds2482 import DS2482, Configuration, Model
from owfs_py.emulator.i2cdev import Controller, I2cBus
from owfs_py.emulator.i2cdev.server import I2cDevServer
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.slave import Slave
from owfs_py.emulator.thermometers import DS18B20, DS18S20, Thermometer
from owfs_py.emulator.wire import Wire
from tests.interop.eeprom import stores
from tests.interop.ourserver import OurDaemon
from tests.interop.realserver import RealOwserver, run

TWENTY_DEVICES = ["28", "10", "22", "28", "01"] * 4
ADAPTER = "/dev/i2c-1"
ADDRESS = 0x1A
WIRES = {Model.DS2482_100: 1, Model.DS2482_800: 8, Model.DS2483: 1}
COLDEST, HOTTEST = -55 * 16, 125 * 16  # in sixteenths of a degree
MAX_CONVERSION = 0.75
RECOVERY_TIME = 20.0
POLL = 0.1


class Board:
    """A chip on an I2C adapter, and devices dealt out over its channels."""

    def __init__(
        self,
        model: Model,
        devices: list[str],
        *,
        parasitic: bool = False,
        controller: Controller = Controller.I2C,
    ) -> None:
        self.wires = [Wire() for _ in range(WIRES[model])]
        self.chip = DS2482(self.wires, model)
        self.i2c = I2cBus(controller=controller)
        self.i2c.attach(ADDRESS, self.chip)
        self.slaves: list[Slave] = []
        for index, device in enumerate(devices):
            slave = make_slave(device, index=index)
            if isinstance(slave, Thermometer):
                slave.parasitic = parasitic
            self.wires[index % len(self.wires)].attach(slave)
            self.slaves.append(slave)

    def cut_power(self) -> None:
        """The chip is gone for the time being."""
        self.i2c.chips.pop(ADDRESS)

    def power_up(self) -> None:
        """The chip is there, as new."""
        self.chip.power_up()
        self.i2c.attach(ADDRESS, self.chip)

    @property
    def thermometers(self) -> list[Thermometer]:
        return [slave for slave in self.slaves if isinstance(slave, Thermometer)]


@dataclass
class Rig:
    """A board and an owserver on it, the real one or ours; asked by the real clients."""

    board: Board
    device: I2cDevServer
    server: RealOwserver | OurDaemon

    def ask(self, command: str, *args: str) -> str:
        return run([command, "-s", self.server.address, "--", *args]).strip()

    def read(self, chip: Slave, name: str) -> str:
        return self.ask("owread", f"/uncached/{chip.rom}/{name}")

    def setting(self, bus: int, name: str) -> str:
        return self.ask("owread", f"/bus.{bus}/interface/settings/{name}")

    def devices(self, path: str) -> list[str]:
        """The names of the devices in a directory."""
        families = tuple(f"{family}." for family in TWENTY_DEVICES)
        names = (entry.rpartition("/")[2] for entry in self.ask("owdir", path).split())
        return sorted(name for name in names if name.startswith(families))

    def wait_until_listed(self, names: list[str]) -> None:
        deadline = time.monotonic() + RECOVERY_TIME
        while self._devices_or_none() != names:
            assert time.monotonic() < deadline, f"{self._devices_or_none()} instead of {names}"
            time.sleep(POLL)

    def _devices_or_none(self) -> list[str] | None:
        try:
            return self.devices("/uncached")
        except AssertionError:
            return None

    def convert_all(self) -> None:
        for bus in range(len(self.board.wires)):
            self.ask("owwrite", f"/bus.{bus}/simultaneous/temperature", "1")
        time.sleep(MAX_CONVERSION)


SERVERS = ("owserver 3.2p4", "ours")


@contextmanager
def serving(server: str, board: Board, *options: str) -> Iterator[Rig]:
    arguments = list(options or (f"--i2c={ADAPTER}",))
    with I2cDevServer({ADAPTER: board.i2c}) as device:
        if server == "ours":
            environment = [f"{name}={value}" for name, value in device.environment.items()]
            started: RealOwserver | OurDaemon = OurDaemon(arguments, ["env", *environment])
        else:
            started = RealOwserver(arguments, device.environment)
        with started:
            yield Rig(board, device, started)


@pytest.fixture(
    scope="module",
    params=[(server, model) for model in Model for server in SERVERS],
    ids=lambda case: f"{case[0]} on {case[1].value}",
)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    server, model = request.param
    with serving(server, Board(model, TWENTY_DEVICES)) as rig:
        yield rig


def as_printed(sixteenths: int) -> str:
    return f"{sixteenths / 16:.6G}"


def test_the_adapter_is_known_by_name_address_and_number(rig: Rig) -> None:
    eight = rig.board.chip.model is Model.DS2482_800
    for bus in range(len(rig.board.wires)):
        assert rig.setting(bus, "name") == (f"DS2482-800({bus})" if eight else "DS2482-100")
        assert rig.setting(bus, "version") == ("21" if eight else "20")
        assert rig.setting(bus, "address") == f"{ADAPTER}:{ADDRESS:02X}"
        assert rig.setting(bus, "i2c/ActivePullUp") == "1"
        assert rig.setting(bus, "i2c/PulsePresenceMask") == "0"
    rig.devices("/uncached")
    assert rig.board.chip.configuration == Configuration.ACTIVE_PULLUP


def test_all_twenty_devices_are_listed_each_on_its_channel(rig: Rig) -> None:
    assert rig.devices("/uncached") == sorted(str(slave.rom) for slave in rig.board.slaves)
    for bus, wire in enumerate(rig.board.wires):
        expected = sorted(str(slave.rom) for slave in wire.slaves)
        assert rig.devices(f"/uncached/bus.{bus}") == expected


def test_every_temperature_is_right_to_the_last_bit(rig: Rig) -> None:
    chips = rig.board.thermometers
    span = HOTTEST - COLDEST
    for ladder in (
        [COLDEST + span * index // (len(chips) - 1) for index in range(len(chips))],
        [index - len(chips) // 2 for index in range(len(chips))],  # around 0, every sixteenth
    ):
        for chip, sixteenths in zip(chips, ladder, strict=True):
            chip.sixteenths = sixteenths
        rig.convert_all()
        got = [rig.read(chip, "latesttemp") for chip in chips]
        assert got == [as_printed(sixteenths) for sixteenths in ladder]


@pytest.mark.parametrize("kind", [DS18B20, DS18S20])
def test_limits_are_written_to_the_eeprom_and_read_back(rig: Rig, kind: type[Thermometer]) -> None:
    chip = next(chip for chip in rig.board.thermometers if type(chip) is kind)
    rig.ask("owwrite", f"/{chip.rom}/temphigh", "33")
    rig.ask("owwrite", f"/{chip.rom}/templow", "-12")
    assert stores(chip, bytes((33, 0x100 - 12)))
    assert (rig.read(chip, "temphigh"), rig.read(chip, "templow")) == ("33", "-12")


def test_the_alarm_directory_lists_exactly_the_chips_outside_their_limits(rig: Rig) -> None:
    chips = rig.board.thermometers
    for chip in chips:
        chip.set_limits(-10, 40)
        chip.temperature = 20
    rig.convert_all()
    assert rig.devices("/alarm") == []
    chips[0].temperature, chips[-1].temperature = 45, -10.5
    rig.convert_all()
    assert rig.devices("/alarm") == sorted(str(chip.rom) for chip in (chips[0], chips[-1]))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("model", Model)
def test_parasitic_chips_are_fed(server: str, model: Model) -> None:
    board = Board(model, ["28", "10"], parasitic=True)
    with serving(server, board) as rig:
        for chip, sixteenths in zip(board.thermometers, (-1, 407), strict=True):
            chip.sixteenths = sixteenths
            assert rig.read(chip, "power") == "0"
            assert rig.read(chip, "temperature") == as_printed(sixteenths)
            rig.ask("owwrite", f"/{chip.rom}/temphigh", "44")
            assert chip.eeprom[0] == 44
            assert chip.brown_outs == 0
    assert sum(wire.counts.pullup_time for wire in board.wires) > 2 * MAX_CONVERSION


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "option", ["-d{}", "-d {}", "{}", "--i2c={}:2", "--i2c={}:*", "--I2C={}:ALL"]
)
def test_owservers_forms_of_the_option_find_the_chip(server: str, option: str) -> None:
    board = Board(Model.DS2482_100, ["28"])
    with serving(server, board, *option.format(ADAPTER).split()) as rig:
        assert rig.devices("/uncached") == [str(board.slaves[0].rom)]


@pytest.mark.parametrize("server", SERVERS)
def test_active_pullup_and_masking_come_from_the_options(server: str) -> None:
    board = Board(Model.DS2482_100, ["28"])
    with serving(server, board, f"--i2c={ADAPTER}", "--no_APU", "--PPM") as rig:
        assert rig.devices("/uncached") == [str(board.slaves[0].rom)]
        assert board.chip.configuration == Configuration.PRESENCE_MASK_OR_POWER_DOWN
        rig.ask("owwrite", "/bus.0/interface/settings/i2c/ActivePullUp", "1")
        assert rig.setting(0, "i2c/ActivePullUp") == "1"
        rig.devices("/uncached")
        assert Configuration.ACTIVE_PULLUP in board.chip.configuration


def test_the_manuals_forms_work_that_owserver_refuses() -> None:
    board = Board(Model.DS2482_100, ["28"])
    with serving("ours", board, f"--i2c={ADAPTER}:") as rig:
        assert rig.devices("/uncached") == [str(board.slaves[0].rom)]
    with (
        pytest.raises(RuntimeError, match="ended with 1"),
        serving("owserver 3.2p4", board, f"--i2c={ADAPTER}:"),
    ):
        pass


def test_masking_does_not_switch_a_ds2483_off_as_owserver_does() -> None:
    for server, found in (("owserver 3.2p4", 0), ("ours", 1)):
        board = Board(Model.DS2483, ["28"])
        with serving(server, board, f"--i2c={ADAPTER}", "--PPM") as rig:
            assert len(rig.devices("/uncached")) == found


def test_ours_hides_that_the_chip_resets_itself() -> None:
    board = Board(Model.DS2482_800, TWENTY_DEVICES)
    for chip in board.thermometers:
        chip.sixteenths = 344
    with serving("ours", board) as rig:
        for transfers, chip in enumerate(board.thermometers):
            board.chip.resets_in = 10 * transfers
            assert rig.read(chip, "temperature9") == "21.5"
        assert board.chip.self_resets == len(board.thermometers)


def test_ours_is_back_when_the_adapter_is() -> None:
    board = Board(Model.DS2482_100, ["28"])
    device = [str(board.slaves[0].rom)]
    with serving("ours", board) as rig:
        assert rig.devices("/uncached") == device
        del rig.device.buses[ADAPTER]
        with pytest.raises(AssertionError, match="exit status 1"):
            rig.ask("owdir", "/uncached/bus.0")
        rig.device.buses[ADAPTER] = board.i2c
        rig.wait_until_listed(device)


def test_ours_has_all_channels_again_when_the_chip_has_its_power_again() -> None:
    board = Board(Model.DS2482_800, TWENTY_DEVICES)
    everybody = sorted(str(slave.rom) for slave in board.slaves)
    with serving("ours", board) as rig:
        assert rig.devices("/uncached") == everybody
        board.cut_power()
        for bus in range(8):
            with pytest.raises(AssertionError, match="exit status 1"):
                rig.ask("owdir", f"/uncached/bus.{bus}")
        board.power_up()
        rig.wait_until_listed(everybody)


@pytest.mark.parametrize("option", [f"--i2c={ADAPTER}", f"--i2c={ADAPTER}:2"])
def test_ours_has_all_channels_of_a_chip_that_is_powered_later(option: str) -> None:
    board = Board(Model.DS2482_800, TWENTY_DEVICES)
    board.cut_power()
    with serving("ours", board, option) as rig:
        assert rig.setting(0, "name") == "DS2482-100"
        board.power_up()
        rig.wait_until_listed(sorted(str(slave.rom) for slave in board.slaves))
        for bus, wire in enumerate(board.wires):
            assert rig.setting(bus, "name") == f"DS2482-800({bus})"
            assert rig.setting(bus, "address") == f"{ADAPTER}:{ADDRESS:02X}"
            expected = sorted(str(slave.rom) for slave in wire.slaves)
            assert rig.devices(f"/uncached/bus.{bus}") == expected


def test_ours_says_what_is_missing_and_waits_for_it_when_no_chip_is_there() -> None:
    with serving("ours", Board(Model.DS2482_100, []), "--i2c") as rig:
        assert rig.setting(0, "name") == "DS2482-100"
        assert "bus.0: no DS2482 found" in rig.server.log


def test_ours_gives_a_chip_that_is_asked_for_twice_one_bus() -> None:
    board = Board(Model.DS2482_100, TWENTY_DEVICES)
    with serving("ours", board, f"--i2c={ADAPTER}", "-d", ADAPTER) as rig:
        assert rig.devices("/uncached/bus.0") == sorted(str(slave.rom) for slave in board.slaves)
        assert "/bus.1" not in rig.ask("owdir", "/").split()
        assert f"option -d: {ADAPTER}:{ADDRESS:02X} has a bus already" in rig.server.log


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("controller", Controller)
def test_any_controller_will_do(server: str, controller: Controller) -> None:
    board = Board(Model.DS2482_800, TWENTY_DEVICES, controller=controller)
    with serving(server, board) as rig:
        assert rig.devices("/uncached") == sorted(str(slave.rom) for slave in board.slaves)
        for chip, sixteenths in zip(board.thermometers, range(-160, 160, 20), strict=False):
            chip.sixteenths = sixteenths
        rig.convert_all()
        for chip in board.thermometers:
            assert rig.read(chip, "latesttemp") == as_printed(chip.sixteenths)


def test_ours_needs_fewer_transfers_the_more_the_controller_can() -> None:
    needed = {}
    for controller in Controller:
        board = Board(Model.DS2482_100, ["28"], controller=controller)
        with serving("ours", board) as rig:
            for _ in range(2):
                before = board.i2c.transfers
                rig.read(board.slaves[0], "latesttemp")
                needed[controller] = board.i2c.transfers - before
    scratchpad = 1 + 8 + 1 + 9  # bytes: Match ROM, the id, Read Scratchpad, the answer
    assert needed[Controller.I2C] == pytest.approx(scratchpad, rel=0.3)
    assert needed[Controller.READ_LAST] == pytest.approx(2 * scratchpad, rel=0.3)
    assert needed[Controller.SMBUS] > 4 * scratchpad
