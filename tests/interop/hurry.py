"""The library that spares a test the waits of slow chips, for programs on emulated ones."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("hurry.c")


@functools.cache
def hurry_library() -> Path:
    """hurry.c, built for preloading."""
    library = Path(tempfile.mkdtemp(prefix="hurry-")) / "hurry.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library)]
    subprocess.run([*command, str(SOURCE)], check=True)
    return library
