"""Builds the Cython core; everything else about the package is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    ext_modules=cythonize(
        [
            Extension(f"owfs_py.{name}", [f"owfs_py/{name}.pyx"])
            for name in ("_crc", "_search", "_wire")
        ],
        language_level=3,
        build_dir="build",
    )
)
