"""The load generator counts right answers only, against the bare loop that it is measured by."""

import pytest

from benchmarks.load import BareLoop, Load, apply, ask
from owfs_py._wire import build
from owfs_py.ownet.messages import DEFAULT_FLAGS, FLAG_PERSISTENCE, KEEP_ALIVE, MessageType
from owfs_py.ownet.messages import request_frame as frame

KEPT = DEFAULT_FLAGS | FLAG_PERSISTENCE
ANSWER = build(4, KEPT, 4, 0, b"21.5")
REQUEST = frame(MessageType.READ, b"/28.000028D70000/temperature\0", size=8192, flags=KEPT)
REQUEST_ONCE = frame(MessageType.READ, b"/28.000028D70000/temperature\0", size=8192)


def test_every_answer_over_kept_connections_is_counted():
    with BareLoop(ANSWER) as server:
        result = apply(Load(REQUEST, ANSWER, clients=5), server.port, "200")
    assert (result.requests, result.errors, result.keep_alives) == (200, 0, 0)
    assert 0 < result.latency["50"] <= result.latency["99"] <= result.latency["100"]


def test_every_answer_over_new_connections_is_counted():
    with BareLoop(ANSWER) as server:
        result = apply(Load(REQUEST_ONCE, ANSWER, clients=3, mode="new"), server.port, "50")
    assert result.requests == 50


def test_a_wrong_answer_is_an_error():
    other = build(4, KEPT, 4, 0, b"21.6")
    with BareLoop(ANSWER) as server, pytest.raises(RuntimeError, match="20 wrong answers among 0"):
        apply(Load(REQUEST, other), server.port, "20")


def test_a_connection_closed_instead_of_kept_is_an_error():
    with BareLoop(ANSWER) as server, pytest.raises(RuntimeError, match="closed"):
        apply(Load(REQUEST_ONCE, ANSWER), server.port, "2")


def test_keep_alive_frames_are_skipped_and_counted():
    with BareLoop(KEEP_ALIVE * 2 + ANSWER) as server:
        result = apply(Load(REQUEST, ANSWER), server.port, "10")
        assert ask(server.port, REQUEST) == ANSWER
    assert (result.requests, result.keep_alives) == (10, 20)
