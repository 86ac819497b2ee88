"""What is asked of both owservers about chips with a memory, whatever chip it is."""

from __future__ import annotations

from owfs_py.emulator.ds2502 import DS2502
from owfs_py.emulator.memories import ScratchpadChip
from owfs_py.emulator.slave import Slave
from tests.interop.differential import read, write
from tests.interop.twins import Twins, too_dear


def memories(both: Twins, family: int) -> list[bytes]:
    """What is in the memory of the first chip of a family, of theirs and of ours."""
    chips = both.chips(family, Slave)
    assert all(isinstance(chip, ScratchpadChip | DS2502) for chip in chips)
    return [bytes(chip.memory) for chip in chips]  # type: ignore[attr-defined]  # as asserted


def is_written_the_same(both: Twins, family: int, size: int) -> None:
    """Bytes, parts of pages, pages and more, also where no memory is; `size` is that of it all."""
    path = both.device(family)
    data = bytes((n * 7 + family) % 256 for n in range(64))
    memory, page = f"{path}/memory", f"{path}/pages/page"
    cases = both.agree(
        write(memory, data[:8]),
        write(memory, data[:32], offset=32),
        write(memory, data[:16], offset=24),
        write(memory, data[:60], offset=56),
        write(memory, b"", offset=5),
        write(memory, b"x", offset=size),
        write(memory, data, offset=size - 8),
        write(f"{page}.3", data[10:42]),
        write(f"{page}.2", data[:20], offset=24),
        write(f"{page}.ALL", data[:31]),
        write(f"{page}.ALL", data[:31], offset=1),
        write(f"{page}.999", b"x"),
        write(memory, b"abc", offset=-1),
        read(memory),
    )
    assert too_dear(cases) == []
    theirs, ours = memories(both, family)
    assert ours == theirs
    assert data[:8] == ours[:8]
