"""Options of the whole test suite."""

from __future__ import annotations

import pytest

# Of modules that are no tests themselves it does not do so unasked.
pytest.register_assert_rewrite("tests.bus.masters.addressing", "tests.bus.masters.checks")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples",
        type=int,
        default=1000,
        help="how many clients throw random frames at a running daemon [%(default)s]",
    )


@pytest.fixture
def fuzz_examples(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("fuzz_examples"))
