"""The Python examples of README and docs run; those that need a port or a user are left out.
What docs quote is what the sources say."""

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


def _quotations() -> list[tuple[str, str]]:
    quoted = re.compile(r"<!-- from (\S+) -->\n```py\n(.*?)```", re.DOTALL)
    pages = sorted((ROOT / "docs").glob("*.md"))
    return [found for page in pages for found in quoted.findall(page.read_text())]


@pytest.mark.parametrize(("source", "quotation"), _quotations())
def test_a_quotation_is_what_the_source_says(source: str, quotation: str) -> None:
    assert quotation in (ROOT / source).read_text()
