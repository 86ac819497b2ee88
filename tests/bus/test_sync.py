"""The blocking twin: same answers, from several threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from owfs_py.bus import sync
from owfs_py.bus.errors import PathError
from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.emulator.bench import Emulation


def test_threads_share_conversions() -> None:
    emulation = Emulation.from_list("28,28,28,28")
    with sync.OneWire(DS2480B("emulated", port=emulation.port().opened)) as ow:
        devices = ow.dir("/").entries
        assert len(devices) == 4
        for device in devices:
            ow.write(f"{device}/tempres", b"9")
        with ThreadPoolExecutor(4) as pool:
            texts = list(pool.map(lambda device: ow.read(f"{device}/fasttemp"), devices))
        assert all(-55 < float(text) < 125 for text in texts)
        assert ow.read_value(f"{devices[0]}/type") == "DS18B20"
        assert ow.present(devices[0]).rom[0] == 0x28
        with pytest.raises(PathError):
            ow.read("/nothing")
    with pytest.raises(RuntimeError):
        ow.read("/")
