"""Which DS2490 a bus has, and how it is found again when it was pulled out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters import open_master
from owfs_py.bus.masters.ds2490 import DS2490
from owfs_py.bus.masters.ds2490choice import adapters
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.wired import RECONNECT_LONGEST
from owfs_py.emulator import ds2490 as emulated
from owfs_py.emulator.libusb import UsbDevice
from owfs_py.emulator.registry import make_slave
from owfs_py.emulator.virtualtime import run
from owfs_py.emulator.wire import Wire
from tests.bus.masters.usbbench import UsbBench, place, usb_bench


@pytest.fixture
def usb() -> Iterator[UsbBench]:
    """One adapter and its driver, closed."""
    with usb_bench() as bench:
        yield bench


def add_adapter(bench: UsbBench, *chips: str, bus: int = 1) -> UsbDevice:
    """One more adapter, with these devices on its line."""
    wire = Wire(bench.clock)
    for index, chip in enumerate(chips):
        wire.attach(make_slave(chip, bus=bus, index=index))
    return bench.host.add(emulated.DS2490(wire))


class TestWhichOne:
    def opened(self, usb: UsbBench, address: str) -> DS2490:
        master = open_master(f"usb://{address}", clock=usb.clock)
        assert isinstance(master, DS2490)
        master.open()
        return master

    def test_by_number_by_place_or_the_first(self, usb: UsbBench) -> None:
        second = add_adapter(usb, "28")
        for address in ("2", "02", place(second), f"001:{second.address:03d}"):
            master = self.opened(usb, address)
            assert master.address == place(second)
            master.close()
            assert master.address == "-1:-1"
        assert adapters() == [place(usb.device), place(second)]
        assert self.opened(usb, "").address == place(usb.device)

    def test_the_first_that_nobody_uses(self, usb: UsbBench) -> None:
        second = add_adapter(usb)
        usb.master.open()
        assert self.opened(usb, "").address == place(second)

    def test_one_that_is_not_there(self, usb: UsbBench) -> None:
        for address in ("2", "1:9"):
            with pytest.raises(BusNotRespondingError, match=f"^USB {address}: no DS9490"):
                self.opened(usb, address)

    def test_a_place_that_cannot_be(self) -> None:
        for address in ("1:x", "x:2", "1:2:3"):
            with pytest.raises(ValueError, match=f"'{address}' is no place on USB"):
                DS2490(address)

    def test_another_word_is_the_first_and_a_warning(
        self, usb: UsbBench, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert self.opened(usb, "left").address == place(usb.device)
        assert "'left' is no USB adapter" in caplog.text


class TestFoundAgain:
    """By the rule: a DS1420, else a DS2401, else the first device tells whose adapter it is."""

    @pytest.mark.parametrize(
        ("chips", "tag"),
        [(["28", "01", "81"], "81"), (["28", "01", "10"], "01"), (["22", "28"], "28")],
    )
    def test_the_tag_is_the_chip_inside_if_there_is_one(
        self, usb: UsbBench, chips: list[str], tag: str
    ) -> None:
        add_adapter(usb, *chips)
        usb.device.unplug()
        usb.master.open()
        assert usb.master.tag is not None
        assert usb.master.tag.family == int(tag, 16)

    def test_at_another_place(self, usb: UsbBench) -> None:
        usb.device.unplug()
        mine, other = add_adapter(usb, "28", "81"), add_adapter(usb, "28", "81", bus=2)
        usb.master.open()
        mine.unplug()
        usb.master.close()
        with pytest.raises(BusNotRespondingError, match=f"USB {place(other)}: 81.* is not there"):
            usb.master.open()
        assert other.holder is None
        usb.host.plug(mine)
        usb.master.open()
        assert usb.master.address == place(mine)

    def test_at_its_place_even_if_the_device_is_gone(self, usb: UsbBench) -> None:
        (chip,) = usb.thermometers(1)
        usb.master.open()
        usb.wire.detach(chip)
        usb.master.open()
        assert usb.master.tag == chip.rom

    def test_not_on_a_shorted_line_elsewhere(self, usb: UsbBench) -> None:
        usb.thermometers(1)
        usb.master.open()
        usb.device.unplug()
        usb.plug()
        usb.wire.faults.short = True
        with pytest.raises(BusNotRespondingError, match="shorted"):
            usb.master.open()
        usb.wire.faults.short = False
        usb.master.open()

    def test_without_a_tag_any_is_taken(self, usb: UsbBench) -> None:
        usb.master.open()
        assert usb.master.tag is None
        usb.device.unplug()
        other = add_adapter(usb, "28")
        usb.master.open()
        assert usb.master.address == place(other)

    def test_named_by_its_place_at_another(self, usb: UsbBench) -> None:
        mine, other = add_adapter(usb, "28", "81"), add_adapter(usb, "28", "81", bus=2)
        master = DS2490(place(mine), usb.clock)
        master.open()
        master.close()
        mine.unplug()
        found = DS2490(place(other), usb.clock)
        found.open()
        assert not master.may_be(found)
        found.close()
        with pytest.raises(BusNotRespondingError, match=f"USB {place(other)}: 81.* is not there"):
            master.open()
        usb.host.plug(mine)
        found = DS2490(place(mine), usb.clock)
        found.open()
        assert master.may_be(found)
        found.close()
        master.open()
        assert master.address == place(mine)

    def test_a_place_is_all_that_is_known_of_an_empty_line(self, usb: UsbBench) -> None:
        second = add_adapter(usb)
        master = DS2490(place(second), usb.clock)
        master.open()
        second.unplug()
        usb.host.plug(second)
        with pytest.raises(BusNotRespondingError):
            master.open()

    def test_at_its_place_before_elsewhere(self, usb: UsbBench) -> None:
        second = add_adapter(usb, "28")
        usb.device.unplug()
        usb.master.open()
        usb.plug()
        transfers = usb.device.transfers
        usb.master.open()
        assert usb.master.address == place(second)
        assert usb.device.transfers == transfers


def test_a_bus_finds_its_adapter_again_under_its_number(usb: UsbBench) -> None:
    async def scenario() -> None:
        (chip,) = usb.thermometers(1)
        other = DS2490("2", usb.clock)
        add_adapter(usb, "10")
        async with OneWire(usb.master, other, clock=usb.clock) as onewire:
            entry = f"/bus.0/uncached/{chip.rom}"
            assert entry in (await onewire.dir("/bus.0/uncached")).entries
            usb.device.unplug()
            with pytest.raises(BusError):
                await onewire.dir("/bus.0/uncached")
            usb.plug()
            await asyncio.sleep(RECONNECT_LONGEST)
            assert entry in (await onewire.dir("/bus.0/uncached")).entries
            assert onewire.buses[0].address == place(usb.device)

    run(scenario(), usb.clock)
