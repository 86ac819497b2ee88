"""AutoSerial: some serial adapter or other, told apart when the port is opened.

It stands for owserver's plain `-d PORT`. It only chooses; the work is done by the driver chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from owfs_py._search import RomSearch
from owfs_py.bus.clock import REAL_CLOCK, Clock
from owfs_py.bus.errors import BusError, BusNotRespondingError
from owfs_py.bus.masters.base import BusMaster
from owfs_py.bus.masters.ds2480b import DS2480B
from owfs_py.bus.masters.ds9097 import DS9097
from owfs_py.bus.masters.serialline import PortUnavailableError
from owfs_py.bus.masters.serialmaster import PortOptions


class AutoSerial(BusMaster):
    """A DS2480B or else a DS9097, whichever answers; `open` asks anew each time.

    Takes the options of both. `open` raises BusNotRespondingError within 3 seconds, with what
    each of them said, if neither is there.
    """

    def __init__(
        self,
        address: str,
        clock: Clock = REAL_CLOCK,
        *,
        data_bits: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(address, clock)
        shared = {name: options[name] for name in PortOptions.__annotations__ if name in options}
        self._candidates: tuple[BusMaster, ...] = (
            DS2480B(address, clock, **options),
            DS9097(address, clock, data_bits=data_bits, **shared),
        )
        self._driver: BusMaster | None = None
        self.name = "serial"
        self.version = 0

    @property
    def driver(self) -> BusMaster:
        """The driver chosen; BusError if not open."""
        if self._driver is None:
            raise BusError(f"{self.address}: not open")
        return self._driver

    def open(self) -> None:
        self.close()
        reasons = []
        for candidate in self._candidates:
            try:
                candidate.open()
            except PortUnavailableError:
                raise
            except BusNotRespondingError as error:
                reasons.append(str(error).removeprefix(f"{self.address}: "))
                continue
            self._driver = candidate
            self.name, self.version, self.can = candidate.name, candidate.version, candidate.can
            return
        raise BusNotRespondingError(f"{self.address}: no bus master found; {'; '.join(reasons)}")

    def close(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    @property
    def settings(self) -> Mapping[str, str]:  # type: ignore[override]  # here they can change
        return {} if self._driver is None else self._driver.settings

    @property
    def long_resets(self) -> bool:
        return any(candidate.long_resets for candidate in self._candidates)

    @long_resets.setter
    def long_resets(self, wanted: bool) -> None:
        for candidate in self._candidates:
            candidate.long_resets = wanted

    def setting(self, name: str) -> Any:
        return self.driver.setting(name)

    def change_setting(self, name: str, value: Any) -> None:
        self.driver.change_setting(name, value)

    def set_timeout(self, kind: str, seconds: float) -> None:
        for candidate in self._candidates:
            candidate.set_timeout(kind, seconds)

    def reset(self) -> bool:
        return self.driver.reset()

    def touch_bits(self, bits: Sequence[int]) -> list[int]:
        return self.driver.touch_bits(bits)

    def exchange(self, data: bytes) -> bytes:
        return self.driver.exchange(data)

    def reset_exchange(self, data: bytes) -> bytes | None:
        return self.driver.reset_exchange(data)

    def search_pass(self, command: int, search: RomSearch) -> tuple[bytes, int] | None:
        return self.driver.search_pass(command, search)

    def power_byte(self, byte: int, seconds: float) -> int:
        return self.driver.power_byte(byte, seconds)

    def program_pulse(self) -> None:
        self.driver.program_pulse()

    def set_overdrive(self, on: bool) -> None:
        self.driver.set_overdrive(on)
