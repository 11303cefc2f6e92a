"""Golden rows travel: none is a row of the table, and they prove the transform all the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import statsmodels.datasets
from vega_datasets import local_data

import datacheck as dc
from datacheck.errors import ArtefactError, DataError
from datacheck.golden.choose import CATEGORIES
from datacheck.golden.documents import decode
from datacheck.golden.replay import replay_rows
from datacheck.golden.unreached import unreached
from datacheck.ops import Encode, Fill

ROOT = Path(__file__).resolve().parents[3]
REAL = {
    "penguins": lambda: pl.read_csv(ROOT / "sample_data/penguins.csv"),
    "iris": lambda: pl.from_pandas(local_data.iris()),
    "cars": lambda: pl.from_pandas(local_data.cars()),
    "fair": lambda: pl.from_pandas(statsmodels.datasets.fair.load_pandas().data),
    "anes96": lambda: pl.from_pandas(statsmodels.datasets.anes96.load_pandas().data),
}


def rows_of(transform: dc.Transform, key: str = "row") -> list[tuple[Any, ...]]:
    return [
        tuple(decode(row[key][name]) for name in transform.columns)
        for row in transform.fitted.golden
        if key in row
    ]


def prepared(frame: pl.DataFrame, folder: Path) -> Path:
    lines = "".join(
        f"  {name!r}: {{nullable: true, prepare: {{impute: most_frequent}}}}\n"
        for name in frame.columns
    )
    path = folder / "s.yaml"
    path.write_text(f"schema_type: polars_dataframe\nname: S\ncolumns:\n{lines}")
    return path


@pytest.mark.parametrize("golden", ["cells", "synthetic"])
@pytest.mark.parametrize("name", REAL)
def test_no_golden_row_is_a_row_of_the_table(name: str, golden: str, tmp_path: Path) -> None:
    frame = REAL[name]()
    transform = dc.fit(frame, prepared(frame, tmp_path), golden=golden)
    names = list(transform.columns)
    assert len(names) >= 4
    own = {repr(row) for row in frame.select(names).rows()}
    numbers = [n for n in names if frame[n].dtype.is_numeric()]
    own |= {
        repr(row) for row in frame.select(names).cast(dict.fromkeys(numbers, pl.Float64)).rows()
    }
    golden_rows = [repr(row) for row in rows_of(transform)]
    assert 30 <= len(golden_rows) <= 60
    assert len(set(golden_rows)) == len(golden_rows)
    assert not own & set(golden_rows)


def test_cells_come_from_all_over_the_table(tmp_path: Path) -> None:
    frame = REAL["cars"]()
    transform = dc.fit(frame, prepared(frame, tmp_path))
    position = transform.columns.index("Name")
    names = {row[position] for row in rows_of(transform)}
    assert len(names & set(frame["Name"])) >= 8


def test_synthetic_cells_are_no_cells_of_the_table(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "name": [f"Ada {i}" for i in range(50)],
            "born": [dt.date(1980, 1, 1) + dt.timedelta(days=i) for i in range(50)],
            "seen": [dt.datetime(1990, 1, 1) + dt.timedelta(hours=i) for i in range(50)],  # noqa: DTZ001
            "pay": [1000.5 + i for i in range(50)],
        }
    )
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  name: {nullable: true, prepare: {impute: constant, fill_value: x}}\n"
        "  born: {nullable: true, prepare: {impute: constant, fill_value: 2000-01-01}}\n"
        "  seen: {nullable: true, prepare: {impute: constant, fill_value: 2000-01-01T00:00:00}}\n"
        "  pay: {nullable: true, prepare: {impute: mean, scale: zscore}}\n"
    )
    for golden, shared in (("cells", True), ("synthetic", False)):
        transform = dc.fit(frame, path, golden=golden)
        cells = {cell for row in rows_of(transform) for cell in row}
        own = {str(cell) for row in frame.rows() for cell in row} | set(frame["pay"])
        own |= {cell.isoformat() for cell in frame["seen"]}
        assert bool(cells & own) is shared


@pytest.mark.parametrize(
    "cells",
    [[None, True, False], ["a"], [dt.date(2020, 1, 1)], [dt.timedelta(1), None], [dt.time(1)]],
    ids=str,
)
def test_a_small_table_of_any_kind_has_thirty(cells: list[Any], tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": cells})
    for golden in ("cells", "synthetic"):
        transform = dc.fit(frame, prepared(frame, tmp_path), golden=golden)
        assert len(transform.fitted.golden) >= 30
        transform.save(tmp_path / f"{golden}.json")
        assert dc.verify(tmp_path / f"{golden}.json").ok


def test_columns_of_every_name_are_searched_for_copies(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [1.0, 2.0, None] for name in ("", "row", "row_", "len", "a b")})
    dc.fit(frame, prepared(frame, tmp_path))


def test_fewer_golden_rows_than_any_that_was_written_fail(tmp_path: Path) -> None:
    frame = REAL["iris"]()
    transform = dc.fit(frame, prepared(frame, tmp_path))
    for kept, ok in ((30, True), (29, False), (0, False)):
        few = dc.Transform(transform.fitted._replace(golden=transform.fitted.golden[:kept]))
        path = tmp_path / f"{kept}.json"
        few.save(path)
        assert dc.verify(path).ok is ok


def test_the_word_for_golden_rows_is_known(tmp_path: Path) -> None:
    frame = REAL["iris"]()
    with pytest.raises(DataError, match="did you mean 'synthetic'"):
        dc.fit(frame, prepared(frame, tmp_path), golden="synthetik")


def test_fit_replays_its_golden_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = REAL["iris"]()

    def wrong(fitted: Any, rows: Any) -> Any:
        programs = tuple(
            program._replace(
                ops=tuple(Fill(7.5) if isinstance(op, Fill) else op for op in program.ops)
            )
            for program in fitted.programs
        )
        return replay_rows(fitted._replace(programs=programs), rows)

    monkeypatch.setattr("datacheck.golden.replay.replay_rows", wrong)
    with pytest.raises(ArtefactError, match="does not reproduce its own golden rows"):
        dc.fit(frame, prepared(frame, tmp_path))


def test_a_boolean_that_is_read_as_a_number_is_proven_in_sql(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  b: {dtype: Float64, coerce: true, nullable: true, prepare: {impute: most_frequent}}\n"
    )
    transform = dc.fit(pl.DataFrame({"b": [True, False, None]}), path)
    transform.export("sql", tmp_path / "b.sql")
    assert dc.verify(tmp_path / "b.sql").ok


def test_donors_whose_spread_is_beyond_a_double_travel(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  x: {nullable: true, prepare: {impute: knn}}\n  y: {prepare: {scale: zscore}}\n"
    )
    frame = pl.DataFrame({"x": [1e308, -1e308, None, 5.0], "y": [1.0, 2.0, 3.0, 4.0]})
    dc.fit(frame, path).export("javascript", tmp_path / "js")
    assert dc.verify(tmp_path / "js").ok


@pytest.mark.parametrize("dtype", ["a", "Date)", "Datetime(nothing)"])
def test_a_dtype_that_there_is_not_is_refused(dtype: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"at": [dt.date(2020, 1, 1), None]})
    fitted = dc.fit(frame, prepared(frame, tmp_path)).fitted
    (program,) = fitted.programs
    odd = fitted._replace(programs=(program._replace(dtype=dtype),))

    def saved_and_verified() -> None:
        dc.Transform(odd).save(tmp_path / "t.json")
        dc.verify(tmp_path / "t.json")

    # By name when it is written or read; by what it holds when it is replayed.
    with pytest.raises(ArtefactError, match="dtype"):
        saved_and_verified()


def test_a_wide_table_has_rows_at_every_edge_and_rows_to_be_refused(tmp_path: Path) -> None:
    frame = pl.DataFrame({f"c{at}": [1.0 + at, None, 7.5, -3.0 * at, 2.0] for at in range(201)})
    lines = "".join(
        f"  {name}: {{nullable: true, prepare: {{impute: median, scale: robust}}}}\n"
        for name in frame.columns
    )
    path = tmp_path / "s.yaml"
    path.write_text(f"schema_type: polars_dataframe\nname: S\ncolumns:\n{lines}")
    transform = dc.fit(frame, path)
    golden = transform.fitted.golden
    cells = {str(cell) for row in rows_of(transform) for cell in row}
    assert {"inf", "-inf", "nan", "None", "1e+308"} <= cells
    assert sum("refused" in row for row in golden) >= 2
    assert 30 <= len(golden) <= 40


def categories(kind: str, count: int) -> list[Any]:
    return [f"c{at:03}" if kind == "text" else at for at in range(count)]


@pytest.mark.parametrize("kind", ["text", "integer"])
@pytest.mark.parametrize("count", [2, CATEGORIES, CATEGORIES + 9])
def test_every_category_up_to_a_limit_stands_in_a_golden_row(
    kind: str, count: int, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"k": categories(kind, count) * 3, "j": ["a", "b", "c"] * count})
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  k: {prepare: {encode: ordinal, unknown: error}}\n  j: {prepare: {encode: one_hot}}\n"
    )
    transform = dc.fit(frame, path)
    left = max(0, count - CATEGORIES)
    missed = unreached(transform.fitted)
    assert [0 < each.missed <= left and each.of == count for each in missed] == [True] * bool(left)
    transform.save(tmp_path / "t.json")
    transform.export("sql", tmp_path / "t.sql", dialect="duckdb", table="t")
    transform.export("javascript", tmp_path / "js")
    transform.export("onnx", tmp_path / "t.onnx")
    transform.export("sklearn", tmp_path / "t.skops")
    for name in ("t.json", "t.sql", "js", "t.onnx", "t.skops"):
        found = dc.verify(tmp_path / name).findings
        assert [(f.code, f.column, f.count) for f in found] == [
            ("scope.unchecked", "k", each.missed) for each in missed
        ]
    (program, _) = transform.fitted.programs
    at, encode = next((i, op) for i, op in enumerate(program.ops) if isinstance(op, Encode))
    for code in range(min(count, CATEGORIES)):
        codes = list(encode.codes)
        codes[code], codes[code - 1] = codes[code - 1], codes[code]
        ops = (*program.ops[:at], encode._replace(codes=tuple(codes)), *program.ops[at + 1 :])
        programs = (program._replace(ops=ops), transform.fitted.programs[1])
        other = transform.fitted._replace(programs=programs)
        assert replay_rows(other, [dict(r["row"]) for r in transform.fitted.golden]) != [
            dict(r).get("out") for r in transform.fitted.golden
        ]
