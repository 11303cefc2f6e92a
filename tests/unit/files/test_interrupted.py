"""Every step of every kind of write is killed, interrupted and made to fail, each in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from datacheck.files import must_not_be_read, recovered, whole_file, whole_files, whole_folder
from datacheck.files.journal import journal, path_of
from datacheck.files.moves import Move, new_token
from tests.support.interrupted import WHOLE, WORKS

ROOT = Path(__file__).parents[3]
#: The others are tried by `make fuzz`.
FEW = ("a new file", "two files", "a folder by two renames")


def steps(folder: Path, work: str, how: str) -> list[dict[str, object]]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.interrupted", folder, work, how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(said) > 5
    assert said[-1]["code"] == 0, "the last run is the one that nothing touched"
    return said


def unmixed(work: str) -> list[list[str]]:
    """What may stand there: all of it old, or all of it new."""
    many = len(WORKS[work])
    return [["-" if "new" in work else "old"] * many, ["new"] * many]


@pytest.mark.parametrize("work", [*FEW, "a folder", "two files in two folders"])
def test_a_kill_at_any_step_is_completed_or_undone_by_the_next_run(
    tmp_path: Path, work: str
) -> None:
    for said in steps(tmp_path, work, "SIGKILL"):
        if len(WORKS[work]) == 1 and "renames" not in work:
            assert said["seen"] in unmixed(work), said
        assert said["settled"] in unmixed(work), said
        assert said["next"] == ["next"] * len(WORKS[work]), said
        assert said["strays"] == [], said


@pytest.mark.parametrize("work", FEW)
def test_an_interrupt_at_any_step_leaves_old_or_new(tmp_path: Path, work: str) -> None:
    for said in steps(tmp_path, work, "SIGINT")[:-1]:
        assert said["code"] == 4, said
        assert said["seen"] in unmixed(work), said
        assert said["left"] == [], said


@pytest.mark.parametrize("work", FEW)
def test_a_failure_at_any_step_leaves_what_was(tmp_path: Path, work: str) -> None:
    """Or does not matter any more, and then it is no error."""
    for said in steps(tmp_path, work, "fail")[:-1]:
        assert said["code"] in {3, WHOLE}, said
        assert said["seen"] == unmixed(work)[said["code"] == WHOLE], said
        assert said["strays"] == [], said


def test_a_journal_is_whole_where_a_disk_takes_it_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, line: write(handle, line[:3]))
    moves = [Move(tmp_path / name, new_token(), folder=False, force=True) for name in "ab"]
    with journal(moves):
        lines = [path_of(move.target).read_text() for move in moves]
    assert [json.loads(line)["name"] for line in lines] == ["a", "b"]


def test_the_parts_of_a_living_run_are_left_alone(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a", force=True) as first:
        first.write_text("first")
        with whole_file(tmp_path / "a", force=True) as second:
            second.write_text("second")
        assert first.read_text() == "first"
    assert (tmp_path / "a").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_stale_parts_of_the_name_alone_are_cleared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        output = whole_file(tmp_path / name, force=False)
        part = output.__enter__()
        stale = part.with_name(part.name.rpartition(".part")[0][:-12] + "0" * 12 + ".part")
        stale.write_text("left by a kill")
        output.__exit__(ValueError, ValueError(), None)
    assert len(list(tmp_path.iterdir())) == 2
    with whole_file(tmp_path / "a", force=False) as beside:
        beside.write_text("a")
    left = [each.name for each in tmp_path.iterdir()]
    assert "a" in left
    assert len(left) == 2, "the stale part of b is none of a's"


LINE = {
    "format": "datacheck.journal",
    "token": "0123456789ab",
    "name": "a",
    "folder": False,
    "force": True,
    "targets": ["a", "../victim/b"],
}
PLANTED = [
    "",
    "x",
    "{}",
    "[1]",
    "[" * 100_000,
    *(json.dumps(LINE) + end for end in ("", "\n", "\nundo\n")),
    *(
        json.dumps(LINE | {key: value}) + "\n"
        for key, value in [
            ("name", "../victim/b"),
            ("name", 8),
            ("token", "../victim/b"),
            ("token", 7),
            ("targets", ["../victim/b"]),
            ("targets", {"a": 1}),
            ("targets", [7]),
            ("folder", 9),
            ("format", None),
        ]
    ),
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_journal_reaches_nothing(tmp_path: Path, text: str) -> None:
    victim, here = tmp_path / "victim", tmp_path / "here"
    victim.mkdir()
    here.mkdir()
    (victim / "b").write_text("precious")
    path_of(here / "a").write_text(text)
    (here / "a").write_text("old")
    recovered(here / "a")
    with whole_files([here / "a"], force=True) as (part,):
        part.write_text("new")
    assert (victim / "b").read_text() == "precious"
    assert [each.name for each in victim.iterdir()] == ["b"]
    assert {each.name: each.read_text() for each in here.iterdir()} == {"a": "new"}


def test_folders_are_replaced_only_with_nothing_but_their_own(tmp_path: Path) -> None:
    place = tmp_path / "out"

    def write(text: str) -> None:
        with whole_folder(place, force=True) as beside:
            (beside / "sub").mkdir()
            (beside / "sub/a").write_text(text)
            (beside / "large").write_bytes(b"x" * (2**20 + 1))

    write("one")
    write("two")
    for harm in (
        lambda: (place / "note").write_text("mine"),
        lambda: (place / "sub/a").write_text("old"),
        lambda: (place / "link").symlink_to(tmp_path),
        lambda: (place / ".datacheck.json").write_text("{}"),
        (place / ".datacheck.json").unlink,
    ):
        harm()
        with pytest.raises(Exception, match="which datacheck did not write"):
            write("three")
        assert (place / "sub/a").exists()
        for extra in ("note", "link"):
            (place / extra).unlink(missing_ok=True)
        (place / "sub/a").write_text("two")
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_the_mode_of_what_is_replaced_is_kept(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(mode)
    with whole_file(tmp_path / "a", force=True) as beside:
        assert beside.stat().st_mode & 0o077 == mode & 0o077, "no more open while it is written"
        beside.write_text("new")
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(
    ("output", "read"),
    [
        ("d.csv", "d.csv"),
        ("./x/../d.csv", "d.csv"),
        ("link.csv", "d.csv"),
        ("d.csv", "link.csv"),
        ("hard.csv", "d.csv"),
        ("d.csv", "d*.csv"),
        ("d.csv", "d.csv:Name"),
        ("d.csv", "sqlite:///d.csv"),
        ("d.csv", "sqlite:///d.csv?mode=ro"),
        ("d.csv", "sqlite:///%64.csv"),
        ("d.csv", "sqlite://d.csv"),
        ("d.csv", "duckdb:d.csv"),
        ("d.csv", "model=d.csv"),
        ("hard.csv", "y"),
        ("d.csv", "y"),
        ("x", "y"),
        ("x", "x/in.csv"),
        ("x/in.csv", "x"),
        ("x", "x"),
    ],
)
def test_an_output_that_is_an_input(
    tmp_path: Path, output: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x").mkdir()
    Path("d.csv").write_text("a\n1\n")
    Path("x/in.csv").write_text("a\n1\n")
    Path("link.csv").symlink_to("d.csv")
    Path("hard.csv").hardlink_to("d.csv")
    Path("y").mkdir()
    Path("y/linked.csv").symlink_to("../d.csv")
    Path("y/other.csv").symlink_to("../x/in.csv")
    with pytest.raises(Exception, match="is an input of this very work"):
        must_not_be_read([output], [read])
    must_not_be_read(["new.csv", "x/new.csv", "other/x"], [read, "x", "postgresql://h/d", "-", ""])
