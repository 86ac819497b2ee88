"""A buffer in front of upstreams by script, and how tests ask it."""

from contextlib import AsyncExitStack

from owfs_py._wire import build
from owfs_py.bus.buffer import Buffer
from owfs_py.bus.errors import OneWireError
from owfs_py.bus.rom import RomId
from owfs_py.ownet.messages import MessageType
from owfs_py.ownet.remotebus import RemoteBus
from tests.ownet.chainbench import SENSOR, Place, Recorder, on_virtual_time

TEMPERATURE = f"{SENSOR}/temperature"
STRANGER = "/77.000000000001"
"""A device of a family that our catalog does not have."""
READ = MessageType.READ


class Upstream(Recorder):
    """A server with some devices, whose every reading is a number higher than the one before.

    What is in `texts`, by the last words of the path, is answered instead; a number there is an
    error, a list the steps of the answer before the value (seconds to wait, frames).
    """

    def __init__(self, devices=(SENSOR,), **texts):
        super().__init__(self.answer)
        self.devices = list(devices)
        self.texts = texts
        self.count = 0
        self.delay = []

    def answer(self, kind, path, header, data, tokens):
        flags = header.flags
        words = [w for w in path.strip("/").split("/") if w not in ("uncached", "unaliased", "")]
        known = not words or f"/{words[0]}" in self.devices
        name = "/".join(words[1:])
        if kind == MessageType.NOP:
            return [*self.delay, build(0, flags, 0, 0)]
        if words and words[0] == "simultaneous":
            return [build(0, flags, header.size, 0)]
        if words and words[0] == "structure":
            row = self.texts.get(path, b"")
            return [build(len(row) if row else -1, flags, len(row), 0, row)]
        if not known:
            return [build(-1, flags, 0, 0)]
        if kind == MessageType.PRESENCE:
            return [build(0, flags, 0, 0, bytes(RomId.parse(words[0])))]
        if kind == MessageType.WRITE:
            return [*self.delay, build(0, flags, header.size, 0)]
        if kind == READ:
            self.count += 1
            text = self.texts.get(name, str(self.count).encode())
            text = text[header.offset : header.offset + header.size]
            return [*self.delay, build(len(text), flags, len(text), header.offset, text)]
        parent = path.rstrip("/")
        names = [f"/{name}" for name in self.texts] if name or words else self.devices
        entries = ",".join(f"{parent}{name}" for name in names).encode()
        return [*self.delay, build(0, flags, len(entries), 0x8002, entries + b"\0")]

    def times(self, kind, path):
        """How often it was asked this."""
        return self.asked.count((kind, path))

    @property
    def reads(self):
        return [path for kind, path in self.asked if kind == READ]


def add_buffer(place, port, *, refresh=False, **options):
    """Another server behind `place`, with a buffer in front."""
    wire = place.onewire
    bus = RemoteBus(
        wire.next_number(),
        f"127.0.0.1:{port}",
        wire.cache,
        wire.aliases,
        token=place.settings.token,
        **options,
    )
    buffer = Buffer(bus, wire.changed, refresh=refresh)
    wire.add_bus(buffer)
    return buffer


def before(upstreams, test, *, stale=0, refresh=False):
    """Run `test(below, *upstreams)` with our server as a buffer in front of them."""

    async def main(clock):
        below = Place(clock)
        below.onewire.cache.timeouts.stale = stale
        async with AsyncExitStack() as stack:
            for upstream in upstreams:
                await stack.enter_async_context(upstream)
                add_buffer(below, upstream.port, refresh=refresh)
            await stack.enter_async_context(below)
            return await test(below, *upstreams)

    return on_virtual_time(main)


async def outcome(asking):
    """What was answered, or the return code of the error."""
    try:
        return await asking
    except OneWireError as error:
        return error.code
