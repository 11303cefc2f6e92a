"""Places that are no plain files: pipes, devices, links to nothing, names like addresses."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
WRITERS = {
    ".csv": TABLE.write_csv,
    ".ndjson": TABLE.write_ndjson,
    ".parquet": TABLE.write_parquet,
    ".arrow": TABLE.write_ipc,
}


@pytest.mark.parametrize("end", WRITERS)
@pytest.mark.parametrize("named", ["as its format", "as a shell names it"])
def test_a_pipe_is_read_whole(tmp_path: Path, end: str, named: str) -> None:
    WRITERS[end](tmp_path / f"t{end}")
    data = (tmp_path / f"t{end}").read_bytes()
    pipe = tmp_path / (f"pipe{end}" if named == "as its format" else "63")
    os.mkfifo(pipe)
    thread = threading.Thread(target=lambda: pipe.write_bytes(data), daemon=True)
    thread.start()
    assert dc.profile(pipe).rows == TABLE.height
    thread.join()


@pytest.mark.parametrize("given", ["/dev/null", "/dev/zero", "folder", "folder/*.csv"])
def test_what_is_no_file_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "folder").mkdir()
    TABLE.write_csv(tmp_path / "folder" / "a.csv")
    os.mkfifo(tmp_path / "folder" / "b.csv")
    with pytest.raises(dc.SourceError, match=r"\n  got: a device, a socket, or one pipe"):
        dc.check(tmp_path / given)


@pytest.mark.parametrize("given", ["", "*.csv"])
def test_a_link_to_nothing_is_not_passed_over(tmp_path: Path, given: str) -> None:
    TABLE.write_csv(tmp_path / "a.csv")
    (tmp_path / "b.csv").symlink_to("gone.csv")
    with pytest.raises(dc.SourceError, match=r"cannot read .*b\.csv\n  got: no such file"):
        dc.check(tmp_path / given)


@pytest.mark.parametrize("to", ["gone.csv", "x.csv"])
def test_a_link_to_nothing_is_named_as_one(tmp_path: Path, to: str) -> None:
    (tmp_path / "x.csv").symlink_to(to)
    with pytest.raises(dc.SourceError, match=f"got: a link to {to}"):
        dc.check(tmp_path / "x.csv")


@pytest.mark.parametrize("name", ["http:x.csv", "s3:x.csv", "sqlite:x.csv", "~x.csv", "a[1]*.csv"])
def test_a_file_that_is_there_is_read(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    TABLE.write_csv(name)
    assert dc.profile(name).rows == TABLE.height


def test_the_home_folder_is_meant_wherever_a_path_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    TABLE.write_csv(tmp_path / "t.csv")
    dc.suggest("~/t.csv").save("~/s.yaml")
    transform = dc.fit("~/t.csv", "~/s.yaml")
    transform.save("~/t.json")
    transform.export("sql", "~/t.sql")
    assert {"s.yaml", "t.json", "t.sql"} <= {each.name for each in tmp_path.iterdir()}
    assert dc.load("~/t.json") == transform
    assert dc.verify("~/t.json").ok
    assert dc.verify("~/t.sql").ok
    dc.check("~/t.csv", reference="~/t.json")


@pytest.mark.parametrize("most", range(3, 9))
def test_too_few_open_files_are_not_the_file_s_fault(tmp_path: Path, most: int) -> None:
    TABLE.write_csv(tmp_path / "t.csv")
    code = "import datacheck as dc, sys, resource; from datacheck.errors import DatacheckError\n"
    code += "import datacheck.checking.verbs, datacheck.source.opening\n"
    code += f"resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, {most}))\n"
    code += "try: dc.profile(sys.argv[1])\nexcept DatacheckError as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "t.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "torn" not in done.stdout
    if done.stdout:
        assert "got: too many open files" in done.stdout


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "arrow", "dict", "rows", *WRITERS])
def test_a_name_that_no_document_could_hold_is_refused(tmp_path: Path, kind: str) -> None:
    frame = TABLE.rename({"a": "n" * 70_000})
    for end, write in {".csv": frame.write_csv, ".ndjson": frame.write_ndjson}.items():
        write(tmp_path / f"t{end}")
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_ipc(tmp_path / "t.arrow")
    made = {
        "polars": frame,
        "lazy": frame.lazy(),
        "pandas": frame.to_pandas(),
        "arrow": frame.to_arrow(),
        "dict": frame.to_dict(as_series=False),
        "rows": frame.to_dicts(),
    }
    with pytest.raises(dc.SourceError, match="an endless name of a column"):
        dc.profile(made.get(kind, tmp_path / f"t{kind}"))
