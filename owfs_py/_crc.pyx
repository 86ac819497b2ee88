# cython: boundscheck=False, wraparound=False
"""CRC-8 and CRC-16 of the 1-Wire chips, over a buffer.

Polynomials and seeds: Maxim application note 27, "Understanding and using cyclic redundancy
checks with Maxim 1-Wire and iButton products".
"""

cdef unsigned char CRC8[256]
cdef unsigned short CRC16[256]


cdef void _fill() noexcept:
    cdef unsigned int i, j, a, b
    for i in range(256):
        a = i
        b = i
        for j in range(8):
            a = (a >> 1) ^ (0x8C if a & 1 else 0)      # x^8 + x^5 + x^4 + 1, reflected
            b = (b >> 1) ^ (0xA001 if b & 1 else 0)    # x^16 + x^15 + x^2 + 1, reflected
        CRC8[i] = <unsigned char>a
        CRC16[i] = <unsigned short>b


_fill()


def crc8(const unsigned char[::1] data not None, unsigned char seed=0):
    cdef Py_ssize_t i
    cdef unsigned char crc = seed
    for i in range(data.shape[0]):
        crc = CRC8[crc ^ data[i]]
    return crc


def crc16(const unsigned char[::1] data not None, unsigned short seed=0):
    cdef Py_ssize_t i
    cdef unsigned short crc = seed
    for i in range(data.shape[0]):
        crc = (crc >> 8) ^ CRC16[(crc ^ data[i]) & 0xFF]
    return crc
