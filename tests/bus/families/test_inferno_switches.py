"""The switch master of Inferno Embedded: activations, LEDs, relays."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import InvalidValueError, WrongModelError
from owfs_py.emulator.inferno_embedded import SwitchMaster
from tests.bus.families.onechip import Device, OneChip


def trimmed(data: bytes) -> str:
    """A text without the zeros behind it."""
    return data.rstrip(b"\0").decode()


def larger() -> OneChip[SwitchMaster]:
    """One with many channels at few ports."""
    bench = OneChip(SwitchMaster)
    bench.chip.equip((1, 64), (2, 40), (1, 64))
    return bench


def test_numbers_of_parts() -> None:
    bench = OneChip(SwitchMaster)
    bench.chip.equip((12, 8), (1, 4), (2, 3))

    async def test(device: Device) -> None:
        names = ("switch_ports", "switch_channels", "led_ports", "led_channels", "relay_ports",
                 "relay_channels")  # fmt: skip
        assert [await device.number(name) for name in names] == [8, 8, 1, 4, 2, 3]
        entries = (await device.onewire.dir(f"/{device.chip.rom}")).entries
        ports = [
            entry.rpartition("/")[2] for entry in entries if "_" in entry and entry[-1].isdigit()
        ]
        assert ports == [
            "led_port0",
            *(f"relay_{what}{n}" for what in ("mode", "port", "timeout") for n in range(2)),
            *(f"switch_port{n}" for n in range(8)),
        ]

    bench.test(test)


def test_a_port_that_is_none_has_no_value() -> None:
    async def test(device: Device) -> None:
        for name in ("switch_port2", "led_port2", "relay_port7", "relay_mode2", "relay_timeout3"):
            with pytest.raises(WrongModelError):
                await device.read(name)
        for name in ("led_port2", "relay_mode5"):
            with pytest.raises(WrongModelError):
                await device.write(name, "1")

    OneChip(SwitchMaster).test(test)


def test_activations_are_kept_until_they_are_refreshed() -> None:
    bench = OneChip(SwitchMaster)

    async def test(device: Device) -> None:
        async def ports(*, fresh: bool = True) -> list[str]:
            names = ("switch_port0", "switch_port1")
            return [trimmed(await device.read(name, fresh=fresh)) for name in names]

        none = "0,0,0,0,0,0,0,0"
        bench.chip.activations = [0x81, 0x02]
        assert await ports() == [none, none]
        await device.write("switch_refresh_activations", "0")
        assert await ports(fresh=False) == [none, none]
        await device.write("switch_refresh_activations", "1")
        assert await ports(fresh=False) == ["1,0,0,0,0,0,0,1", "0,1,0,0,0,0,0,0"]
        bench.clock.wait(100_000)
        assert await ports() == ["1,0,0,0,0,0,0,1", "0,1,0,0,0,0,0,0"]
        assert await device.number("status") == 0
        await device.write("switch_refresh_activations", "1")
        assert await ports(fresh=False) == [none, none]

    bench.test(test)


def test_as_many_as_64_channels_are_told_apart() -> None:
    bench = larger()
    bench.chip.activations = [1 << 63 | 1 << 32]
    bench.chip.leds = [1 << 39, 1 << 33]

    async def test(device: Device) -> None:
        await device.write("switch_refresh_activations", "1")
        switches = trimmed(await device.read("switch_port0")).split(",")
        assert [n for n, value in enumerate(switches) if value == "1"] == [32, 63]
        leds = trimmed(await device.read("led_port1")).split(",")
        assert [n for n, value in enumerate(leds) if value == "1"] == [33]
        leds[39] = "1"
        await device.write("led_port1", ",".join(leds))
        assert bench.chip.leds[1] == 1 << 33 | 1 << 39
        assert bench.chip.commands == [b"\x07\x01\x27\x01"]

    bench.test(test)


def test_only_leds_that_change_are_switched() -> None:
    bench = OneChip(SwitchMaster)
    bench.chip.leds = [0b0000_0101, 0xFF]

    async def test(device: Device) -> None:
        assert trimmed(await device.read("led_port0")) == "1,0,1,0,0,0,0,0"
        await device.write("led_port0", "1,1,0,0,0,0,0,1")
        assert bench.chip.leds == [0b1000_0011, 0xFF]
        assert [command.hex() for command in bench.chip.commands] == [
            "07000101", "07000200", "07000701",
        ]  # fmt: skip
        await device.write("led_port0", "11")  # where nothing is said they are off
        assert bench.chip.leds[0] == 0b11
        assert trimmed(await device.read("led_port0", fresh=False)) == "1,1,0,0,0,0,0,0"
        with pytest.raises(InvalidValueError):
            await device.write("led_port0", "on")
        assert bench.chip.leds[0] == 0b11

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "cells", "command"),
    [("relay_port1", "states", "0b"), ("relay_mode1", "modes", "09"),
     ("relay_timeout1", "timeouts", "0a")],
)  # fmt: skip
def test_only_relays_that_change_are_set(name: str, cells: str, command: str) -> None:
    bench = OneChip(SwitchMaster)
    stored = getattr(bench.chip, cells)
    stored[:] = bytes(range(10, 16))
    for other in {"states", "modes", "timeouts"} - {cells}:
        getattr(bench.chip, other)[:] = b"\x07" * 6

    async def test(device: Device) -> None:
        assert trimmed(await device.read(name)) == "13,14,15"
        await device.write(name, "7,14,300")
        assert stored.hex() == "0a0b0c070eff"
        assert [sent.hex() for sent in bench.chip.commands] == [
            f"{command}010007", f"{command}0102ff",
        ]  # fmt: skip
        await device.write(name, "5,20")  # the third one stays
        assert stored.hex() == "0a0b0c0514ff"
        await device.write(name, ",,1\n")
        assert trimmed(await device.read(name, fresh=False)) == "5,20,1"
        await device.write(name, await device.read(name))
        for wrong in ("x", "1,-1", "1 2"):
            with pytest.raises(InvalidValueError):
                await device.write(name, wrong)
        assert stored.hex() == "0a0b0c051401"

    bench.test(test)


def test_the_type_of_a_switch_is_set() -> None:
    bench = OneChip(SwitchMaster)

    async def test(device: Device) -> None:
        await device.write("set_switch_type", "1,7,3")
        await device.write("set_switch_type", "0,0,2\0")
        assert bench.chip.switch_types == {(1, 7): 3, (0, 0): 2}
        for wrong in ("", "x", "1,2", "0,8,0", "0,0,4", "-1,0,0", "0,-1,0"):
            with pytest.raises(InvalidValueError):
                await device.write("set_switch_type", wrong)
        with pytest.raises(WrongModelError):
            await device.write("set_switch_type", "2,0,0")
        assert len(bench.chip.switch_types) == 2

    bench.test(test)


def test_what_there_is_is_asked_for_once() -> None:
    bench = OneChip(SwitchMaster)

    async def test(device: Device) -> None:
        await device.read("led_port0")
        assert (await device.cost("led_port0")).resets == 1
        assert (await device.cost("relay_port0")).resets == 2

    bench.test(test)
