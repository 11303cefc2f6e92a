"""What is not prepared comes out as it came in, whatever it is and whatever it came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import datacheck as dc
from datacheck.report import Finding, Report, fixes
from tests.support.pandas_kinds import kinds

if TYPE_CHECKING:
    from pathlib import Path

KINDS = kinds()
NAN = float("nan")
PLAN = "x: {dtype: Float64, nullable: true, prepare: {impute: median, scale: robust}}"


def schema(folder: Path, *columns: str) -> str:
    path = folder / f"{len(list(folder.iterdir()))}.yaml"
    lines = ["schema_type: polars_dataframe", "name: S", "columns:", *(f"  {c}" for c in columns)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def everything() -> pd.DataFrame:
    columns = {"x": [1.0, NAN, 3.0], **KINDS}
    frame = pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()})
    frame.index = pd.MultiIndex.from_tuples([("a", 2), ("b", 1), ("a", 1)], names=["g", None])
    frame.columns.name = "names"
    frame.attrs["made"] = "by hand"
    return frame


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    return schema(tmp_path_factory.mktemp("plan"), PLAN)


@pytest.fixture(scope="module")
def prepared(plan: str) -> pd.DataFrame:
    return dc.fit(everything(), plan).apply(everything())


def same(after: pd.Series, before: pd.Series) -> bool:
    if after.dtype != before.dtype:
        return False
    if before.dtype == object:
        return all(a is b for a, b in zip(after, before, strict=True))
    pd.testing.assert_series_equal(after, before)
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_pandas_comes_out_as_it_came_in(prepared: pd.DataFrame, kind: str) -> None:
    given = pd.Series(KINDS[kind], name=kind).set_axis(prepared.index)
    assert same(prepared[kind], given)


def test_the_frame_around_the_columns_stays(prepared: pd.DataFrame) -> None:
    given = everything()
    pd.testing.assert_index_equal(prepared.index, given.index)
    pd.testing.assert_index_equal(prepared.columns, given.columns)
    assert prepared.attrs == given.attrs
    assert prepared["x"].tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_split_takes_the_very_rows(plan: str, kind: str) -> None:
    given = pd.DataFrame({"x": [1.0, np.inf, 3.0], "c": pd.Series(KINDS[kind])})
    given.index = pd.Index([7, 8, 9])
    valid, rejected = dc.split(given, plan)
    assert same(valid["c"], given["c"].iloc[[0, 2]])
    assert same(rejected["c"], given["c"].iloc[[1]])
    assert rejected.index.tolist() == [8]
    assert rejected["__row__"].tolist() == [1]
    assert rejected["__reasons__"].iat[0] == [{"code": "numeric.infinite", "column": "x"}]


def test_rejected_rows_of_pandas_come_back(plan: str) -> None:
    given = pd.DataFrame({"x": [1.0, np.inf, 3.0, -np.inf]})
    _, rejected = dc.split(given, plan)
    rejected["x"] = [2.0, np.inf]
    valid, again = dc.split(rejected, plan)
    assert valid["x"].tolist() == [2.0]
    assert list(valid.columns) == ["x"]
    assert again["__row__"].tolist() == [3]


def test_what_is_given_is_not_changed_and_shares_nothing(plan: str) -> None:
    given = pd.DataFrame({"x": [1.0, NAN, 3.0], "y": [1.0, 2.0, 3.0]})
    out = dc.fit(given, plan).apply(given)
    out.loc[:, "y"] = 0.0
    assert given["y"].tolist() == [1.0, 2.0, 3.0]
    assert given["x"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("cells", "declared", "want"),
    [
        (pd.array([1, None, 1], dtype="Int64"), "Int64", [1, 1, 1]),
        (pd.Series([1, NAN, 1]), "Int64", [1, 1, 1]),
        (pd.Series([True, None, True], dtype=object), "Boolean", [True, True, True]),
        (pd.array([True, None, True], dtype="boolean"), "Boolean", [True, True, True]),
        (pd.Series(["a", NAN, "a"], dtype=object), "String", ["a", "a", "a"]),
        (pd.array(["a", None, "a"], dtype="string"), "String", ["a", "a", "a"]),
        (pd.Categorical(["a", None, "a"], categories=["b", "a"]), "String", ["a", "a", "a"]),
        (
            pd.Series(pd.to_datetime(["2020", None, "2020"])),
            "Date",
            [pd.Timestamp("2020")] * 3,
        ),
        (
            pd.Series(pd.to_datetime(["2020", None, "2020"])),
            "Datetime",
            [pd.Timestamp("2020")] * 3,
        ),
        (
            pd.Series(pd.to_datetime(["2020", None, "2020"])).dt.tz_localize("Europe/Berlin"),
            "\"Datetime(time_unit='us', time_zone='Europe/Berlin')\"",
            [pd.Timestamp("2020", tz="Europe/Berlin")] * 3,
        ),
        (
            pd.Series(pd.to_timedelta([5, None, 5], unit="s")),
            "Duration",
            [pd.Timedelta(5, "s")] * 3,
        ),
    ],
    ids=str,
)
def test_a_filled_column_keeps_its_type(
    tmp_path: Path, cells: Any, declared: str, want: list[Any]
) -> None:
    given = pd.DataFrame({"c": cells})
    plan = schema(
        tmp_path, f"c: {{dtype: {declared}, nullable: true, prepare: {{impute: most_frequent}}}}"
    )
    transform = dc.fit(given, plan)
    assert not [found for found in transform.findings if found["code"].startswith("schema.")]
    out = transform.apply(given)["c"]
    assert out.tolist() == want
    if declared not in ("Int64", "Boolean"):
        assert out.dtype == given["c"].dtype


def test_a_fill_outside_the_categories_comes_last(tmp_path: Path) -> None:
    grades = pd.Categorical(["mid", None, "low"], ["low", "mid", "high"], ordered=True)
    given = pd.DataFrame({"c": grades})
    plan = schema(
        tmp_path,
        "c: {dtype: String, nullable: true, prepare: {impute: constant, fill_value: none}}",
    )
    transform = dc.fit(given, plan)
    out = transform.apply(given)["c"]
    assert out.cat.categories.tolist() == ["low", "mid", "high", "none"]
    assert out.cat.ordered
    assert out.cat.codes.tolist() == [1, 3, 0]
    table = pa.Table.from_pandas(given)
    back = transform.apply(table).column("c").combine_chunks()
    assert back.dictionary.to_pylist() == ["low", "mid", "high", "none"]
    assert back.type.ordered
    assert back.indices.to_pylist() == [1, 3, 0]


def test_an_index_that_the_schema_names_is_data(tmp_path: Path) -> None:
    given = pd.DataFrame({"x": [1.0, 3.0], "d": ["u", "v"]}, index=pd.Index([1.0, NAN], name="id"))
    plan = schema(
        tmp_path,
        PLAN,
        "id: {dtype: Int64, nullable: true, prepare: {impute: constant, fill_value: 0}}",
    )
    assert dc.validate(given, plan).ok
    out = dc.fit(given, plan).apply(given)
    assert out.index.tolist() == [1, 0]
    assert out.index.name == "id"
    assert list(out.columns) == ["x", "d"]
    assert out["d"].tolist() == ["u", "v"]
    valid, rejected = dc.split(given, plan)
    assert (valid.index.name, len(valid), len(rejected)) == ("id", 2, 0)


def test_arrow_tables_keep_what_is_not_prepared(plan: str) -> None:
    frame = pd.DataFrame(
        {
            "x": pd.array([1, None, 3], dtype="Int64"),
            "g": pd.Categorical(["b", "a", "b"], ["c", "b", "a"], ordered=True),
            "s": ["a", None, "b"],
        },
        index=pd.Index([5, 6, 7], name="key"),
    )
    given = pa.Table.from_pandas(frame)
    out = dc.fit(given, plan).apply(given)
    assert isinstance(out, pa.Table)
    for name in ("g", "s", "key"):
        assert out.schema.field(name).equals(given.schema.field(name))
        assert out.column(name).equals(given.column(name))
    back = out.to_pandas()
    assert back.index.name == "key"
    assert back["x"].tolist() == [-1.0, 0.0, 1.0]
    pd.testing.assert_series_equal(back["g"], frame["g"])
    valid, rejected = dc.split(given, plan)
    assert isinstance(valid, pa.Table)
    assert valid.schema.equals(given.schema)
    assert valid.num_rows + rejected.num_rows == 3


def test_objects_of_polars_and_of_plain_python_pass_through(plan: str) -> None:
    cells = [object(), None, {1, 2}]
    rows = {"x": [1.0, None, 3.0], "o": cells}
    frame = pl.DataFrame({"x": rows["x"], "o": pl.Series(cells, dtype=pl.Object)})
    for data in (frame, rows, [{"x": x, "o": o} for x, o in zip(*rows.values(), strict=True)]):
        out = dc.fit(data, plan).apply(data)
        assert out["x"].to_list() == [-1.0, 0.0, 1.0]
        assert all(a is b for a, b in zip(out["o"].to_list(), cells, strict=True))
        valid, rejected = dc.split(data, plan)
        assert valid.collect()["o"].to_list() == cells
        assert rejected.collect().height == 0


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int64[pyarrow]", "Sparse[int64]", object])
def test_integers_that_are_declared_floats_leave_as_floats(plan: str, dtype: Any) -> None:
    transform = dc.fit(pd.DataFrame({"x": [1.0, 2.0, 4.0, 4.0]}), plan)
    out = transform.apply(pd.DataFrame({"x": pd.Series([2, 4]).astype(dtype)}))
    assert out["x"].tolist() == [transform.apply_row({"x": x})["x"] for x in (2, 4)]


def test_an_empty_frame_stays_empty(plan: str) -> None:
    given = pd.DataFrame({"x": [], "s": pd.Series([], dtype="category")})
    out = dc.fit(pd.DataFrame({"x": [1.0, 2.0]}), plan).apply(given)
    assert out.shape == (0, 2)
    assert out["s"].dtype == "category"


def pandas_file(folder: Path) -> tuple[Path, pd.DataFrame]:
    frame = pd.DataFrame(
        {
            "x": [1.0, NAN, 3.0],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "g": pd.Categorical(["b", "a", None], ["c", "b", "a"], ordered=True),
            "h": pd.Categorical(["v", "u", "v"], ["v", "w", "u"]),
            "d": pd.Series(pd.to_datetime(["2020", None, "2022"])).astype("datetime64[s]"),
            "s": ["a", None, "b"],
            "t": pd.to_timedelta([1, 2, 3], unit="s"),
        },
    ).set_index(pd.Index([5, 6, 7], name="key"))
    path = folder / "in.parquet"
    frame.to_parquet(path)
    return path, frame


def test_file_to_file_keeps_what_pandas_wrote(tmp_path: Path) -> None:
    from datacheck.cli import main

    path, _ = pandas_file(tmp_path)
    frame = pd.read_parquet(path)
    plan = schema(
        tmp_path,
        PLAN,
        "g: {dtype: Categorical, nullable: true, prepare: {impute: constant, fill_value: none}}",
    )
    transform, out = tmp_path / "t.json", tmp_path / "out.parquet"
    assert main(["fit", str(path), "--schema", plan, "-o", str(transform)]) == 0
    assert main(["apply", str(path), "--transform", str(transform), "-o", str(out)]) == 0
    back = pd.read_parquet(out)
    assert back["x"].tolist() == [-1.0, 0.0, 1.0]
    assert back["g"].tolist() == ["b", "a", "none"]
    assert back["g"].cat.codes.tolist() == [1, 2, 3]
    assert back["g"].cat.ordered
    rest = ["n", "h", "d", "s", "t"]
    pd.testing.assert_frame_equal(back[rest], frame[rest])
    valid, rejected = tmp_path / "ok.parquet", tmp_path / "bad.parquet"
    words = ["--schema", plan, "--valid", str(valid), "--rejected", str(rejected)]
    assert main(["split", str(path), *words]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(valid), frame)


def repaired(data: Any) -> Any:
    """Without the rows that repeat others, by a report that says to drop them."""
    wanted = (fixes.drop_rows(["x"]), fixes.cast("y", "Float64"))
    findings = tuple(
        Finding(code="a.b", severity="warning", message="", remedy=fix.sentence, fix=fix)
        for fix in wanted
    )
    return dc.repair(data, Report(findings, name="t", rows=3, columns=2), unsafe=True)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_repair_drops_leave_the_others_as_they_were(kind: str) -> None:
    """One row of the three goes; a kind that polars does not know stays, object by object."""
    given = pd.DataFrame({"x": [1, 1, 2], "y": ["1", "1", "2"], "c": pd.Series(KINDS[kind])})
    given.index = pd.MultiIndex.from_tuples([("a", 2), ("b", 1), ("a", 1)], names=["g", None])
    given.attrs["made"] = "by hand"
    after = repaired(given)
    assert same(after["c"], given["c"].iloc[[0, 2]])
    assert after["y"].tolist() == [1.0, 2.0]
    assert after.index.equals(given.index[[0, 2]])
    assert after.index.names == given.index.names
    assert after.attrs == given.attrs


def test_rows_that_repair_drops_of_arrow_and_polars() -> None:
    table = pa.table(
        {
            "x": pa.array([1, 1, 2], pa.int8()),
            "y": ["1", "1", "2"],
            "d": pa.array(["a", None, "b"]).dictionary_encode(),
            "m": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int8())),
        }
    )
    after = repaired(table)
    assert after.drop_columns("y").equals(table.take([0, 2]).drop_columns("y"))
    frame = pl.DataFrame({"x": [1, 1, 2], "y": ["1", "1", "2"], "o": [object(), 1, object()]})
    frame = frame.with_columns(pl.Series("o", frame["o"].to_list(), dtype=pl.Object))
    assert [type(cell) for cell in repaired(frame)["o"]] == [object, object]
    assert repaired(frame.lazy().select("x", "y")).collect()["y"].to_list() == [1.0, 2.0]


@pytest.mark.parametrize("dtype", ["object", "string", "string[pyarrow]"])
def test_text_that_repair_reads_as_dates_leaves_as_dates(dtype: str) -> None:
    said = ["01/02/2020", "13/02/2020", "28/02/2020", None] * 10
    after, _ = dc.repair(pd.DataFrame({"day": pd.Series(said, dtype=dtype)}), unsafe=True)
    assert after["day"].dtype.kind == "M"
    days = ["2020-02-01", "2020-02-13", "2020-02-28", None] * 10
    expected = pd.Series(pd.to_datetime(days))
    assert after["day"].astype("datetime64[ns]").equals(expected.astype("datetime64[ns]"))
