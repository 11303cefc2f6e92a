"""An output appears whole or not at all, whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import datacheck as dc
from datacheck.files import MANIFEST, must_not_be_read, whole_file, whole_files, whole_folder


def write_half(path: Path, error: BaseException, *, folder: bool = False) -> None:
    with (whole_folder if folder else whole_file)(path, force=True) as beside:
        (beside / "a" if folder else beside).write_text("half")
        raise error


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_nothing_stands_there_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with whole_file(path, force=False) as beside:
        beside.write_text("done")
        assert not path.exists()
        assert beside.parent == tmp_path
        assert beside.suffix == ".txt"
    assert path.read_text() == "done"
    assert names(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_what_was(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before")
    with pytest.raises(error):
        write_half(path, error())
    assert path.read_text() == "before"
    assert names(tmp_path) == ["out.txt"]


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before")
    with pytest.raises(dc.SourceError, match="--force"), whole_file(path, force=False):
        pytest.fail("the block must not run")
    with whole_file(path, force=True) as beside:
        beside.write_text("after")
    assert path.read_text() == "after"


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    output = whole_file(path, force=False)
    output.__enter__().write_text("mine")
    path.write_text("another's")
    with pytest.raises(dc.SourceError, match="exists"):
        output.__exit__(None, None, None)
    assert path.read_text() == "another's"
    assert names(tmp_path) == ["out.txt"]


def test_the_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with whole_file(tmp_path / "out", force=False) as beside:
        beside.write_text("x")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/x").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "real/x")
    with whole_file(tmp_path / "link", force=True) as beside:
        beside.write_text("after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/x").read_text() == "after"


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("place", ["no/such/folder/x", ".", "/dev/null", "file/x", "x" * 300])
def test_places_that_take_no_file(
    tmp_path: Path, place: str, force: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(dc.SourceError), whole_file(place, force=force):
        pytest.fail("the block must not run")
    assert names(tmp_path) == ["file"]


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(dc.SourceError, match="permission denied"):
            whole_file(tmp_path / "x", force=False).__enter__()
    finally:
        os.seteuid(before)
        tmp_path.chmod(0o755)
    assert names(tmp_path) == []


def test_two_files_appear_together(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    output = whole_files(paths, force=False)
    output.__enter__()[0].write_text("a")
    failure = ValueError("second")
    assert output.__exit__(ValueError, failure, None) is not True
    assert names(tmp_path) == []
    with whole_files(paths, force=False) as parts:
        for part in parts:
            part.write_text("x")
        assert not any(path.exists() for path in paths)
    assert names(tmp_path) == ["a", "b"]


def test_two_outputs_of_one_name(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "x" / ".." / "a"]
    (tmp_path / "x").mkdir()
    with pytest.raises(dc.SourceError, match="one name"), whole_files(paths, force=True):
        pytest.fail("the block must not run")


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(ValueError, match="half"):
        write_half(path, ValueError("half"), folder=True)
    assert names(tmp_path) == []
    with whole_folder(path, force=False) as beside:
        (beside / "a").write_text("a")
    with pytest.raises(dc.SourceError, match="--force"), whole_folder(path, force=False):
        pytest.fail("the block must not run")
    with whole_folder(path, force=True) as beside:
        (beside / "b").write_text("b")
    assert names(path) == [MANIFEST, "b"]
    assert names(tmp_path) == ["out"]


def test_the_folder_one_stands_in_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for place in (".", ".."):
        with pytest.raises(dc.SourceError, match="will not replace"):
            whole_folder(place, force=True).__enter__()


FULL = """
import resource, shutil, sys
import polars as pl
import datacheck as dc
from datacheck.files import whole_file, whole_folder
from datacheck.source import write_tables
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
try:
    if sys.argv[2] == "plain":
        with whole_file(sys.argv[1], force=True) as beside:
            beside.write_bytes(bytes(1_000_000))
    elif sys.argv[2] == "copied":
        with whole_folder(sys.argv[1], force=True) as beside:
            shutil.copytree(sys.argv[3], beside, dirs_exist_ok=True)
    else:
        frame = pl.LazyFrame({"x": range(500_000)}).with_columns(y=pl.col("x").hash())
        write_tables([(frame, sys.argv[1])], force=True)
except dc.SourceError as error:
    print(error.what, error.got)
# What measures coverage writes its own file when the process ends, and that may be larger.
resource.setrlimit(resource.RLIMIT_FSIZE, before)
"""


@pytest.mark.parametrize(
    ("name", "how"),
    [("x", "plain"), *((f"x{end}", "table") for end in (".parquet", ".csv.gz", ".arrow", ".csv"))],
)
def test_a_disk_that_fills(tmp_path: Path, name: str, how: str) -> None:
    """The limit on a file's size fails a write as a full disk does."""
    path = tmp_path / name
    path.write_text("before")
    run = subprocess.run(
        [sys.executable, "-c", FULL, path, how], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(f"cannot write {path}"), run.stderr
    assert run.stdout == f"cannot write {path} the disk is full\n"
    assert "arrow/" not in run.stderr, "what a library says to whom nobody asked"
    assert path.read_text() == "before"
    assert names(tmp_path) == [name]


def test_a_disk_that_fills_while_folders_are_copied(tmp_path: Path) -> None:
    """shutil gathers the errors of all files, each with its paths, which say nothing to a user."""
    large = tmp_path / "large" / "within"
    large.mkdir(parents=True)
    for name in "ab":
        (large / name).write_bytes(bytes(1_000_000))
    run = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "x", "copied", tmp_path / "large"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == f"cannot write {tmp_path / 'x'} the disk is full\n", run.stderr
    assert names(tmp_path) == ["large"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "an output has no name"),
        ("x.json/", "got: the name of a folder"),
        ("n" * 300, "file name too long"),
        ("/dev/null", "got: a device or a pipe"),
        ("pipe", "got: a device or a pipe"),
        ("/dev/stdout", "got: a device or a pipe"),
        ("/dev/fd/1", "got: a device or a pipe"),
        ("link", "got: a device or a pipe"),
    ],
)
def test_names_that_are_no_file_s(
    tmp_path: Path,
    name: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    # Standard output may be a file, to which others write: a rename would take it from them.
    log = os.dup(1)
    with (tmp_path / "log").open("wb") as file:
        os.dup2(file.fileno(), 1)
    Path("link").symlink_to("/proc/self/fd/1")
    request.addfinalizer(lambda: os.dup2(log, 1))
    must_not_be_read([name], ["s.yaml"])
    with pytest.raises(dc.SourceError, match=said), whole_file(name, force=True):
        pytest.fail("the block must not run")
    assert names(tmp_path) == ["link", "log", "pipe"]


def test_a_folder_is_written_where_the_current_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with whole_folder(tmp_path / "out", force=False) as beside:
        (beside / "a").write_text("x")
    assert names(tmp_path) == ["out"]
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("content", [["theirs"], []])
def test_a_folder_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, content: list[str]
) -> None:
    path = tmp_path / "out"
    output = whole_folder(path, force=False)
    (output.__enter__() / "mine").write_text("mine")
    path.mkdir()
    for name in content:
        (path / name).write_text("theirs")
    with pytest.raises(dc.SourceError, match="exists already"):
        output.__exit__(None, None, None)
    assert names(path) == content
    assert names(tmp_path) == ["out"]
