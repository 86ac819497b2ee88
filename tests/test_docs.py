"""The Python examples of README and docs run; those that need a port or a user are left out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDS_MORE = re.compile(r"/dev/tty|localhost:|input\(")


def _examples() -> list[tuple[str, str]]:
    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
            if not NEEDS_MORE.search(block):
                found.append((page.name, block))
    return found


@pytest.mark.parametrize(("page", "example"), _examples())
def test_an_example_runs(page: str, example: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, timeout=30, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout
