"""Paths that lead to other owservers: who knows a name, what they list, how it is shown here.

Only paths; how a device's property behind one is read and written is in relay.py.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owfs_py.bus.answers import Listing
from owfs_py.bus.cache import Life
from owfs_py.bus.errors import PathError
from owfs_py.bus.flights import first_answer
from owfs_py.bus.relay import WHOLE, Relay, value_of
from owfs_py.bus.rom import RomId
from owfs_py.bus.tree import PREFIXES, Names, Node, Scope, UnknownWordError, parse, parse_remote
from owfs_py.bus.view import DEFAULT_VIEW, View

if TYPE_CHECKING:
    from owfs_py.bus.onewire import OneWire


class Upstreams:
    """What the other owservers behind one OneWire are asked for beside values."""

    def __init__(self, onewire: OneWire, names: Names) -> None:
        self._onewire = onewire
        self._names = names

    def _relays(self) -> list[Relay]:
        return [bus for bus in self._onewire.buses.values() if isinstance(bus, Relay)]

    # Names that nobody knows here

    async def node_of(self, path: str, unknown: UnknownWordError, view: View) -> Node:
        """Where a path with an unknown word leads, by what the other owservers say.

        The word may be an alias there, or a property of a family that only they know. Raises
        `unknown` if they do not know it either.
        """
        node = unknown.node
        if node.bus is not None or not self._relays():
            raise unknown
        if node.table is None and not node.branch:
            number, rom = await self._who_knows(unknown, view)
            if rom is None:
                return parse_remote(path, self._names, number)
            try:
                return parse(path, self._names_with(unknown.word, rom))
            except UnknownWordError as another:
                node = another.node
        elif node.rom is None and not node.branch:
            raise unknown  # in a virtual directory of ours
        bus, _ = await self._onewire.locations.place(node, view)
        if not isinstance(bus, Relay):
            raise unknown
        return parse_remote(path, self._names, bus.number)

    def _names_with(self, word: str, rom: RomId) -> Names:
        alias = self._names.alias
        return replace(self._names, alias=lambda name: rom if name == word else alias(name))

    async def _who_knows(self, unknown: UnknownWordError, view: View) -> tuple[int, RomId | None]:
        """The bus behind which a device of this name is, and its ROM id, if it has one."""
        word = unknown.word
        cache = self._onewire.cache
        key = ("location", word)
        entry = cache.get(key)
        if entry is not None and entry.value[0] in self._onewire.buses:
            number, rom = entry.value
            return number, rom

        async def ask(relay: Relay) -> tuple[int, RomId | None]:
            found = await relay.forward_present(f"/{word}", view)
            return relay.number, RomId(found) if any(found) else None

        answer = await first_answer(ask(relay) for relay in self._relays())
        if answer is None:
            raise unknown
        cache.put(key, answer, Life.PRESENCE)
        return answer

    # What is there

    async def dir(self, node: Node, relay: Relay, view: View, slash: bool) -> Listing:
        """A directory that another owserver has."""
        named = node.bus_at is not None
        view = replace(view, bus_list=named)
        listing = await relay.forward_dir(node.upstream, view, slash)
        entries = [self._shown(entry, node) for entry in listing.entries]
        words = node.upstream.lower().strip("/").split("/")
        if named and all(word in PREFIXES for word in words if word):
            entries.insert(0, f"{node.path}/interface{'/' * slash}")
        return Listing(entries, listing.flags, listing.valid_until)

    def _shown(self, entry: str, node: Node) -> str:
        """The path to an entry as it is from here: with the bus, and with the names given here."""
        words = entry.split("/")
        aliases = self._onewire.aliases
        if len(aliases) and not (node.unaliased or self._onewire.unaliased):
            for position, word in enumerate(words):
                with suppress(ValueError):
                    words[position] = aliases.name_of(RomId.parse(word)) or word
        if node.bus_at is not None:
            words.insert(1 + node.bus_at, node.path.split("/")[1 + node.bus_at])
        return "/".join(words)

    async def value(self, node: Node, relay: Relay) -> Any:
        """A property there as a Python object; its bytes if the path means nothing here."""
        text = (await relay.forward_read(node.upstream, WHOLE, 0, DEFAULT_VIEW)).data
        words = [word for word in node.upstream.split("/") if not word.lower().startswith("bus.")]
        try:
            known = parse("/".join(words), self._names)
        except PathError:
            return text
        if known.prop is None or known.scope is Scope.STRUCTURE:
            return text
        return value_of(known.prop, known.index, text)
