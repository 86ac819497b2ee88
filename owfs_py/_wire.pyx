# cython: boundscheck=False, wraparound=False
"""owserver frames: split a byte stream into requests, build answers, keep ready answers.

No sockets and no clock in here: bytes in, answers and requests out. What a request means is
decided elsewhere; this is only the part that every byte of every client goes through.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memcpy

cdef enum:
    HEADER = 24
    TOKEN = 16
    BODY_LIMIT = 100050       # payload and tokens together; more is a framing fault
    SERVER_BIT = 0x10000      # of the version word: tokens follow
    TOKEN_COUNT = 0xFFFF      # of the version word
    PERSISTENCE = 0x04        # of the flags word
    READ_TYPE = 2
    WRITE_TYPE = 3
    PRESENCE_TYPE = 6
    GET_TYPE = 8
    GETSLASH_TYPE = 10
    OUTPUT_LIMIT = 65536      # bytes of ready answers that one walk gathers at most
    ENTRY_COST = 300          # bytes that an answer costs beside its own and its key's, about

WAITING, REQUEST, MORE, LAST, FAULT = range(5)

cdef enum:
    _WAITING = 0
    _REQUEST = 1
    _MORE = 2
    _LAST = 3
    _FAULT = 4


cdef inline unsigned int _load(const unsigned char *at) noexcept nogil:
    return (<unsigned int>at[0] << 24) | (at[1] << 16) | (at[2] << 8) | at[3]


cdef inline void _store(unsigned char *at, unsigned int word) noexcept nogil:
    at[0] = word >> 24
    at[1] = (word >> 16) & 0xFF
    at[2] = (word >> 8) & 0xFF
    at[3] = word & 0xFF


def build(int ret, unsigned int flags, int size, int offset, bytes body not None=b""):
    cdef Py_ssize_t length = PyBytes_GET_SIZE(body)
    cdef bytes frame = PyBytes_FromStringAndSize(NULL, HEADER + length)
    cdef unsigned char *at = <unsigned char *>PyBytes_AS_STRING(frame)
    _store(at, 0)
    _store(at + 4, <unsigned int>length)
    _store(at + 8, <unsigned int>ret)
    _store(at + 12, flags)
    _store(at + 16, <unsigned int>size)
    _store(at + 20, <unsigned int>offset)
    memcpy(at + HEADER, PyBytes_AS_STRING(body), length)
    return frame


cdef class Request:
    cdef readonly bytes raw
    cdef readonly int type
    cdef readonly unsigned int flags
    cdef readonly int size
    cdef readonly int offset
    cdef readonly int payload
    cdef readonly bytes path
    cdef readonly bytes data
    cdef readonly tuple tokens

    @property
    def persistence(self):
        return (self.flags & PERSISTENCE) != 0


cdef class _Ready:
    cdef bytes answer
    cdef double valid_until
    cdef int value_size       # -1: it is no value
    cdef bint is_listing

    cdef void classify(self, bytes request):
        """See what kind of answer it is, from two whole frames; others count as nothing."""
        cdef unsigned int kind
        cdef int ret
        self.value_size = -1
        self.is_listing = False
        if PyBytes_GET_SIZE(request) < HEADER or PyBytes_GET_SIZE(self.answer) < HEADER:
            return
        kind = _load(<const unsigned char *>PyBytes_AS_STRING(request) + 8)
        # A value's return code is its size, a listing's is 0.
        ret = <int>_load(<const unsigned char *>PyBytes_AS_STRING(self.answer) + 8)
        if kind == READ_TYPE or (ret > 0 and (kind == GET_TYPE or kind == GETSLASH_TYPE)):
            self.value_size = ret
        else:
            self.is_listing = kind != PRESENCE_TYPE


cdef class AnswerCache:
    cdef dict _answers
    cdef long long _epoch
    cdef readonly Py_ssize_t limit
    cdef readonly Py_ssize_t held
    cdef readonly long long hits
    cdef long long _reads
    cdef long long _read_bytes
    cdef long long _listings

    def __init__(self, Py_ssize_t limit=16 << 20):
        self._answers = {}
        self._epoch = 0
        self.limit = limit
        self.held = 0
        self.hits = 0
        self._reads = 0
        self._read_bytes = 0
        self._listings = 0

    def __len__(self):
        return len(self._answers)

    cdef bytes find(self, bytes request, double now, long long epoch):
        if epoch != self._epoch:
            return None
        cdef _Ready ready = <_Ready>self._answers.get(request)
        if ready is None:
            return None
        if now >= ready.valid_until:
            self._drop(request)
            return None
        self.hits += 1
        if ready.value_size >= 0:
            self._reads += 1
            self._read_bytes += ready.value_size
        elif ready.is_listing:
            self._listings += 1
        return ready.answer

    def take_counts(self):
        counts = self._reads, self._read_bytes, self._listings
        self._reads = self._read_bytes = self._listings = 0
        return counts

    def get(self, bytes request not None, double now, long long epoch):
        return self.find(request, now, epoch)

    def put(self, bytes request not None, bytes answer not None, double valid_until, long long epoch):
        cdef _Ready ready
        cdef Py_ssize_t cost = ENTRY_COST + PyBytes_GET_SIZE(request) + PyBytes_GET_SIZE(answer)
        if epoch != self._epoch:
            self.clear()
            self._epoch = epoch
        self._drop(request)
        if cost > self.limit:
            return
        if self.held + cost > self.limit:
            self.clear()  # rare, and the values themselves are still cached on the slow path
        ready = _Ready.__new__(_Ready)
        ready.answer = answer
        ready.valid_until = valid_until
        ready.classify(request)
        self._answers[request] = ready
        self.held += cost

    def clear(self):
        self._answers.clear()
        self.held = 0

    cdef void _drop(self, bytes request):
        cdef _Ready ready = <_Ready>self._answers.pop(request, None)
        if ready is not None:
            self.held -= ENTRY_COST + PyBytes_GET_SIZE(request) + PyBytes_GET_SIZE(ready.answer)


cdef class FrameSplitter:
    cdef bytes _buffer
    cdef Py_ssize_t _at
    cdef AnswerCache _cache
    cdef bytes _own_token
    cdef public bint persistent
    cdef readonly int status
    cdef readonly Request request

    def __init__(self, bytes own_token not None, AnswerCache cache=None):
        if len(own_token) != TOKEN:
            raise ValueError(f"a token has {TOKEN} bytes, not {len(own_token)}")
        self._buffer = b""
        self._at = 0
        self._cache = cache
        self._own_token = own_token
        self.persistent = False
        self.status = _WAITING
        self.request = None

    @property
    def pending(self):
        return PyBytes_GET_SIZE(self._buffer) - self._at

    cpdef push(self, bytes data):
        if self._at == PyBytes_GET_SIZE(self._buffer):
            self._buffer = data
        else:
            self._buffer = self._buffer[self._at:] + data
        self._at = 0

    def feed(self, bytes data not None, double now, long long epoch):
        self.push(data)
        return self.walk(now, epoch)

    cpdef bytes walk(self, double now, long long epoch):
        cdef const unsigned char *frame
        cdef Py_ssize_t length, total = 0
        cdef bytes raw, answer, first = b""
        cdef list answers = None
        self.status = _WAITING
        self.request = None
        while True:
            length = self._frame_length()
            if length <= 0:
                if length < 0:
                    self.status = _FAULT
                break
            if length == PyBytes_GET_SIZE(self._buffer):  # the usual case: one frame, no copy
                raw = self._buffer
                self._buffer = b""
                self._at = 0
            else:
                raw = PyBytes_FromStringAndSize(PyBytes_AS_STRING(self._buffer) + self._at, length)
                self._at += length
            frame = <const unsigned char *>PyBytes_AS_STRING(raw)
            answer = None
            if self._cache is not None and (self.persistent or not frame[15] & PERSISTENCE):
                answer = self._cache.find(raw, now, epoch)
            if answer is None:
                self.request = self._parse(raw)
                self.status = _FAULT if self.request is None else _REQUEST
                break
            if total == 0:
                first = answer
            elif answers is None:
                answers = [first, answer]
            else:
                answers.append(answer)
            total += PyBytes_GET_SIZE(answer)
            if not frame[15] & PERSISTENCE:
                self.status = _LAST
                break
            if total >= OUTPUT_LIMIT:
                self.status = _MORE
                break
        return first if answers is None else b"".join(answers)

    cdef Py_ssize_t _frame_length(self) noexcept:
        """Of the complete frame that comes next; 0 if there is none yet, -1 if there cannot be."""
        cdef Py_ssize_t left = PyBytes_GET_SIZE(self._buffer) - self._at
        cdef const unsigned char *at
        cdef unsigned int version
        cdef int payload
        cdef Py_ssize_t body
        if left < HEADER:
            return 0
        at = <const unsigned char *>PyBytes_AS_STRING(self._buffer) + self._at
        version = _load(at)
        payload = <int>_load(at + 4)
        if payload < 0:
            return -1
        body = payload
        if version & SERVER_BIT:
            body += TOKEN * <Py_ssize_t>(version & TOKEN_COUNT)
        if body > BODY_LIMIT:
            return -1
        return HEADER + body if left >= HEADER + body else 0

    cdef Request _parse(self, bytes raw):
        """The request in one whole frame; None if it is a loop or cannot be taken apart."""
        cdef const unsigned char *at = <const unsigned char *>PyBytes_AS_STRING(raw)
        cdef Request request = Request.__new__(Request)
        cdef Py_ssize_t path_end
        cdef const void *nul
        request.raw = raw
        request.payload = <int>_load(at + 4)
        request.type = <int>_load(at + 8)
        request.flags = _load(at + 12)
        request.size = <int>_load(at + 16)
        request.offset = <int>_load(at + 20)
        request.data = b""
        request.tokens = ()
        if PyBytes_GET_SIZE(raw) > HEADER + request.payload:
            request.tokens = self._tokens(raw, HEADER + request.payload)
            if request.tokens is None:
                return None
        path_end = HEADER + request.payload
        if request.type == WRITE_TYPE and request.payload:
            # The data are the last `size` bytes; some path must be left before them.
            if request.size < 0 or request.size >= request.payload:
                return None
            path_end -= request.size
            request.data = raw[path_end:path_end + request.size]
        nul = memchr(at + HEADER, 0, path_end - HEADER)
        if nul != NULL:
            path_end = <const unsigned char *>nul - at
        request.path = raw[HEADER:path_end]
        return request

    cdef tuple _tokens(self, bytes raw, Py_ssize_t start):
        """The tokens from `start` to the end; None if this server's own is among them."""
        cdef const char *at = PyBytes_AS_STRING(raw)
        cdef const char *own = PyBytes_AS_STRING(self._own_token)
        cdef Py_ssize_t i
        cdef list tokens = []
        for i in range(start, PyBytes_GET_SIZE(raw), TOKEN):
            if memcmp(at + i, own, TOKEN) == 0:
                return None
            tokens.append(raw[i:i + TOKEN])
        return tuple(tokens)
