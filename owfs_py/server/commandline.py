"""From the words of a command line to Options; files of options are read by configfile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from owfs_py.bus.view import TemperatureScale
from owfs_py.server import actions, configfile
from owfs_py.server.getopt import GetoptError, getopt_long, starting_with
from owfs_py.server.options import OptionError, Options, Reading
from owfs_py.server.optiontable import ALL_OPTIONS, OUR_OPTIONS, OWSERVER_OPTIONS, Option

_NOT_GIVEN = -998.0
"""owserver takes a temperature limit at or below this for one that was not given."""

_TO_CELSIUS: dict[TemperatureScale, Callable[[float], float]] = {
    TemperatureScale.CELSIUS: lambda degrees: degrees,
    TemperatureScale.FAHRENHEIT: lambda degrees: (degrees - 32) / 1.8,
    TemperatureScale.KELVIN: lambda degrees: degrees - 273.15,
    TemperatureScale.RANKINE: lambda degrees: degrees / 1.8 - 273.15,
}


def read_command_line(words: Sequence[str]) -> Options:
    """Read the words after the program's name, and the files that they name.

    Raises OptionError for anything wrong, and HelpWanted or VersionWanted if that is asked for.
    """
    options = Options()

    def include(path: str) -> None:
        configfile.read(path, options)

    try:
        for found in getopt_long(words, ALL_OPTIONS, _abbreviated):
            if isinstance(found, str):
                actions.positional(Reading(options, f"bus master {found}", include), found)
            else:
                reading = Reading(options, f"option {found.spelled}", include)
                found.option.action(reading, found.value or "")
    except GetoptError as error:
        raise OptionError(str(error)) from None
    options.temperature_low = _limit(options.temperature_low, options.temperature_scale)
    options.temperature_high = _limit(options.temperature_high, options.temperature_scale)
    return options


def _abbreviated(cut: str) -> list[tuple[str, Option]]:
    """What was unambiguous for owserver stays so: our own options come second."""
    return starting_with(cut, OWSERVER_OPTIONS) or starting_with(cut, OUR_OPTIONS)


def _limit(given: float | None, scale: TemperatureScale) -> float | None:
    if given is None or given <= _NOT_GIVEN:
        return None
    return _TO_CELSIUS[scale](given)
