"""Parquet that pandas wrote is what its frame was; files of text under names that say little."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

from datacheck.cli import main

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 40
FILES = ("feather", "parquet")


def plan(folder: Path, **columns: str) -> str:
    path = folder / "plan.yaml"
    lines = (f"  {name}: {{{spec}}}\n" for name, spec in columns.items())
    path.write_text("schema_type: polars_dataframe\nname: S\ncolumns:\n" + "".join(lines))
    return str(path)


@pytest.fixture
def parquet(tmp_path: Path) -> str:
    whole = [None if row % 9 == 0 else row for row in range(ROWS)]
    grades = pd.Categorical(
        ["mid", " mid", "low", "mid"] * 10, ["low", "mid", " mid"], ordered=True
    )
    frame = pd.DataFrame(
        {"age": whole, "grade": grades, "day": pd.date_range("2024", periods=ROWS)}
    )
    frame.index = pd.Index([f"k{row}" for row in range(ROWS)], name="key")
    path = str(tmp_path / "people.parquet")
    frame.to_parquet(path)
    return path


def write(frame: pd.DataFrame, path: Path) -> str:
    (frame.to_feather if path.suffix == ".feather" else frame.to_parquet)(path)
    return str(path)


def read(path: Path) -> pd.DataFrame:
    return (pd.read_feather if path.suffix == ".feather" else pd.read_parquet)(path)


def prepared(data: str, schema: str, out: Path) -> pd.DataFrame:
    fitted = str(out.with_suffix(".json"))
    assert main(["fit", data, "--schema", schema, "-o", fitted]) == 0
    assert main(["apply", data, "--transform", fitted, "-o", str(out)]) == 0
    return read(out)


def split(data: str, schema: str, folder: Path) -> tuple[int, int]:
    outputs = [str(folder / name) for name in ("valid.parquet", "rejected.parquet")]
    words = ["--schema", schema, "--valid", outputs[0], "--rejected", outputs[1], "--force"]
    assert main(["split", data, *words]) == 0
    valid, rejected = (pl.read_parquet(path).height for path in outputs)
    return valid, rejected


def test_whole_numbers_with_holes_and_days_are_what_is_declared(
    parquet: str, tmp_path: Path
) -> None:
    schema = plan(tmp_path, age="dtype: Int64, nullable: true", day="dtype: Date")
    assert split(parquet, schema, tmp_path) == (ROWS, 0)


def test_what_pandas_did_not_make_is_still_refused(parquet: str, tmp_path: Path) -> None:
    schema = plan(tmp_path, age="dtype: Int64, nullable: true")
    written = str(tmp_path / "polars.parquet")
    pl.read_parquet(parquet).write_parquet(written)
    assert split(written, schema, tmp_path) == (0, ROWS)
    frame = pd.read_parquet(parquet)
    frame.loc["k3", "age"] = 2.5
    frame.to_parquet(parquet)
    assert split(parquet, schema, tmp_path) == (0, ROWS)


def test_repair_keeps_the_index_and_the_categories(parquet: str, tmp_path: Path) -> None:
    clean, log = str(tmp_path / "clean.parquet"), str(tmp_path / "log.parquet")
    main(["repair", parquet, "-o", clean, "--log", log])
    before, after = pd.read_parquet(parquet), pd.read_parquet(clean)
    pd.testing.assert_frame_equal(after.drop(columns="grade"), before.drop(columns="grade"))
    assert after["grade"].dtype == before["grade"].dtype
    assert after["grade"].tolist() == [str(cell).strip() for cell in before["grade"]]
    assert set(pd.read_parquet(log)["before"]) == {" mid"}


def test_apply_says_how_many_rows_it_wrote(
    parquet: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = plan(tmp_path, age="dtype: Float64, nullable: true, prepare: {impute: median}")
    fitted, out = str(tmp_path / "t.json"), str(tmp_path / "out.csv")
    assert main(["fit", parquet, "--schema", schema, "-o", fitted]) == 0
    capsys.readouterr()
    assert main(["apply", parquet, "--transform", fitted, "-o", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"wrote": out, "rows": ROWS}


@pytest.mark.parametrize("cell", ["2024-05-01T00:00:00.000", "2024-05-01 00:00:00", "2024-05-01"])
def test_a_date_with_a_clock_at_midnight_is_that_date(cell: str, tmp_path: Path) -> None:
    data = tmp_path / "days.json"
    schema = plan(tmp_path, day="dtype: Date, coerce: true")
    data.write_text(json.dumps([{"day": cell}] * ROWS))
    assert split(str(data), schema, tmp_path) == (ROWS, 0)
    data.write_text(json.dumps([{"day": cell}] * ROWS + [{"day": "2024-05-01T00:30:00"}]))
    assert split(str(data), schema, tmp_path) == (ROWS, 1)


@pytest.mark.parametrize("end", ["txt", "dat", "data"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_file_of_text_is_read_by_the_separator_that_is_given(
    end: str, mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / f"table.{end}"
    data.write_text(f"id{mark}x\n" + "".join(f"{row}{mark}{row % 7}.5\n" for row in range(ROWS)))
    assert main(["check", str(data), "--separator", mark, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"]["columns"] == 2
    assert main(["check", str(data)]) == (0 if mark == "," else 2)
    assert mark == "," or f"--separator {mark!r}" in capsys.readouterr().err


def test_no_output_is_named_so(parquet: str, tmp_path: Path) -> None:
    assert main(["repair", parquet, "-o", str(tmp_path / "clean.txt")]) == 2


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_numbers_that_were_mended_are_plain_when_they_are_checked_again(
    end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, clean = tmp_path / "raw.csv", tmp_path / f"clean.{end}"
    data.write_text("n;eur\n" + "".join(f"{row};{row % 9}.{100 + row},5\n" for row in range(ROWS)))
    again = ["--schema-out", str(tmp_path / "plan.yaml")]
    assert main(["repair", str(data), "--separator", ";", "-o", str(clean), *again]) == 0
    assert "schema.dtype" not in capsys.readouterr().out
    words = ["--schema", str(tmp_path / "plan.yaml"), "--schema-only", "--separator", ";"]
    assert main(["check", str(data), *words]) == 0


@pytest.mark.parametrize("end", FILES)
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("hole", [None, "low"])
def test_categories_keep_their_codes_from_file_to_file(
    end: str, ordered: bool, hole: str | None, tmp_path: Path
) -> None:
    known = ["none", "low", "mid", "high"]
    grades = pd.Categorical(["mid", hole, "high", "low"] * 10, known, ordered=ordered)
    frame = pd.DataFrame({"x": [1.0, None, 3.0, 4.0] * 10, "grade": grades, "again": grades})
    data = write(frame, tmp_path / f"in.{end}")
    fill = "dtype: Categorical, nullable: true, prepare: {impute: constant, fill_value: new}"
    after = prepared(data, plan(tmp_path, again=fill), tmp_path / f"out.{end}")
    pd.testing.assert_frame_equal(after[["x", "grade"]], frame[["x", "grade"]])
    assert after["again"].dtype == pd.CategoricalDtype([*known, "new"], ordered=ordered)
    assert after["again"].cat.codes.tolist() == [4 if c < 0 else c for c in grades.codes]


def test_codes_have_room_for_a_fill(tmp_path: Path) -> None:
    texts = [f"v{each:03}" for each in range(127)]
    frame = pd.DataFrame({"x": range(128), "grade": pd.Categorical([*texts, None], texts)})
    data = write(frame, tmp_path / "in.feather")
    fill = "dtype: Categorical, nullable: true, prepare: {impute: constant, fill_value: new}"
    after = prepared(data, plan(tmp_path, grade=fill), tmp_path / "out.feather")
    assert after["grade"].tolist() == [*texts, "new"]


@pytest.mark.parametrize("end", FILES)
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_lengths_of_time_are_as_long_as_before(end: str, unit: str, tmp_path: Path) -> None:
    spans = pd.Series(pd.to_timedelta(range(ROWS), unit="h")).astype(f"timedelta64[{unit}]")
    frame = pd.DataFrame({"x": [0.5 * row for row in range(ROWS)], "span": spans})
    data = write(frame, tmp_path / f"in.{end}")
    schema = plan(tmp_path, x="dtype: Float64, prepare: {scale: zscore}")
    after = prepared(data, schema, tmp_path / f"out.{end}")
    assert (after["span"] == frame["span"]).all()


@pytest.mark.parametrize("end", FILES)
def test_categories_that_are_no_texts_are_written_as_what_they_are(
    end: str, tmp_path: Path
) -> None:
    days = pd.to_datetime(["2024-01-01", None, "2024-02-01", "2024-01-01"] * 10)
    kept = {
        "day": pd.Categorical(days),
        "size": pd.Categorical([3, 1, None, 2] * 10, [3, 2, 1, 0], ordered=True),
        "share": pd.Categorical([0.5, 0.1, None, 0.5] * 10),
        "flag": pd.Categorical([True, False, None, True] * 10),
    }
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 5.0] * 10, **kept, "filled": kept["share"]})
    fill = "dtype: Float64, nullable: true, prepare: {impute: constant, fill_value: 7}"
    schema = plan(tmp_path, x="dtype: Float64, prepare: {scale: zscore}", filled=fill)
    data = write(frame, tmp_path / f"in.{end}")
    after = prepared(data, schema, tmp_path / f"out.{end}")
    before = read(tmp_path / f"in.{end}")  # parquet itself keeps none of these
    pd.testing.assert_frame_equal(after[[*kept]], before[[*kept]])
    assert after["filled"].tolist() == [0.5, 0.1, 7.0, 0.5] * 10


@pytest.mark.parametrize("end", FILES)
def test_identifiers_of_their_own_type_come_out_as_such(end: str, tmp_path: Path) -> None:
    names = [uuid.uuid4() for _ in range(39)]
    grades = pd.Categorical(["low", None, "high", "low"] * 10, ["high", "mid", "low"])
    frame = pd.DataFrame({"x": [1.0, 2.0, None, 5.0] * 10, "id": [*names, None], "grade": grades})
    data = write(frame, tmp_path / f"in.{end}")
    schema = plan(tmp_path, x="dtype: Float64, nullable: true, prepare: {impute: median}")
    before, after = read(tmp_path / f"in.{end}"), prepared(data, schema, tmp_path / f"out.{end}")
    pd.testing.assert_frame_equal(after[["id", "grade"]], before[["id", "grade"]])


def test_what_is_no_text_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "weights.dat"
    data.write_bytes(bytes(range(256)) * 20)
    assert main(["check", str(data)]) == 2
    assert "binary content" in capsys.readouterr().err
    rows = "".join(f"{row},{row}\n" for row in range(ROWS))
    data.write_text(f"id,x\n{rows}", encoding="utf-16-le")
    assert main(["check", str(data), "--encoding", "utf-16-le"]) == 0
    data.write_text("id,x\n1,\x00\n")
    main(["check", str(data)])
    assert "binary" not in capsys.readouterr().err
