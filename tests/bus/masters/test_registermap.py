"""Registers in memory: where they are in a file, in physical memory, and in a UIO device."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest

from owfs_py.bus.errors import BusNotRespondingError
from owfs_py.bus.masters.ds1wm import DS1WM
from owfs_py.bus.masters.k1wm import K1WM
from owfs_py.bus.masters.registermap import Mapped, first_uio, integer, physical

PAGE = mmap.ALLOCATIONGRANULARITY
SIZE = 3 * PAGE


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    path = tmp_path / "mem"
    path.write_bytes(bytes(SIZE))
    return path


@pytest.mark.parametrize("start", [0, 1, PAGE - 3, PAGE, PAGE + 0x123, SIZE - 6])
def test_registers_are_where_they_were_asked_for(memory: Path, start: int) -> None:
    window = Mapped(memory, start, 6)
    for number in range(6):
        window[number] = 0xA0 + number
    assert [window[number] for number in range(6)] == list(range(0xA0, 0xA6))
    window.close()
    content = memory.read_bytes()
    assert content[start : start + 6] == bytes(range(0xA0, 0xA6))
    assert content.count(0) == SIZE - 6


@pytest.mark.parametrize("start", [SIZE - 5, SIZE, 2**40, 2**70])
def test_registers_that_are_not_there_are_an_os_error(memory: Path, start: int) -> None:
    with pytest.raises(OSError, match="mem"):
        Mapped(memory, start, 6)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    driver = DS1WM("0x1000", open_window=physical(tmp_path / "mem"))
    with pytest.raises(BusNotRespondingError, match=r"0x1000: cannot be opened: .*/mem"):
        driver.open()
    driver.close()


def test_memory_is_no_chip(memory: Path) -> None:
    # It keeps whatever is written, but nothing ever becomes of it.
    driver = DS1WM("0x1010", open_window=physical(memory))
    with pytest.raises(BusNotRespondingError, match="0x1010: no DS1WM: interrupt flags are 00"):
        driver.open()
    assert memory.read_bytes()[0x1010:0x1016] == bytes([0, 0, 0, 0, 0x86, 0x0A])


class Uio:
    """What the kernel shows of UIO devices, in a directory."""

    def __init__(self, root: Path) -> None:
        self.classes = root / "class"
        self.devices = root / "dev"
        self.classes.mkdir()
        self.devices.mkdir()

    def add(self, name: str, *, size: str, offset: str) -> Path:
        region = self.classes / name / "maps" / "map0"
        region.mkdir(parents=True)
        (region / "size").write_text(f"{size}\n")
        (region / "offset").write_text(f"{offset}\n")
        device = self.devices / name
        device.write_bytes(bytes(SIZE))
        return device


@pytest.fixture
def uio(tmp_path: Path) -> Uio:
    return Uio(tmp_path)


def test_registers_of_a_uio_device_are_in_its_first_region(uio: Uio) -> None:
    uio.add("uio10", size="0x1000", offset="0x0")
    device = uio.add("uio2", size="0x1000", offset="0x40")
    window = first_uio(uio.classes, uio.devices)(0x100, 6)
    window[5] = 0x42
    window.close()
    assert device.read_bytes()[0x145] == 0x42


def test_a_region_ends_where_it_says(uio: Uio) -> None:
    uio.add("uio0", size="0x0000000000000100", offset="0x0")
    first_uio(uio.classes, uio.devices)(0x100 - 6, 6).close()
    driver = K1WM("0xFB", open_window=first_uio(uio.classes, uio.devices))
    with pytest.raises(BusNotRespondingError, match="uio0 has 256 bytes, and none at 0x100"):
        driver.open()


def test_no_uio_device_is_told(uio: Uio) -> None:
    driver = K1WM("0", open_window=first_uio(uio.classes, uio.devices))
    with pytest.raises(BusNotRespondingError, match="no UIO device in"):
        driver.open()


def test_a_uio_device_that_is_no_k1wm_is_told(uio: Uio) -> None:
    uio.add("uio0", size="0x1000", offset="0x0")
    driver = K1WM("0", channel=7, open_window=first_uio(uio.classes, uio.devices))
    with pytest.raises(BusNotRespondingError, match=r"0: no K1WM\(7\): interrupt flags are 00"):
        driver.open()
    driver.close()


@pytest.mark.parametrize(
    ("text", "number"),
    [("16", 16), ("0x10", 16), ("0X1f", 31), ("020", 16), ("0", 0), ("00", 0)],
)
def test_numbers_are_written_as_in_c(text: str, number: int) -> None:
    assert integer(text) == number


@pytest.mark.parametrize("text", ["", "x", "0x", "08", "1_000", "-1", "1 ", "0b1x", "٣"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        integer(text)
