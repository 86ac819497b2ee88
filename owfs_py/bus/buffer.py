"""A buffer in front of another owserver: what it answered is kept as long as it holds.

It is a relay that wraps one. What is kept is the text that the other server sent, by the view that
it was asked for in: its numbers have six digits, and what is made of a rounded one may be wrong.
Which values may be kept, and how long, is in shapes.py; renewing them ahead of time in refresh.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from owfs_py.bus.answers import Listing, Reading
from owfs_py.bus.cache import Life
from owfs_py.bus.errors import BusNotRespondingError, BusTimeoutError, ConnectionClosedError
from owfs_py.bus.flights import Flights
from owfs_py.bus.refresh import Refresher
from owfs_py.bus.relay import WHOLE, Relay
from owfs_py.bus.rom import RomId
from owfs_py.bus.shapes import Shapes
from owfs_py.bus.statistics import BufferCounts
from owfs_py.bus.tree import PREFIXES
from owfs_py.bus.view import DEFAULT_VIEW, View

SILENCE = (BusNotRespondingError, BusTimeoutError, ConnectionClosedError)
"""There was no answer, or only that whoever would know is missing."""
COUPLER: Final = 0x1F
"""Family code of the DS2409: a write to one changes which devices there are."""
WATCHED_LIFE: Final = 1.0
"""Seconds for which others may keep an answer while it is of interest who asks for it."""
MAX_TARGETS: Final = 4096
"""Paths whose meaning is kept."""


class Target(NamedTuple):
    """The property that a path leads to, however the path is written."""

    place: tuple[str, ...]
    """The words before the device: a bus or couplers of the other server."""
    rom: RomId
    name: str
    """With subdirectory and index."""
    uncached: bool


@lru_cache(MAX_TARGETS)
def target_of(path: str) -> Target | None:
    """The property of a device that `path` leads to; None if to none, or through /alarm."""
    words = path.strip("/").split("/")
    for at in reversed(range(len(words) - 1)):
        try:
            rom = RomId.parse(words[at])
        except ValueError:
            continue
        before = [word.lower() for word in words[:at]]
        if "alarm" in before:
            return None
        place = tuple(word for word in before if word not in PREFIXES)
        return Target(place, rom, "/".join(words[at + 1 :]), "uncached" in before)
    return None


def look(view: View) -> tuple[int, ...]:
    """What of a view can make a difference to the text of a value."""
    return (view.temperature_scale, view.pressure_scale, view.rom_format, view.trim)


def _until(listing: Listing, time: float) -> Listing:
    return listing._replace(valid_until=time)


class Answer(NamedTuple):
    """What the other server said."""

    data: bytes
    asked_at: float
    until: float
    """Until when it holds; 0.0 if it is not kept."""


class Buffer(Relay):
    """A relay that asks another one, `relay`, only for what is not known.

    Uncached requests go through, and what they bring is kept. While nobody answers, a value is
    served for as long after its end as the cache's `timeouts.stale` says. With `refresh`, values
    that clients keep asking for are renewed before they end. `on_change` is called when an
    answer given before does not hold any more, though its time is not over.
    """

    def __init__(
        self, relay: Relay, on_change: Callable[[], None], *, refresh: bool = False
    ) -> None:
        super().__init__(relay.number, relay.address, relay.cache, relay.aliases)
        self.kind = relay.kind
        self.version = relay.version
        self.counts = relay.counts
        self.buffered = BufferCounts()
        self._relay = relay
        self._on_change = on_change
        self._flights = Flights()
        self._shapes = Shapes(relay)
        self._refresher = Refresher(self) if refresh else None
        # These are part of the keys under which things are kept: whatever was kept before a
        # write, or comes of a request that began before it, is not found after it.
        self._writes = 0
        self._writes_to: Counter[RomId] = Counter()
        self._commanded_at = float("-inf")

    # The bus itself is the other relay's matter

    async def start(self) -> None:
        await self._relay.start()
        if self._refresher is not None:
            self._refresher.start()

    async def stop(self) -> None:
        if self._refresher is not None:
            self._refresher.stop()
        await self._relay.stop()

    async def reopen(self) -> None:
        await self._relay.reopen()

    @property
    def is_lost(self) -> bool:
        return self._relay.is_lost

    @property
    def is_doubted(self) -> bool:
        return self._relay.is_doubted

    @property
    def settings(self) -> Collection[str]:
        return self._relay.settings

    async def setting(self, name: str) -> Any:
        return await self._relay.setting(name)

    async def change_setting(self, name: str, value: Any) -> None:
        await self._relay.change_setting(name, value)

    def set_timeout(self, kind: str, seconds: int) -> None:
        self._relay.set_timeout(kind, seconds)

    # Values

    async def forward_read(self, path: str, size: int, offset: int, view: View) -> Reading:
        target = target_of(path)
        if target is None:
            self.buffered.passed += 1
            return await self._relay.forward_read(path, size, offset, view)
        if target.uncached or view.uncached:
            answer = await self._read_fresh(target, path, size, offset, view)
            return Reading(answer.data, 0.0)
        key = self._key(target, view)
        entry = self.cache.get(key)
        if (
            entry is not None
            and not self._is_overtaken(entry.life, entry.since)
            and offset == 0
            and size >= len(entry.value)
        ):
            self.buffered.hits += 1
            if self._refresher is not None:
                self._refresher.asked(key)
            return Reading(entry.value, self._shown_until(self.cache.until(entry)))
        past = self._past(key)
        stale = past if past is not None and not offset and size >= len(past) else None
        if stale is not None and self._relay.is_doubted:
            self.buffered.stale += 1
            return Reading(stale, 0.0)
        try:
            answer = await self._joined(target, path, size, offset, view)
        except SILENCE:
            if stale is None:
                raise
            self.buffered.stale += 1
            return Reading(stale, 0.0)
        return Reading(answer.data, self._shown_until(answer.until))

    def _past(self, key: Hashable) -> Any:
        """What was good last, if that may be served while nobody can be asked."""
        entry = self.cache.last(key) if self.cache.timeouts.stale > 0 else None
        return None if entry is None else entry.value

    def _key(self, target: Target, view: View) -> Hashable:
        place, rom, name, _ = target
        writes = (self._writes, self._writes_to[rom])
        return ("value", self.number, writes, place, rom, name, look(view))

    def _is_overtaken(self, life: Life, since: float) -> bool:
        """Whether all were told to measure after this was true."""
        return life is Life.VOLATILE and since < self._commanded_at

    def _shown_until(self, until: float) -> float:
        """Until when somebody above may answer in our place."""
        if self._refresher is None:
            return until
        return min(until, self.cache.clock.now() + WATCHED_LIFE)

    async def _joined(
        self, target: Target, path: str, size: int, offset: int, view: View
    ) -> Answer:
        """One answer for all who ask the same at the same time.

        Requests that came through different servers do not wait for each other: in a loop of
        servers they could do so for ever.
        """
        fresh = target.uncached or view.uncached
        key = self._key(target, view)
        flight = (key, size, offset, fresh, view.tokens, self._commanded_at)
        if flight in self._flights:
            self.buffered.joined += 1
        return await self._flights.join(
            flight, lambda: self._ask(key, target, path, size, offset, view)
        )

    async def _read_fresh(
        self, target: Target, path: str, size: int, offset: int, view: View
    ) -> Answer:
        came = self.cache.clock.now()
        while True:
            answer = await self._joined(target, path, size, offset, view)
            # What was asked before this request came is not fresh; the next one is.
            if answer.asked_at >= came:
                return answer

    async def _ask(
        self, key: Hashable, target: Target, path: str, size: int, offset: int, view: View
    ) -> Answer:
        now = self.cache.clock.now()
        self.buffered.passed += 1
        data = (await self._relay.forward_read(path, size, offset, view)).data
        if not target.place:
            self.note(target.rom)  # nobody needs to look for what answers
        if offset:
            return Answer(data, now, 0.0)
        shape = await self._shapes.of(target.rom.family, target.name, view)
        is_whole = len(data) < size or size >= shape.size
        if shape.life is Life.NEVER or not is_whole:
            return Answer(data, now, 0.0)
        if self.cache.would_change(key, data):
            self._on_change()
        until = self.cache.put(key, data, shape.life, now)
        if self._refresher is not None and shape.life is Life.VOLATILE:
            self._refresher.kept(key, path, view, until, is_temperature=shape.is_temperature)
        return Answer(data, now, until)

    async def renew(self, path: str, view: View) -> Hashable:
        """Ask again for a value that is kept already; the key that it is kept under now."""
        target = target_of(path)
        assert target is not None  # only such are kept
        await self._joined(target, path, WHOLE, 0, view)
        return self._key(target, view)

    async def command_for_renewal(self) -> None:
        """Have all thermometers convert; the values that are kept may be served meanwhile."""
        await self._relay.command_everybody("temperature", DEFAULT_VIEW)

    # Writing

    async def forward_write(self, path: str, data: bytes, offset: int, view: View) -> int:
        self._spoil(path)
        try:
            return await self._relay.forward_write(path, data, offset, view)
        finally:
            self._spoil(path)

    def _spoil(self, path: str) -> None:
        """Forget what a write may change."""
        self._on_change()
        target = target_of(path)
        if target is not None and target.rom.family != COUPLER and target.name != "alias":
            self._writes_to[target.rom] += 1
        elif "simultaneous" in path.lower().split("/"):
            self._commanded_at = self.cache.clock.now()
        else:
            self._writes += 1

    # Directories and places

    async def forward_dir(self, path: str, view: View, slash: bool) -> Listing:
        words = path.lower().strip("/").split("/")
        is_root = all(word in PREFIXES for word in words if word)
        if "alarm" in words or "uncached" in words or (is_root and view.bus_list):
            self.buffered.passed += 1
            return await self._relay.forward_dir(path, view, slash)
        kept_by = (path, slash, view.rom_format, view.bus_list, view.unaliased, view.tokens)
        key = ("directory", self.number, self._writes, kept_by)
        if not view.uncached:
            entry = self.cache.get(key)
            if entry is not None:
                self.buffered.hits += 1
                return _until(entry.value, self.cache.until(entry))
        past = None if view.uncached else self._past(key)
        if past is not None and self._relay.is_doubted:
            self.buffered.stale += 1
            return _until(past, 0.0)
        try:
            return await self._flights.join(
                (key, view.uncached), lambda: self._ask_dir(key, path, view, slash, is_root)
            )
        except SILENCE:
            if past is None:
                raise
            self.buffered.stale += 1
            return _until(past, 0.0)

    async def _ask_dir(
        self, key: Hashable, path: str, view: View, slash: bool, is_root: bool
    ) -> Listing:
        now = self.cache.clock.now()
        self.buffered.passed += 1
        listing = await self._relay.forward_dir(path, view, slash)
        if is_root:
            self.note_all(listing)
        if not listing.entries:
            self.cache.drop(key)  # whoever plugs in the first device wants to see it at once
            return listing
        until = self.cache.put(key, listing, Life.DIRECTORY, now)
        return listing._replace(valid_until=0.0 if view.uncached else until)

    async def _list(self, path: str, view: View) -> Listing:
        return await self.forward_dir(path, view, False)  # which takes note when it has asked

    async def forward_present(self, path: str, view: View) -> bytes:
        # Where a device is, is kept by those who ask this.
        key = ("present", path, view.tokens)
        return await self._flights.join(key, lambda: self._relay.forward_present(path, view))
