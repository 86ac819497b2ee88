"""The DS2480B's codes, against the tables and examples of its data sheet."""

from __future__ import annotations

import pytest

from owfs_py.bus.masters.ds2480bcodes import (
    MAX_CHUNK,
    PROGRAM_ANSWER,
    PULLUP_ANSWER,
    RATE_CODES,
    RESET_ANSWER,
    SETTINGS,
    SETTINGS_ANSWER,
    SLOTS_PER_ACCELERATOR_BYTE,
    SLOTS_PER_BYTE,
    Answer,
    Encoder,
    Piece,
    Presence,
    Speed,
    bit_answer,
    bit_commands,
    burst,
    may_follow_reset,
    power_commands,
    reset_result,
)


def sent(pieces: list[Piece]) -> str:
    return b"".join(piece.sent for piece in pieces).hex(" ")


def fitting(expected: Answer) -> list[int]:
    return [answer for answer in range(256) if expected.fits(answer)]


class TestEncoder:
    def test_begins_in_command_mode(self) -> None:
        assert sent(Encoder().commands([0xC1])) == "c1"

    def test_switches_modes_only_where_they_change(self) -> None:
        encoder = Encoder()
        pieces = encoder.data(b"\xcc") + encoder.data(b"\x44") + encoder.commands([0xC1, 0xF1])
        assert sent(pieces) == "e1 cc 44 e3 c1 f1"
        assert sent(encoder.commands([0xC1])) == "c1"

    def test_doubles_the_data_byte_that_would_leave_data_mode_and_no_other(self) -> None:
        pieces = Encoder().data(bytes(range(0xDF, 0xF5)))
        assert sent(pieces).count("e3 e3") == 1
        assert sum(len(piece.sent) for piece in pieces) == 1 + 22 + 1

    def test_a_doubled_byte_is_one_piece_with_one_answer(self) -> None:
        assert Encoder().data(b"\xe3\x00") == [(b"\xe1", 0), (b"\xe3\xe3", 1), (b"\x00", 1)]

    def test_knows_which_commands_are_answered(self) -> None:
        assert Encoder().commands([0xA1], answered=False) == [(b"\xa1", 0)]
        assert Encoder().commands([0xC1]) == [(b"\xc1", 1)]


class TestCommands:
    @pytest.mark.parametrize(
        ("speed", "codes"),
        [(Speed.REGULAR, "91 81"), (Speed.FLEXIBLE, "95 85"), (Speed.OVERDRIVE, "99 89")],
    )
    def test_a_slot_tells_bit_and_speed(self, speed: Speed, codes: str) -> None:
        assert bit_commands([1, 0], speed).hex(" ") == codes

    def test_the_pull_up_follows_the_last_slot(self) -> None:
        assert power_commands(0x44, Speed.FLEXIBLE).hex(" ") == "85 85 95 85 85 85 95 87"
        assert power_commands(0xFF, Speed.REGULAR).hex(" ") == "91 91 91 91 91 91 91 93"

    def test_settings_are_answered_by_themselves_without_their_lowest_bit(self) -> None:
        assert SETTINGS.hex(" ") == "45 5b 3f 29"
        assert SETTINGS_ANSWER.hex(" ") == "44 5a 3e 28"


class TestAnswers:
    def test_to_a_reset(self) -> None:
        assert fitting(RESET_ANSWER) == list(range(0xC0, 0x100))

    def test_to_a_slot(self) -> None:
        assert fitting(bit_answer(0x95)) == [0x94, 0x97]
        assert fitting(bit_answer(0x87)) == [0x84, 0x87]

    def test_to_the_end_of_pulses(self) -> None:
        assert fitting(PULLUP_ANSWER) == list(range(0xE0, 0xF0))
        assert fitting(PROGRAM_ANSWER) == [0xFC, 0xFD, 0xFE, 0xFF]

    @pytest.mark.parametrize(
        ("answer", "presence", "chip_id", "has_12v"),
        [
            (0xCD, Presence.PRESENCE, 3, False),
            (0xED, Presence.PRESENCE, 3, True),
            (0xCB, Presence.NOBODY, 2, False),
            (0xCC, Presence.SHORT, 3, False),
            (0xDE, Presence.ALARM, 7, False),
        ],
    )
    def test_a_reset_tells_presence_chip_and_voltage(
        self, answer: int, presence: Presence, chip_id: int, has_12v: bool
    ) -> None:
        assert reset_result(answer) == (presence, chip_id, has_12v)


class TestPace:
    @pytest.mark.parametrize("slots", [1, SLOTS_PER_BYTE, SLOTS_PER_ACCELERATOR_BYTE])
    @pytest.mark.parametrize("rate", RATE_CODES)
    @pytest.mark.parametrize("speed", Speed)
    def test_a_burst_never_finds_the_one_byte_buffer_full(
        self, rate: int, slots: int, speed: Speed
    ) -> None:
        character = 10 / rate
        work = slots * (10.5e-6 if speed is Speed.OVERDRIVE else 70e-6)
        ready = 0.0
        for n in range(burst(slots, rate, speed)):
            arrives = (n + 1) * character
            assert max(arrives, ready) - arrives <= work, f"byte {n} came before {n - 1} was taken"
            ready = max(arrives, ready) + work

    def test_at_9600_bd_any_block_streams(self) -> None:
        for speed in Speed:
            assert burst(SLOTS_PER_ACCELERATOR_BYTE, 9600, speed) == MAX_CHUNK
            assert may_follow_reset(9600, speed)

    def test_at_more_the_chip_is_waited_for(self) -> None:
        assert burst(SLOTS_PER_BYTE, 115200, Speed.FLEXIBLE) == 2
        assert not may_follow_reset(19200, Speed.FLEXIBLE)

    def test_in_overdrive_it_keeps_up_with_the_highest_rate(self) -> None:
        assert burst(SLOTS_PER_BYTE, 115200, Speed.OVERDRIVE) == MAX_CHUNK
        assert may_follow_reset(115200, Speed.OVERDRIVE)
