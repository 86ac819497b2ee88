"""The library that spares a test the waits of slow chips, for programs on emulated ones."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("hurry.c")


@functools.cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    """Is removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="hurry-")


@functools.cache
def hurry_library() -> Path:
    """hurry.c, built for preloading."""
    library = Path(_directory().name) / "hurry.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library)]
    subprocess.run([*command, str(SOURCE)], check=True)
    return library
