"""What README.md shows works as it stands there, but for the addresses of server and adapter."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import owfs_py
from tests.interop.ourserver import OurDaemon

README = (Path(owfs_py.__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)

SHOWN_SERVER = '"localhost:4304"'
SHOWN_OPTION = "--emulate=28,28,10"
SHOWN_ADAPTER = '"/dev/ttyUSB0"'
SHOWN_INSTEAD = '"emulate://28,28,10"'
SHOWN_ASYNC = '"emulate://28,28,28"'
EMULATED = ["/10.000010EF0200", "/28.000028D70000", "/28.000028D70100"]


def example(shown: str) -> str:
    """The only Python example with `shown` in it."""
    (found,) = (block for block in BLOCKS if shown in block)
    return str(found)


def output_of(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_python_example_is_tried_here() -> None:
    assert len(BLOCKS) == len({example(SHOWN_SERVER), example(SHOWN_ADAPTER), example(SHOWN_ASYNC)})


def test_the_network_example_prints_the_temperatures_of_the_emulated_bus() -> None:
    assert SHOWN_OPTION in README
    with OurDaemon([SHOWN_OPTION]) as daemon:
        output = output_of(example(SHOWN_SERVER).replace(SHOWN_SERVER, f'"{daemon.address}"'))
    readings = dict(line.split() for line in output.splitlines())
    assert sorted(readings) == EMULATED
    assert all(10 < float(degrees) < 30 for degrees in readings.values())


def test_the_library_example_lists_types_and_writes_a_limit() -> None:
    program = example(SHOWN_ADAPTER)
    assert SHOWN_INSTEAD in program
    output = output_of(program.replace(SHOWN_ADAPTER, SHOWN_INSTEAD))
    types = dict(line.split() for line in output.splitlines())
    assert sorted(types) == EMULATED
    assert types[EMULATED[0]] == "DS18S20"


def test_the_asyncio_example_prints_three_temperatures() -> None:
    temperatures = ast.literal_eval(output_of(example(SHOWN_ASYNC)))
    assert temperatures == pytest.approx([20, 20, 20], abs=10)
