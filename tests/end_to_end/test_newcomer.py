"""A newcomer's walk: a table as people have it, `check`, and then whatever the last line names.

Each walk ends in a result, or in one message that says what to do.
"""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from deltalake import write_deltalake

from datacheck.cli import main
from tests.support.bucket import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def penguins(root: Path) -> pd.DataFrame:
    table = pd.read_csv(root / "sample_data/penguins.csv")
    table["species"] = table["species"].astype("category")
    return table


def as_csv(folder: Path, table: pd.DataFrame, **options: Any) -> str:
    table.to_csv(folder / "t.csv", **options)
    return "t.csv"


def as_excel(folder: Path, table: pd.DataFrame) -> str:
    with pd.ExcelWriter(folder / "t.xlsx", engine="xlsxwriter") as book:
        table.to_excel(book)
    return "t.xlsx"


def as_parquet(folder: Path, table: pd.DataFrame) -> str:
    table.to_parquet(folder / "t.parquet")
    return "t.parquet"


def as_delta(folder: Path, table: pd.DataFrame) -> str:
    write_deltalake(folder / "t", pl.from_pandas(table).cast({"species": pl.String}).to_arrow())
    return "t"


def empty(folder: Path, table: pd.DataFrame) -> str:
    return as_csv(folder, table[:0], index=False)


def nothing(folder: Path, _: pd.DataFrame) -> str:
    (folder / "t.csv").touch()
    return "t.csv"


def misnamed(folder: Path, table: pd.DataFrame) -> str:
    as_csv(folder, table)
    return "tt.csv"


#: Each with whether its walk ends in a fitted transform, in findings, or in a message.
TABLES: dict[str, tuple[Callable[[Path, pd.DataFrame], str], str]] = {
    "csv with an index": (as_csv, "fitted"),
    "semicolons": (lambda f, t: as_csv(f, t, index=False, sep=";"), "fitted"),
    "semicolons and decimal commas": (lambda f, t: as_csv(f, t, sep=";", decimal=","), "fitted"),
    "excel with an index": (as_excel, "fitted"),
    "parquet with categories and holes": (as_parquet, "fitted"),
    "delta": (as_delta, "fitted"),
    "39 rows": (lambda f, t: as_csv(f, t[:39], index=False), "fitted"),
    "empty": (empty, "message"),
    "a file of no bytes": (nothing, "message"),
    "a name that is not there": (misnamed, "message"),
}


def walk(first: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """The verbs that were run, and what was said last; a hint is followed, a dry run is an end."""
    words, taken = first, []
    while True:
        taken.append(words[0])
        code = main(words)
        said = capsys.readouterr()
        if code == 2:
            assert said.out == ""
            told = re.search(r"pass (--\S+) '(.)'", said.err)
            if told and told[1] not in words:
                words = [*words, told[1], told[2]]
                continue
            return [*taken, "message"], said.err
        assert "Traceback" not in said.err
        hint = said.out.rstrip().splitlines()[-1]
        if not hint.startswith("next: datacheck ") or words[0] == "fit":
            return taken, said.out
        words = shlex.split(hint.removeprefix("next: datacheck "))
        if words[0] == "repair":
            assert main(words) in (0, 1)
            capsys.readouterr()
            data = [word for word in words[1:] if word != "--dry-run"]
            if "suggest" in taken:
                words = ["fit", *data, "-o", "t.json"]
            else:
                words = ["suggest", *data, "-o", "plan.yaml"]
        assert len(taken) < 8


@pytest.fixture(scope="module")
def bucket() -> Iterator[None]:
    with served():
        yield


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("table", "end"),
    [("s3://tables/penguins.csv", "fit"), ("s3://tables/pengiuns.csv", "message")],
)
def test_a_table_in_a_bucket(
    table: str,
    end: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    taken, said = walk(["check", table], capsys)
    assert taken[-1] == end, (taken, said)
    fitted = [tmp_path / name for name in ("t.json", "penguins.json")]
    assert any(path.exists() for path in fitted) == (end == "fit")
    if end == "message":
        assert said.startswith(f"datacheck: cannot read {table}")
        assert "to do: " in said or "expected: " in said or "did you mean" in said


@pytest.mark.parametrize("name", TABLES)
def test_each_step_names_the_next_and_the_last_is_a_result(
    name: str,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write, end = TABLES[name]
    monkeypatch.chdir(tmp_path)
    table = write(tmp_path, penguins(root))
    taken, said = walk(["check", table], capsys)
    if end == "fitted":
        assert taken[0] == "check"
        assert taken[-1] == "fit", (taken, said)
        assert (tmp_path / "t.json").exists()
    elif taken[-1] == "message":
        assert said.startswith("datacheck: ")
        assert "to do: " in said or "expected: " in said or "did you mean" in said
    else:
        assert "rows.none" in said
    shutil.rmtree(tmp_path)
