"""/simultaneous: one command to all devices of a bus, and who is there when only one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator

import pytest

from owfs_py.bus.errors import CommunicationError, NotSupportedError, OneWireError
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomFormat, RomId
from owfs_py.bus.view import View
from owfs_py.emulator.slave import (
    Behaviour,
    Slave,
    inverted_crc16,
    receive_byte,
    send_bytes,
)
from tests.bus.bench import Bench

CONVERT = b"\x3c\x0f\x00"


class Measuring(Slave):
    """Of a DS2450 only what /simultaneous/voltage needs: it converts, and says so with a CRC."""

    def __init__(self, rom: RomId) -> None:
        super().__init__(rom)
        self.conversions = 0

    def function(self) -> Behaviour:
        heard = yield from self._hear()
        if heard == CONVERT:
            self.conversions += 1
            yield from send_bytes(inverted_crc16(heard))

    def _hear(self) -> Generator[int, int, bytes]:
        heard = b""
        while len(heard) < len(CONVERT):
            heard += bytes([(yield from receive_byte())])
        return heard


def with_voltmeters(count: int) -> tuple[Bench, list[Measuring]]:
    bench = Bench("28")
    chips = [Measuring(RomId.make(0x20, bytes([n] * 6))) for n in range(1, count + 1)]
    for chip in chips:
        bench.wire.attach(chip)
    return bench, chips


async def text(ow: OneWire, path: str) -> bytes:
    return (await ow.read(path)).data


def test_voltages_are_measured_by_all_at_once() -> None:
    bench, chips = with_voltmeters(3)

    async def test(ow: OneWire) -> None:
        assert await text(ow, "/simultaneous/voltage") == b"0"
        await ow.write("/simultaneous/voltage", b"1")
        assert [chip.conversions for chip in chips] == [1, 1, 1]
        assert await text(ow, "/simultaneous/voltage") == b"1"
        assert await text(ow, "/bus.0/simultaneous/voltage") == b"1"
        bench.clock.advance(16)
        assert await text(ow, "/simultaneous/voltage") == b"0"

    bench.run(test)


def test_where_nobody_measures_voltages_nothing_is_marked() -> None:
    async def test(ow: OneWire) -> None:
        for prefix in ("", "/bus.0"):
            assert await ow.write(f"{prefix}/simultaneous/voltage", b"1") == 1
            assert await text(ow, f"{prefix}/simultaneous/voltage") == b"0"

    Bench("28").run(test)


@pytest.mark.parametrize("name", ["temperature", "voltage", "iblss"])
def test_writing_no_does_nothing(name: str) -> None:
    bench = Bench("28")

    async def test(ow: OneWire) -> None:
        before = bench.wire.counts.snapshot()
        assert await ow.write(f"/simultaneous/{name}", b"0") == 1
        assert (bench.wire.counts - before).resets == 0
        assert await text(ow, f"/simultaneous/{name}") == b"0"

    bench.run(test)


@pytest.mark.parametrize("name", ["temperature", "iblss"])
def test_a_command_goes_to_all_buses_or_to_the_one_named(name: str) -> None:
    bench = Bench("28", "28")

    async def test(ow: OneWire) -> None:
        paths = [f"/bus.{n}/simultaneous/{name}" for n in range(2)]
        await ow.write(paths[1], b"1")
        assert [await text(ow, path) for path in paths] == [b"0", b"1"]
        await ow.write(f"/simultaneous/{name}", b"1")
        assert [await text(ow, path) for path in paths] == [b"1", b"1"]
        bench.clock.advance(16)
        assert [await text(ow, path) for path in paths] == [b"0", b"0"]

    bench.run(test)


@pytest.mark.parametrize("name", ["temperature", "voltage", "iblss"])
def test_failure_is_told_only_where_the_path_names_the_bus(name: str) -> None:
    async def test(ow: OneWire) -> None:
        assert await ow.write(f"/simultaneous/{name}", b"1") == 1
        with pytest.raises(CommunicationError):
            await ow.write(f"/bus.0/simultaneous/{name}", b"1")
        assert await text(ow, f"/simultaneous/{name}") == b"0"

    Bench("").run(test)


def test_what_can_only_be_read_cannot_be_written() -> None:
    async def test(ow: OneWire) -> None:
        for prefix in ("", "/bus.0"):
            for name in ("present", "present_ds2400", "single", "single_ds2400"):
                with pytest.raises(NotSupportedError):
                    await ow.write(f"{prefix}/simultaneous/{name}", b"1")

    Bench("28").run(test)


def test_a_lonely_device_tells_its_name_in_the_form_that_is_wanted() -> None:
    async def test(ow: OneWire) -> None:
        assert await text(ow, "/simultaneous/single") == b"28.000028D70000"
        reading = await ow.read("/simultaneous/single", view=View(rom_format=RomFormat.FIC))
        assert reading.data == b"28000028D7000011"

    Bench("28").run(test)


@pytest.mark.parametrize(
    ("devices", "present", "single"),
    [("", b"0", False), ("01", b"1", True), ("01,01", b"1", False)],
    ids=["nobody", "one", "two"],
)
def test_who_is_there(devices: str, present: bytes, single: bool) -> None:
    async def test(ow: OneWire) -> None:
        # A DS2401 knows the command of the DS2400, too.
        for ending in ("", "_ds2400"):
            assert await text(ow, f"/simultaneous/present{ending}") == present
            assert bool(await text(ow, f"/simultaneous/single{ending}")) is single

    Bench(devices).run(test)


def test_the_command_of_the_ds2400_is_not_known_to_all() -> None:
    async def test(ow: OneWire) -> None:
        assert await text(ow, "/simultaneous/present") == b"1"
        assert await text(ow, "/simultaneous/present_ds2400") == b"0"

    Bench("28").run(test)


def test_who_is_there_is_asked_once_in_a_volatile_lifetime() -> None:
    bench = Bench("28")

    async def resets_of(ask: Callable[[], Awaitable[object]]) -> int:
        before = bench.wire.counts.snapshot()
        await ask()
        return int((bench.wire.counts - before).resets)

    async def test(ow: OneWire) -> None:
        assert await resets_of(lambda: ow.read("/simultaneous/present")) == 1
        assert await resets_of(lambda: ow.read("/simultaneous/single")) == 0
        assert await resets_of(lambda: ow.read("/bus.0/simultaneous/present")) == 0
        assert await resets_of(lambda: ow.read("/uncached/simultaneous/present")) == 1
        bench.clock.advance(16)
        assert await resets_of(lambda: ow.read("/simultaneous/present")) == 1

    bench.run(test)


def test_a_missing_adapter_is_no_empty_bus() -> None:
    bench = Bench("28")
    bench.ports[0].unplug()

    async def test(ow: OneWire) -> None:
        with pytest.raises(OneWireError):
            await ow.read("/simultaneous/present")

    bench.run(test)


def test_without_any_bus_nobody_can_be_asked() -> None:
    async def test(ow: OneWire) -> None:
        with pytest.raises(NotSupportedError):
            await ow.read("/simultaneous/present")
        assert await ow.write("/simultaneous/temperature", b"1") == 1
        assert await text(ow, "/simultaneous/temperature") == b"0"

    Bench().run(test)
