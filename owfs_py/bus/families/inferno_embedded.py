"""The soft devices of Inferno Embedded (ED): RGBW controller, switch master, firmware updater."""

from collections.abc import Iterable

from owfs_py.bus.families.catalog import Family, Feature
from owfs_py.bus.families.notation import (
    STATIC,
    VOLATILE,
    binary,
    on_model,
    text,
    unsigned,
    yesno,
)
from owfs_py.bus.properties import Property

RGBW_CHANNELS = 32
RGBW_SIZE = 25  # four colours and the time to fade, "255,255,255,255,16777215" at the longest
PORTS = 8
BITS_SIZE = 129
BYTES_SIZE = 257
FIRMWARE_SIZE = 65536

_RGBW = on_model("RGBW Controller")
_UPDATER = on_model("Firmware Updater")
_SWITCHES = on_model("Switch Master")

ANY = (
    text("device", 64),
    unsigned("version"),
    unsigned("status"),
    yesno("enter_firmware_update", STATIC, "wo"),
)

RGBW = (
    yesno("rgbw_all_off", STATIC, "wo", visible=_RGBW),
    unsigned("rgbw_channels", STATIC, visible=_RGBW),
    *(
        text(f"rgbw_channel{n}", RGBW_SIZE, VOLATILE, "rw", visible=_RGBW)
        for n in range(RGBW_CHANNELS)
    ),
)

UPDATER = (
    unsigned("firmware_bootloader_size", visible=_UPDATER),
    text("firmware_range", 22, visible=_UPDATER),
    yesno("erase_firmware", VOLATILE, "wo", visible=_UPDATER),
    binary("update_firmware", FIRMWARE_SIZE, VOLATILE, "wo", visible=_UPDATER),
    yesno("exit_firmware_update", VOLATILE, "wo", visible=_UPDATER),
)


def _ports(name: str, size: int, access: str) -> Iterable[Property]:
    """One text for each port, with one number for each of its channels."""
    return (text(f"{name}{n}", size, VOLATILE, access, visible=_SWITCHES) for n in range(PORTS))


SWITCH_MASTER = (
    *(
        unsigned(f"{part}_{what}", STATIC, visible=_SWITCHES)
        for part in ("switch", "led", "relay")
        for what in ("ports", "channels")
    ),
    yesno("switch_refresh_activations", STATIC, "wo", visible=_SWITCHES),
    *_ports("switch_port", BITS_SIZE, "ro"),
    *_ports("led_port", BITS_SIZE, "rw"),
    *_ports("relay_port", BYTES_SIZE, "rw"),
    *_ports("relay_timeout", BYTES_SIZE, "rw"),
    *_ports("relay_mode", BITS_SIZE, "rw"),
    text("set_switch_type", 9, VOLATILE, "wo", visible=_SWITCHES),
)

FAMILIES = (
    Family.make(0xED, "InfernoEmbedded", Feature.RESUME, (*ANY, *RGBW, *UPDATER, *SWITCH_MASTER)),
)
