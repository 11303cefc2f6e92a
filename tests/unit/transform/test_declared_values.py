"""What a schema declares missing, or as a fill, is one value in every runtime, for every dtype."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.errors import DataError, SchemaError
from datacheck.schema import Column, Prepare, Schema
from datacheck.schema.options import read_prepare
from datacheck.transform.decode import entry

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(1900, 1, 1)
NOON = dt.datetime(2024, 7, 1, 12)  # noqa: DTZ001
BERLIN = "Europe/Berlin"


def schema_of(dtype: pl.DataType | None = None, **prepare: Any) -> Schema:
    column = Column(name="x", dtype=dtype, nullable=True, prepare=Prepare(**prepare))
    return Schema(name="s", columns=(column,))


#: A dtype, a cell that means missing, the ways to declare it, and another cell.
SPELLINGS: list[tuple[pl.DataType, Any, list[Any], Any]] = [
    (pl.Float64(), -999.0, [-999, -999.0, "-999", " -999.0"], 1.5),
    (pl.Float32(), -999.9, [-999.9, "-999.9"], 1.5),
    *((getattr(pl, each)(), -999.9, [-999.9], 1.5) for each in ("Float16",) if hasattr(pl, each)),
    (pl.Float32(), 1e20, [1e20], 1.5),
    (pl.Float32(), 9.96921e36, [9.96921e36], 1.5),
    (pl.Int64(), -999, [-999, -999.0, "-999"], 3),
    (pl.Int64(), -(2**63), [-(2**63)], 3),
    (pl.UInt64(), 2**64 - 1, [2**64 - 1], 3),
    (pl.Decimal(10, 1), Decimal("-99.9"), [-99.9], Decimal("1.5")),
    (pl.String(), "-999", [-999, -999.0, "-999"], "a"),
    (pl.Categorical(), "NA", ["NA"], "a"),
    (pl.Enum(["NA", "a"]), "NA", ["NA"], "a"),
    (pl.Date(), DAY, [DAY, "1900-01-01", "1900-01-01 00:00:00"], dt.date(2020, 1, 1)),
    *(
        (pl.Datetime(unit), dt.datetime(1900, 1, 1), [DAY, "1900-01-01", "1900-01-01T00:00"], NOON)  # noqa: DTZ001
        for unit in ("ms", "us", "ns")
    ),
    (
        pl.Datetime("us", BERLIN),
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        ["2024-01-01T01:00:00", "2024-01-01T00:00:00Z", "2024-01-01T02:00:00+02:00"],
        dt.datetime(2024, 7, 1, tzinfo=dt.UTC),
    ),
    (pl.Time(), dt.time(0, 0), ["00:00", "00:00:00", dt.time(0)], dt.time(9)),
    (pl.Duration("ms"), dt.timedelta(0), [0, dt.timedelta(0)], dt.timedelta(seconds=5)),
]


def table_of(cells: list[Any], dtype: pl.DataType) -> pl.DataFrame:
    zone = getattr(dtype, "time_zone", None)
    if zone is None:
        return pl.DataFrame({"x": pl.Series(cells, dtype=dtype)})
    made = pl.Series(cells, dtype=pl.Datetime("us", "UTC"))
    return pl.DataFrame({"x": made.dt.convert_time_zone(zone).cast(dtype)})


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, int | float | Decimal) else value


@pytest.mark.parametrize(
    ("dtype", "cell", "spelt", "other"),
    [(d, c, each, o) for d, c, spellings, o in SPELLINGS for each in spellings],
    ids=str,
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_missing_value_is_one_however_it_is_spelt(
    dtype: pl.DataType, cell: Any, spelt: Any, other: Any, declared: bool, tmp_path: Path
) -> None:
    table = table_of([other, cell, other, None], dtype)
    schema = schema_of(dtype if declared else None, missing_values=(spelt,), impute="most_frequent")
    strict = Schema(
        name="s",
        columns=(
            Column(
                name="x",
                dtype=dtype if declared else None,
                prepare=Prepare(missing_values=(spelt,), impute="most_frequent"),
            ),
        ),
    )
    assert [f.count for f in dc.validate(table, strict).findings] == [2]
    transform = dc.fit(table, schema)
    out = transform.apply(table)["x"].to_list()
    assert out == [out[0]] * 4
    rows = [transform.apply_row({"x": each})["x"] for each in table["x"].to_list()]
    assert list(map(plain, rows)) == list(map(plain, out))
    transform.save(tmp_path / "t.json")
    assert dc.verify(tmp_path / "t.json").ok
    assert dc.load(tmp_path / "t.json").apply_row({"x": cell}) == transform.apply_row({"x": None})


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (pl.Date(), "1900-01-01T12:00:00"),
        (pl.Date(), "1900-13-01"),
        (pl.Date(), -999),
        (pl.Datetime("ms"), "2020-01-01T00:00:00.000500"),
        (pl.Datetime("us"), "2020-01-01T00:00:00Z"),
        (pl.Datetime("ns"), "1600-01-01"),
        (pl.Datetime("ns"), "2020-01-01T00:00:00.000000001"),
        (pl.Datetime("us", BERLIN), "2024-10-27T02:30:00"),
        (pl.Datetime("us", BERLIN), "2024-03-31T02:30:00"),
        (pl.Time(), "25:00"),
        (pl.Duration("ms"), 1500),
        (pl.Float64(), DAY),
        (pl.Boolean(), 3),
        (pl.List(pl.Int64()), 3),
    ],
    ids=str,
)
def test_what_no_cell_can_be_is_refused_by_the_columns_name(dtype: pl.DataType, value: Any) -> None:
    from datacheck.schema.options import fits_dtype

    column = Column(name="x", dtype=dtype, prepare=Prepare(missing_values=(value,)))
    with pytest.raises(SchemaError, match="'x' cannot hold"):
        fits_dtype(column)


def test_a_fill_without_an_offset_is_local_time() -> None:
    table = table_of([dt.datetime(2024, 7, 1, tzinfo=dt.UTC), None], pl.Datetime("us", BERLIN))
    transform = dc.fit(table, schema_of(impute="constant", fill_value="2020-01-01T00:00:00"))
    filled = transform.apply(table)["x"][1]
    assert filled.isoformat() == "2020-01-01T00:00:00+01:00"
    assert transform.apply_row({"x": None})["x"].isoformat() == filled.isoformat()


def test_moments_with_and_without_a_zone_are_not_mixed() -> None:
    table = table_of([NOON, None], pl.Datetime("us"))
    transform = dc.fit(table, schema_of(impute="most_frequent"))
    with pytest.raises(DataError, match="wrong type"):
        transform.apply(table.with_columns(pl.col("x").dt.replace_time_zone("UTC")))
    with pytest.raises(DataError, match="time zone"):
        transform.apply_row({"x": NOON.replace(tzinfo=dt.UTC)})


def test_a_fill_that_a_coarser_column_cannot_hold_is_refused_not_cut() -> None:
    fitted_on = pl.DataFrame({"x": pl.Series([10, None]).cast(pl.Duration("us"))})
    transform = dc.fit(fitted_on, schema_of(impute="constant", fill_value=1500))
    assert transform.apply(fitted_on)["x"][1] == dt.timedelta(microseconds=1500)
    with pytest.raises(DataError, match="cannot be filled"):
        transform.apply(fitted_on.cast(pl.Duration("ms")))


@pytest.mark.parametrize("dtype", [pl.Float64(), pl.String(), pl.Date()], ids=str)
def test_many_missing_values_are_one_test(dtype: pl.DataType) -> None:
    day = dt.date(2000, 1, 1)
    makers: dict[Any, Any] = {
        pl.Float64: float,
        pl.String: str,
        pl.Date: lambda i: day + dt.timedelta(days=i),
    }
    make = makers[dtype.base_type()]
    sizes = []
    for count in (10, 1000):
        values = tuple(make(i) for i in range(count))
        schema = schema_of(missing_values=values, impute="most_frequent")
        transform = dc.fit(table_of([None, values[0], make(5000), make(5000)], dtype), schema)
        out = transform.apply(table_of([values[1], values[-1]], dtype))["x"].to_list()
        assert out == [make(5000)] * 2
        assert transform.apply_row({"x": values[-1]}) == {"x": make(5000)}
        tree = entry(transform.fitted.programs[0], dtype, text=False)
        sizes.append(len(tree.meta.undo_aliases().meta.tree_format(return_as_string=True) or ""))
    assert sizes[1] < 2 * sizes[0]  # a list of values in one node, no nest of conditions


ROW_CELLS: list[tuple[pl.DataType, Any, Any]] = [
    (pl.Float64(), pd.NA, None),
    (pl.Float64(), pd.NaT, None),
    (pl.Float64(), np.float32(1.5), 1.5),
    (pl.Float64(), np.float64("nan"), None),
    (pl.Float64(), np.float32("nan"), None),
    (pl.Float64(), np.int8(3), 3.0),
    (pl.Float64(), Decimal("2.5"), 2.5),
    (pl.Float64(), Decimal("NaN"), None),
    (pl.Float64(), Decimal("sNaN"), None),
    (pl.String(), pd.NA, None),
    (pl.String(), np.str_("b"), "b"),
    (pl.String(), float("nan"), None),
    (pl.Boolean(), np.bool_(True), True),
    (pl.Boolean(), pd.NA, None),
    (pl.Date(), np.datetime64("2020-01-02"), dt.date(2020, 1, 2)),
    (pl.Date(), pd.NaT, None),
    (pl.Datetime("us"), pd.Timestamp(NOON), NOON),
    (pl.Datetime("us"), np.datetime64("2024-07-01T12:00"), NOON),
    (pl.Datetime("us"), np.datetime64("NaT"), None),
    (pl.Duration("us"), np.timedelta64(5, "s"), dt.timedelta(seconds=5)),
    (pl.Duration("us"), pd.Timedelta(5, "s"), dt.timedelta(seconds=5)),
]

REFUSED: list[tuple[pl.DataType, list[Any]]] = [
    (pl.Float64(), ["1.5", True, np.bool_(True), dt.date(2020, 1, 1), 1j, [1.0], np.datetime64(5, "s"), np.timedelta64(5, "s"), object(), np.array([1.0, 2.0]), 10**400, float("inf")]),  # noqa: E501
    (pl.String(), [1, b"a", True, ["a"], object()]),
    (pl.Boolean(), [0, 1, "true", object()]),
    (pl.Date(), ["hello", 0, NOON, "2020-01-01", object()]),
    (pl.Datetime("us"), ["hello", 0, dt.date(2020, 1, 1), "2020-01-01T00:00:00", object()]),
    (pl.Time(), ["09:00", 0, dt.time(9, tzinfo=dt.UTC)]),
    (pl.Duration("us"), [5, "5s", dt.time(9), object()]),
]  # fmt: skip

FIRST: dict[Any, Any] = {
    pl.Float64: 7.0,
    pl.String: "u",
    pl.Boolean: False,
    pl.Date: dt.date(2020, 1, 1),
    pl.Datetime: dt.datetime(2020, 1, 1),  # noqa: DTZ001
    pl.Duration: dt.timedelta(seconds=1),
    pl.Time: dt.time(9),
}


def fitted_on(dtype: pl.DataType) -> dc.Transform:
    first = FIRST[dtype.base_type()]
    return dc.fit(table_of([first, None], dtype), schema_of(impute="most_frequent"))


@pytest.mark.parametrize(("dtype", "cell", "expected"), ROW_CELLS)
def test_a_row_takes_what_a_table_takes(dtype: pl.DataType, cell: Any, expected: Any) -> None:
    transform = fitted_on(dtype)
    fill = FIRST[dtype.base_type()]
    assert transform.apply_row({"x": cell}) == {"x": fill if expected is None else expected}


class Colour(str, enum.Enum):  # noqa: UP042 - as services have it
    RED = "red"


class Plain(enum.StrEnum):
    RED = "red"


class Count(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize("text", [Colour.RED, Plain.RED, np.str_("red")])
@pytest.mark.parametrize("encode", ["none", "one_hot", "ordinal"])
def test_a_member_of_an_enumeration_is_what_it_equals(text: Any, encode: str) -> None:
    other = {"encode": encode, "unknown": "zeros"} if encode != "none" else {}
    prepare = read_prepare({"impute": "most_frequent", **other}, "k")
    columns = (
        Column(name="k", dtype=pl.String(), nullable=True, prepare=prepare),
        Column(name="n", dtype=pl.Int64(), nullable=True, prepare=prepare),
        Column(name="x", dtype=pl.Float64(), prepare=Prepare(scale="minmax")),
    )
    frame = pl.DataFrame({"k": ["red", "blue"], "n": [1, 2], "x": [1.0, 3.0]})
    transform = dc.fit(frame, Schema(name="s", columns=columns))
    wanted = transform.apply_row({"k": "red", "n": 1, "x": 1.0})
    for _ in range(3):
        row = transform.apply_row({"k": text, "n": Count.ONE, "x": Count.ONE})
        assert row == wanted
        assert {name: type(cell) for name, cell in row.items()} == {
            name: type(cell) for name, cell in wanted.items()
        }
    assert transform.apply([{"k": text, "n": Count.ONE, "x": Count.ONE}]).to_dicts() == [wanted]


@pytest.mark.parametrize(("dtype", "cells"), REFUSED)
def test_a_row_refuses_what_a_table_refuses(dtype: pl.DataType, cells: list[Any]) -> None:
    transform = fitted_on(dtype)
    for cell in cells:
        with pytest.raises(DataError, match="'x'"):
            transform.apply_row({"x": cell})


class Hostile:
    """A cell that raises whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("dtype", [dtype for dtype, _ in REFUSED], ids=str)
def test_no_foreign_exception_leaves_a_row(dtype: pl.DataType) -> None:
    transform = fitted_on(dtype)
    for row in ({"x": Hostile()}, None, '{"x": 1}', 5, [], ["x"], {}, {"y": 1}, {5: 1}):
        with pytest.raises(DataError):
            transform.apply_row(row)  # type: ignore[arg-type]


def test_a_row_may_be_a_series_and_its_keys_numbers() -> None:
    frame = pd.DataFrame({0: [1.0, 2.0, np.nan], "b": [4.0, 5.0, 6.0]})
    columns = tuple(
        Column(name=name, nullable=True, prepare=Prepare(impute="median")) for name in ("0", "b")
    )
    transform = dc.fit(frame, Schema(name="s", columns=columns))
    assert transform.apply_row(frame.iloc[2]) == {0: 1.5, "b": 6.0}
    assert transform.apply_row({0: None, "b": 1}) == {0: 1.5, "b": 1.0}


def test_a_missing_cell_that_nothing_fills_is_refused_unless_nullable(tmp_path: Path) -> None:
    table = pl.DataFrame({"x": [1.0, 2.0, 4.0], "s": ["a", "b", "b"], "n": [1.0, 2.0, 3.0]})
    columns = (
        Column(name="x", prepare=Prepare(missing_values=(-9,), scale="zscore")),
        Column(name="s", prepare=Prepare(missing_values=("?",))),
        Column(name="n", nullable=True, prepare=Prepare(scale="minmax")),
    )
    transform = dc.fit(table, Schema(name="s", columns=columns))
    good = {"x": 2.0, "s": "a", "n": None}
    assert transform.apply_row(good)["n"] is None
    assert transform.apply(pl.DataFrame([good], schema=table.schema))["n"].to_list() == [None]
    for column, cells in (("x", [None, float("nan"), -9, -9.0]), ("s", [None, "?"])):
        for cell in cells:
            bad = pl.DataFrame([{**good, column: cell}], schema=table.schema)
            with pytest.raises(DataError, match="nothing fills it"):
                transform.apply_row({**good, column: cell})
            with pytest.raises(DataError, match=rf"'{column}'.*nothing fills it"):
                transform.apply(bad)
            with pytest.raises(DataError, match=rf"'{column}'"):
                transform.apply(bad.lazy()).collect()
            assert "row 0" in str(transform.refusal(bad.lazy()))
    transform.save(tmp_path / "t.json")
    assert dc.verify(tmp_path / "t.json").ok
    for target, options in (
        ("onnx", {"columns": ["x", "n"]}),
        ("skops", {"columns": ["x", "n"]}),
        ("sql", {"table": "t", "dialect": "duckdb"}),
        ("", {}),
    ):
        kind = {"skops": "sklearn", "": "javascript"}.get(target, target)
        transform.export(kind, tmp_path / f"m.{target}".strip("."), **options)
    assert any("refused" in row for row in transform.fitted.golden)


DTYPES = st.sampled_from([(d, c, s, o) for d, c, s, o in SPELLINGS])


@settings(max_examples=60, deadline=None)
@given(DTYPES, st.data())
def test_table_row_and_artefact_agree(case: tuple[Any, ...], data: st.DataObject) -> None:
    dtype, cell, spellings, other = case
    cells = [other, *data.draw(st.lists(st.sampled_from([other, cell, None]), max_size=6))]
    missing = tuple(data.draw(st.lists(st.sampled_from(spellings), unique_by=str)))
    impute = data.draw(st.sampled_from(["none", "most_frequent"]))
    table = table_of(cells, dtype)
    schema = schema_of(missing_values=missing, impute=impute)
    if not missing and cell == 2**64 - 1 and cell in cells:
        # Integers stay whole, and signed ones do not hold it: it is refused by name.
        with pytest.raises(DataError, match=r"'x' .*not a whole number of 64 bits"):
            dc.fit(table, schema)
        return
    transform = dc.fit(table, schema)
    out = transform.apply(table)["x"].to_list()
    rows = [transform.apply_row({"x": each})["x"] for each in table["x"].to_list()]
    assert list(map(plain, rows)) == list(map(plain, out))
    from datacheck.transform.store import dumps, loads

    again = dc.Transform(loads(dumps(transform.fitted), "t"))
    assert again.apply(table)["x"].to_list() == out


@pytest.mark.parametrize("impute", ["median", "mean", "most_frequent"])
@pytest.mark.parametrize("cell", [2**53, -(2**52), 253402300799000])
@pytest.mark.parametrize("zone", [None, "UTC", BERLIN, "America/New_York"])
@pytest.mark.parametrize("unit", ["ms", "us"])
def test_a_fill_beyond_the_years_of_python_is_refused_not_panicked_over(
    impute: str, cell: int, zone: str | None, unit: Any
) -> None:
    dtype = pl.Datetime(unit, zone)
    cells = pl.Series([cell * (1 if unit == "ms" else 1000)] * 3 + [None], dtype=pl.Int64)
    table = pl.DataFrame({"x": cells.cast(dtype)})
    try:
        transform = dc.fit(table, schema_of(impute=impute))
    except DataError as error:
        assert "'x'" in error.what and "no transform can hold" in error.what  # noqa: PT017, PT018
    else:  # the year 9999, where that is one
        assert transform.apply(table)["x"].to_physical().n_unique() == 1


@pytest.mark.parametrize(
    "dtype", [pl.Datetime("ns"), pl.Datetime("ns", "UTC"), pl.Duration("ns"), pl.Time()]
)
def test_a_most_frequent_value_of_nanoseconds_is_refused_not_cut(dtype: pl.DataType) -> None:
    declared = schema_of(impute="most_frequent")
    finer = pl.DataFrame({"x": pl.Series([1_123, None, 1_123]).cast(dtype)})
    with pytest.raises(DataError, match="no transform can hold"):
        dc.fit(finer, declared)
    whole = pl.DataFrame({"x": pl.Series([5_000, None, 5_000]).cast(dtype)})
    assert dc.fit(whole, declared).apply(whole)["x"].to_physical().to_list() == [5_000] * 3


@pytest.mark.parametrize("unit", ["us", "ms"])
@pytest.mark.parametrize("micros", [2**53 + 1000 - 2**53 % 1000, 10**16, 2**62 // 1000 * 1000])
def test_durations_of_centuries_come_back_from_their_file(
    unit: str, micros: int, tmp_path: Path
) -> None:
    series = pl.Series("x", [1000, micros, 1000, None]).cast(pl.Duration("us"))
    frame = series.cast(pl.Duration(unit)).to_frame()
    schema = schema_of(missing_values=(micros,), impute="most_frequent")
    transform = dc.fit(frame, schema)
    transform.save(tmp_path / "t.json")
    assert dc.load(tmp_path / "t.json") == transform
    assert dc.verify(tmp_path / "t.json").ok
    assert transform.apply(frame)["x"].to_list() == [dt.timedelta(milliseconds=1)] * 4


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt32, pl.UInt64])
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize(
    "prepare",
    [
        {"impute": "none", "indicator": True},
        {"impute": "most_frequent"},
        {"encode": "ordinal", "unknown": "zeros"},
        {"encode": "one_hot", "unknown": "zeros", "missing_values": [0]},
    ],
)
def test_whole_numbers_beyond_the_column_s_own_type(
    dtype: Any, end: bool, prepare: dict[str, Any], tmp_path: Path
) -> None:
    beyond = -(2**40)
    last = min(pl.select(dtype.max()).item(), 2**53) if end else 3  # what is unknown is one more
    frame = pl.DataFrame({"x": pl.Series([1, 2, None, last], dtype=dtype)})
    options = {"missing_values": [beyond]} | prepare
    column = Column(name="x", nullable=True, prepare=read_prepare(options, "x"))
    transform = dc.fit(frame, Schema(name="S", columns=(column,)))
    whole = frame.cast(pl.Int64).vstack(pl.DataFrame({"x": [beyond]}))
    rows = [transform.apply_row(row) for row in whole.to_dicts()]
    assert transform.apply(whole).to_dicts() == rows
    transform.export("sql", tmp_path / "t.sql")
    assert dc.verify(tmp_path / "t.sql").ok


@pytest.mark.parametrize("declared", [[2**53 + 1], [2**53], [2**53 + 1, 2**53], [-(2**62) - 1]])
def test_a_declared_whole_number_that_no_double_is_means_itself(declared: list[int]) -> None:
    frame = pl.DataFrame({"x": [420, 2**53, 2**53 + 1, -(2**62), -(2**62) - 1]})
    prepare = read_prepare({"missing_values": declared, "fill_value": 7, "impute": "constant"}, "x")
    transform = dc.fit(frame, Schema(name="S", columns=(Column(name="x", prepare=prepare),)))
    wanted = [7 if cell in declared else cell for cell in frame["x"]]
    assert transform.apply(frame)["x"].to_list() == wanted
    assert [transform.apply_row(row)["x"] for row in frame.to_dicts()] == wanted
