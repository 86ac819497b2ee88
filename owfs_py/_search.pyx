# cython: boundscheck=False, wraparound=False
"""The 64-bit ROM search of Maxim application note 187: discrepancies in, next path out.

It talks to no bus. A bus master asks where to go, goes there, and reports the ROM id that it
came out at and the bits at which slaves disagreed.
"""

from owfs_py._crc import crc8


cdef class RomSearch:
    cdef unsigned long long _rom
    cdef int _last_discrepancy
    cdef readonly bint done

    def __cinit__(self):
        self._rom = 0
        self._last_discrepancy = -1
        self.done = False

    @property
    def path(self):
        return _to_bytes(self._path())

    @property
    def last_discrepancy(self):
        return self._last_discrepancy

    cdef unsigned long long _path(self):
        # The previous id up to the last discrepancy, 1 there, 0 beyond.
        cdef unsigned long long mask
        if self._last_discrepancy < 0:
            return 0
        mask = (<unsigned long long>1 << self._last_discrepancy) - 1
        return (self._rom & mask) | (<unsigned long long>1 << self._last_discrepancy)

    def direction(self, int position):
        return (self._path() >> position) & 1

    def advance(self, const unsigned char[::1] rom not None, unsigned long long conflicts):
        cdef unsigned long long value = 0, zeros
        cdef int i, last = -1
        if rom.shape[0] != 8:
            raise ValueError(f"a ROM id has 8 bytes, not {rom.shape[0]}")
        for i in range(8):
            value |= <unsigned long long>rom[i] << (8 * i)
        if rom[0] == 0 or crc8(rom) != 0:
            return False
        # The path that was asked for is the one that must have been walked.
        if self._last_discrepancy >= 0 and (value ^ self._path()) & (
            (<unsigned long long>2 << self._last_discrepancy) - 1
        ):
            return False
        zeros = conflicts & ~value
        for i in range(63, -1, -1):
            if (zeros >> i) & 1:
                last = i
                break
        self._rom = value
        self._last_discrepancy = last
        self.done = last < 0
        return True

    def accelerator_request(self):
        cdef unsigned char out[16]
        cdef unsigned long long path = self._path()
        cdef int n
        for n in range(16):
            out[n] = 0
        for n in range(64):
            if (path >> n) & 1:
                out[n >> 2] |= 2 << ((n & 3) << 1)
        return bytes(out[:16])

    @staticmethod
    def accelerator_answer(const unsigned char[::1] answer not None):
        cdef unsigned char rom[8]
        cdef unsigned long long conflicts = 0
        cdef int n
        if answer.shape[0] != 16:
            raise ValueError(f"a search accelerator answers 16 bytes, not {answer.shape[0]}")
        for n in range(8):
            rom[n] = 0
        for n in range(64):
            if answer[n >> 2] & (1 << ((n & 3) << 1)):
                conflicts |= <unsigned long long>1 << n
            if answer[n >> 2] & (2 << ((n & 3) << 1)):
                rom[n >> 3] |= 1 << (n & 7)
        return bytes(rom[:8]), conflicts


cdef bytes _to_bytes(unsigned long long value):
    cdef unsigned char out[8]
    cdef int i
    for i in range(8):
        out[i] = (value >> (8 * i)) & 0xFF
    return bytes(out[:8])
