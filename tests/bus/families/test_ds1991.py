"""Names, passwords and secrets of the DS1991."""

from __future__ import annotations

import pytest

from owfs_py.bus.errors import DeviceGoneError, InvalidValueError, NotSupportedError, VerifyError
from owfs_py.emulator.ds1991 import DS1425, DS1991
from owfs_py.emulator.slave import Behaviour, receive_byte
from tests.bus.families.onechip import Device, OneChip

PASSWORD = "0102030405060708"
SECRET = bytes(range(48))


def subkey(number: int) -> bytes:
    return b"nameis%d." % number + bytes.fromhex(PASSWORD) + SECRET


@pytest.fixture(params=[DS1991, DS1425], ids=lambda kind: kind.chip)
def bench(request: pytest.FixtureRequest) -> OneChip[DS1991]:
    bench: OneChip[DS1991] = OneChip(request.param)
    bench.chip.subkeys[:] = [bytearray(subkey(number)) for number in range(3)]
    return bench


@pytest.mark.parametrize("index", ["xxx", "", "zz", PASSWORD])
def test_names_are_read_with_any_password(bench: OneChip[DS1991], index: str) -> None:
    async def test(device: Device) -> None:
        for number in range(3):
            assert await device.read(f"subkey{number}/id.{index}") == b"nameis%d." % number
        assert await device.read(f"subkey1/id.{index}", size=3, offset=2) == b"mei"

    bench.test(test)


def test_secrets_are_read_with_the_right_password(bench: OneChip[DS1991]) -> None:
    async def test(device: Device) -> None:
        name = f"subkey2/secure_data.{PASSWORD}"
        assert await device.read(name) == SECRET
        assert await device.read(name, size=9, offset=44) == SECRET[44:]
        assert await device.read("subkey2/secure_data.102030405060708") == SECRET, "zeros first"
        assert await device.read("subkey2/secure_data.12") != SECRET

    bench.test(test)


def test_nothing_of_it_is_kept(bench: OneChip[DS1991]) -> None:
    async def test(device: Device) -> None:
        for name in ("id.xxx", f"secure_data.{PASSWORD}"):
            await device.read(f"subkey0/{name}", fresh=False)
            assert (await device.cost(f"subkey0/{name}", fresh=False)).resets == 1

    bench.test(test)


@pytest.mark.parametrize("index", ["zz", "0x12", "1 2", "00010203040506070", "١"])
@pytest.mark.parametrize(
    ("name", "data"),
    [("id", b"x"), ("secure_data", b"x"), ("password", b"12345678"), ("reset", b"1")],
)
def test_an_index_that_is_no_password_is_refused(
    bench: OneChip[DS1991], index: str, name: str, data: bytes
) -> None:
    """owserver 3.2p4 makes something of any characters."""

    async def test(device: Device) -> None:
        before = bench.wire.counts.resets
        with pytest.raises(InvalidValueError):
            await device.write(f"subkey0/{name}.{index}", data)
        assert bench.wire.counts.resets == before

    bench.test(test)


@pytest.mark.parametrize(("offset", "size"), [(0, 48), (0, 5), (46, 2)])
def test_secrets_are_written_with_the_right_password(
    bench: OneChip[DS1991], offset: int, size: int
) -> None:
    expected = bytearray(subkey(1))
    expected[16 + offset : 16 + offset + size] = b"x" * size

    async def test(device: Device) -> None:
        await device.write(f"subkey1/secure_data.{PASSWORD}", b"x" * size, offset)
        assert [*bench.chip.subkeys] == [subkey(0), expected, subkey(2)]

    bench.test(test)


@pytest.mark.parametrize(
    ("name", "data"), [("secure_data", b"x"), ("id", b"newname."), ("password", b"12345678")]
)
def test_a_write_with_a_wrong_password_is_reported(
    bench: OneChip[DS1991], name: str, data: bytes
) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(f"subkey1/{name}.12", data)
        assert bench.chip.subkeys[1] == subkey(1)

    bench.test(test)


@pytest.mark.parametrize(
    ("data", "offset", "name"),
    [(b"newname.", 0, b"newname."), (b"NAME", 0, b"NAMEis1."), (b"XY", 3, b"namXYs1.")],
)
def test_a_part_of_a_name_is_changed_alone(
    bench: OneChip[DS1991], data: bytes, offset: int, name: bytes
) -> None:
    """owserver 3.2p4 fills the end of a short name with what its memory holds."""

    async def test(device: Device) -> None:
        await device.write(f"subkey1/id.{PASSWORD}", data, offset)
        assert bench.chip.subkeys[1] == name + subkey(1)[8:]

    bench.test(test)


def test_a_password_is_changed_and_the_secret_stays(bench: OneChip[DS1991]) -> None:
    """owserver 3.2p4 makes the password zeros."""

    async def test(device: Device) -> None:
        await device.write(f"subkey1/password.{PASSWORD}", b"newpassw")
        new = b"newpassw".hex()
        assert bench.chip.subkeys[1] == b"nameis1." + b"newpassw" + SECRET
        assert await device.read(f"subkey1/secure_data.{new}") == SECRET
        await device.write(f"subkey1/id.{new}", b"renamed!")
        assert await device.read(f"subkey1/id.{PASSWORD}") == b"renamed!"

    bench.test(test)


@pytest.mark.parametrize(("data", "offset"), [(b"short", 0), (b"12345678", 1)])
def test_a_password_has_eight_bytes(bench: OneChip[DS1991], data: bytes, offset: int) -> None:
    async def test(device: Device) -> None:
        with pytest.raises(InvalidValueError):
            await device.write(f"subkey1/password.{PASSWORD}", data, offset)
        with pytest.raises(NotSupportedError):
            await device.read(f"subkey1/password.{PASSWORD}")
        assert bench.chip.subkeys[1] == subkey(1)

    bench.test(test)


def test_a_subkey_is_reset_without_its_password(bench: OneChip[DS1991]) -> None:
    async def test(device: Device) -> None:
        await device.write("subkey2/reset.ABCD", "no")
        assert bench.chip.subkeys[2] == subkey(2)
        await device.write("subkey2/reset.ABCD", "yes")
        assert bench.chip.subkeys[2] == b"Subkey 2" + bytes(6) + b"\xab\xcd" + bytes(48)
        await device.write("subkey2/secure_data.ABCD", b"mine")
        assert (await device.read("subkey2/secure_data.ABCD"))[:5] == b"mine\0"
        with pytest.raises(NotSupportedError):
            await device.read("subkey2/reset.ABCD")

    bench.test(test)


class Deaf(DS1991):
    """A fault: it hears commands that would change something, and does nothing."""

    def _ignore(self, number: int, offset: int) -> Behaviour:
        while True:
            yield from receive_byte()

    on_subkey = DS1991.on_subkey | dict.fromkeys((0x99, 0x5A, 0x3C), _ignore)


@pytest.mark.parametrize(
    ("name", "data"),
    [("secure_data", b"x"), ("id", b"x"), ("password", b"12345678"), ("reset", b"1")],
)
def test_what_is_not_taken_is_reported(bench: OneChip[DS1991], name: str, data: bytes) -> None:
    bench.spoil(Deaf)

    async def test(device: Device) -> None:
        with pytest.raises(VerifyError):
            await device.write(f"subkey1/{name}.{PASSWORD}", data)
        assert bench.chip.subkeys[1] == subkey(1)

    bench.test(test)


@pytest.mark.parametrize("name", ["id.xxx", f"secure_data.{PASSWORD}"])
def test_a_chip_that_is_gone_is_not_read_as_ones(bench: OneChip[DS1991], name: str) -> None:
    async def test(device: Device) -> None:
        bench.chip.absent = True
        with pytest.raises(DeviceGoneError):
            await device.read(f"subkey0/{name}")

    bench.test(test)
