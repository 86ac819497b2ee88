"""Inferno Embedded: which device it is, RGBW channels, new firmware, and what is refused."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import (
    CommunicationError,
    DeviceGoneError,
    InvalidValueError,
    OutOfRangeError,
    VerifyError,
    WrongModelError,
)
from owfs_py.emulator.inferno_embedded import (
    MODELS,
    FirmwareUpdater,
    Inferno,
    RgbwController,
    SwitchMaster,
)
from tests.bus.families.onechip import Device, OneChip

NAMES = {RgbwController: "RGBW Controller", FirmwareUpdater: "Firmware Updater",
         SwitchMaster: "Switch Master"}  # fmt: skip
OWN = {RgbwController: "rgbw_", FirmwareUpdater: "_firmware", SwitchMaster: "relay_"}
"""What is in the names of those properties that only this one has."""


async def listed(device: Device) -> list[str]:
    entries = (await device.onewire.dir(f"/{device.chip.rom}")).entries
    return [entry.rpartition("/")[2] for entry in entries]


def trimmed(data: bytes) -> str:
    """A text without the zeros behind it."""
    return data.rstrip(b"\0").decode()


# Which one it is


@pytest.mark.parametrize("model", MODELS)
def test_only_what_a_device_has_is_listed(model: type[Inferno]) -> None:
    async def test(device: Device) -> None:
        names = [name for name in await listed(device) if name != "enter_firmware_update"]
        for other, word in OWN.items():
            assert any(word in name for name in names) is (other is model)
        data = await device.read("device")
        assert (len(data), trimmed(data)) == (64, f"Inferno Embedded {NAMES[model]}")
        assert await device.number("version") == 0x00010203

    OneChip(model).test(test)


def test_one_of_an_unknown_type_has_little() -> None:
    bench = OneChip(RgbwController)
    bench.chip.TYPE = 77  # type: ignore[misc]  # of this one only

    async def test(device: Device) -> None:
        assert not [name for name in await listed(device) if name.startswith(("rgbw", "led"))]
        assert await device.number("version") == 0x00010203
        for name in ("device", "rgbw_channels", "switch_ports", "firmware_range"):
            with pytest.raises(WrongModelError):
                await device.read(name)

    bench.test(test)


def test_what_belongs_to_another_device_is_not_sent() -> None:
    bench = OneChip(FirmwareUpdater)
    bench.chip.flash[0x1000:0x1010] = b"the application!"

    async def test(device: Device) -> None:
        for name in ("switch_ports", "led_port0", "relay_mode0", "rgbw_channel0"):
            with pytest.raises(WrongModelError):
                await device.read(name)
        with pytest.raises(WrongModelError):  # that would be the command to erase
            await device.write("rgbw_all_off", "1")
        assert bench.chip.flash[0x1000:0x1010] == b"the application!"

    bench.test(test)


def test_a_device_becomes_its_updater_and_itself_again() -> None:
    bench = OneChip(SwitchMaster)

    async def test(device: Device) -> None:
        async def name() -> str:
            return trimmed(await device.read("device", fresh=False)).removeprefix(
                "Inferno Embedded "
            )

        await device.write("enter_firmware_update", "0")
        assert await name() == "Switch Master"
        await device.write("enter_firmware_update", "1")
        assert await name() == "Firmware Updater"
        assert "firmware_range" in await listed(device)
        await device.write("exit_firmware_update", "0")
        assert await name() == "Firmware Updater"
        await device.write("exit_firmware_update", "1")
        assert await name() == "Switch Master"
        assert "led_port1" in await listed(device)

    bench.test(test)


def test_the_status_has_32_bits() -> None:
    bench = OneChip(SwitchMaster)
    bench.chip.activations = [1, 0]

    async def test(device: Device) -> None:
        assert await device.number("status") == 2

    bench.test(test)


# RGBW


def test_channels_of_a_controller() -> None:
    bench = OneChip(RgbwController)

    async def test(device: Device) -> None:
        channels = [name for name in await listed(device) if name.startswith("rgbw_channel")]
        assert channels == [*(f"rgbw_channel{n}" for n in range(4)), "rgbw_channels"]
        assert await device.number("rgbw_channels") == 4
        await device.write("rgbw_channel2", "1,20,255,0,16777215")
        assert bench.chip.channels[2].hex() == "0114ff00ffffff"
        data = await device.read("rgbw_channel2", fresh=False)
        assert data == b"  1, 20,255,  0,16777215\0"
        await device.write("rgbw_channel0", data)
        assert bench.chip.channels[0] == bench.chip.channels[2]
        await device.write("rgbw_all_off", "0")
        await device.write("rgbw_all_off", "1")
        assert trimmed(await device.read("rgbw_channel2", fresh=False)).split() == [
            "0,", "0,", "0,", "0,", "0",
        ]  # fmt: skip

    bench.test(test)


@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3,4", "1,2,3,4,5,6", "256,0,0,0,0", "-1,0,0,0,0", "1,2,3,4,16777216"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    bench = OneChip(RgbwController)

    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write("rgbw_channel0", text)
        assert bench.chip.channels[0] == bytes(7)

    bench.test(test)


def test_a_channel_that_is_none_is_reported() -> None:
    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.read("rgbw_channel4")
        with pytest.raises(VerifyError):
            await device.write("rgbw_channel31", "1,2,3,4,5")

    OneChip(RgbwController).test(test)


def test_what_is_refused_is_said_again() -> None:
    bench = OneChip(RgbwController)

    async def test(device: Device) -> None:
        await device.read("rgbw_channels")
        bench.chip.refusals = 2
        await device.write("rgbw_channel0", "1,2,3,4,5")
        assert bench.chip.channels[0][0] == 1
        bench.chip.refusals = 3
        with pytest.raises(VerifyError):
            await device.write("rgbw_channel0", "9,2,3,4,5")

    bench.test(test)


@pytest.mark.parametrize(
    ("model", "name"),
    [(RgbwController, "rgbw_channels"), (SwitchMaster, "relay_ports"), (SwitchMaster, "led_port0"),
     (FirmwareUpdater, "firmware_range"), (FirmwareUpdater, "firmware_bootloader_size")],
)  # fmt: skip
def test_what_is_refused_has_no_value(model: type[Inferno], name: str) -> None:
    bench = OneChip(model)

    async def test(device: Device) -> None:
        bench.chip.refusals = 3
        with pytest.raises(VerifyError):
            await device.read(name)
        await device.read(name)

    bench.test(test)


@pytest.mark.parametrize("name", ["device", "version", "status", "rgbw_channels", "rgbw_channel0"])
def test_one_that_is_gone_is_reported(name: str) -> None:
    bench = OneChip(RgbwController)

    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(name)

    bench.test(test)


# New firmware

IMAGE = bytes(n * 7 % 256 for n in range(2500))


def test_what_an_updater_tells() -> None:
    async def test(device: Device) -> None:
        assert await device.number("firmware_bootloader_size") == 0x1000
        assert await device.read("firmware_range") == b"0x00001000,0x00003000\0"

    OneChip(FirmwareUpdater).test(test)


def test_firmware_is_erased_written_and_proved() -> None:
    bench = OneChip(FirmwareUpdater)
    bench.chip.flash[0x1000:0x3000] = bytes(0x2000)
    bench.chip.polls = 5

    async def test(device: Device) -> None:
        await device.write("erase_firmware", "0")
        assert bench.chip.flash[0x2FFF] == 0
        await device.write("erase_firmware", "1")
        assert bench.chip.flash[0x2FFF] == 0xFF
        await device.write("update_firmware", IMAGE)
        assert bench.chip.flash[0x1000 : 0x1000 + len(IMAGE)] == IMAGE
        assert bench.chip.flash[0x1000 + len(IMAGE)] == 0xFF
        assert bench.chip.updating

    bench.test(test)


@pytest.mark.parametrize(
    ("image", "offset", "error"),
    [
        (b"", 0, InvalidValueError),
        (bytes(0x2001), 0, OutOfRangeError),
        (IMAGE, 1024, OutOfRangeError),
    ],
)
def test_what_is_no_firmware_is_refused(image: bytes, offset: int, error: type[Exception]) -> None:
    bench = OneChip(FirmwareUpdater)
    bench.chip.flash[0x1000] = 0x42

    async def test(device: Device) -> None:
        with pytest.raises(error):
            await device.write("update_firmware", image, offset=offset)
        assert bench.chip.flash[0x1000] == 0x42

    bench.test(test)


@pytest.mark.parametrize(
    ("fault", "error"), [("worn", VerifyError), ("broken", CommunicationError)]
)
def test_firmware_that_does_not_get_there_is_reported(fault: str, error: type[Exception]) -> None:
    bench = OneChip(FirmwareUpdater)
    setattr(bench.chip, fault, True)

    async def test(device: Device) -> None:
        with pytest.raises(error):
            await device.write("update_firmware", IMAGE)

    bench.test(test)


def test_an_updater_that_never_ends_is_reported() -> None:
    bench = OneChip(FirmwareUpdater)
    bench.chip.polls = 100_000

    async def test(device: Device) -> None:
        with pytest.raises(CommunicationError):
            await device.write("erase_firmware", "1")

    bench.test(test)
