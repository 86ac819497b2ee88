"""Our daemon as the program that users start, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from tests.interop.serverprocess import ServerProcess


class OurDaemon(ServerProcess):
    """`python -m owfs_py.server`; `under` is a command that starts it, such as prlimit."""

    def __init__(
        self,
        args: list[str],
        under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(args, environment)
        self._under = under

    def command(self) -> Sequence[str]:
        return [*self._under, sys.executable, "-m", "owfs_py.server"]

    def assert_no_fault(self) -> None:
        """Nothing went wrong in it that it had not expected: of that it tells in its log."""
        assert "Traceback" not in self.log
        assert "unexpected" not in self.log
