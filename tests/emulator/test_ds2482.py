"""The emulated DS2482 and DS2483: registers, what is refused, and time.

That real programs get on with it is shown in tests/interop.
"""

from __future__ import annotations

import pytest

from owfs_py.bus.rom import RomId
from owfs_py.emulator.ds2482 import (
    CHANNEL_ANSWERS,
    CHANNEL_CODES,
    DS2482,
    RESET_TIME,
    SLOT_TIME,
    Command,
    Configuration,
    Model,
    NackError,
    Register,
    Status,
)
from owfs_py.emulator.thermometers import DS18B20
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.wire import Wire

IDLE_AFTER_RESET = Status.WAS_RESET | Status.LINE_LEVEL
ACTIVE_PULLUP, STRONG_PULLUP, OVERDRIVE = 0xE1, 0xB4, 0x78
"""Configurations, with their complements."""
READ_ROM = 0x33
LONG = 0.01


class Board:
    """A chip whose time the test moves on by itself."""

    def __init__(self, model: Model = Model.DS2482_100) -> None:
        self.clock = VirtualClock()
        self.wires = [Wire(self.clock) for _ in range(8 if model is Model.DS2482_800 else 1)]
        self.wire = self.wires[0]
        self.chip = DS2482(self.wires, model)

    def send(self, *data: int) -> None:
        self.chip.write(bytes(data))

    def read(self) -> int:
        (byte,) = self.chip.read(1)
        return byte

    def do(self, *data: int) -> int:
        """A command, its time, and what is read then."""
        self.send(*data)
        self.clock.advance(LONG)
        return self.read()

    def register(self, register: Register) -> int:
        self.send(Command.SET_READ_POINTER, register)
        return self.read()

    def thermometer(self, channel: int = 0) -> DS18B20:
        chip = DS18B20(RomId.make(0x28, bytes(range(6))))
        self.wires[channel].attach(chip)
        return chip


@pytest.fixture
def board() -> Board:
    return Board()


class TestRegisters:
    def test_a_device_reset_shows_in_the_status_until_configured(self, board: Board) -> None:
        assert board.do(Command.DEVICE_RESET) == IDLE_AFTER_RESET
        assert board.do(Command.WRITE_CONFIGURATION, ACTIVE_PULLUP) == 0x01
        assert board.register(Register.STATUS) == Status.LINE_LEVEL
        assert board.do(Command.DEVICE_RESET) == IDLE_AFTER_RESET
        assert board.register(Register.CONFIGURATION) == 0

    @pytest.mark.parametrize("code", [0x01, 0xF1, 0xFF, 0x00])
    def test_a_configuration_without_its_complement_is_refused(
        self, board: Board, code: int
    ) -> None:
        with pytest.raises(NackError, match="complement"):
            board.send(Command.WRITE_CONFIGURATION, code)
        assert board.register(Register.CONFIGURATION) == 0
        assert Status.WAS_RESET in Status(board.register(Register.STATUS))

    @pytest.mark.parametrize(
        ("model", "register", "known"),
        [
            (Model.DS2482_100, Register.CHANNEL, False),
            (Model.DS2482_100, Register.PORT_CONFIGURATION, False),
            (Model.DS2482_800, Register.CHANNEL, True),
            (Model.DS2482_800, Register.PORT_CONFIGURATION, False),
            (Model.DS2483, Register.CHANNEL, False),
            (Model.DS2483, Register.PORT_CONFIGURATION, True),
        ],
    )
    def test_models_differ_in_their_registers(
        self, model: Model, register: Register, known: bool
    ) -> None:
        board = Board(model)
        if known:
            board.register(register)
        else:
            with pytest.raises(NackError, match="no register"):
                board.register(register)
            assert board.read() == IDLE_AFTER_RESET

    @pytest.mark.parametrize("data", [b"\x00", b"\xc3\xf0", b"\xf0\x00", b"\xe1", b"\xa5\x01\x02"])
    def test_what_is_no_command_is_refused(self, board: Board, data: bytes) -> None:
        with pytest.raises(NackError, match="no command"):
            board.chip.write(data)

    def test_channels_are_selected_by_code_and_told_by_another(self) -> None:
        board = Board(Model.DS2482_800)
        for channel, (code, answer) in enumerate(zip(CHANNEL_CODES, CHANNEL_ANSWERS, strict=True)):
            assert board.do(Command.CHANNEL_SELECT, code) == answer
            assert board.chip.wire is board.wires[channel]
        with pytest.raises(NackError, match="no channel"):
            board.send(Command.CHANNEL_SELECT, 0x00)
        board.send(Command.DEVICE_RESET)
        assert board.register(Register.CHANNEL) == CHANNEL_ANSWERS[0]

    @pytest.mark.parametrize("count", [0, 2, 7, 9])
    def test_the_wires_must_fit_the_model(self, count: int) -> None:
        with pytest.raises(ValueError, match="wires do not fit"):
            DS2482([Wire()] * count, Model.DS2482_800)


class TestWire:
    def test_reset_tells_presence_and_short(self, board: Board) -> None:
        board.send(Command.WRITE_CONFIGURATION, ACTIVE_PULLUP)
        assert board.do(Command.WIRE_RESET) == Status.LINE_LEVEL
        board.thermometer()
        assert board.do(Command.WIRE_RESET) == Status.LINE_LEVEL | Status.PRESENCE
        board.wire.faults.short = True
        assert board.do(Command.WIRE_RESET) == Status.SHORT

    @pytest.mark.parametrize("command", [(Command.READ_BYTE,), (Command.WRITE_BYTE, 0xFF)])
    def test_bytes_read_are_in_the_data_register(
        self, board: Board, command: tuple[int, ...]
    ) -> None:
        chip = board.thermometer()
        board.do(Command.WIRE_RESET)
        board.do(Command.WRITE_BYTE, READ_ROM)
        assert board.register(Register.DATA) == READ_ROM
        for byte in chip.rom:
            board.do(*command)
            assert board.register(Register.DATA) == byte

    def test_single_bits_are_in_the_status(self, board: Board) -> None:
        chip = board.thermometer()
        board.do(Command.WIRE_RESET)
        board.do(Command.WRITE_BYTE, READ_ROM)
        bits = [bool(board.do(Command.SINGLE_BIT, 0x80) & Status.BIT_RESULT) for _ in range(8)]
        assert bits == [bool(chip.rom[0] >> n & 1) for n in range(8)]
        assert not board.do(Command.SINGLE_BIT, 0) & Status.BIT_RESULT

    @pytest.mark.parametrize(
        ("slots", "wanted", "answer", "written"),
        [
            ([0, 1], 1, Status.SECOND_BIT, 0),
            ([1, 0], 0, Status.BIT_RESULT | Status.DIRECTION, 1),
            ([0, 0], 0, Status(0), 0),
            ([0, 0], 1, Status.DIRECTION, 1),
            ([1, 1], 0, Status.BIT_RESULT | Status.SECOND_BIT | Status.DIRECTION, 1),
        ],
    )
    def test_a_triplet_goes_where_it_can_or_where_it_is_told(
        self,
        board: Board,
        monkeypatch: pytest.MonkeyPatch,
        slots: list[int],
        wanted: int,
        answer: Status,
        written: int,
    ) -> None:
        sent = []

        def slot(bit: int) -> int:
            sent.append(bit)
            return [*slots, bit][len(sent) - 1]

        monkeypatch.setattr(board.wire, "slot", slot)
        board.send(Command.WRITE_CONFIGURATION, ACTIVE_PULLUP)
        assert board.do(Command.TRIPLET, wanted << 7) == answer | Status.LINE_LEVEL
        assert sent == [1, 1, written]

    def test_overdrive_is_for_resets_and_slots(self, board: Board) -> None:
        board.send(Command.WRITE_CONFIGURATION, OVERDRIVE)
        board.do(Command.WIRE_RESET)
        board.do(Command.WRITE_BYTE, READ_ROM)
        counts = board.wire.counts
        assert (counts.overdrive_resets, counts.overdrive_slots) == (1, 8)


class TestTime:
    @pytest.mark.parametrize(
        ("command", "seconds"),
        [
            ((Command.WIRE_RESET,), RESET_TIME[0]),
            ((Command.SINGLE_BIT, 0x80), SLOT_TIME[0]),
            ((Command.TRIPLET, 0x80), 3 * SLOT_TIME[0]),
            ((Command.WRITE_BYTE, 0x33), 8 * SLOT_TIME[0]),
            ((Command.READ_BYTE,), 8 * SLOT_TIME[0]),
        ],
    )
    def test_the_chip_is_busy_for_as_long_as_it_takes(
        self, board: Board, command: tuple[int, ...], seconds: float
    ) -> None:
        board.send(*command)
        board.clock.advance(seconds - 1e-6)
        assert Status.BUSY in Status(board.read())
        board.clock.advance(2e-6)
        assert Status.BUSY not in Status(board.read())

    def test_results_do_not_show_before(self, board: Board) -> None:
        chip = board.thermometer()
        board.send(Command.WIRE_RESET)
        assert Status.PRESENCE not in Status(board.read())
        board.clock.advance(LONG)
        assert Status.PRESENCE in Status(board.read())
        board.do(Command.WRITE_BYTE, READ_ROM)
        board.send(Command.READ_BYTE)
        assert board.register(Register.DATA) == READ_ROM
        board.clock.advance(LONG)
        assert board.read() == chip.rom[0]

    @pytest.mark.parametrize(
        "command", [(0xB4,), (0x96,), (0xA5, 0), (0x87, 0), (0x78, 0), (0xD2, 0xE1), (0xC3, 0xF0)]
    )
    def test_commands_are_refused_meanwhile(self, command: tuple[int, ...]) -> None:
        board = Board(Model.DS2482_800)
        board.send(Command.WIRE_RESET)
        with pytest.raises(NackError, match="busy"):
            board.send(*command)
        board.clock.advance(LONG)
        board.send(*command)

    def test_a_register_is_read_again_and_again_as_it_changes(self, board: Board) -> None:
        board.send(Command.SINGLE_BIT, 0x80)
        busy = []
        for status in board.chip.read(4):
            busy.append(bool(status & Status.BUSY))
            board.clock.advance(SLOT_TIME[0] / 2)
        assert busy == [True, True, False, False]

    def test_the_read_pointer_is_set_meanwhile(self, board: Board) -> None:
        board.send(Command.WIRE_RESET)
        assert board.register(Register.CONFIGURATION) == 0
        assert Status.BUSY in Status(board.register(Register.STATUS))

    def test_a_device_reset_ends_it(self, board: Board) -> None:
        board.send(Command.WIRE_RESET)
        board.send(Command.DEVICE_RESET)
        assert board.read() == IDLE_AFTER_RESET


class TestStrongPullup:
    def _feed(self, board: Board) -> None:
        board.thermometer()
        board.do(Command.WIRE_RESET)
        board.send(Command.WRITE_CONFIGURATION, STRONG_PULLUP)
        assert board.wire.counts.pullup_time == 0
        board.do(Command.WRITE_BYTE, 0xCC)
        board.clock.advance(0.5)

    @pytest.mark.parametrize(
        "end",
        [
            (Command.WIRE_RESET,),
            (Command.WRITE_BYTE, 0),
            (Command.SINGLE_BIT, 0),
            (Command.WRITE_CONFIGURATION, ACTIVE_PULLUP),
            (Command.DEVICE_RESET,),
        ],
    )
    def test_lasts_from_a_byte_to_the_next_command(
        self, board: Board, end: tuple[int, ...]
    ) -> None:
        self._feed(board)
        assert board.register(Register.STATUS) & Status.BUSY == 0
        board.send(*end)
        assert board.wire.counts.pullup_time == pytest.approx(0.5 + LONG)
        assert Configuration.STRONG_PULLUP not in board.chip.configuration
        board.clock.advance(1.0)
        assert board.do(Command.WRITE_BYTE, 0) is not None
        assert board.wire.counts.pullup_time == pytest.approx(0.5 + LONG)

    def test_armed_before_a_reset_it_hides_the_presence_pulse(self, board: Board) -> None:
        board.thermometer()
        board.send(Command.WRITE_CONFIGURATION, STRONG_PULLUP)
        assert not board.do(Command.WIRE_RESET) & Status.PRESENCE

    def test_a_ds2483_that_is_powered_down_sees_nobody(self) -> None:
        board = Board(Model.DS2483)
        board.thermometer()
        board.send(Command.WRITE_CONFIGURATION, 0xC3)
        assert not board.do(Command.WIRE_RESET) & Status.PRESENCE


class TestSelfReset:
    def test_comes_before_the_message_that_was_told(self) -> None:
        board = Board(Model.DS2482_800)
        board.send(Command.WRITE_CONFIGURATION, ACTIVE_PULLUP)
        board.send(Command.CHANNEL_SELECT, CHANNEL_CODES[3])
        board.chip.resets_in = 1
        assert board.read() == CHANNEL_ANSWERS[3]
        assert board.read() == IDLE_AFTER_RESET
        assert (board.chip.channel, board.chip.configuration) == (0, 0)
        assert board.chip.self_resets == 1

    def test_amid_what_is_read_nobody_answers_the_rest(self, board: Board) -> None:
        board.send(Command.WRITE_CONFIGURATION, ACTIVE_PULLUP)
        board.chip.resets_in = 2
        assert list(board.chip.read(5)) == [1, 1, 0xFF, 0xFF, 0xFF]
        assert board.read() == IDLE_AFTER_RESET
