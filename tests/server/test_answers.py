"""What each request is answered: return codes, sizes, bodies, and which check comes first."""

import asyncio

import pytest

from owfs_py._wire import AnswerCache, FrameSplitter
from owfs_py.bus.errors import OneWireError
from owfs_py.ownet.messages import (
    DEFAULT_FLAGS,
    HEADER,
    KEEP_ALIVE,
    Header,
    MessageType,
    request_frame,
)
from owfs_py.server.answers import Answerer
from owfs_py.server.settings import ServerSettings

SENSOR = "/28.000028D70000"
TEMPERATURE = f"{SENSOR}/temperature"
READ, WRITE, DIR, PRESENCE, DIRALL, GET, DIRALLSLASH, GETSLASH = (
    MessageType[name]
    for name in ["READ", "WRITE", "DIR", "PRESENCE", "DIRALL", "GET", "DIRALLSLASH", "GETSLASH"]
)
PATH_TYPES = [READ, DIR, DIRALL, GET, DIRALLSLASH, GETSLASH]


def parse(raw):
    splitter = FrameSplitter(b"t" * 16)
    splitter.feed(raw, 0.0, 0)
    return splitter.request


def ask(fake, kind, payload, *, settings=None, cache=None, granted=False, **words):
    """The frames of the answer as (ret, size, offset, body)."""
    if isinstance(payload, str):
        payload = payload.encode() + b"\0"
    words = {"size": 65536, "flags": 0x10A} | words
    answerer = Answerer(fake, settings or ServerSettings(), cache)
    request = parse(request_frame(kind, payload, **words))
    raw, frames = asyncio.run(answerer.answer(request, granted)), []
    while raw:
        header = Header.parse(raw[: HEADER.size])
        end = HEADER.size + header.payload
        expected_flags = words["flags"] & ~4 | (4 if granted else 0)
        assert (header.version, header.flags) == (0, expected_flags)
        frames.append((header.code, header.size, header.offset, raw[HEADER.size : end]))
        raw = raw[end:]
    return frames


def ret(*args, **words):
    frames = ask(*args, **words)
    assert frames == [(frames[0][0], 0, 0, b"")]
    return frames[0][0]


def test_read(fake):
    assert ask(fake, READ, TEMPERATURE) == [(12, 12, 0, b"           4")]
    assert ask(fake, READ, TEMPERATURE, size=3, offset=10) == [(2, 2, 10, b" 4")]


def test_empty_value_does_not_repeat_the_offset(fake):
    assert ask(fake, READ, f"{SENSOR}/empty", offset=7) == [(0, 0, 0, b"")]
    assert ask(fake, READ, TEMPERATURE, offset=12) == [(0, 0, 0, b"")]


@pytest.mark.parametrize("size", [0, -1, -(2**31), 100051, 2**31 - 1])
def test_size_out_of_range_comes_after_the_path_and_before_the_directory(fake, size):
    assert ret(fake, READ, TEMPERATURE, size=size) == -90
    assert ret(fake, READ, SENSOR, size=size) == -90
    assert ret(fake, READ, "/nothing", size=size) == -1
    assert ret(fake, GET, TEMPERATURE, size=size) == -90
    assert ret(fake, GET, "/nothing", size=size) == -1
    assert ask(fake, GET, "/", size=size) == ask(fake, DIRALL, "/")


@pytest.mark.parametrize("kind", PATH_TYPES)
def test_padding_counts_as_payload(fake, kind):
    path = TEMPERATURE if kind == READ else SENSOR
    assert ask(fake, kind, path.encode().ljust(4095, b"\0"))[0][0] >= 0
    assert ret(fake, kind, path.encode().ljust(4096, b"\0")) == -90
    assert ret(fake, kind, b"/nothing".ljust(4096, b"\0")) == -1


def test_presence_and_write_take_any_padding(fake):
    assert ask(fake, PRESENCE, TEMPERATURE.encode().ljust(5000, b"\0"))[0][0] == 0
    payload = TEMPERATURE.encode() + b"\0" + bytes(5000)
    assert ask(fake, WRITE, payload, size=5000) == [(0, 5000, 0, b"")]


@pytest.mark.parametrize("kind", [*PATH_TYPES, PRESENCE])
def test_path_beyond_4096_bytes_is_no_path(fake, kind):
    assert ret(fake, kind, b"/" + b"a" * 4096) == -1


@pytest.mark.parametrize("kind", [*PATH_TYPES, PRESENCE, WRITE])
def test_message_without_payload(fake, kind):
    assert ret(fake, kind, b"") == -74
    assert fake.calls == []


@pytest.mark.parametrize("kind", [0, 5, 11, 99, -1, 2**31 - 1])
@pytest.mark.parametrize("payload", [b"", b"/"])
def test_unknown_types(fake, kind, payload):
    assert ret(fake, kind, payload) == -42


def test_nop_ignores_its_payload(fake):
    assert ask(fake, MessageType.NOP, b"whatever") == [(0, 0, 0, b"")]


def test_dir_sends_a_frame_for_each_entry_and_one_with_the_flags(fake):
    assert ask(fake, DIR, "/") == [
        (0, 16, 0, b"/28.000028D70000\0"),
        (0, 9, 0, b"/settings\0"),
        (0, 0, 0x8002, b""),
    ]


def test_dirall_joins_the_entries(fake):
    body = b"/28.000028D70000,/settings"
    assert ask(fake, DIRALL, "/") == [(0, len(body), 0x8002, body + b"\0")]
    body = b"/28.000028D70000/,/settings"
    assert ask(fake, DIRALLSLASH, "/") == [(0, len(body), 0x8002, body + b"\0")]
    assert ask(fake, GETSLASH, "/") == [(0, len(body), 0x8002, body + b"\0")]


def test_empty_directory_has_no_body_at_all(fake):
    assert ask(fake, DIRALL, "/alarm") == [(0, 0, 0x8002, b"")]
    assert ask(fake, DIR, "/alarm") == [(0, 0, 0x8002, b"")]


def test_get_is_a_listing_or_a_value(fake):
    assert ask(fake, GET, TEMPERATURE, offset=9) == [(3, 3, 9, b"  4")]
    assert ask(fake, GET, "/") == ask(fake, DIRALL, "/")


def test_wrong_kind_of_path(fake):
    assert ret(fake, READ, SENSOR) == -21
    assert ret(fake, DIR, TEMPERATURE) == -20
    assert ret(fake, DIRALL, TEMPERATURE) == -20
    assert ret(fake, PRESENCE, "/nothing") == -1


def test_presence_answers_the_rom(fake):
    assert ask(fake, PRESENCE, TEMPERATURE) == [(0, 0, 0, bytes.fromhex("28000028D7000011"))]
    assert ask(fake, PRESENCE, "/") == [(0, 0, 0, bytes(8))]


def test_write_tells_what_was_accepted(fake):
    assert ask(fake, WRITE, TEMPERATURE.encode() + b"\x0012\n", size=3) == [(0, 3, 0, b"")]
    assert fake.values[TEMPERATURE] == b"12\n"


@pytest.mark.parametrize("code", [2, 5, 22, 103])
def test_errors_keep_their_return_code(fake, code):
    fake.fault = OneWireError("it went wrong")
    fake.fault.code = code
    assert ret(fake, READ, TEMPERATURE, granted=True, flags=0x10E) == -code


def test_path_that_is_no_utf8_comes_back_as_it_was(fake):
    fake.directories["/\udcff"] = ["/\udcff/\udce4"]
    assert ask(fake, DIRALL, b"/\xff\0")[0][3] == b"/\xff/\xe4\0"


def test_flags_become_a_view(fake):
    ask(fake, READ, TEMPERATURE, flags=0x02000000 | 5 << 18 | 2 << 16 | 0x62, tokens=(b"a" * 16,))
    view = fake.calls[0][2]
    assert (view.temperature_scale.name, view.pressure_scale.name) == ("KELVIN", "PA")
    assert (view.rom_format, view.trim, view.uncached, view.bus_list) == (2, True, True, True)
    assert view.tokens == (b"a" * 16,)


def test_switched_off_types_are_unknown(fake):
    no_dirall, no_get = ServerSettings(dirall=False), ServerSettings(get=False)
    for kind in (DIRALL, DIRALLSLASH):
        assert ret(fake, kind, "/", settings=no_dirall) == -42
    assert ask(fake, GET, "/", settings=no_dirall)[0][0] == 0
    for kind in (GET, GETSLASH):
        assert ret(fake, kind, TEMPERATURE, settings=no_get) == -42


def test_pingcrazy_puts_a_keep_alive_before_errors_too(fake):
    answerer = Answerer(fake, ServerSettings(pingcrazy=True))
    raw = asyncio.run(answerer.answer(parse(request_frame(99)), False))
    assert raw[: len(KEEP_ALIVE)] == KEEP_ALIVE
    assert Header.parse(raw[len(KEEP_ALIVE) :]).code == -42


def test_only_good_answers_that_last_are_kept(fake):
    cache = AnswerCache()
    ask(fake, READ, TEMPERATURE, cache=cache)
    ask(fake, READ, "/nothing", cache=cache)
    ask(fake, MessageType.NOP, b"", cache=cache)
    assert len(cache) == 0
    fake.lifetime = 10
    ask(fake, READ, TEMPERATURE, cache=cache)
    ask(fake, DIR, "/", cache=cache)
    assert len(cache) == 2


def test_answer_with_persistence_refused_is_not_kept(fake):
    fake.lifetime, cache = 10, AnswerCache()
    ask(fake, READ, TEMPERATURE, cache=cache, flags=0x10E, granted=False)
    assert len(cache) == 0
    ask(fake, READ, TEMPERATURE, cache=cache, flags=0x10E, granted=True)
    assert len(cache) == 1


def test_answer_from_before_a_write_is_not_kept(fake):
    fake.lifetime, cache = 10, AnswerCache()
    fake.delays[TEMPERATURE] = 0.001
    request = parse(request_frame(READ, TEMPERATURE.encode(), size=99, flags=DEFAULT_FLAGS))

    async def write_meanwhile():
        answerer = Answerer(fake, ServerSettings(), cache)
        reading = asyncio.create_task(answerer.answer(request, False))
        await asyncio.sleep(0)
        fake.epoch += 1
        await reading

    asyncio.run(write_meanwhile())
    assert len(cache) == 0
