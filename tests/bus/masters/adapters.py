"""Every bus master there is, on a bench of its own, for tests that all of them must pass alike.

What the benches are is in bench.py, connectedbench.py, usbbench.py, i2cbench.py, ha7bench.py,
w1bench.py and registerbench.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest

from owfs_py.bus.masters.base import Can
from owfs_py.emulator import ds2480b, enet, etherweather, ha5, ha7e, link, masterhub, pbm
from owfs_py.emulator.ds2482 import Model
from owfs_py.emulator.i2cdev import Controller
from owfs_py.emulator.wire import Wire
from tests.bus.masters.bench import ADAPTERS, Bench
from tests.bus.masters.connectedbench import ConnectedBench
from tests.bus.masters.ha7bench import HA7Bench
from tests.bus.masters.i2cbench import I2cBench
from tests.bus.masters.registerbench import RegisterBench
from tests.bus.masters.usbbench import usb_bench
from tests.bus.masters.w1bench import W1Bench

AnyBench = Any
"""A Bench, or what has its surface."""
MakeBench = Callable[[], AbstractContextManager[AnyBench]]


def _plain(make: Callable[[], AnyBench]) -> MakeBench:
    @contextmanager
    def bench() -> Iterator[AnyBench]:
        yield make()

    return bench


@contextmanager
def _usb(**options: Any) -> Iterator[AnyBench]:
    with usb_bench(**options) as bench:
        yield bench
        # PyUSB's devices, which tracebacks have kept, must go before its library.
        gc.collect()


def _link(**chip: Any) -> AnyBench:
    return Bench("link", {}, lambda wire: link.Link(wire, **chip))


def _ha5(**unit: Any) -> AnyBench:
    return Bench("ha5", {}, lambda wire: ha5.HA5(wire, **unit))


def _masterhub() -> AnyBench:
    return Bench(
        "masterhub",
        {},
        lambda wire: masterhub.MasterHub({"1": wire, "2": Wire(wire.clock)}),
    )


def _enet(channels: int) -> AnyBench:
    return Bench(
        "enet", {}, lambda wire: enet.Enet(wire, *(Wire(wire.clock) for _ in range(channels - 1)))
    )


def _ds2480b_with_12v(wire: Wire) -> ds2480b.DS2480B:
    return ds2480b.DS2480B(wire, program_voltage=True)


class Adapter(NamedTuple):
    """How to make its bench, and what the adapter offers once it is open.

    A variant is driven much like another one here and need not go through the masses of tests.
    """

    bench: MakeBench
    can: Can
    is_variant: bool = False


_ALL = Can.STRONG_PULLUP | Can.PROGRAM_PULSE | Can.OVERDRIVE | Can.BRANCHES
_I2C = Can.STRONG_PULLUP | Can.OVERDRIVE | Can.BRANCHES
_WITHOUT_12V = _ALL & ~Can.PROGRAM_PULSE


def _i2c(model: Model, channel: int = 0, *, is_variant: bool = False, **options: Any) -> Adapter:
    return Adapter(_plain(partial(I2cBench, model, channel, **options)), _I2C, is_variant)


def _serial(name: str, can: Can, *, is_variant: bool = False) -> Adapter:
    return Adapter(_plain(partial(Bench, *ADAPTERS[name])), can, is_variant)


EVERY: dict[str, Adapter] = {
    "ds2480b": _serial("ds2480b", _ALL),
    "ds2480b at 115200 Bd, regular": _serial("ds2480b at 115200 Bd, regular", _ALL),
    "ds9097": _serial("ds9097", Can.BRANCHES),
    "serial finding a ds2480b": _serial("serial finding a ds2480b", _ALL, is_variant=True),
    "serial finding a ds9097": _serial("serial finding a ds9097", Can.BRANCHES, is_variant=True),
    "ds2490": Adapter(_usb, _WITHOUT_12V),
    "ds2482-100": _i2c(Model.DS2482_100, is_variant=True),
    "ds2482-100, read last": _i2c(
        Model.DS2482_100, controller=Controller.READ_LAST, is_variant=True
    ),
    "ds2482-800, channel 5": _i2c(Model.DS2482_800, 5),
    "ds2482-800, channel 5, SMBus": _i2c(Model.DS2482_800, 5, controller=Controller.SMBUS),
    "ds2483": _i2c(Model.DS2483, is_variant=True),
    "link": Adapter(_plain(_link), Can.STRONG_PULLUP),
    "pbm": Adapter(_plain(partial(Bench, "pbm", {}, pbm.PBM)), Can.STRONG_PULLUP),
    "ha7net": Adapter(_plain(partial(HA7Bench, "ha7net", {}, "")), Can.NOTHING),
    "ha7net without locks": Adapter(
        _plain(partial(HA7Bench, "ha7net", {"with_locks": False}, "")),
        Can.NOTHING,
        is_variant=True,
    ),
    "enet": Adapter(_plain(partial(_enet, 1)), Can.NOTHING),
    "enet-2": Adapter(_plain(partial(_enet, 3)), Can.NOTHING),
    "ha5": Adapter(_plain(_ha5), Can.BRANCHES),
    "ha5 without checksums": Adapter(
        _plain(partial(_ha5, checks=False)), Can.BRANCHES, is_variant=True
    ),
    "ha7e": Adapter(_plain(partial(Bench, "ha7e", {}, ha7e.HA7E)), Can.NOTHING),
    "masterhub": Adapter(_plain(_masterhub), Can.NOTHING),
    "etherweather": Adapter(
        _plain(partial(ConnectedBench, "etherweather", {}, etherweather.EtherWeather)),
        Can.STRONG_PULLUP,
    ),
    "w1": Adapter(_plain(W1Bench), Can.NOTHING),
    "ds1wm": Adapter(_plain(RegisterBench), _I2C),
    "k1wm, channel 3": Adapter(
        _plain(partial(RegisterBench, 3)), Can.OVERDRIVE | Can.BRANCHES, is_variant=True
    ),
}


@contextmanager
def _usb_with_12v() -> Iterator[AnyBench]:
    with _usb() as bench:
        bench.device.chip.program_voltage = True
        yield bench


PROGRAMMERS: dict[str, MakeBench] = {
    "ds2480b": _plain(lambda: Bench("ds2480b", {}, _ds2480b_with_12v)),
    "serial finding a ds2480b": _plain(lambda: Bench("serial", {}, _ds2480b_with_12v)),
    "ds2490": _usb_with_12v,
}
"""Those that give program pulses, with a supply for them; none of EVERY has one."""


def one_of(benches: Mapping[str, MakeBench]) -> Any:
    """A fixture: each of these adapters in turn, closed."""

    @pytest.fixture(params=list(benches))
    def adapter(request: pytest.FixtureRequest) -> Iterator[AnyBench]:
        with benches[request.param]() as bench:
            yield bench

    return adapter


def where(is_wanted: Callable[[Can], bool], *, variants: bool = True) -> Any:
    """The same for those of EVERY that offer what is wanted, with or without variants."""
    return one_of(
        {
            name: each.bench
            for name, each in EVERY.items()
            if is_wanted(each.can) and (variants or not each.is_variant)
        }
    )
