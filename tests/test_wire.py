"""Splitting a byte stream into requests, and answering from the cache, without any socket."""

import struct

import pytest

from owfs_py import _wire
from owfs_py._wire import AnswerCache, FrameSplitter, build

TOKEN = b"0123456789abcdef"
KEEP = 0x104
ONCE = 0x100
HEADER = 24
BODY_LIMIT = 100050


def frame(payload=b"/a\0", kind=2, flags=KEEP, size=65536, offset=0, version=0, tokens=()):
    if tokens:
        version |= 0x10000 + len(tokens)
    words = struct.pack(">3iI2i", version, len(payload), kind, flags, size, offset)
    return b"".join((words, payload, *tokens))


def splitter(cache=None, persistent=True):
    made = FrameSplitter(TOKEN, cache)
    made.persistent = persistent
    return made


def parse(data):
    made = splitter()
    assert made.feed(data, 0.0, 1) == b""
    return made


def request(data):
    made = parse(data)
    assert made.status == _wire.REQUEST
    return made.request


def test_answer_frame_has_six_big_endian_words_and_the_body():
    assert (
        build(-1, 0xFFFFFFFF, -2, 7, b"xyz")
        == struct.pack(">3iI2i", 0, 3, -1, 0xFFFFFFFF, -2, 7) + b"xyz"
    )
    assert len(build(0, 0, 0, 0)) == HEADER


def test_request_is_taken_apart():
    got = request(frame(b"/a/b\0rest", kind=8, flags=0x80000106, size=-3, offset=-9))
    assert (got.type, got.flags, got.size, got.offset) == (8, 0x80000106, -3, -9)
    assert (got.payload, got.path, got.data, got.tokens) == (9, b"/a/b", b"", ())
    assert got.persistence


@pytest.mark.parametrize("version", [0, 0x7E, 0xFFFF, 0x01FE0000 & ~0x10000, -0x10000 & ~0x10000])
def test_version_without_the_server_bit_means_no_tokens(version):
    got = parse(frame(version=version) + b"more")
    assert (got.status, got.request.tokens, got.pending) == (_wire.REQUEST, (), 4)


def test_tokens_are_told_in_order():
    others = (b"a" * 16, bytes(16), b"b" * 16)
    assert request(frame(tokens=others)).tokens == others
    assert request(frame(version=0x10000)).tokens == ()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_own_token_anywhere_is_a_fault(place):
    tokens = [b"x" * 16, b"y" * 16]
    tokens.insert(place, TOKEN)
    for kind in (1, 2, 99):
        assert parse(frame(b"", kind=kind, tokens=tokens)).status == _wire.FAULT


def test_part_of_two_tokens_is_no_own_token():
    assert request(frame(tokens=(b"x" * 8 + TOKEN[:8], TOKEN[8:] + b"x" * 8))).path == b"/a"


@pytest.mark.parametrize(
    ("payload", "size", "path", "data"),
    [
        (b"/a\x001", 1, b"/a", b"1"),
        (b"/a1", 1, b"/a", b"1"),
        (b"/a\x00\x00\n\x00", 3, b"/a", b"\x00\n\x00"),
        (b"/a\x00", 0, b"/a", b""),
        (b"/a\x00\x00", 1, b"/a", b"\x00"),
        (b"\x001", 1, b"", b"1"),
    ],
)
def test_write_data_are_the_last_bytes(payload, size, path, data):
    got = request(frame(payload, kind=3, size=size))
    assert (got.path, got.data) == (path, data)


@pytest.mark.parametrize("size", [3, 4, 100, 2**31 - 1, -1, -(2**31)])
def test_write_that_leaves_no_path_is_a_fault(size):
    assert parse(frame(b"/a1", kind=3, size=size)).status == _wire.FAULT


@pytest.mark.parametrize("payload", [-1, -(2**31), BODY_LIMIT + 1, 2**31 - 1])
def test_payload_out_of_range_is_a_fault_before_it_arrives(payload):
    assert parse(struct.pack(">6i", 0, payload, 2, 0, 0, 0)).status == _wire.FAULT


def test_tokens_count_towards_the_limit():
    fits = struct.pack(">6i", 0x10000 + 6253, 2, 2, 0, 0, 0)
    assert parse(fits).status == _wire.WAITING
    assert parse(struct.pack(">6i", 0x10000 + 6253, 3, 2, 0, 0, 0)).status == _wire.FAULT
    # Tokens do not make up for a negative payload.
    assert parse(struct.pack(">6i", 0x10001, -16, 2, 0, 0, 0) + b"t" * 16).status == _wire.FAULT


def test_largest_frame_is_taken():
    assert request(frame(b"/" * BODY_LIMIT)).payload == BODY_LIMIT


def test_any_split_of_the_stream_gives_the_same_requests():
    stream = frame() + frame(b"", kind=1) + frame(b"/x\x00data", kind=3, size=4)
    for cut in range(len(stream)):
        made, seen = splitter(), []
        for piece in (stream[:cut], stream[cut:]):
            made.feed(piece, 0.0, 1)
            while made.status == _wire.REQUEST:
                seen.append((made.request.type, made.request.path, made.request.data))
                made.walk(0.0, 1)
        assert seen == [(2, b"/a", b""), (1, b"", b""), (3, b"/x", b"data")]
        assert made.pending == 0


def test_pushed_bytes_are_not_looked_at_until_the_walk():
    made = splitter()
    made.push(frame()[:10])
    made.push(frame()[10:])
    assert (made.status, made.pending) == (_wire.WAITING, len(frame()))
    made.walk(0.0, 1)
    assert made.status == _wire.REQUEST


def test_cached_answers_come_in_one_piece_up_to_the_first_other_request():
    cache = AnswerCache()
    cache.put(frame(), b"ANSWER", 10.0, 1)
    made = splitter(cache)
    assert made.feed(frame() * 3 + frame(b"/b") + frame(), 9.9, 1) == b"ANSWER" * 3
    assert (made.status, made.request.path) == (_wire.REQUEST, b"/b")
    assert made.walk(9.9, 1) == b"ANSWER"
    assert (made.status, made.pending, cache.hits) == (_wire.WAITING, 0, 4)


def test_cached_answer_dies_of_age_and_of_another_epoch():
    cache = AnswerCache()
    cache.put(frame(), b"ANSWER", 10.0, 1)
    assert cache.get(frame(), 9.99, 1) == b"ANSWER"
    assert cache.get(frame(), 9.99, 2) is None
    assert cache.get(frame(), 10.0, 1) is None
    assert len(cache) == cache.held == 0


def test_persistence_must_be_granted_before_a_cached_answer_is_given():
    cache = AnswerCache()
    cache.put(frame(), b"ANSWER", 10.0, 1)
    made = splitter(cache, persistent=False)
    assert made.feed(frame(), 0.0, 1) == b""
    assert made.status == _wire.REQUEST


def test_walk_ends_for_good_at_a_request_without_persistence():
    cache = AnswerCache()
    cache.put(frame(flags=ONCE), b"LAST", 10.0, 1)
    cache.put(frame(), b"ANSWER", 10.0, 1)
    made = splitter(cache)
    assert made.feed(frame() + frame(flags=ONCE) + frame(), 0.0, 1) == b"ANSWERLAST"
    assert made.status == _wire.LAST


def test_one_walk_gathers_a_bounded_number_of_bytes():
    cache = AnswerCache()
    cache.put(frame(), b"x" * 1000, 10.0, 1)
    made = splitter(cache)
    first = made.feed(frame() * 200, 0.0, 1)
    assert (made.status, 65536 <= len(first) < 65536 + 1000) == (_wire.MORE, True)
    rest = b""
    while made.status == _wire.MORE:
        rest += made.walk(0.0, 1)
    assert len(first) + len(rest) == 200 * 1000


def test_cache_stays_within_its_limit_and_keeps_count():
    cache = AnswerCache(10_000)
    for n in range(1000):
        cache.put(b"key%d" % n, b"a" * 100, 10.0, 1)
        assert cache.held <= 10_000
    assert 0 < len(cache) < 30
    cache.put(b"too large", b"a" * 10_000, 10.0, 1)
    assert cache.get(b"too large", 0.0, 1) is None
    cache.clear()
    assert cache.held == 0


def test_answers_found_are_counted_by_what_they_are():
    cache = AnswerCache()
    read, get, get_dir, listing, present = (
        frame(payload, kind) for payload, kind in ((b"/v\0", 2), (b"/v\0", 8), (b"/d\0", 8),
                                                   (b"/d\0", 7), (b"/p\0", 6))
    )  # fmt: skip
    value, entries = build(12, KEEP, 12, 0, b" " * 12), build(0, KEEP, 4, 0, b"/d/v\0")
    answers = {read: value, get: value, get_dir: entries, listing: entries, present: entries}
    for key, answer in answers.items():
        cache.put(key, answer, 10.0, 1)
    for key in (*answers, read):
        cache.get(key, 0.0, 1)
    assert cache.take_counts() == (3, 36, 2)
    assert cache.take_counts() == (0, 0, 0)
    assert cache.hits == 6


def test_replacing_an_answer_does_not_count_twice():
    cache = AnswerCache()
    cache.put(b"key", b"a" * 100, 10.0, 1)
    once = cache.held
    cache.put(b"key", b"b" * 100, 10.0, 1)
    assert (cache.held, cache.get(b"key", 0.0, 1)) == (once, b"b" * 100)


def test_token_must_have_sixteen_bytes():
    with pytest.raises(ValueError, match="16"):
        FrameSplitter(b"short")
