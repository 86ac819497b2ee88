"""The channels of a DS2482-800 that share one chip."""

from __future__ import annotations

import asyncio
import threading

import pytest

from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.ds2482 import DS2482, find
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import run
from tests.bus.masters.bench import search_all
from tests.bus.masters.i2cbench import I2cBench
from tests.bus.masters.test_contract import CONVERSION_SECONDS, READ_ROM


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
        _, masters, chips = eight_channels()
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
        _, masters, chips = eight_channels()
        for master in masters:
            master.open()
        assert masters[3].reset_exchange(READ_ROM + READ_BYTE * 4) is not None
        masters[2].close()
        masters[2].open()
        assert masters[2].reset()
        assert masters[3].exchange(READ_BYTE * 4) == chips[3].rom[4:]

    def test_a_chip_with_fewer_channels_is_told(self) -> None:
        bench = I2cBench(Model.DS2482_100)
        master = DS2482("emulated:0", bench.clock, connect=bench.port.open, channel=3)
        with pytest.raises(BusNotRespondingError, match="no channel 3, it is a DS2482-100"):
            master.open()
