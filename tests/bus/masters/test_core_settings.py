"""/bus.N/interface/settings with every adapter: what it shows, what can be changed, what cannot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from owfs_py.bus.errors import (
    EmptyValueError,
    InvalidValueError,
    NotSupportedError,
    OneWireError,
)
from owfs_py.bus.onewire import OneWire
from owfs_py.bus.virtual.interface import TABLE
from tests.bus.masters.adapters import EVERY, AnyBench
from tests.bus.masters.bench import TIMEOUT
from tests.bus.masters.corebench import SETTINGS, STATISTICS, Populated, run_core, text

COMMON = {"address", "ds2404_found", "name", "overdrive", "reconnect", "version"}


class Setting(NamedTuple):
    """What it is at first (empty: it cannot be read), what may be written and is read then, and
    what is refused."""

    first: bytes
    good: Mapping[bytes, bytes] = {}
    bad: Mapping[bytes, type[OneWireError]] = {}


def _yes_no(first: bytes) -> Setting:
    good = {b"1": b"1", b"0": b"0", b"yes": b"1", b"off": b"0", b"on": b"1"}
    return Setting(first, good, {b"": EmptyValueError})


def _range(first: bytes, lowest: int, highest: int) -> Setting:
    good = {b"%d" % n: b"%d" % n for n in (lowest, highest)}
    bad = {b"%d" % n: NotSupportedError for n in (lowest - 1, highest + 1)}
    return Setting(first, good, {**bad, **NO_NUMBER})


NO_NUMBER = {b"fast": InvalidValueError, b"": InvalidValueError}
READ_ONLY = {b"1": NotSupportedError}
YES, NO = _yes_no(b"1"), _yes_no(b"0")
RATES = Setting(
    b"9600",
    {b"19200": b"19200", b"57600": b"57600", b"60000": b"57600", b"1": b"9600"},
    NO_NUMBER,
)
LINK_RATES = Setting(b"9600", {b"19200": b"19200", b"60000": b"19200", b"1": b"9600"}, NO_NUMBER)

SERIAL = {
    "serial/baudrate": RATES,
    "serial/flexible_timing": YES,
    "serial/reverse_polarity": NO,
}
USB = {
    "usb/datasampleoffset": _range(b"7", 3, 10),
    "usb/flexible_timing": YES,
    "usb/pulldownslewrate": _range(b"4", 0, 7),
    "usb/writeonelowtime": _range(b"12", 8, 15),
}
HA5 = {
    "ha5/channel": Setting(b"a", bad=READ_ONLY),
    "ha5/checksum": Setting(b"1", {b"1": b"1"}, {b"0": NotSupportedError, b"": EmptyValueError}),
}
HA5_WITHOUT_CHECKSUMS = {
    "ha5/channel": Setting(b"a", bad=READ_ONLY),
    "ha5/checksum": Setting(b"0", {b"0": b"0"}, {b"1": NotSupportedError, b"": EmptyValueError}),
}
PBM = {
    "PBM/activation_code": Setting(b""),
    "PBM/features": Setting(
        b"Channel 1: 20 devices. Channel 2: 20 devices. Channel 3: 20 devices.", bad=READ_ONLY
    ),
    "PBM/firmware_version": Setting(b"1.005", bad=READ_ONLY),
    "PBM/port": Setting(b"1", bad=READ_ONLY),
    "PBM/serial": Setting(b"12345678", bad=READ_ONLY),
    "serial/baudrate": Setting(b"115200", bad=NO_NUMBER),
}
DS1WM = {"DS1WM/long_line_mode": NO, "DS1WM/pulse_presence_mask": YES}
K1WM = {"K1WM/long_line_mode": NO, "K1WM/pulse_presence_mask": YES}
I2C = {"i2c/ActivePullUp": YES, "i2c/PulsePresenceMask": NO}
I2C_WITHOUT_MASK = {
    "i2c/ActivePullUp": YES,
    "i2c/PulsePresenceMask": Setting(b"0", {b"0": b"0"}, {b"1": NotSupportedError}),
}
LINK = {
    "link/auxctrl": Setting(b"", {b"1": b"", b"0": b""}, {b"": EmptyValueError}),
    "link/auxsense": Setting(b"1", bad=READ_ONLY),
    "serial/baudrate": LINK_RATES,
}


class Shown(NamedTuple):
    """What an adapter is called, owserver's number for it, its time-out, and its own settings."""

    name: bytes
    version: bytes
    timeout: str = ""
    """Its name under /settings/timeout; empty: it has none that can be set."""
    own: Mapping[str, Setting] = {}
    address: bytes = b"emulated"


SHOWN = {
    "ds2480b": Shown(b"DS9097U", b"3", "serial", SERIAL),
    "ds2480b at 115200 Bd, regular": Shown(
        b"DS9097U",
        b"3",
        "serial",
        SERIAL
        | {
            "serial/baudrate": RATES._replace(first=b"115200"),
            "serial/flexible_timing": NO,
        },
    ),
    "ds9097": Shown(b"DS9097", b"0", "serial"),
    "serial finding a ds2480b": Shown(b"DS9097U", b"3", "serial", SERIAL),
    "serial finding a ds9097": Shown(b"DS9097", b"0", "serial"),
    "ds2490": Shown(b"DS9490", b"8", "usb", USB, b"1:2"),
    "ds2482-100": Shown(b"DS2482-100", b"20", "", I2C, b"emulated:18"),
    "ds2482-100, read last": Shown(b"DS2482-100", b"20", "", I2C, b"emulated:18"),
    "ds2482-800, channel 5": Shown(b"DS2482-800(5)", b"21", "", I2C_WITHOUT_MASK, b"emulated:18"),
    "ds2482-800, channel 5, SMBus": Shown(
        b"DS2482-800(5)", b"21", "", I2C_WITHOUT_MASK, b"emulated:18"
    ),
    "ds2483": Shown(b"DS2482-100", b"20", "", I2C_WITHOUT_MASK, b"emulated:18"),
    "link": Shown(b"LinkUSB V1.5", b"16", "serial", LINK),
    "pbm": Shown(b"PBM(0)", b"38", "serial", PBM),
    "ha7net": Shown(b"HA7Net", b"22", "network"),
    "ha7net without locks": Shown(b"HA7Net", b"22", "network"),
    "enet": Shown(b"OWServer_Enet", b"25", "network"),
    "enet-2": Shown(b"OWServer_Enet", b"25", "network"),
    "ha5": Shown(b"HA5", b"23", "serial", HA5),
    "ha5 without checksums": Shown(b"HA5", b"23", "serial", HA5_WITHOUT_CHECKSUMS),
    "ha7e": Shown(b"HA7E/S", b"24", "serial"),
    "masterhub": Shown(b"MasterHub(1)", b"19", "serial"),
    "etherweather": Shown(b"EtherWeather", b"26", "network"),
    "w1": Shown(b"w1", b"30", "w1"),
    "ds1wm": Shown(b"DS1WM", b"39", "", DS1WM),
    "k1wm, channel 3": Shown(b"K1WM(3)", b"40", "", K1WM),
}


@pytest.fixture
def shown(adapter: AnyBench, request: pytest.FixtureRequest) -> Shown:
    """What is expected of `adapter`."""
    return SHOWN[request.node.callspec.params["adapter"]]


def test_every_adapter_is_expected_to_show_something() -> None:
    assert SHOWN.keys() == EVERY.keys()


async def _names(ow: OneWire, path: str) -> set[str]:
    return {entry.removeprefix(f"{SETTINGS}/") for entry in (await ow.dir(path)).entries}


def test_who_it_is_and_which_settings_it_has(adapter: AnyBench, shown: Shown) -> None:
    groups = {name.partition("/")[0] for name in shown.own}

    async def test(ow: OneWire) -> None:
        assert await _names(ow, SETTINGS) == COMMON | groups
        for group in groups:
            own = {name for name in shown.own if name.startswith(f"{group}/")}
            assert await _names(ow, f"{SETTINGS}/{group}") == own
        for name in ("address", "name", "version"):
            assert await text(ow, f"{SETTINGS}/{name}") == getattr(shown, name)
            with pytest.raises(NotSupportedError):
                await ow.write(f"{SETTINGS}/{name}", b"1")

    run_core(adapter, test)


def test_what_others_have_is_not_supported(adapter: AnyBench, shown: Shown) -> None:
    named = [prop.name.removeprefix("settings/") for prop in TABLE.below("settings")]
    foreign = set(named) - COMMON - shown.own.keys()
    assert len(foreign) > len(shown.own)

    async def test(ow: OneWire) -> None:
        for name in foreign:
            with pytest.raises(NotSupportedError):
                await ow.read(f"{SETTINGS}/{name}")
            with pytest.raises(NotSupportedError):
                await ow.write(f"{SETTINGS}/{name}", b"1")

    run_core(adapter, test)


def test_its_own_settings_are_read_changed_and_kept(adapter: AnyBench, shown: Shown) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        for name, (first, good, bad) in shown.own.items():
            path, now = f"{SETTINGS}/{name}", first
            if not first:
                with pytest.raises(NotSupportedError):
                    await ow.read(path)
            for data, back in {b"": first, **good}.items():
                if data:
                    await ow.write(path, data)
                    now = back
                for wrong, error in bad.items():
                    with pytest.raises(error):
                        await ow.write(path, wrong)
                assert not first or await text(ow, path) == now
                await populated.trunk.list_devices(ow)
            await ow.write(f"{SETTINGS}/reconnect", b"1")
            assert not first or await text(ow, path) == now
            await populated.trunk.read_eprom(ow)

    run_core(adapter, test)


def test_resets_may_be_long_and_the_adapter_opened_anew(adapter: AnyBench) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> None:
        for wanted in (b"1", b"0"):
            await ow.write(f"{SETTINGS}/ds2404_found", wanted)
            assert adapter.master.long_resets is (wanted == b"1")
            await ow.write(f"{SETTINGS}/reconnect", b"0")
            await ow.write(f"{SETTINGS}/reconnect", b"1")
            assert await text(ow, f"{SETTINGS}/reconnect") == b"0"
            assert await text(ow, f"{SETTINGS}/ds2404_found") == wanted
            await populated.trunk.list_devices(ow)
        for name in ("ds2404_found", "reconnect"):
            with pytest.raises(EmptyValueError):
                await ow.write(f"{SETTINGS}/{name}", b"")
        assert await text(ow, f"{STATISTICS}/reconnects") == b"2"

    run_core(adapter, test)


@pytest.mark.parametrize("kind", ["serial", "usb", "network", "w1"])
def test_a_time_out_is_that_of_its_kind_of_adapter(
    adapter: AnyBench, shown: Shown, kind: str
) -> None:
    populated = Populated(adapter)

    async def test(ow: OneWire) -> float:
        await ow.dir("/")
        await ow.write(f"/settings/timeout/{kind}", b"1")
        assert await text(ow, f"/settings/timeout/{kind}") == b"1"
        await populated.trunk.read_memory(ow)
        adapter.port.silent = True
        began = adapter.clock.now()
        with pytest.raises(OneWireError):
            await populated.trunk.read_memory(ow)
        return float(adapter.clock.now() - began)

    seconds = run_core(adapter, test)
    if kind == shown.timeout:
        assert 1 <= seconds < TIMEOUT
    elif shown.timeout:
        assert seconds >= TIMEOUT
    else:
        assert seconds < 1
