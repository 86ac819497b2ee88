"""owfs_py: an owserver for 1-Wire buses, and the library it is made of."""

__version__ = "0.1.0"
