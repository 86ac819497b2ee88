"""owserver 3.2p4 and our daemon on equal chips: 02 and 82, property by property.

They must answer the same or as tests/differences/keys.py says, leave the same in the
chips, and ours must not ask more of the bus than 3.2p4 does, but for a look at what was written.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owfs_py.emulator.bench import Emulation
from owfs_py.emulator.ds1991 import DS1991
from tests.differences.keys import NAME, NO_PASSWORD, SECRET_AFTER, WRONG_PASSWORD
from tests.interop.differential import DIRALL, ask, read, write
from tests.interop.twins import Twins, prepared, reads, too_dear, twins

pytestmark = pytest.mark.timeout(120)

PASSWORD = "0102030405060708"
SECRET = bytes(range(48))
FAMILIES = (0x02, 0x82)


def fill(bus: Emulation) -> None:
    for chip in bus.slaves:
        assert isinstance(chip, DS1991)
        for number, subkey in enumerate(chip.subkeys):
            subkey[:] = b"nameis%d." % number + bytes.fromhex(PASSWORD) + SECRET


@pytest.fixture(scope="module")
def both() -> Iterator[Twins]:
    with twins(prepared("02,82", fill)) as found:
        yield found


def keys(both: Twins, family: int) -> tuple[DS1991, DS1991]:
    return both.chips(family, DS1991)


def equalize(both: Twins, family: int) -> None:
    """Give the other's chip the content of ours, and both an empty scratchpad."""
    theirs, ours = keys(both, family)
    theirs.subkeys[:] = [bytearray(subkey) for subkey in ours.subkeys]
    for chip in (theirs, ours):
        chip.scratchpad[:] = bytes(len(chip.scratchpad))


@pytest.mark.parametrize("family", FAMILIES)
def test_keys_read_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    both.agree(read(f"{path}/type"), ask(DIRALL, path), ask(DIRALL, f"{path}/subkey1"))
    secret = f"subkey0/secure_data.{PASSWORD}"
    cases = both.agree(
        *reads(path, "subkey1/id.xxx", "subkey2/id.", f"subkey0/id.{PASSWORD}", "subkey1/id.zz"),
        read(f"{path}/subkey1/id"),
        read(f"{path}/subkey3/id.xxx"),
        read(f"{path}/subkey1/id.xxx", size=3, offset=2),
        *reads(path, secret, "subkey2/secure_data.102030405060708"),
        # The chips are equal in what they give for random, too.
        read(f"{path}/subkey1/secure_data.xxx"),
        read(f"{path}/subkey1/secure_data.12"),
        read(f"{path}/subkey1/secure_data.0000102030405060708"),
        read(f"{path}/{secret}", size=3, offset=20),
        read(f"{path}/{secret}", size=30, offset=40),
        read(f"{path}/{secret}", offset=48),
        read(f"{path}/subkey1/password.{PASSWORD}"),
        read(f"{path}/subkey1/reset.{PASSWORD}"),
    )
    assert too_dear(cases) == []
    both.agree(read(f"{path}/subkey1/secure_data.zz"), but=(NO_PASSWORD,))


@pytest.mark.parametrize("family", FAMILIES)
def test_secrets_are_written_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    name = f"{path}/subkey0/secure_data"
    both.agree(
        write(f"{name}.{PASSWORD}", b"secret"),
        write(f"{name}.{PASSWORD}", b"xyz", offset=46),
        write(f"{name}.{PASSWORD}", b"x", offset=48),
        write(f"{name}.0000102030405060708", b"x"),
        read(f"{name}.{PASSWORD}"),
    )
    theirs, ours = keys(both, family)
    assert ours.subkeys == theirs.subkeys
    both.agree(write(f"{name}.12", b"secret"), but=(WRONG_PASSWORD,))
    assert ours.subkeys == theirs.subkeys


@pytest.mark.parametrize("family", FAMILIES)
def test_subkeys_are_reset_the_same(both: Twins, family: int) -> None:
    path = both.device(family)
    name = f"{path}/subkey1/reset.11223344"
    both.agree(*(write(name, data) for data in (b"no", b"maybe", b"", b"yes")))
    both.agree(*reads(path, "subkey1/id.xxx", "subkey1/secure_data.11223344"))
    theirs, ours = keys(both, family)
    assert ours.subkeys == theirs.subkeys
    assert ours.subkeys[1][:16] == b"Subkey 1" + bytes.fromhex("0000000011223344")


@pytest.mark.parametrize("family", FAMILIES)
def test_names_are_what_was_written(both: Twins, family: int) -> None:
    path = both.device(family)
    name = f"{path}/subkey2/id.{PASSWORD}"
    both.agree(write(name, b"12345678"), read(name), but=(NAME,))
    both.agree(write(name, b"XY", offset=3), read(name), but=(NAME,))
    both.agree(write(f"{path}/subkey2/id.12", b"x"), but=(WRONG_PASSWORD,))
    assert keys(both, family)[1].subkeys[2][:8] == b"123XY678"
    equalize(both, family)


@pytest.mark.parametrize("family", FAMILIES)
def test_passwords_are_changed(both: Twins, family: int) -> None:
    path = both.device(family)
    name = f"{path}/subkey2/password.{PASSWORD}"
    both.agree(write(name, b"short"), write(name, b"12345678", offset=1))
    both.agree(write(f"{path}/subkey2/password.12", b"12345678"), but=(WRONG_PASSWORD,))
    equalize(both, family)
    new = b"12345678".hex()
    both.agree(
        write(name, b"12345678 and more"),
        read(f"{path}/subkey2/secure_data.{new}"),
        but=(SECRET_AFTER,),
    )
    assert keys(both, family)[1].subkeys[2][8:16] == b"12345678"
