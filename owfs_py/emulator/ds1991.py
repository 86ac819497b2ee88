"""DS1991, also DS1425: three subkeys with a name, a password and secret bytes each.

Source: data sheet DS1991 (memory map, memory function flow charts, block selector codes).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

from owfs_py.bus.rom import RomId
from owfs_py.emulator.slave import Behaviour, Receiving, Slave, receive_byte, send_bytes

WRITE_SCRATCHPAD, READ_SCRATCHPAD, COPY_SCRATCHPAD = 0x96, 0x69, 0x3C
READ_SUBKEY, WRITE_SUBKEY, WRITE_PASSWORD = 0x66, 0x99, 0x5A

SUBKEYS, SIZE, FIELD = 3, 0x40, 8
"""Number of subkeys, bytes of each, bytes of its name, its password, and of a block."""
SECRET = 0x10
"""Where the secret bytes of a subkey begin."""
SCRATCHPAD = 3
WHOLE = bytes.fromhex("5656 7F51 575D 5A7F")
BLOCKS = tuple(
    bytes.fromhex(code)
    for code in (
        "9A9A B39D 646E 694C",
        "9A9A 4C62 9B91 694C",
        "9A65 B362 9B6E 964C",
        "6A6A 436D 6B61 6643",
        "9595 BC92 949E 99BC",
        "659A 4C9D 6491 69B3",
        "6565 B39D 646E 96B3",
        "6565 4C62 9B91 96B3",
    )
)


class DS1991(Slave):
    """`subkeys`: name, password and secret of each, one after the other."""

    families = (0x02,)
    chip = "DS1991"

    def __init__(self, rom: RomId) -> None:
        self.subkeys = [bytearray(SIZE) for _ in range(SUBKEYS)]
        self.scratchpad = bytearray(SIZE)
        self._random = Random(0)
        super().__init__(rom)

    def function(self) -> Behaviour:
        command = yield from receive_byte()
        address = yield from receive_byte()
        if (yield from receive_byte()) != address ^ 0xFF:
            return
        number, offset = divmod(address, SIZE)
        answers = self.on_scratchpad if number == SCRATCHPAD else self.on_subkey
        answer = answers.get(command)
        if answer is not None:
            yield from answer(self, number, offset)

    def _receive(self, count: int, into: bytearray) -> Behaviour:
        for _ in range(count):
            into.append((yield from receive_byte()))

    def _matches(self, wanted: bytes | bytearray) -> Receiving:
        """Whether the next bytes are these."""
        received = bytearray()
        yield from self._receive(len(wanted), received)
        return received == wanted

    def _password(self, number: int) -> bytearray:
        return self.subkeys[number][FIELD:SECRET]

    # The scratchpad

    def _write_scratchpad(self, _: int, offset: int) -> Behaviour:
        for at in range(offset, SIZE):
            self.scratchpad[at] = yield from receive_byte()

    def _read_scratchpad(self, _: int, offset: int) -> Behaviour:
        yield from send_bytes(self.scratchpad[offset:])

    def _copy_scratchpad(self, number: int, _: int) -> Behaviour:
        code = bytearray()
        yield from self._receive(FIELD, code)
        if not (yield from self._matches(self._password(number))):
            return
        if code == WHOLE:
            self._move(number, slice(0, SIZE))
        elif bytes(code) in BLOCKS:
            start = BLOCKS.index(bytes(code)) * FIELD
            self._move(number, slice(start, start + FIELD))

    def _move(self, number: int, part: slice) -> None:
        """Copying clears what was copied."""
        self.subkeys[number][part] = self.scratchpad[part]
        self.scratchpad[part] = bytes(part.stop - part.start)

    # Subkeys

    def _open(self, number: int) -> Receiving:
        """Send the name, receive a password; whether it is right."""
        yield from send_bytes(self.subkeys[number][:FIELD])
        return (yield from self._matches(self._password(number)))

    def _read_subkey(self, number: int, offset: int) -> Behaviour:
        if offset < SECRET:
            return
        right = yield from self._open(number)
        data = self.subkeys[number][offset:]
        yield from send_bytes(data if right else self._random.randbytes(len(data)))

    def _write_subkey(self, number: int, offset: int) -> Behaviour:
        if offset < SECRET or not (yield from self._open(number)):
            return
        for at in range(offset, SIZE):
            self.subkeys[number][at] = yield from receive_byte()

    def _write_password(self, number: int, _: int) -> Behaviour:
        """Whoever says the name back may give a new name and password; the secret is lost."""
        subkey = self.subkeys[number]
        yield from send_bytes(subkey[:FIELD])
        if not (yield from self._matches(subkey[:FIELD])):
            return
        received = bytearray()
        yield from self._receive(SECRET, received)
        subkey[:] = received + bytes(SIZE - SECRET)

    on_scratchpad: ClassVar[dict[int, Callable[[Any, int, int], Behaviour]]] = {
        WRITE_SCRATCHPAD: _write_scratchpad,
        READ_SCRATCHPAD: _read_scratchpad,
    }
    on_subkey: ClassVar[dict[int, Callable[[Any, int, int], Behaviour]]] = {
        COPY_SCRATCHPAD: _copy_scratchpad,
        READ_SUBKEY: _read_subkey,
        WRITE_SUBKEY: _write_subkey,
        WRITE_PASSWORD: _write_password,
    }


class DS1425(DS1991):
    """The same in another case."""

    families = (0x82,)
    chip = "DS1425"
