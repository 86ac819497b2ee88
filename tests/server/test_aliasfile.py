"""Alias files: the grammar of lines, who wins, what is complained about, writing back."""

import pytest

from owfs_py.bus.aliases import Aliases
from owfs_py.bus.rom import RomId
from owfs_py.server import aliasfile
from tests.interop.realserver import RealOwserver

A = RomId.make(0x28, bytes(5) + b"\xaa")
B = RomId.make(0x28, bytes(5) + b"\xbb")


def parse(text):
    aliases = Aliases()
    complaints = aliasfile.parse(text, "names", aliases)
    return dict(aliases.items()), complaints


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("28.0000000000AA = kitchen", "kitchen"),
        ("28.0000000000AA kitchen", "kitchen"),
        ("28.0000000000AA\tkitchen\t ", "kitchen"),
        ("  280000000000aa==kitchen", "kitchen"),
        ("/28.0000000000AA=kitchen", "kitchen"),
        ("= /28.0000000000AA.CF = kitchen", "kitchen"),
        ("28.0000000000AA = living room = # 2  ", "living room = # 2"),
        ("28.0000000000AA = crlf \r", "crlf"),
        ("28.0000000000AA = käse", "käse"),
        ("28.0000000000AA = " + "x" * 256, "x" * 256),
    ],
)
def test_a_line_names_a_device(line, name):
    assert parse(line + "\n") == ({A: name}, [])


@pytest.mark.parametrize("line", ["", "   ", "# 28.0000000000AA = kitchen", "\r"])
def test_blank_lines_and_comments_are_passed_over(line):
    assert parse(line) == ({}, [])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("kitchen = 28.0000000000AA", "no device address in front: 'kitchen = 28.0000000000AA'"),
        ("28.0000000000AA.00 = kitchen", "no device address in front"),
        ("28.0000000000AA", "an address without a name"),
        ("28.0000000000AA = ", "an address without a name"),
        ("28.0000000000AA = a/b", "'a/b' cannot be an alias"),
        ("28.0000000000AA/ = a", None),
        ("28.0000000000AA = bus.7", "'bus.7' cannot be an alias"),
        ("28.0000000000AA = Settings", "'Settings' cannot be an alias"),
        ("28.0000000000AA = json", "'json' cannot be an alias"),
        ("28.0000000000AA = 28.0000000000BB", "'28.0000000000BB' cannot be an alias"),
        ("28.0000000000AA = " + "ä" * 129, "a name longer than 256 bytes"),
    ],
)
def test_a_line_that_cannot_be_is_told_with_its_place(line, complaint):
    aliases, complaints = parse(f"\n{line}\n28.0000000000BB = attic")
    assert aliases.pop(B) == "attic"
    if complaint is None:
        assert (aliases, complaints) == ({A: "a"}, [])
    else:
        assert aliases == {}
        assert len(complaints) == 1
        assert complaints[0].startswith(f"names:2: {complaint}")


def test_a_device_has_one_name_and_a_name_one_device():
    assert parse("28.0000000000AA=one\n28.0000000000AA=two\n")[0] == {A: "two"}
    assert parse("28.0000000000AA=one\n28.0000000000BB=one\n")[0] == {B: "one"}
    assert parse("28.0000000000AA=a\n28.0000000000BB=b\n28.0000000000AA=b\n")[0] == {A: "b"}


def test_a_later_file_wins(tmp_path):
    (tmp_path / "1").write_text("28.0000000000AA=one\nnonsense\n")
    (tmp_path / "2").write_text("28.0000000000AA=two\n28.0000000000BB=b\n")
    aliases = Aliases()
    complaints = aliasfile.read([str(tmp_path / "1"), str(tmp_path / "2")], aliases)
    assert aliases.items() == [(A, "two"), (B, "b")]
    assert complaints == [f"{tmp_path}/1:2: no device address in front: 'nonsense'"]


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        aliasfile.read([str(tmp_path / "nosuch")], Aliases())


def test_what_is_written_reads_back_the_same(tmp_path):
    aliases = Aliases()
    aliases.assign(B, "wine cellar # 2 =")
    aliases.assign(A, b"caf\xe9")
    path = tmp_path / "names"
    path.write_text("28.0000000000AA = old\n")
    aliasfile.write(str(path), aliasfile.text_of(aliases))
    assert path.read_bytes() == b"28.0000000000AA = caf\xe9\n28.0000000000BB = wine cellar # 2 =\n"
    again = Aliases()
    assert aliasfile.read([str(path)], again) == []
    assert again.items() == aliases.items()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    (tmp_path / "names").mkdir()
    with pytest.raises(OSError, match="directory"):
        aliasfile.write(str(tmp_path / "names"), "")
    assert [entry.name for entry in tmp_path.iterdir()] == ["names"]


def test_the_real_owserver_reads_the_same_names(tmp_path):
    """Except the names that could never be reached, which only we refuse."""
    text = (
        "28.0000000000AA = a b = c # d \n/28.0000000000BB/// = bb\n28.0000000000CC//x\n"
        " 28.0000000000DD=name/with\n28.0000000000EE   \n28.0000000000AC\tTAB\t\n"
        "28.0000000000AD=kitchen\n28.0000000000AE=kitchen\n#28.0000000000AF=hash\n"
        "28.0000000000B0.00=wrong\n2800000000 00B1=no\n28.0000000000B2=one\n28.0000000000B2 two\n"
    )
    path = tmp_path / "names"
    path.write_text(text)
    with RealOwserver(["--tester=28", "-a", str(path)]) as server:
        listed = server.owread("/settings/alias/list").splitlines()
    aliases, _ = parse(text)
    assert [f"{rom.hex().upper()}={name}" for rom, name in aliases.items()] == [
        line.rstrip() for line in listed
    ]
