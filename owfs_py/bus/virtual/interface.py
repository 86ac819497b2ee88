"""/interface: nothing yet."""

from owfs_py.bus.properties import Table

TABLE = Table("interface", ())
