"""The kernel's bus masters over netlink: the contract, one message a transaction, refusals."""

from __future__ import annotations

import errno
import os
import struct
import sys
from pathlib import Path

import pytest

from owfs_py.bus.errors import (
    BusError,
    BusNotRespondingError,
    BusTimeoutError,
    SearchError,
)
from owfs_py.bus.masters import open_master, w1messages
from owfs_py.bus.masters.base import READ_BYTE
from owfs_py.bus.masters.w1link import W1Link
from owfs_py.bus.masters.w1messages import Command, Kind, Order
from owfs_py.bus.masters.w1netlink import W1Netlink
from owfs_py.emulator.virtualtime import VirtualClock
from owfs_py.emulator.w1kernel import W1Kernel
from owfs_py.emulator.wire import Wire
from tests.bus.masters import addressing
from tests.bus.masters import test_contract as contract
from tests.bus.masters import test_contract_failures as failures
from tests.bus.masters.addressing import operation  # noqa: F401  a fixture
from tests.bus.masters.bench import TIMEOUT, Bench, search_all
from tests.bus.masters.test_contract import MATCH_ROM, READ_ROM
from tests.bus.masters.w1bench import KernelSocket, W1Bench


@pytest.fixture
def closed_bench() -> Bench:
    return W1Bench()


class TestResetAndPresence(contract.TestResetAndPresence):
    def test_short_is_told_and_the_adapter_survives_it(self, bench: Bench) -> None:
        """The kernel tells of no short; all that is read is zeros."""
        (chip,) = bench.thermometers(1)
        bench.wire.faults.short = True
        assert bench.master.reset() is True
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == bytes(9)
        bench.wire.faults.short = False
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom


class TestSlots(addressing.Slots):
    def test_a_transaction_is_one_message(self, bench: W1Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.kernel.requests.clear()
        bench.master.reset_exchange(MATCH_ROM + chip.rom + b"\xbe" + READ_BYTE * 9)
        assert len(bench.kernel.requests) == 1

    @pytest.mark.parametrize("length", [3072, 3073, 7000])
    def test_no_message_is_longer_than_four_kib(self, bench: W1Bench, length: int) -> None:
        bench.thermometers(1)
        block = bytes(n * 7 & 0xFF | 1 for n in range(length))
        assert bench.master.exchange(block) == block
        assert max(map(len, bench.kernel.requests)) <= 4096


class TestSearch(addressing.Search):
    def test_an_id_with_a_wrong_crc_is_an_error(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        wrong = chip.rom[:7] + bytes([chip.rom[7] ^ 1])
        bench.meddler.change = lambda answer: answer.replace(chip.rom, wrong)
        with pytest.raises(SearchError, match="no ROM id"):
            search_all(bench.master)

    def test_the_empty_id_is_an_error(self, bench: Bench) -> None:
        (chip,) = bench.thermometers(1)
        bench.meddler.change = lambda answer: answer.replace(chip.rom, bytes(8))
        with pytest.raises(SearchError, match="family code 00"):
            search_all(bench.master)

    def test_ids_are_in_the_byte_order_of_the_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rom = bytes.fromhex("28 01 02 03 04 05 06 07")
        for order in ("little", "big"):
            monkeypatch.setattr(sys, "byteorder", order)
            told = struct.pack("<Q" if order == "little" else ">Q", int.from_bytes(rom, "little"))
            assert w1messages.slave_ids(told * 2) == [rom, rom]


TestPower = addressing.Power


class TestFailures(failures.TestFailures):
    def test_the_kernels_errors_are_told(self, bench: W1Bench) -> None:
        bench.kernel.remove_master(1)
        with pytest.raises(BusError, match="no such bus master"):
            bench.master.reset()
        with pytest.raises(BusNotRespondingError, match="does not list it"):
            bench.master.open()

    @pytest.mark.parametrize("status", [errno.EIO, errno.EINVAL])
    def test_a_command_that_fails_is_a_bus_error(self, bench: Bench, status: int) -> None:
        bench.thermometers(1)

        def failing(answer: bytes) -> bytes:
            return answer[:37] + bytes([status]) + answer[38:]

        bench.meddler.change = failing
        with pytest.raises(BusError, match=f"error {status} "):
            bench.master.reset()

    def test_too_few_bytes_back_are_an_error(self) -> None:
        kernel = W1Kernel()
        kernel.add_master(Wire(VirtualClock()))
        shorter = _Shortened(kernel, VirtualClock())
        master = W1Netlink("1", VirtualClock(), timeout=TIMEOUT, connect=lambda: shorter)
        master.open()
        with pytest.raises(BusError, match="3 bytes answer 4"):
            master.exchange(bytes(4))


class _Shortened(KernelSocket):
    """A kernel that is asked for one byte less than the driver wants."""

    def send(self, data: bytes, /) -> int:
        if data[36] == Kind.MASTER_COMMAND:
            (order,) = [Order(Command.TOUCH, data[52:][:3])]
            sequence = struct.unpack_from("=I", data, 8)[0]
            data = w1messages.request(Kind.MASTER_COMMAND, sequence, 1, [order])
        return super().send(data)


class TestOpening(addressing.Opening):
    def test_events_and_answers_to_others_are_passed_over(self, bench: W1Bench) -> None:
        (chip,) = bench.thermometers(1)
        other = W1Kernel()
        other.add_master(bench.wire)
        foreign: list[bytes] = []
        other.listeners.append(foreign.append)
        other.tell_of_slave(chip.rom, added=True)
        other.add_master(Wire(bench.clock))
        foreign += other.receive(w1messages.request(Kind.LIST_MASTERS, 0xFFFF))
        bench.meddler.change = lambda answer: b"".join(foreign) + answer
        assert bench.master.reset_exchange(READ_ROM + READ_BYTE * 8) == READ_ROM + chip.rom

    @pytest.mark.parametrize("bundles", [False, True])
    def test_bundled_replies_are_understood(self, bundles: bool) -> None:
        kernel, clock = W1Kernel(), VirtualClock()
        kernel.bundles = bundles
        kernel.add_master(Wire(clock))
        kernel.add_master(Wire(clock))
        link = W1Link(KernelSocket(kernel, clock), clock, "w1")
        assert link.masters(TIMEOUT) == [1, 2]
        orders = [Order(Command.TOUCH, b"\x01\x02"), Order(Command.SEARCH), Order(Command.TOUCH)]
        assert link.command(2, orders, TIMEOUT) == [(0, b"\x01\x02"), (0, b""), (0, b"")]

    @pytest.mark.parametrize(
        ("error", "told"),
        [(errno.EPROTONOSUPPORT, "Protocol not supported"), (errno.EPERM, "not permitted")],
    )
    def test_no_socket_is_told(self, error: int, told: str) -> None:
        def refuse() -> KernelSocket:
            raise OSError(error, os.strerror(error))

        with pytest.raises(BusNotRespondingError, match=f"w1_bus_master1: no .*{told}"):
            W1Netlink("1", connect=refuse).open()

    def test_a_kernel_without_the_module_is_told_in_time(self, closed_bench: W1Bench) -> None:
        closed_bench.kernel.silent = True
        with pytest.raises(BusNotRespondingError, match="no answer from the kernel") as caught:
            closed_bench.master.open()
        assert isinstance(caught.value.__cause__, BusTimeoutError)


class TestKernelsOwnSearch:
    @pytest.fixture
    def search_file(self, tmp_path: Path) -> Path:
        path = tmp_path / "w1_bus_master1" / "w1_master_search"
        path.parent.mkdir()
        path.write_text("-1\n")
        return path

    def test_it_rests_while_the_bus_is_open(self, search_file: Path, tmp_path: Path) -> None:
        master = W1Bench(tmp_path).master
        master.open()
        assert search_file.read_text() == "0"
        master.close()
        assert search_file.read_text() == "-1"

    def test_it_is_left_off_where_it_was(self, search_file: Path, tmp_path: Path) -> None:
        search_file.write_text("0\n")
        master = W1Bench(tmp_path).master
        master.open()
        master.close()
        assert search_file.read_text() == "0\n"

    def test_a_bus_master_that_is_gone_does_no_harm(
        self, search_file: Path, tmp_path: Path
    ) -> None:
        master = W1Bench(tmp_path).master
        master.open()
        search_file.unlink()
        search_file.parent.rmdir()
        master.close()


class TestRegistry:
    @pytest.mark.parametrize("spec", ["w1://3", "w1://w1_bus_master3"])
    def test_number_or_name(self, spec: str) -> None:
        master = open_master(spec)
        assert isinstance(master, W1Netlink)
        assert (master.number, master.address) == (3, "w1_bus_master3")

    @pytest.mark.parametrize("address", ["", "x", "w1_bus_master", "-1"])
    def test_anything_else_is_refused(self, address: str) -> None:
        with pytest.raises(ValueError, match="have numbers"):
            W1Netlink(address)


class TestMessages:
    def test_a_request_is_what_the_documentation_says(self) -> None:
        orders = [Order(Command.RESET), Order(Command.TOUCH, b"\xcc")]
        datagram = w1messages.request(Kind.MASTER_COMMAND, 7, 2, orders)
        assert datagram == struct.pack(
            "=IHHII" "IIIIHH" "BBHII" "BBH" "BBHB" "3x",
            *(57, 3, 1, 7, 0),
            *(3, 1, 7, 7, 12 + 4 + 5, 0),
            *(4, 0, 4 + 5, 2, 0),
            *(5, 0, 0),
            *(4, 0, 1, 0xCC),
        )  # fmt: skip

    def test_every_truncated_answer_is_a_bus_error_or_not_for_us(self) -> None:
        kernel = W1Kernel()
        kernel.add_master(Wire(VirtualClock()))
        (reply, _) = kernel.receive(w1messages.request(Kind.LIST_MASTERS, 1))
        for length in range(1, len(reply)):
            with pytest.raises(BusError):
                list(w1messages.parse(reply[:length]))

    def test_other_connectors_are_not_for_us(self) -> None:
        reply = W1Kernel().receive(w1messages.request(Kind.LIST_MASTERS, 1))[0]
        assert list(w1messages.parse(reply))
        assert not list(w1messages.parse(reply[:16] + b"\x01" + reply[17:]))
