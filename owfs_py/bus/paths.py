"""Paths: which node each path leads to in one OneWire: what the words mean here, and a memory.

The grammar is in tree.py; what other owservers know of a path is for upstream.py to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owfs_py.bus.directory import STRUCTURE_ALSO
from owfs_py.bus.families import find_table
from owfs_py.bus.properties import Table
from owfs_py.bus.relay import Relay
from owfs_py.bus.tree import Names, Node, UnknownWordError, parse
from owfs_py.bus.view import View
from owfs_py.bus.virtual import virtual_tables

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire

MAX_NODES = 4096
"""Parsed paths that are kept; beyond that all are forgotten, which costs only time."""


class Paths:
    """The paths of one OneWire, whose buses and aliases say what words mean."""

    def __init__(self, onewire: OneWire) -> None:
        self._onewire = onewire
        self._buses = onewire.buses
        self._virtual = virtual_tables()
        self.names = Names(
            has_bus=self._buses.__contains__,
            alias=onewire.aliases.resolve,
            virtual=self._virtual,
            structure=self._structure_table,
            is_relay=lambda number: isinstance(self._buses[number], Relay),
            named=self._named_table,
        )
        self._nodes: dict[str, Node] = {}

    async def node(self, path: str, view: View) -> Node:
        """Where a path leads; of words that mean nothing here the other owservers are asked.

        Raises PathError if it leads nowhere.
        """
        try:
            return self.parse(path)
        except UnknownWordError as unknown:
            return await self._onewire.upstreams.node_of(path, unknown, view)

    def parse(self, path: str) -> Node:
        """Where a path leads by what is known here. Raises PathError."""
        node = self._nodes.get(path)
        if node is None:
            node = parse(path, self.names)
            if len(self._nodes) >= MAX_NODES:
                self._nodes.clear()
            self._nodes[path] = node
        return node

    def forget(self) -> None:
        """Words may have changed their meaning."""
        self._nodes.clear()

    def _structure_table(self, word: str) -> Table | None:
        if word in STRUCTURE_ALSO:
            return self._virtual[word]
        others = (bus.families.get(word) for bus in self._buses.values())
        return find_table(word) or next(filter(None, others), None)

    def _named_table(self, name: str) -> Table | None:
        return next((bus.named[name] for bus in self._buses.values() if name in bus.named), None)
