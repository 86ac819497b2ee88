def crc8(data: bytes | bytearray | memoryview, seed: int = 0) -> int:
    """CRC-8 (x^8 + x^5 + x^4 + 1) of `data`: 0 over data followed by its CRC byte.

    `seed` is the CRC of what came before (0 for none).
    """

def crc16(data: bytes | bytearray | memoryview, seed: int = 0) -> int:
    """CRC-16 (x^16 + x^15 + x^2 + 1) of `data`, not inverted.

    Chips send it inverted, low byte first: over data and those two bytes it is CRC16_GOOD.
    `seed` is the CRC of what came before (0 for none).
    """
