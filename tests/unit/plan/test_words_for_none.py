"""A file as R writes it, NA for what is missing: a draft reads it, and its twin with types."""

from pathlib import Path

import polars as pl
import pytest

import datacheck as dc

FRAME = pl.DataFrame(
    {
        "smoker": [True, None, False, True, False, False, True, False],
        "visit": ["2024-01-03", None, *(f"2024-0{month}-11" for month in range(2, 8))],
        "at": [None, *(f"2024-0{month}-11 10:0{month}:00" for month in range(1, 8))],
        "weight": [70.5, None, 81.0, 66.2, 68.2, None, 68.9, 71.2],
        "n": [3, None, 4, 5, 6, 7, 7, 9],
        "country": ["NA", "DE", "FR", "DE", "FR", "NA", "DE", "FR"],
    }
).with_columns(pl.col("visit").str.to_date(), pl.col("at").str.to_datetime())


def written(folder: Path) -> Path:
    path = folder / "r.csv"
    cells = [pl.col(name).cast(pl.String) for name in FRAME.columns]
    shown = FRAME.with_columns(pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S")).select(cells)
    shown.with_columns(pl.col("smoker").str.to_uppercase()).write_csv(path, null_value="NA")
    return path


def test_a_draft_of_what_r_writes_says_what_the_columns_are(tmp_path: Path) -> None:
    schema = dc.suggest(written(tmp_path))
    dtypes = {column.name: str(column.dtype).split("(")[0] for column in schema.columns}
    assert dtypes == {
        "smoker": "Boolean",
        "visit": "Date",
        "at": "Datetime",
        "weight": "Float64",
        "n": "Float64",
        "country": "String",
    }
    for column in schema.columns:
        words = () if column.prepare is None else column.prepare.missing_values
        assert words == (() if column.name == "country" else ("NA",)), column.name


def test_it_holds_for_the_file_and_for_the_same_table_with_types(tmp_path: Path) -> None:
    path = written(tmp_path)
    schema = dc.suggest(path)
    for table in (path, FRAME):
        assert dc.validate(table, schema).ok, table
        valid, rejected = dc.split(table, schema)
        assert (valid.lazy().collect().height, rejected.lazy().collect().height) == (8, 0)
        out = dc.fit(table, schema).apply(table).lazy().collect()
        assert out["country"].to_list() == FRAME["country"].to_list()
        assert out["smoker"].null_count() == 0
        assert out["visit"].null_count() == 1


def test_a_cell_that_is_none_of_it_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    schema = dc.suggest(path)
    path.write_text(path.read_text().replace("FALSE", "no", 1).replace("2024-02-11,", "soon,", 1))
    broken = {finding.column for finding in dc.validate(path, schema).findings}
    assert broken == {"smoker", "visit"}


@pytest.mark.parametrize("cells", [["yes", "no", "NA"] * 4, ["TRUE", "true", "FALSE", "NA"] * 4])
def test_texts_that_are_not_two_words_for_true_and_false_stay_text(cells: list[str]) -> None:
    [column] = dc.suggest(pl.DataFrame({"flag": cells})).columns
    assert column.dtype == pl.String


@pytest.mark.parametrize("word", ["0000-00-00", "#DIV/0!"])
def test_what_no_schema_has_a_word_for_is_mended_once(word: str) -> None:
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 9) for day in range(1, 29)]
    table = pl.DataFrame({"day": [*days, word]})
    [fix] = [f.fix for f in dc.check(table).findings if f.code == "type.date_text"]
    assert fix is not None
    assert not fix.repeats
    assert fix.sentence.endswith("so this mends the table once.")
    [column] = dc.suggest(table).columns
    assert column.dtype == pl.String


def test_what_is_told_of_such_dates_works_as_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path)
    [found] = [
        each
        for each in dc.check(path).findings
        if (each.code, each.column) == ("type.date_text", "visit")
    ]
    assert found.remedy == "Declare dtype: Date with coerce: true, and missing_values: ['NA']."
    said = "dtype: Date, coerce: true, nullable: true, prepare: {missing_values: ['NA']}"
    declared = tmp_path / "r.yaml"
    declared.write_text(f"columns: {{visit: {{{said}}}}}")
    assert dc.validate(path, declared).ok
