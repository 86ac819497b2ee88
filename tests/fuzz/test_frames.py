"""Random bytes, cut anywhere: the splitter agrees with a plain description of the protocol."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from owfs_py import _wire
from owfs_py._wire import AnswerCache, FrameSplitter
from owfs_py.bus.errors import BusError
from owfs_py.ownet.calls import Exchange

TOKEN = b"0123456789abcdef"
WORD = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-3, 40),
    st.sampled_from([4096, 100050, 100051, 0x10000, 0x10001, 0x10002, 0x1FFFF]),
)
FLAGS = st.sampled_from([0, 4, 0x10A, 0x10E, 0xFFFFFFFB, 0xFFFFFFFF])


@st.composite
def frames(draw):
    """Mostly well-formed, but every word may be anything."""
    path = draw(st.binary(max_size=30))
    tokens = draw(st.lists(st.sampled_from([TOKEN, b"t" * 16, bytes(16)]), max_size=3))
    version = 0x10000 + len(tokens) if tokens else 0
    kind = draw(st.integers(-1, 12))
    size = draw(st.one_of(st.integers(0, 8), WORD))
    words = [version, len(path), kind, 0, size, draw(WORD)]
    if draw(st.integers(0, 9)) == 0:
        words[draw(st.sampled_from([0, 1]))] = draw(WORD)
    header = struct.pack(">3iI2i", *words[:3], draw(FLAGS), *words[4:])
    return b"".join((header, path, *tokens))


STREAMS = st.one_of(
    st.lists(frames(), max_size=6).map(b"".join),
    st.binary(max_size=200),
    st.tuples(frames(), st.binary(max_size=40)).map(b"".join),
)
CUTS = st.lists(st.integers(1, 60), max_size=20)


def described(stream):
    """The requests in a stream, and how it ends, as the protocol says."""
    requests, at = [], 0
    while len(stream) - at >= 24:
        version, payload, kind, flags, size, offset = struct.unpack_from(">3iI2i", stream, at)
        count = version & 0xFFFF if version & 0x10000 else 0
        if payload < 0 or payload + 16 * count > 100050:
            return requests, "fault"
        end = at + 24 + payload
        if len(stream) < end + 16 * count:
            break
        body = stream[at + 24 : end]
        tokens = tuple(stream[end + 16 * n : end + 16 * n + 16] for n in range(count))
        if TOKEN in tokens:
            return requests, "fault"
        path, data = body.partition(b"\0")[0], b""
        if kind == 3 and body:
            if not 0 <= size < payload:
                return requests, "fault"
            path, data = body[: payload - size], body[payload - size :]
            path = path.removesuffix(b"\0")
        requests.append((kind, flags, size, offset, path, data, tokens))
        at = end + 16 * count
    return requests, len(stream) - at


def pieces(stream, cuts):
    for cut in cuts:
        if not stream:
            return
        yield stream[:cut]
        stream = stream[cut:]
    yield stream


def fields(r):
    return r.type, r.flags, r.size, r.offset, r.path, r.data, r.tokens


@given(STREAMS, CUTS)
def test_any_bytes_in_any_pieces_give_the_requests_described(stream, cuts):
    splitter, seen = FrameSplitter(TOKEN, AnswerCache()), []
    for piece in pieces(stream, cuts):
        assert splitter.feed(piece, 0.0, 0) == b""
        while splitter.status == _wire.REQUEST:
            seen.append(fields(splitter.request))
            splitter.walk(0.0, 0)
        if splitter.status == _wire.FAULT:
            break
    ending = "fault" if splitter.status == _wire.FAULT else splitter.pending
    assert (seen, ending) == described(stream)


@given(st.lists(frames(), min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=30), CUTS)
def test_cache_never_changes_what_a_stream_is_answered(alphabet, order, cuts):
    """With and without a cache filled, the same stream gets the same answers up to its end."""
    stream = b"".join(alphabet[n % len(alphabet)] for n in order)

    def answers(cache):
        splitter, out = FrameSplitter(TOKEN, cache), b""
        splitter.persistent = True
        for piece in pieces(stream, cuts):
            out += splitter.feed(piece, 0.0, 0)
            while splitter.status in (_wire.REQUEST, _wire.MORE):
                if splitter.status == _wire.REQUEST:
                    request = splitter.request
                    answer = _wire.build(request.type, request.flags, 0, 0, request.path)
                    if cache is not None:
                        cache.put(request.raw, answer, 1.0, 0)
                    out += answer
                    if not request.persistence:
                        return out
                out += splitter.walk(0.0, 0)
            if splitter.status in (_wire.FAULT, _wire.LAST):
                return out
        return out

    cache = AnswerCache()
    plain = answers(None)
    assert answers(cache) == plain
    assert answers(cache) == plain


@given(st.sampled_from([2, 4]), st.binary(max_size=300), CUTS)
def test_client_survives_any_answer(kind, stream, cuts):
    exchange = Exchange(kind)
    try:
        for piece in pieces(stream, cuts):
            if exchange.feed(piece):
                break
    except BusError:
        return
    assert all(len(frame.payload) <= len(stream) for frame in exchange.frames)
