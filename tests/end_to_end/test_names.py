"""Names are data: a hundred odd ones in one table, through every verb and every runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.schema import Check, Column, Prepare, Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Words of polars, of JavaScript and SQL, of datacheck itself; marks, scripts, spaces, lengths.
_WORDS = r"""
    len count index value values literal text number mixed row rows column key code bare place look
    size sum min max name refused input output order group from select t x null None true false nan
    inf constructor __proto__ toString valueOf length hasOwnProperty prototype this class __class__
    __dict__ __row__ __reasons__ -- /* $1 %s a.b a|b a/b a,b a;b a'b a`b a\b a:b [x] (x) {x} {} $x
    x$ 0 1.5 -1 1e5 - _ . , ; ' ` é ä名前 🙂 ß ﬁ İ null_count datacheck_row datacheck_refused a"b "
    "" ^ $ **
"""
NAMES = [
    *_WORDS.split(),
    *("count 0", "rows 0", "max 0", "min 0", " lead", "trail ", "a b", "a\nb", "a\tb", "a\rb"),
    *("datacheck: row", "datacheck: feature 0", "datacheck: neighbours of x"),
    *("x" * 60, "x" * 59 + "y"),
]


def table(cells: list[Any]) -> pl.DataFrame:
    """Each column is the same cells, turned a little further."""
    return pl.DataFrame({name: cells[at % 5 :] + cells[: at % 5] for at, name in enumerate(NAMES)})


NUMBERS = table([1.0, 2.5, None, 4.0, -9.0, 8.0, 3.0, 3.5])
TEXTS = table(["short", "long", "short", None, "?", "long", "a", "short"])
RANGE = Check(name="in_range", arguments={"min_value": 0, "max_value": 9})
KNOWN = Check(name="isin", arguments={"allowed_values": ("short", "long", "a")})


def schema(check: Check, **prepare: Any) -> Schema:
    prepared = Prepare(**prepare)
    columns = tuple(
        Column(name=name, nullable=True, checks=(check,), prepare=prepared) for name in NAMES
    )
    return Schema(name="odd", columns=columns)


SCALED = schema(RANGE, missing_values=(-9,), impute="median", scale="robust")
FILLED = schema(KNOWN, missing_values=("?",), impute="most_frequent")
BOTH = pytest.mark.parametrize(
    ("data", "declared"), [(NUMBERS, SCALED), (TEXTS, FILLED)], ids=["numbers", "texts"]
)


def collected(parts: Any) -> list[pl.DataFrame]:
    return [part.collect() if isinstance(part, pl.LazyFrame) else part for part in parts]


def test_there_are_a_hundred_names() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 100


@BOTH
@pytest.mark.parametrize("convert", [pl.DataFrame, pl.DataFrame.lazy, pl.DataFrame.to_arrow])
def test_judging(data: pl.DataFrame, declared: Schema, convert: Callable[..., Any]) -> None:
    given = convert(data)
    assert dc.validate(given, declared).ok
    assert {each.column for each in dc.check(given, declared).findings} <= {None, *NAMES}
    assert list(dc.profile(given).columns) == NAMES
    assert list(dc.suggest(given).pandera.columns) == NAMES
    assert dc.compare(given, given).ok
    if convert is not pl.DataFrame.to_arrow:
        valid, rejected = collected(dc.split(given, declared))
        assert valid.equals(data)
        assert not rejected.height
        bad = data.with_columns(pl.lit(None).alias("x"))
        others = (each for each in declared.columns if each.name != "x")
        strict = Schema(name="s", columns=(Column(name="x"), *others))
        valid, rejected = collected(dc.split(convert(bad), strict))
        assert not valid.height
        assert rejected.select(NAMES).equals(bad)
        assert rejected["__row___"].to_list() == list(range(data.height))
        assert "x" in str(rejected["__reasons___"][0].to_list())


@BOTH
def test_preparing(data: pl.DataFrame, declared: Schema, tmp_path: Path) -> None:
    transform = dc.fit(data, declared)
    out = transform.apply(data)
    assert out.columns == NAMES
    assert not sum(out.null_count().row(0))
    assert transform.apply(data.lazy()).collect().equals(out)
    assert [transform.apply_row(row) for row in data.to_dicts()] == out.to_dicts()
    assert list(transform.apply(data.to_pandas()).columns) == NAMES
    transform.save(tmp_path / "t.json")
    assert dc.verify(tmp_path / "t.json").ok
    assert dc.load(tmp_path / "t.json") == transform
    for kind, path, options in (
        ("sql", "t.sql", {"dialect": "duckdb", "table": "odd", "reason": "why"}),
        ("javascript", "js", {}),
    ):
        transform.export(kind, tmp_path / path, **options)
        assert dc.verify(tmp_path / path).ok
    if data is NUMBERS:
        assert transform.inverse(out).columns == NAMES
        transform.export("onnx", tmp_path / "t.onnx")
        transform.export("onnx", tmp_path / "columns.onnx", inputs="columns")
        transform.export("sklearn", tmp_path / "t.skops")
        transform.diff(transform, data)


def test_neighbours() -> None:
    near = schema(RANGE, impute="knn")
    data = NUMBERS.with_columns(pl.exclude("x").fill_null(2.0))
    out = dc.fit(data, near).apply(data)
    assert out.columns == NAMES
    assert not out["x"].null_count()


def test_files(tmp_path: Path) -> None:
    SCALED.save(tmp_path / "s.yaml")
    assert dc.load_schema(tmp_path / "s.yaml") == SCALED
    NUMBERS.write_parquet(tmp_path / "d.parquet")
    assert dc.validate(tmp_path / "d.parquet", SCALED).ok
    assert dc.fit(tmp_path / "d.parquet", SCALED) == dc.fit(NUMBERS, SCALED)
