class RomSearch:
    """State of one search over all slaves of a bus; a pass finds one of them.

    For each pass a bus master walks `path` (or asks `direction` bit by bit, or sends
    `accelerator_request`), then reports with `advance` where it came out.
    """

    done: bool
    """True when the last pass found the last slave."""

    def __init__(self) -> None: ...
    @property
    def path(self) -> bytes:
        """The 64 directions of the next pass, as a ROM id lies on the wire (LSB first)."""

    @property
    def last_discrepancy(self) -> int:
        """Bit position 0..63 at which the next pass turns to 1; -1 before the first pass."""

    def direction(self, position: int) -> int:
        """The direction (0 or 1) to take at bit `position` if slaves disagree there."""

    def advance(self, rom: bytes, conflicts: int) -> bool:
        """Take the result of a pass: the ROM id found and the mask of bits with a conflict.

        Answers False, and leaves the state as it was so that the pass can be repeated, if the
        id has a wrong CRC or family 0, or is not on the path that was asked for.
        """

    def accelerator_request(self) -> bytes:
        """The 16 bytes that a DS2480B's search accelerator wants: bit 2n+1 is direction n."""

    @staticmethod
    def accelerator_answer(answer: bytes) -> tuple[bytes, int]:
        """The ROM id and conflict mask in the 16 bytes of a search accelerator's answer."""
