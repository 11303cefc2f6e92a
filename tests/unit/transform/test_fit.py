"""Fitting whole tables: what is refused, what is recorded, and the same bits held or scanned."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import datacheck as dc
from datacheck.errors import DataError, SchemaError
from datacheck.ops import Cast, Fill, Missing
from datacheck.schema import Column, Knn, Prepare, Schema
from datacheck.source import collecting
from datacheck.transform import tables


def schema(knn: Knn | None = None, output: str = "float64", **prepares: Any) -> Schema:
    columns = []
    for name, each in prepares.items():
        options = dict(each)
        declared = {
            key: options.pop(key) for key in ("dtype", "coerce", "required") if key in options
        }
        columns.append(Column(name=name, nullable=True, prepare=Prepare(**options), **declared))
    return Schema(name="T", columns=tuple(columns), knn=knn or Knn(), output=output)  # type: ignore[arg-type]


def table(rows: int = 500) -> pl.DataFrame:
    rng = np.random.default_rng(8)
    return pl.DataFrame(
        {
            "mass": rng.lognormal(8.0, 0.3, rows),
            "age": rng.integers(1, 90, rows),
            "kind": rng.choice(["a", "b", "?"], rows, p=[0.2, 0.3, 0.5]),
            "seen": rng.random(rows) < 0.7,
            "day": [dt.date(2020, 1, 1) + dt.timedelta(int(d)) for d in rng.integers(0, 9, rows)],
            "id": range(rows),
        }
    ).with_columns(
        pl.when(pl.int_range(rows) % 7 == i).then(None).otherwise(pl.col(name)).alias(name)
        for i, name in enumerate(["mass", "age", "kind", "seen", "day"])
    )


FULL = schema(
    mass={"missing_values": (-999,), "outliers": "clip", "impute": "median", "scale": "robust"},
    age={"impute": "knn", "scale": "zscore"},
    kind={"missing_values": ("?",), "impute": "most_frequent"},
    seen={"impute": "most_frequent"},
    day={"impute": "constant", "fill_value": dt.date(1999, 1, 1)},
)


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@pytest.mark.parametrize("impute", ["median", "mean", "most_frequent", "knn"])
def test_a_scanned_table_gives_the_bits_of_one_in_memory(
    tmp_path: Path, suffix: str, impute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = schema(
        mass={"outliers": "clip", "impute": impute, "scale": "robust"},
        age={"outliers": "missing", "outlier_rule": "mad", "impute": "mean", "scale": "zscore"},
        kind={"impute": "most_frequent"},
        seen={"impute": "most_frequent"},
        knn=Knn(max_donors=100),
    )
    data = table(20_000)
    path = tmp_path / f"t{suffix}"
    data.write_parquet(path) if suffix == ".parquet" else data.write_ipc(path)
    expected = dc.fit(data, declared)
    assert dc.fit(path, declared) == expected
    monkeypatch.setattr(tables, "HELD", 0)
    monkeypatch.setattr(collecting, "BATCH_CELLS", 4096 * 4)
    read: list[int] = []
    assert dc.fit(path, declared, progress=read.append) == expected
    assert read == sorted(read)
    assert read[-1] >= 2 * data.height


def test_every_kind_of_column_keeps_its_type_and_place() -> None:
    data = table()
    transform = dc.fit(data, FULL)
    out = transform.apply(data)
    assert out.columns == data.columns
    assert out.schema == data.schema | {"mass": pl.Float64, "age": pl.Float64}
    assert out.null_count().sum_horizontal().item() == 0
    assert out["kind"].unique().sort().to_list() == ["a", "b"]
    assert out["day"].min() == dt.date(1999, 1, 1)
    assert out["id"].equals(data["id"])


@pytest.mark.parametrize("output", ["float64", "float32"])
def test_a_row_a_batch_and_a_lazy_frame_agree(output: str) -> None:
    data = table()
    declared = Schema(name="T", columns=FULL.columns, output=output)  # type: ignore[arg-type]
    transform = dc.fit(data, declared)
    out = transform.apply(data)
    assert_frame_equal(transform.apply(data.lazy()).collect(), out, check_exact=True)
    streamed = transform.apply(data.lazy()).collect(engine="streaming")
    assert_frame_equal(streamed, out, check_exact=True)
    for at in range(60):
        assert transform.apply_row(data.row(at, named=True)) == out.row(at, named=True)
        alone = transform.apply(data[at])
        assert_frame_equal(alone, out[at], check_exact=True)


def test_inverse_undoes_the_scaling() -> None:
    data = table()
    transform = dc.fit(data, schema(mass={"scale": "robust"}, age={"scale": "minmax"}))
    back = transform.inverse(transform.apply(data))
    assert_frame_equal(
        back.select("mass", "age"),
        data.select("mass", pl.col("age").cast(pl.Float64)),
        rel_tol=1e-12,
    )


def test_the_artefact_replays_its_golden_rows(tmp_path: Path) -> None:
    transform = dc.fit(table(), FULL)
    assert 30 <= len(transform.fitted.golden) <= 60
    assert any("refused" in row for row in transform.fitted.golden)
    path = tmp_path / "t.json"
    transform.save(path)
    assert dc.load(path) == transform
    assert dc.verify(path).ok
    bare = path.with_suffix("")  # a name without an ending is no folder
    bare.write_bytes(path.read_bytes())
    assert dc.verify(bare).ok
    with pytest.raises(dc.SourceError, match="force"):
        transform.save(path)
    transform.save(path, force=True)


@pytest.mark.parametrize("rows", [1, 2, 31, 5000])
@pytest.mark.parametrize("width", [1, 3, 200])
def test_golden_rows_are_thirty_to_sixty(rows: int, width: int) -> None:
    data = pl.DataFrame({f"c{i}": np.random.default_rng(i).normal(size=rows) for i in range(width)})
    names = {name: {"impute": "median", "scale": "robust"} for name in data.columns}
    golden = dc.fit(data, schema(**names)).fitted.golden
    assert 30 <= len(golden) <= 60


def test_all_missing_columns_are_listed_at_once() -> None:
    declared = schema(one={"impute": "median"}, two={"impute": "median"}, mass={"scale": "robust"})
    with pytest.raises(DataError, match="'one', 'two'"):
        dc.fit(table(), declared)
    transform = dc.fit(table(), FULL)
    with pytest.raises(DataError, match="'mass', 'seen'"):
        transform.apply(table().drop("mass", "seen"))
    optional = schema(one={"impute": "median", "required": False}, mass={"scale": "robust"})
    assert dc.fit(table(), optional).columns == ("mass",)


@pytest.mark.parametrize(
    ("column", "prepare"),
    [
        ("kind", {"scale": "robust"}),
        ("seen", {"impute": "median"}),
        ("day", {"outliers": "clip"}),
        ("kind", {"impute": "knn"}),
    ],
)
def test_what_is_not_a_number_is_not_computed_with(column: str, prepare: dict[str, str]) -> None:
    with pytest.raises(DataError, match=f"'{column}' is .* computes with numbers"):
        dc.fit(table(), schema(**{column: prepare}))


def test_a_declared_cast_reads_text_and_booleans() -> None:
    data = pl.DataFrame({"x": ["1", " 2.5 ", "n/a", None], "b": [True, False, None, True]})
    declared = schema(
        x={"dtype": pl.Float64(), "coerce": True, "missing_values": ("n/a",), "impute": "mean"},
        b={"dtype": pl.Float64(), "coerce": True, "impute": "most_frequent"},
    )
    transform = dc.fit(data, declared)
    assert transform.fitted.programs[0].ops == (
        Cast("float64"),
        Missing(("n/a",), "refuse"),
        Fill(1.75),
        Cast("float64"),
    )
    assert transform.apply(data).rows() == [(1.0, 1.0), (2.5, 0.0), (1.75, 1.0), (1.75, 1.0)]
    with pytest.raises(DataError, match=r"1 cell of column 'x' is text(.|\n)*got: 'oops'"):
        transform.apply(pl.DataFrame({"x": ["oops"], "b": [True]}))


def test_text_in_a_number_column_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,code\n1,01\n2,02\nn/a,03\n,04\n")
    declared = schema(x={"dtype": pl.Float64(), "impute": "median"})
    with pytest.raises(DataError, match="'n/a'"):
        dc.fit(path, declared)
    declared = schema(
        x={"dtype": pl.Float64(), "impute": "median", "missing_values": ("n/a",)},
        code={"dtype": pl.String(), "impute": "most_frequent"},
    )
    out = dc.fit(path, declared).apply(path).collect()
    assert out.rows() == [(1.0, "01"), (2.0, "02"), (1.5, "03"), (1.5, "04")]


def test_codes_of_a_csv_that_are_declared_text_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("code\n7\n7\n8\n\n")
    declared = schema(code={"dtype": pl.String(), "impute": "most_frequent"})
    assert dc.fit(path, declared).apply(path).collect()["code"].to_list() == ["7", "7", "8", "7"]


@pytest.mark.parametrize(
    ("values", "message"),
    [([1.0, float("inf")], "infinite"), ([None, None], "every cell is missing")],
)
def test_columns_that_cannot_be_fitted(values: list[Any], message: str) -> None:
    data = pl.DataFrame({"x": values}, schema={"x": pl.Float64})
    with pytest.raises(DataError, match=message):
        dc.fit(data, schema(x={"impute": "median"}))


def test_an_empty_table() -> None:
    with pytest.raises(DataError, match="no rows to fit on"):
        dc.fit(table().head(0), FULL)
    out = dc.fit(table(), FULL).apply(table().head(0))
    assert out.height == 0
    assert out.schema["mass"] == pl.Float64


def test_refused_cells_are_named_with_their_rows() -> None:
    transform = dc.fit(table(), FULL)
    bad = table().with_columns(
        mass=pl.when(pl.int_range(500) == 41).then(float("inf")).otherwise("mass")
    )
    with pytest.raises(DataError, match=r"refuses 1 cell.*'mass'[\s\S]*row 41: inf"):
        transform.apply(bad)
    with pytest.raises(DataError, match="refuses 1 cell"):
        transform.apply(bad.lazy()).collect()


def test_what_float32_cannot_hold_is_refused() -> None:
    data = pl.DataFrame({"x": [1.0, 2.0, 1e39]})
    with pytest.raises(DataError, match="overflows float32"):
        dc.fit(data, schema(output="float32", x={"impute": "median"}))
    transform = dc.fit(data.head(2), schema(output="float32", x={"impute": "median"}))
    assert transform.apply(pl.DataFrame({"x": [3.4028234663852886e38]})).height == 1
    with pytest.raises(DataError, match=r"row 2: 1e\+39"):
        transform.apply(data)


def test_wrong_types_at_apply_are_refused() -> None:
    transform = dc.fit(table(), FULL)
    with pytest.raises(DataError, match=r"'mass' has the wrong type[\s\S]*String"):
        transform.apply(table().with_columns(pl.col("mass").cast(pl.String)))
    with pytest.raises(DataError, match="'kind' has the wrong type"):
        transform.apply(table().with_columns(kind=1))


def test_values_that_a_column_cannot_hold() -> None:
    with pytest.raises(SchemaError, match="fill_value"):
        dc.fit(table(), schema(day={"impute": "constant", "fill_value": "someday"}))
    with pytest.raises(SchemaError, match="missing_values"):
        dc.fit(table(), schema(seen={"impute": "most_frequent", "missing_values": (3,)}))


def test_an_enum_stays_one_and_is_filled_with_its_own_categories(tmp_path: Path) -> None:
    kinds = pl.Enum(["a", "b"])
    data = pl.DataFrame({"kind": pl.Series(["a", "b", "a", None], dtype=kinds)})

    def declared(**options: Any) -> Schema:
        return Schema(
            name="s", columns=(Column(name="kind", nullable=True, prepare=Prepare(**options)),)
        )

    transform = dc.fit(data, declared(impute="most_frequent"))
    lazy = transform.apply(data.lazy())
    assert lazy.collect_schema() == lazy.collect().schema == data.schema
    lazy.sink_parquet(tmp_path / "o.parquet")
    assert pl.read_parquet(tmp_path / "o.parquet")["kind"].to_list() == ["a", "b", "a", "a"]
    with pytest.raises(DataError, match="cannot be filled with 'a'"):
        transform.apply(pl.DataFrame({"kind": pl.Series(["b", None], dtype=pl.Enum(["b"]))}))
    with pytest.raises(DataError, match="cannot be filled with 'zoo'"):
        dc.fit(data, declared(impute="constant", fill_value="zoo"))


def test_a_schema_that_prepares_nothing() -> None:
    with pytest.raises(SchemaError, match="prepares no column"):
        dc.fit(table(), Schema(name="T", columns=(Column(name="mass"),)))


def test_what_is_seen_at_fit_is_kept() -> None:
    data = pl.DataFrame({"x": [1.0] * 9 + [5.0], "y": [2.0] * 10})
    transform = dc.fit(data, schema(x={"scale": "robust"}, y={"scale": "zscore"}))
    codes = [finding["code"] for finding in transform.findings]
    assert codes == ["scale.degenerate", "scale.constant"]


def test_knn_features_that_are_not_prepared_are_an_error() -> None:
    declared = schema(Knn(features=("mass", "zip")), mass={"impute": "knn", "scale": "robust"})
    with pytest.raises(DataError, match="'zip'"):
        dc.fit(table(), declared)


@pytest.mark.parametrize("space", ["raw", "scaled"])
def test_knn_survives_saving(tmp_path: Path, space: str) -> None:
    data = table()
    declared = schema(
        Knn(space=space),  # type: ignore[arg-type]
        mass={"impute": "knn", "scale": "robust"},
        age={"impute": "knn", "scale": "zscore"},
    )
    transform = dc.fit(data, declared)
    path = tmp_path / "t.zip"
    transform.save(path)
    assert dc.verify(path).ok
    again = dc.load(path).apply(data)
    assert_frame_equal(again, transform.apply(data), check_exact=True)


def test_two_fits_are_compared_in_units_of_the_output() -> None:
    data = table()
    declared = schema(mass={"impute": "median", "scale": "robust"}, age={"scale": "zscore"})
    old = dc.fit(data, declared)
    new = dc.fit(data.with_columns(pl.col("mass") * 1.5), declared)
    assert old.diff(old, data).findings == ()
    report = old.diff(new, data)
    assert [(f.code, f.severity, f.column) for f in report.findings] == [
        ("diff.moved", "error", "mass")
    ]
    moved = (new.apply(data)["mass"] - old.apply(data)["mass"]).abs()
    assert report.findings[0].evidence["moves_more_than"] == moved.quantile(0.95, "higher")
    assert old.diff(new, data, above=1e9).ok
    for above in (-1.0, float("nan")):
        with pytest.raises(DataError, match="is a distance"):
            old.diff(new, data, above=above)


def test_what_fewer_donors_cost_is_measured() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=3000)
    data = pl.DataFrame({"x": x, "y": x + rng.normal(size=3000) * 0.1, "z": rng.normal(size=3000)})
    prepare = {"impute": "knn", "scale": "zscore"}
    declared = schema(Knn(max_donors=300), x=prepare, y=prepare, z=prepare)
    transform = dc.fit(data, declared)
    assert transform.fitted.donors is not None
    assert len(transform.fitted.donors.rows) == 300  # type: ignore[arg-type]
    errors = {f["column"]: f["evidence"]["error"] for f in transform.findings}
    assert errors["x"] < 0.4  # y tells it
    assert errors["z"] > 0.9  # nothing does
    assert dc.fit(data, declared) == transform
    assert dc.fit(data, schema(x=prepare, y=prepare, z=prepare)).findings == ()


def test_donors_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    from datacheck.transform import donors

    monkeypatch.setattr(donors, "BUDGET", 1000)
    with pytest.raises(DataError, match="lower max_donors"):
        dc.fit(table(), FULL)


@pytest.mark.parametrize(
    ("dtype", "cells", "holds"),
    [
        ("float32", [1e300, 1.0], False),
        ("float16", [70000.0, 1.0], False),
        ("float16", [1.5, 1.0], True),
        ("float32", [0.1, None], True),
        ("int8", [1.0, 0.0], True),
        ("int8", [0.5, 0.0], False),
        ("int8", [1.0, None], False),
        ("uint8", [-1.0, 0.0], False),
        ("bool", [1.0, 0.0], True),
    ],
)
def test_a_matrix_of_another_type_holds_its_cells_or_is_refused(
    dtype: str, cells: list[float | None], holds: bool
) -> None:
    columns = (Column(name="x", nullable=True, prepare=Prepare(role="feature")),)
    transform = dc.fit(pl.DataFrame({"x": [1.0, 2.0]}), Schema(name="s", columns=columns))
    served = pl.DataFrame({"x": cells}, schema={"x": pl.Float64})
    if holds:
        made = transform.matrix(served, dtype=dtype)
        assert made.dtype == dtype
        assert np.array_equal(made, transform.matrix(served).astype(dtype), equal_nan=True)
    else:
        with pytest.raises(dc.DatacheckError, match=f"column 'x' cannot be {dtype}"):
            transform.matrix(served, dtype=dtype)
