"""Names are data: a hundred odd ones in one table, through every verb and every runtime."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc
from datacheck.schema import Check, Column, Prepare, Schema
from tests.support.pandas_kinds import kinds

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
    "" ^ $ ** * ^x$ ^.*$ ^$ ^a|b$
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
    assert [column.name for column in dc.suggest(given).columns] == NAMES
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
        assert rejected[NAMES].equals(bad)
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


#: What polars takes for several columns, beside those that it would take them for.
PATTERNS = ["a", "*", "^x$", "^.*$", "x", "^$", "^a|b$"]
CELLS: dict[str, list[Any]] = {
    "numbers": [1.0, 2.5, None, 4.0, -9.0, 8.0, 3.0, 1e9],
    "integers": [1, 2, 3, None, 5, 2**60, 7, -1],
    "measures": ["1,5 kg", "2,0 kg", "x", None, "3 lbs", "4 kg", " ", "1,5 kg"],
    "words": ["a", "b", "A ", None, "b", "a", "c", "b"],
    "dates": ["01/02/2020", "13/02/2020", "2020-01-01", None] * 2,
    "moments": [
        dt.datetime(2020, 1, day, tzinfo=dt.UTC) if day != 3 else None for day in range(1, 9)
    ],
    "structs": [{"*": 1.0, "^y$": number} for number in range(8)],
    "lists": [[1.0, float("nan")], [], None, [2.0]] * 2,
}


def patterned(cells: list[Any]) -> pl.DataFrame:
    # polars itself cannot make a series of times with such a name.
    turned = [pl.Series("", cells[at % 4 :] + cells[: at % 4]) for at in range(len(PATTERNS))]
    return pl.DataFrame(dict(zip(PATTERNS, turned, strict=True)))


def _as_given(plain: str) -> str:
    """`column 2.x` as `^x$.x`."""
    place, path = re.fullmatch(r"column (\d+)(.*)", plain).groups()
    return PATTERNS[int(place)] + path


@pytest.mark.parametrize("kind", CELLS)
def test_patterns_are_names(kind: str) -> None:
    data = patterned(CELLS[kind])
    assert dc.repair(data, unsafe=True)[0].columns
    assert list(dc.repair(data.to_pandas(), unsafe=True)[0].columns)
    findings = dc.check(data, target="*").findings
    # Each name's cells are judged as the same cells under a plain name.
    plain = data.rename({name: f"column {at}" for at, name in enumerate(PATTERNS)})
    expected = dc.check(plain, target="column 1").findings
    assert {(each.code, each.column, each.count) for each in findings} == {
        (each.code, each.column and _as_given(each.column), each.count) for each in expected
    }
    dc.check(data, reference=data.head(3), target="^x$")
    drafted = dc.suggest(data)
    dc.mutate(data, drafted)
    assert dc.profile(data.to_dict(as_series=False)).rows == data.height
    assert dc.profile(data.to_dicts()).rows == data.height
    if any(column.prepare and column.prepare.impute != "none" for column in drafted.columns):
        transform = dc.fit(data, drafted)
        assert transform.apply(data.to_arrow()).column_names == PATTERNS
        assert transform.apply(data.to_pandas()).columns.to_list() == PATTERNS


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ipc", "ndjson", "json", "xlsx"])
def test_patterns_name_columns_of_files(suffix: str, tmp_path: Path) -> None:
    data = patterned(CELLS["numbers"])
    path = tmp_path / f"t.{suffix}"
    write = {"ipc": data.write_ipc, "json": data.write_json, "ndjson": data.write_ndjson}
    write |= {"csv": data.write_csv, "xlsx": data.write_excel, "parquet": data.write_parquet}
    write[suffix](path)
    assert dc.read(path).collect().equals(data)
    assert dc.read(path, columns=["^x$", "*"]).collect().equals(data[["*", "^x$"]])
    assert list(dc.profile(path).columns) == PATTERNS


@pytest.mark.parametrize("suffix", ["yaml", "py"])
def test_a_schema_holds_patterns_as_names(suffix: str, tmp_path: Path) -> None:
    columns = tuple(Column(name=name, nullable=True, unique=True) for name in PATTERNS)
    declared = Schema(name="odd", columns=columns)
    declared.save(tmp_path / f"s.{suffix}")
    place = f"{tmp_path / 's'}.{suffix}" + (":odd" if suffix == "py" else "")
    assert dc.load_schema(place) == declared
    assert dc.load_schema(declared.pandera).columns == columns
    data = patterned(CELLS["numbers"])
    twice = pl.concat([data, data])
    assert {finding.column for finding in dc.validate(twice, declared).findings} == set(PATTERNS)
    _, rejected = collected(dc.split(twice, declared))
    assert rejected.height


def test_a_check_in_code_sees_the_one_column() -> None:
    positive = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key) > 0))
    each = pa.Check(lambda cell: cell > 0, element_wise=True)
    declared = pa.DataFrameSchema(
        {
            name: pa.Column(pl.Float64, [positive, each], regex=True)
            for name in (r"^\*$", r"^\^x\$$")
        }
    )
    data = pl.DataFrame({"a": [-1.0, -1.0], "*": [1.0, -2.0], "^x$": [3.0, 4.0], "x": [-1.0, 0.0]})
    found = dc.validate(data, declared).findings
    assert [(each.column, each.rows) for each in found] == [("*", (1,)), ("*", (1,))]
    _, rejected = collected(dc.split(data, declared))
    assert rejected["__row__"].to_list() == [1]


def test_patterns_through_powers_neighbours_and_encodings(tmp_path: Path) -> None:
    measured = {"missing_values": (-9,), "outliers": "clip", "scale": "robust", "indicator": True}
    columns = tuple(
        Column(name=name, nullable=True, prepare=Prepare(**measured, impute=impute, power=power))
        for name, (impute, power) in zip(
            PATTERNS, [("median", "signed_log1p"), ("knn", "none")] * 4, strict=False
        )
    )
    data = patterned(CELLS["numbers"])
    transform = dc.fit(data, Schema(name="odd", columns=columns))
    out = transform.apply(data)
    assert not sum(out.null_count().row(0))
    assert transform.matrix(data).shape == (8, 2 * len(PATTERNS))
    assert transform.apply_row(data.row(0, named=True)) == out.row(0, named=True)
    assert set(PATTERNS) <= set(transform.inverse(out).columns)
    with pytest.raises(dc.DataError, match=r"\^x\$"):
        transform.apply(data.with_columns(pl.Series("^x$", [float("inf")] * 8)))
    coded = tuple(
        Column(name=name, nullable=True, prepare=Prepare(impute="most_frequent", encode="one_hot"))
        for name in PATTERNS
    )
    words = dc.fit(patterned(CELLS["words"]), Schema(name="words", columns=coded))
    assert words.feature_names_out[0] == "a_A "
    words.export("javascript", tmp_path / "js")
    assert dc.verify(tmp_path / "js").ok


def test_columns_of_pandas_under_such_names() -> None:
    plain = pd.DataFrame({f"{at}": cells for at, cells in enumerate(kinds().values())})
    given = plain.rename(columns="^{}$".format)
    found, expected = (dc.check(frame).findings for frame in (given, plain))
    assert [(each.code, each.column, each.count) for each in found] == [
        (each.code, each.column and f"^{each.column}$", each.count) for each in expected
    ]
    columns = (Column(name="^4$", nullable=True, prepare=Prepare(impute="median")),)
    fitted = dc.fit(given, Schema(name="s", columns=columns))
    assert fitted.apply(given).columns.equals(given.columns)


DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=at) for at in range(120)]
#: Cells of every manner in which a table holds them, each with something to tell.
MANNERS: dict[str, list[Any]] = {
    "numbers": [*(float(at % 17) for at in range(117)), -999.0, -999.0, 4e9],
    "whole numbers": [*(at % 40 for at in range(118)), None, -1],
    "numbers in text": [*(f"{at % 17}.5" for at in range(117)), "n/a", "?", "1,5"],
    "zeros in front": [f"{at:05d}" for at in range(120)],
    "a blank in front": [f" {at % 9}" for at in range(120)],
    "money": [f"${at * 37:,}.50" for at in range(120)],
    "measures": [f"{60 + at % 9} kg" if at % 5 else f"{130 + at % 9} lbs" for at in range(120)],
    "limits": [f"{at % 9}.25" if at % 8 else "<0.5" for at in range(120)],
    "days": [*DAYS[1:90], DAYS[0], *DAYS[90:119], dt.date(9999, 12, 31)],
    "days in text": [str(day) for day in [*DAYS[1:90], DAYS[0], *DAYS[90:119], "0000-00-00"]],
    "days, month first": [day.strftime("%m/%d/%Y") for day in DAYS],
    "moments": [
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=at * at) for at in range(120)
    ],
    "moments in text": [f"2024-01-{1 + at % 28:02d}T10:00:00Z" for at in range(120)],
    "times": [f"{at % 24}:{at % 60:02d}" for at in range(120)],
    "spellings": [("Oslo", "oslo", "Oslo ", "Bergen", "Turku")[at % 5] for at in range(120)],
    "truths": [("TRUE", "FALSE", "NA")[at % 3] for at in range(120)],
    "booleans": [at % 3 == 0 for at in range(120)],
    "lists": [[1.0 * at, None] for at in range(120)],
    "records": [{"a": at, "b": "?"} for at in range(120)],
    "JSON": ['{"a": 1}'] * 120,
    "one value": ["same"] * 120,
    "nothing": [None] * 120,
}


@pytest.mark.parametrize("kind", MANNERS)
def test_what_is_told_of_cells_does_not_depend_on_the_name(kind: str, tmp_path: Path) -> None:
    def told(name: str) -> list[Any]:
        frame = pl.DataFrame({"x": MANNERS[kind], "y": [at % 7 for at in range(120)]})
        frame = frame.rename({"x": name})
        tables: list[Any] = [frame, frame.to_pandas()]
        if not frame[name].dtype.is_nested():
            path = tmp_path / f"{len(name)}.csv"
            frame.write_csv(path)
            tables.append(path)
        return [
            [(each.code, each.severity, each.count, each.rows) for each in report.findings]
            for table in tables
            for report in (dc.check(table), dc.check(table, dc.suggest(table)))
        ]

    assert told("^plain$") == told("plain")
