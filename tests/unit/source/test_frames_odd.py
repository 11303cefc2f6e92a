"""A hundred odd inputs through every public function: a result, or datacheck's own error."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

import datacheck as dc
from datacheck.schema import Column, Prepare, Schema
from datacheck.schema.dtypes import read_dtype
from datacheck.source import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAN = float("nan")
GOOD = pd.DataFrame({"x": [1.0, 2.0, NAN, 4.0]})
PLAN = """schema_type: polars_dataframe
name: S
columns:
  x: {dtype: Float64, nullable: true, prepare: {impute: median, scale: robust}}
"""


class Raises:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise RuntimeError("no stream")


class LooksLikeOne:
    columns = ("x",)
    dtypes = (1,)


class Holding:
    def __init__(self, *methods: str) -> None:
        for method in methods:
            setattr(self, method, print)


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def python() -> dict[str, Any]:
    return {
        "None": None,
        "int": 3,
        "nan": NAN,
        "bool": True,
        "bytes": b"x.csv",
        "Ellipsis": ...,
        "date": dt.date(2020, 1, 1),
        "a function": print,
        "a module": os,
        "a generator": (i for i in range(3)),
        "a set": {1, 2},
        "a tuple": (1, 2),
        "BytesIO": io.BytesIO(b"x\n1\n"),
        "StringIO": io.StringIO("x\n1\n"),
        "an object": LooksLikeOne(),
        "a stream that raises": Raises(),
        "no rows": [],
        "numbers for rows": [1, 2],
        "None for a row": [None],
        "one row and a number": [{"x": 1}, 3],
        "lists for rows": [[1, 2]],
        "a number for a name": [{1: 2}],
        "no columns": {},
        "a scalar": {"x": 1},
        "text for a column": {"x": "abc"},
        "unequal columns": {"x": [1], "y": [1, 2]},
        "a set for a column": {"x": {1, 2}},
        "a dict for a column": {"x": {"a": 1}},
        "a series": {"x": pd.Series([1, None])},
        "an array": {"x": np.array([1.0, NAN])},
        "an array of objects": {"x": np.array([1, None, "a"], dtype=object)},
        "two dimensions": {"x": np.zeros((2, 2))},
        "beyond 64 bits": {"x": [2**70, 1]},
        "beyond 128 bits": {"x": [2**200]},
        "names that are one": {1: [1], "1": [2]},
        "cells that raise": {"x": [Broken()]},
    }


def numpy_and_polars() -> dict[str, Any]:
    odd = pl.Series([object()], dtype=pl.Object)
    return {
        "a vector": np.zeros(3),
        "a matrix": np.zeros((3, 1)),
        "records": np.zeros(3, dtype=[("x", "f8")]),
        "polars series": pl.Series("x", [1.0]),
        "polars of nothing": pl.DataFrame(),
        "polars without rows": pl.DataFrame({"x": []}),
        "polars lacking": pl.LazyFrame({"a": [1]}).select("nope"),
        "polars objects": pl.DataFrame({"x": odd}),
        "polars lazy objects": pl.DataFrame({"x": [1.0], "o": odd}).lazy(),
        "polars structs": pl.DataFrame({"x": [{"a": 1}]}),
        "polars without a name": pl.DataFrame({"": [1.0], "x": [1.0]}),
        "polars with a NUL": pl.DataFrame({"a\0b": [1.0], "x": [1.0]}),
        "polars groups": pl.DataFrame({"x": [1]}).group_by("x"),
        "polars wide": pl.DataFrame({"x": pl.Series([2**127 - 1], dtype=pl.Int128)}),
        "polars wider": pl.DataFrame({"x": pl.Series([2**128 - 1] * 3, dtype=pl.UInt128)}),
        "polars far": pl.DataFrame({"x": pl.Series([2**62]).cast(pl.Datetime("us"))}),
        "polars long": pl.DataFrame({"x": pl.Series([2**62]).cast(pl.Duration("ms"))}),
    }


def pandas() -> dict[str, Any]:
    def one(*cells: Any) -> pd.DataFrame:
        return pd.DataFrame({"x": pd.Series(list(cells), dtype=object)})

    named = pd.MultiIndex.from_tuples([(1, 2), (3, 4)], names=["x", "b"])
    return {
        "a frame's class": pd.DataFrame,
        "pandas series": GOOD["x"],
        "pandas index": pd.Index([1]),
        "pandas groups": GOOD.groupby("x"),
        "pandas of nothing": pd.DataFrame(),
        "pandas without rows": GOOD.iloc[:0],
        "pandas without columns": pd.DataFrame(index=[1, 2]),
        "pandas twice": pd.DataFrame([[1, 2]], columns=["x", "x"]),
        "pandas levels": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
        "pandas numbers for names": pd.DataFrame({0: [1.0], 1: [2.0]}),
        "pandas None for a name": pd.DataFrame({None: [1.0], "x": [1.0]}),
        "pandas a day for a name": pd.DataFrame({pd.Timestamp("2020"): [1.0], "x": [1.0]}),
        "pandas index twice": GOOD.set_axis([1, 1, 1, 1]),
        "pandas index named x": GOOD.rename_axis("x"),
        "pandas x in the index": pd.DataFrame({"x": [1.0, 2.0]}, index=named).drop(columns="x"),
        "pandas both": pd.DataFrame({"x": [1.0, 2.0]}, index=named),
        "pandas objects": one(object()),
        "pandas of several": one(1, "a"),
        "pandas beyond 64 bits": one(2**70, 1),
        "pandas beyond 128 bits": one(2**200, 1),
        "pandas broken": one(Broken()),
        "pandas frames": one(pd.DataFrame()),
        "pandas surrogates": one("\ud800"),
        "pandas complex": pd.DataFrame({"x": [1j]}),
        "pandas periods": pd.DataFrame({"x": pd.period_range("2020", periods=2, freq="M")}),
        "pandas categories": pd.DataFrame({"x": pd.Categorical([1.5, 2.5])}),
        "pandas infinite": pd.DataFrame({"x": [np.inf, 1]}),
        "pandas text": pd.DataFrame({"x": ["1", "2"]}),
    }


def arrow() -> dict[str, Any]:
    union = pa.UnionArray.from_sparse(pa.array([0, 0], pa.int8()), [pa.array([1, 2])])
    columns = {
        "nulls": pa.nulls(2),
        "union": union,
        "dictionary of numbers": pa.array([1, 2, 1]).dictionary_encode(),
        "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        "wide decimal": pa.array([1], pa.decimal256(50, 0)),
        "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "runs": pa.RunEndEncodedArray.from_arrays([2], [1.0]),
        "date64": pa.array([1], pa.date64()),
        "views": pa.array(["a"], pa.string_view()),
        "fixed binary": pa.array([b"ab"], pa.binary(2)),
        "half": pa.array([np.float16(1)], pa.float16()),
        "none": pa.array([], pa.float64()),
    }
    made = {f"arrow {name}": pa.table({"x": column}) for name, column in columns.items()}
    twice = pa.table([[1], [2]], names=["x", "x"])
    return made | {
        "arrow twice": twice,
        "arrow array": pa.array([1]),
        "arrow schema": pa.schema([]),
        "arrow dataset": pa.dataset.dataset(pa.table({"x": [1.0]}))
        if hasattr(pa, "dataset")
        else None,
    }


ODD = python() | numpy_and_polars() | pandas() | arrow()


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("odd") / "s.yaml"
    path.write_text(PLAN)
    return str(path)


@pytest.fixture(scope="module")
def transform(plan: str) -> dc.Transform:
    return dc.fit(GOOD, plan)


def done(made: Any) -> Any:
    return made.collect() if isinstance(made, pl.LazyFrame) else made


def functions(data: Any, plan: str, transform: dc.Transform) -> dict[str, Callable[[], Any]]:
    return {
        "read": lambda: dc.read(data).collect(),
        "profile": lambda: dc.profile(data).to_json(),
        "check": lambda: dc.check(data).to_json(),
        "check with a schema": lambda: dc.check(data, plan).to_json(),
        "compare": lambda: dc.compare(GOOD, data),
        "compare with it": lambda: dc.compare(data, GOOD),
        "validate": lambda: dc.validate(data, plan).to_json(),
        "validate by it": lambda: dc.validate(GOOD, data),
        "suggest": lambda: dc.suggest(data).to_yaml(),
        "mutate": lambda: dc.mutate(data, plan),
        "split": lambda: [done(part) for part in dc.split(data, plan)],
        "repair": lambda: dc.repair(data),
        "fit": lambda: dc.fit(data, plan),
        "fit by it": lambda: dc.fit(GOOD, data),
        "apply": lambda: done(transform.apply(data)),
        "matrix": lambda: transform.matrix(data),
        "inverse": lambda: done(transform.inverse(data)),
        "refusal": lambda: transform.refusal(data),
        "diff": lambda: transform.diff(transform, data),
        "load": lambda: dc.load(data),
        "verify": lambda: dc.verify(data),
        "swapped": lambda: dc.validate(dc.load_schema(plan), data),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ODD)
def test_an_odd_input_is_read_or_refused(name: str, plan: str, transform: dc.Transform) -> None:
    for function in functions(ODD[name], plan, transform).values():
        try:
            function()
        except dc.DatacheckError as error:
            said = str(error)
            assert "This error occurred" not in said
            assert "Resolved plan" not in said
            assert "the file is whole" not in said


def test_numbers_that_only_numpy_or_decimals_hold_are_doubles() -> None:
    decimals = [decimal.Decimal("Infinity"), decimal.Decimal("1e50"), None]
    frame = pd.DataFrame(
        {
            "long": np.array([1, 2.5, np.nan], np.longdouble),
            "decimal": pd.Series(decimals, dtype=object),
            "moment": pd.Series([np.datetime64("2020"), None, np.datetime64("NaT")], dtype=object),
        }
    )
    source = open_source(frame)
    read = source.frame.collect()
    assert read["long"].to_list()[:2] == [1.0, 2.5]
    assert read["decimal"].to_list() == [float("inf"), 1e50, None]
    assert read["moment"].to_list() == [dt.date(2020, 1, 1), None, None]
    assert source.notes == ()


@pytest.mark.parametrize(
    "cells",
    [
        [1, 2.5, None, decimal.Decimal("4.5"), np.float32(1.5)],
        [decimal.Decimal("4.5"), 0.1, float("nan"), np.int8(3)],
        [decimal.Decimal(1), 2, decimal.Decimal("NaN")],
    ],
)
def test_numbers_of_several_classes_are_numbers_and_told(cells: list[Any]) -> None:
    expected = [None if cell is None or cell != cell else float(cell) for cell in cells]  # noqa: PLR0124
    frame = pd.DataFrame({"x": pd.Series(cells, dtype=object)})
    for data in (frame, [{"x": cell} for cell in cells], {"x": cells}):
        column = dc.read(data).collect()["x"]
        assert column.dtype == pl.Float64
        assert column.fill_nan(None).to_list() == expected
    found = {finding.code for finding in dc.check(frame).findings}
    assert found & {"type.mixed", "type.numeric_text"} == {"type.mixed"}


def test_whole_numbers_that_no_double_holds_stay_what_they_are_beside_decimals() -> None:
    """As beside floats: an identifier is never rounded, whatever class its neighbours have."""
    for big in (2**53 + 1, 12345678901234567890):
        for cells in ([decimal.Decimal(big), 1], [decimal.Decimal("0.5"), big]):
            column = dc.read({"x": cells}).collect()["x"]
            assert str(big) in column.cast(pl.String).to_list()


def test_a_long_double_that_no_double_holds_is_told() -> None:
    frame = pd.DataFrame({"x": np.array([1, np.longdouble(1) / 3], np.longdouble)})
    assert [found.code for found in open_source(frame).notes] == ["type.unreadable"]
    dc.suggest(frame)


@pytest.mark.parametrize("cell", [3.5, 2**70])
def test_rows_and_frames_refuse_the_same_whole_numbers(tmp_path: Path, cell: float) -> None:
    column = {"dtype": "Int64", "prepare": {"impute": "most_frequent"}}
    path = tmp_path / "s.yaml"
    path.write_text(repr({"schema_type": "polars_dataframe", "columns": {"k": column}}))
    transform = dc.fit({"k": [1, 2, 2]}, path)
    with pytest.raises(dc.DataError, match=r"whole number|64 bits"):
        transform.apply_row({"k": cell})
    with pytest.raises(dc.DataError, match="whole number of 64 bits") as caught:
        transform.apply(pd.DataFrame({"k": pd.Series([cell], dtype=object)}))
    assert "This error occurred" not in str(caught.value)


#: Cells that a row and a frame read alike: of which column they are, and what they are there.
ALIKE: dict[str, tuple[str, Any, Any]] = {
    "numpy's masked cell": ("x", np.ma.masked, 2.0),
    "an array of no dimension": ("x", np.array(3.5), None),
    "an array of one text": ("s", np.array("a"), None),
    "a masked array of none": ("x", np.ma.array(2.0), None),
    "days of numpy": ("t", np.timedelta64(1, "D"), dt.timedelta(1)),
    "a span of no unit": ("t", np.timedelta64("NaT"), dt.timedelta(1)),
    "a moment that begins a day": ("d", pd.Timestamp("2020-01-01"), dt.date(2020, 1, 1)),
    "a moment within a day": ("d", pd.Timestamp("2020-01-01 01:00"), None),
    "a moment of a zone": ("d", pd.Timestamp("2020-01-01", tz="UTC"), None),
    "a small unsigned integer": ("k", np.uint64(7), 7),
    "a large unsigned integer": ("k", np.uint64(2**63), None),
}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dc.Transform]:
    columns = {
        "x": [1.0, 2.0, 3.0],
        "s": ["a", "b", "b"],
        "k": [1, 2, 2],
        "t": [dt.timedelta(1)] * 3,
        "d": [dt.date(2020, 1, 1)] * 3,
    }
    dtypes = {"x": "Float64", "s": "String", "k": "Int64", "t": "Duration", "d": "Date"}
    prepared = {
        name: {"dtype": dtype, "prepare": {"impute": "most_frequent" if name != "x" else "median"}}
        for name, dtype in dtypes.items()
    }
    path = tmp_path_factory.mktemp("alike") / "s.yaml"
    path.write_text(repr({"schema_type": "polars_dataframe", "columns": prepared}))
    row = {name: cells[1] for name, cells in columns.items()}
    return row, dc.fit(pl.DataFrame(columns), path)


@pytest.mark.parametrize("name", ALIKE)
def test_rows_and_frames_read_a_cell_alike(
    name: str, several: tuple[dict[str, Any], dc.Transform]
) -> None:
    column, cell, expected = ALIKE[name]
    row, transform = several
    held = pd.Series([None], dtype=object)
    held.iat[0] = cell
    frame = pd.DataFrame({key: [value] for key, value in row.items()}).assign(**{column: held})
    if expected is None:
        for refusing in (
            lambda: transform.apply_row({**row, column: cell}),
            lambda: transform.apply(frame),
        ):
            with pytest.raises(dc.DataError):
                refusing()
        return
    assert transform.apply_row({**row, column: cell})[column] == expected
    assert open_source(transform.apply(frame)).frame.collect()[column].to_list() in (
        [expected],
        [dt.datetime(2020, 1, 1)],  # noqa: DTZ001 - given back untouched
    )


@pytest.mark.parametrize("dtype", ["UInt64", "Int128"])
@pytest.mark.parametrize("prepare", [{"impute": "most_frequent"}, {"encode": "ordinal"}])
def test_wide_integers_stay_whole_or_are_refused(
    tmp_path: Path, dtype: str, prepare: dict[str, Any]
) -> None:
    column = {"dtype": dtype, "nullable": True, "prepare": prepare}
    path = tmp_path / "s.yaml"
    path.write_text(repr({"schema_type": "polars_dataframe", "columns": {"k": column}}))
    top = 2**63 - 1
    frame = pl.DataFrame({"k": pl.Series([top, top, 5, None], dtype=getattr(pl, dtype))})
    out = dc.fit(frame, path).apply(frame)["k"].to_list()
    assert out == ([top, top, 5, top] if "impute" in prepare else [1.0, 1.0, 0.0, 2.0])
    beyond = pl.DataFrame({"k": pl.Series([top + 1] * 2, dtype=getattr(pl, dtype))})
    with pytest.raises(dc.DataError, match="whole number of 64 bits") as caught:
        dc.fit(beyond, path)
    assert "role: id" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "todo"),
    [
        (np.eye(2), "name its columns"),
        (pd.Series([1]), "to_frame"),
        (pl.Series([1]), "to_frame"),
        (io.BytesIO(b"a\n1\n"), "the path of a file"),
        (b"a\n1\n", "the path of a file"),
        (io.StringIO("a\n1\n"), "the path of a file"),
        (sparse.csr_matrix(np.eye(2)), "array.toarray()"),
        (sqlite3.connect(":memory:"), "polars.read_database"),
        (Holding("to_pandas", "collect"), "make a table of it: .to_pandas()"),
        (Holding("collect"), "make a table of it: .collect()"),
    ],
)
def test_what_is_no_table_says_how_to_make_one(given: Any, todo: str) -> None:
    with pytest.raises(dc.SourceError, match="not a table") as caught:
        dc.check(given)
    assert todo in caught.value.todo


@pytest.mark.parametrize("table", [GOOD, pl.DataFrame(GOOD), pa.table({"x": [1]}), pl.LazyFrame()])
def test_tables_among_rows_or_columns_are_refused(table: Any) -> None:
    for given in ([table, table], iter([table]), {"a": table, "b": [1]}):
        with pytest.raises(dc.SourceError, match="holds tables") as caught:
            dc.check(given)
        assert "one at a time" in caught.value.todo


def test_columns_of_several_lengths_are_named() -> None:
    with pytest.raises(dc.SourceError, match="columns of several lengths") as caught:
        dc.check({"data": np.zeros((3, 2)), "target": [1, 2, 3], "names": ["a", "b"], "one": 5})
    assert caught.value.got == "3 ('target'), 2 ('names')"


SWAPPED = pd.DataFrame(
    {"a": np.array([1.5, 2.5, 4.0], ">f8"), "b": np.array([1, 2, 7], ">i4"), "x": [1.0, 5.0, 2.0]}
)


@pytest.mark.parametrize("given", [SWAPPED, pd.DataFrame({"": [1.0, 2.0], "x": [3.0, 4.0]})])
def test_a_frame_of_any_byte_order_or_name_is_given_back(plan: str, given: pd.DataFrame) -> None:
    assert list(dc.read(given).collect_schema()) == list(given.columns)
    pd.testing.assert_frame_equal(dc.split(given, dc.suggest(given))[0], given)
    twice = pd.DataFrame({name: np.tile(cells.to_numpy(), 2) for name, cells in given.items()})
    pd.testing.assert_frame_equal(dc.repair(twice, unsafe=True)[0], given)
    made = dc.fit(given, plan).apply(given)
    for name in given.columns.drop("x"):
        pd.testing.assert_series_equal(made[name], given[name])


@pytest.mark.parametrize("column", [{"unique": True}, {}])
@pytest.mark.parametrize("verb", ["validate", "check", "split"])
def test_objects_of_a_lazy_frame_cannot_be_compared(
    tmp_path: Path, verb: str, column: dict[str, Any]
) -> None:
    path = tmp_path / "s.yaml"
    table = {} if column else {"unique": ["o"]}
    columns = {"o": column, "x": {"dtype": "Float64"}}
    path.write_text(repr({"schema_type": "polars_dataframe", **table, "columns": columns}))
    odd = pl.Series("o", [object(), object()], dtype=pl.Object)
    made = getattr(dc, verb)(pl.DataFrame({"x": [1.0, 2.0]}).with_columns(odd).lazy(), path)
    if verb == "split":
        assert [done(part).height for part in made] == [0, 2]
    else:
        assert "schema.unique" in {found.code for found in made.findings}


@pytest.mark.parametrize("name", [3, None, b"x.json", ["x"], 1.5, object()])
def test_an_output_is_named_by_a_path(name: Any, plan: str, transform: dc.Transform) -> None:
    outputs = (
        lambda: transform.save(name),
        lambda: transform.export("sql", name),
        lambda: transform.export("javascript", name),
        lambda: dc.check(GOOD).save_html(name),
        lambda: dc.load_schema(plan).save(name),
    )
    for output in outputs:
        with pytest.raises(dc.DatacheckError, match="an output has no name"):
            output()
    with pytest.raises(dc.ArtefactError, match="no transform to compare with"):
        transform.diff(name, GOOD)


NESTED = np.array([((1, 2), 3)], dtype=[("a", [("x", "i4"), ("y", "i4")]), ("b", "i4")])
#: Columns of a dict that polars makes Python's objects or somebody's own type of.
OPAQUE = {
    "records in records": NESTED,
    "void": {"a": np.array([b"abc", b"d"], dtype="V3")},
    "periods": {"a": pd.period_range("2020", periods=2, freq="M")},
    "intervals": {"a": pd.interval_range(0, 2)},
    "an array of pandas": {"a": pd.array([1, None], dtype="Int64")},
    "categories": {"a": pd.Categorical(["u", None])},
    "bytes": {"a": np.array([b"a", b"b\xff"])},
    "complex": {"a": np.array([1 + 2j, 3])},
}
DTYPES = ("Float64", "String", "Date", "Int64", "Boolean")


def coerced(dtype: str) -> Schema:
    prepare = Prepare(impute="most_frequent")
    declared = read_dtype(dtype, "a")
    column = Column(name="a", dtype=declared, coerce=True, nullable=True, prepare=prepare)
    return Schema(name="s", columns=(column,))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", OPAQUE)
def test_opaque_columns_are_read_or_told_in_every_verb(kind: str, dtype: str) -> None:
    data, schema = OPAQUE[kind], coerced(dtype)
    dc.check(data, schema)
    dc.suggest(data)
    dc.repair(data, unsafe=True)
    valid, rejected = (part.lazy().collect() for part in dc.split(data, schema))
    assert valid.height + rejected.height == dc.read(data).collect().height
    with suppress(dc.DatacheckError):
        dc.fit(data, schema).apply(data)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_types_of_pandas_in_files_are_told(tmp_path: Path, ending: str, dtype: str) -> None:
    frame = pd.DataFrame({"a": pd.period_range("2020", periods=2, freq="M"), "x": [1.0, None]})
    path = tmp_path / f"x.{ending}"
    getattr(frame, f"to_{ending}")(path)
    codes = [finding.code for finding in dc.validate(path, coerced(dtype)).findings]
    # Older versions of polars read the whole numbers that such types are stored as. None is a date.
    stored = (pl.read_parquet if ending == "parquet" else pl.read_ipc)(path)["a"].dtype == pl.Int64
    as_numbers = {"Boolean": ["schema.coerce"], "Date": ["schema.dtype"]}.get(dtype, [])
    assert codes == (as_numbers if stored else ["schema.dtype"])
    dc.split(path, coerced(dtype))[1].collect()


def test_bytes_that_are_no_text_are_told_cell_by_cell() -> None:
    frame = pl.DataFrame({"a": [b"ok", b"\xff", None]})
    report = dc.validate(frame, coerced("String"))
    assert [(each.code, each.count, each.rows) for each in report.findings] == [
        ("schema.coerce", 1, (1,))
    ]
    assert [part.collect()["a"].to_list() for part in dc.split(frame, coerced("String"))] == [
        [b"ok", None],
        [b"\xff"],
    ]


@pytest.mark.parametrize("rows", [2, 700])
def test_a_plan_of_objects_alone_is_told(rows: int) -> None:
    frame = pl.DataFrame({"a": pl.Series([{n} for n in range(rows)], dtype=pl.Object)}).lazy()
    for given in (frame, frame.head(0)):
        report = dc.check(given)
        assert report.findings
        dc.suggest(given)
        dc.compare(given, given)
        dc.repair(given, unsafe=True)


@pytest.mark.parametrize(
    "data", [pd.DataFrame({"\ud800": [1]}), {"\udfff": [1]}, [{"\ud800": 1}]], ids=repr
)
def test_names_of_half_a_character_are_refused(data: Any) -> None:
    for verb in (dc.check, dc.suggest, dc.profile, dc.read):
        with pytest.raises(dc.SourceError, match="half of a character"):
            verb(data)


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "25s", "ms", "us", "ns", "ps"])
@pytest.mark.parametrize("kind", ["M", "m"])
def test_moments_of_numpy_are_read_in_any_unit(kind: str, unit: str) -> None:
    ends = np.array([1000, -2000, np.iinfo(np.int64).min]).view(f"{kind}8[{unit}]")
    if (kind, unit) in (("m", "Y"), ("m", "M")):  # a month has no length
        with pytest.raises(dc.DatacheckError, match="no column of polars"):
            dc.read({"x": ends})
        return
    got = dc.read({"x": ends}).collect()["x"]
    assert got.null_count() == 1
    assert np.array_equal(got.to_numpy().astype(ends.dtype), ends, equal_nan=True)
    assert dc.read({"x": list(ends)}).collect()["x"].equals(got, check_dtypes=True)


def test_durations_of_numpy_beside_others_lose_no_digit() -> None:
    given = [np.timedelta64(1, "D"), dt.timedelta(microseconds=5), pd.Timedelta(7, "ns"), None]
    got = dc.read({"x": given}).collect()["x"].cast(pl.Int64).to_list()
    assert got == [86_400 * 10**9, 5000, 7, None]


@pytest.mark.parametrize("cells", ["M8[fs]", "M8[s]", "M8[D]", "m8", "m8[as]"])
def test_moments_that_would_lose_a_digit_are_refused(cells: str) -> None:
    with pytest.raises(dc.DatacheckError, match="no column of polars"):
        dc.read({"x": np.array([2**62 + 1]).view(cells)})


@pytest.mark.parametrize("unit", ["m", "h", "s", "us", "ns"])
def test_moments_of_numpy_beside_those_of_python(unit: str) -> None:
    moment = dt.datetime(2020, 1, 1, 5)  # noqa: DTZ001
    cells = [np.datetime64(moment).astype(f"M8[{unit}]"), moment, None]
    assert dc.read({"t": cells}).collect()["t"].to_list() == [moment, moment, None]


@pytest.mark.parametrize("freq", ["M", "Q", "D", "W", "h"])
def test_periods_of_pandas_are_told_as_that_and_stay(freq: str) -> None:
    periods = pd.period_range("2020-01-01", periods=40, freq=freq).to_series(index=range(40))
    frame = pd.DataFrame({"when": periods, "x": [n % 7 + 0.5 for n in range(40)]})
    found = [f for f in dc.check(frame).findings if f.code.startswith("type.")]
    assert [(f.column, f.severity, f.count, f.fix) for f in found] == [("when", "info", 40, None)]
    assert "periods" in found[0].message
    repaired, _ = dc.repair(frame, unsafe=True)
    assert repaired["when"].dtype == frame["when"].dtype
    assert repaired["when"].equals(frame["when"])
