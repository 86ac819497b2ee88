from typing import Final, final

WAITING: Final = 0
"""No whole frame is left; more bytes are needed."""
REQUEST: Final = 1
"""`FrameSplitter.request` needs an answer that is not at hand; the walk stopped behind it."""
MORE: Final = 2
"""Enough answers for one go; write them, then walk on."""
LAST: Final = 3
"""The last answer was asked for without persistence: write what there is and close."""
FAULT: Final = 4
"""No frame, a frame too large, or a loop: write what there is and close without an answer."""

def build(ret: int, flags: int, size: int, offset: int, body: bytes = b"") -> bytes:
    """One answer frame. `body` sets its payload word; `flags` is unsigned, the others signed."""

@final
class Request:
    """One request, taken apart but not understood. Only a FrameSplitter makes them."""

    @property
    def raw(self) -> bytes:
        """The whole frame with its tokens: the key for the answer cache."""
    @property
    def type(self) -> int: ...
    @property
    def flags(self) -> int:
        """The control flags, 32 bits unsigned."""
    @property
    def size(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def payload(self) -> int:
        """The payload word: bytes of path, padding and data, without tokens."""
    @property
    def path(self) -> bytes:
        """Up to the first NUL; of a write: what comes before the data, less one final NUL."""
    @property
    def data(self) -> bytes:
        """The last `size` bytes of a write's payload; empty for other types."""
    @property
    def tokens(self) -> tuple[bytes, ...]:
        """The owservers that it came through, 16 bytes each, in the order sent."""
    @property
    def persistence(self) -> bool:
        """Whether the client wants the connection kept."""

@final
class AnswerCache:
    """Ready answers by the bytes of the request; at most about `limit` bytes of them.

    All are of one epoch: the first answer of another one drops those before. When the limit is
    reached everything is dropped and gathering begins anew.
    """

    def __init__(self, limit: int = 16 << 20) -> None: ...
    def __len__(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def held(self) -> int:
        """Bytes in use, about."""
    @property
    def hits(self) -> int:
        """How many answers were found so far."""

    def take_counts(self) -> tuple[int, int, int]:
        """Of the answers found since the last call: values, bytes of values, and listings."""

    def get(self, request: bytes, now: float, epoch: int) -> bytes | None:
        """The answer to these request bytes if it holds at `now` (seconds) and in `epoch`."""

    def put(self, request: bytes, answer: bytes, valid_until: float, epoch: int) -> None:
        """Keep `answer` (with the persistence bit as requested) until `valid_until`."""

    def clear(self) -> None: ...

@final
class FrameSplitter:
    """The bytes of one connection, split into requests; answers from the cache where it can.

    Bytes go in with `feed` (or `push`, to keep them for later); `feed` and `walk` give back the
    answers that were ready, in order, and set `status`. After LAST or FAULT the connection is of
    no more use.
    """

    persistent: bool
    """Set by the owner when persistence is granted. Until then a request that wants it is
    always handed out, since its answer depends on the grant."""

    def __init__(self, own_token: bytes, cache: AnswerCache | None = None) -> None:
        """A frame with `own_token` (16 bytes) among its tokens has come round in a loop."""

    @property
    def status(self) -> int:
        """WAITING, REQUEST, MORE, LAST or FAULT: why the last walk ended."""
    @property
    def request(self) -> Request | None:
        """Set when the status is REQUEST."""
    @property
    def pending(self) -> int:
        """Bytes received and not yet walked over."""

    def push(self, data: bytes) -> None:
        """Take bytes without looking at them."""

    def feed(self, data: bytes, now: float, epoch: int) -> bytes:
        """`push` and `walk`."""

    def walk(self, now: float, epoch: int) -> bytes:
        """Go over whole frames until one is not answered by the cache; the answers joined."""
