"""`python -m owfs_py.bus.families` prints docs/families.md: what is known of each family.

The page is made from the catalog alone; a test holds the file to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from owfs_py.bus.families.catalog import GENERIC, Family, tables
from owfs_py.bus.families.common import COMMON
from owfs_py.bus.properties import Property

INTRODUCTION = """\
# Device families

<!-- Made by `python -m owfs_py.bus.families > docs/families.md`. -->

Every family that owserver 3.2p4 knows is here with all its properties: their names, kinds, sizes
and access are what `/structure` shows, and what the access promises can be done on a wired bus.

Not counted is what all devices have:
{common}.
Of these, a device of a family that is not in this list has
{generic}.

| Code | Type | Also | Properties |
|------|------|------|-----------:|
"""


def own_properties(family: Family) -> list[Property]:
    """What a family has beside the properties of every device."""
    return [prop for prop in family.properties if prop not in COMMON]


def _row(family: Family) -> str:
    own = [prop for prop in own_properties(family) if prop.access != "oo"]
    return f"| {family.name} | {family.type} | {', '.join(family.also)} | {len(own)} |\n"


def _names(properties: Iterable[Property]) -> str:
    return ", ".join(f"`{prop.name}`" for prop in properties)


def page(families: Iterable[Family]) -> str:
    """The page as Markdown."""
    head = INTRODUCTION.format(common=_names(COMMON), generic=_names(GENERIC.properties))
    return head + "".join(_row(family) for family in families)


if __name__ == "__main__":
    sys.stdout.write(page(tables()))
