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
and access are what `/structure` shows. The last column says how many of them can be read and
written on a wired bus so far; the others are answered with "not supported" (-95).

Not counted is what all devices have:
{common}.
Of these, a device of a family that is not in this list has
{generic}.

| Code | Type | Also | Properties | Working |
|------|------|------|-----------:|--------:|
"""


def works(prop: Property) -> bool:
    """Whether everything that a property's access promises can be done."""
    return ("r" not in prop.access or prop.read is not None) and (
        "w" not in prop.access or prop.write is not None
    )


def own_properties(family: Family) -> list[Property]:
    """What a family has beside the properties of every device."""
    return [prop for prop in family.properties if prop not in COMMON]


def _row(family: Family) -> str:
    own = [prop for prop in own_properties(family) if prop.access != "oo"]
    working = sum(works(prop) for prop in own)
    shown = "all" if working == len(own) else working or "none yet"
    also = ", ".join(family.also)
    return f"| {family.name} | {family.type} | {also} | {len(own)} | {shown} |\n"


def _names(properties: Iterable[Property]) -> str:
    return ", ".join(f"`{prop.name}`" for prop in properties)


def page(families: Iterable[Family]) -> str:
    """The page as Markdown."""
    head = INTRODUCTION.format(common=_names(COMMON), generic=_names(GENERIC.properties))
    return head + "".join(_row(family) for family in families)


if __name__ == "__main__":
    sys.stdout.write(page(tables()))
