"""Imports point downward only, as docs/architecture.md says; found by reading the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "owfs_py"

# What each room may import beside itself; the longest prefix that fits a module decides.
MAY_IMPORT = {
    "owfs_py.bus": ("owfs_py._crc", "owfs_py._search", "owfs_py.bus"),
    "owfs_py.bus.masters": (
        "owfs_py._search",
        "owfs_py.bus.clock",
        "owfs_py.bus.endpoints",
        "owfs_py.bus.errors",
        "owfs_py.bus.rom",
        "owfs_py.bus.transaction",
        "owfs_py.bus.masters",
    ),
    "owfs_py.bus.masters.emulated": (
        "owfs_py.bus.clock",
        "owfs_py.bus.masters",
        "owfs_py.emulator",
    ),
    "owfs_py.ownet": ("owfs_py._wire", "owfs_py.bus", "owfs_py.ownet"),
    "owfs_py.server": (
        "owfs_py.__version__",
        "owfs_py._wire",
        "owfs_py.bus",
        "owfs_py.ownet",
        "owfs_py.server",
    ),
    "owfs_py.emulator": (
        "owfs_py._crc",
        "owfs_py.bus.clock",
        "owfs_py.bus.rom",
        "owfs_py.emulator",
    ),
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.startswith("owfs_py.")}


def _room(module: str) -> str | None:
    rooms = [room for room in MAY_IMPORT if f"{module}.".startswith(f"{room}.")]
    return max(rooms, key=len, default=None)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_point_downward(path: Path) -> None:
    room = _room(_name(path))
    if room is None:
        assert _imports(path) == set()
        return
    for imported in _imports(path):
        assert any(f"{imported}.".startswith(f"{allowed}.") for allowed in MAY_IMPORT[room]), (
            f"{_name(path)} may not import {imported}"
        )


def test_the_library_imports_no_server_and_no_uvloop() -> None:
    for path in MODULES:
        if not _name(path).startswith("owfs_py.server"):
            assert "import uvloop" not in path.read_text(), path
