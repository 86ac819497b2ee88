"""What all benchmarks share: the option that writes the documents, the tables at the end."""

from __future__ import annotations

import pytest

from benchmarks.tables import Tables

_TABLES = pytest.StashKey[Tables]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-docs",
        action="store_true",
        help="write the measured bus costs to docs/bus-cost.md instead of comparing with it",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLES] = Tables()


@pytest.fixture(scope="session")
def tables(pytestconfig: pytest.Config) -> Tables:
    """For results that are to be read side by side."""
    return pytestconfig.stash[_TABLES]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    text = config.stash[_TABLES].render()
    if text:
        terminalreporter.section("side by side")
        terminalreporter.write_line(text)
