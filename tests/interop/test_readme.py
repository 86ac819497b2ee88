"""What README.md shows works as it stands there, but for the port."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import owfs_py
from tests.interop.ourserver import OurDaemon

README = Path(owfs_py.__file__).parents[1] / "README.md"
SHOWN_ADDRESS = "localhost:4304"
SHOWN_OPTION = "--emulate=28,28,10"


def test_the_python_example_prints_the_temperatures_of_the_emulated_bus() -> None:
    text = README.read_text()
    assert SHOWN_OPTION in text
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert SHOWN_ADDRESS in example
    with OurDaemon([SHOWN_OPTION]) as daemon:
        program = example.replace(SHOWN_ADDRESS, daemon.address)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
        )
    readings = dict(line.split() for line in done.stdout.splitlines())
    assert sorted(readings) == ["/10.000010EF0200", "/28.000028D70000", "/28.000028D70100"]
    assert all(10 < float(degrees) < 30 for degrees in readings.values())
