"""The catalog of device families: one module each, tables first."""

from owfs_py.bus.families.catalog import (
    Family,
    family_names,
    family_of,
    find_family,
    find_table,
    tables,
)

__all__ = ["Family", "family_names", "family_of", "find_family", "find_table", "tables"]
