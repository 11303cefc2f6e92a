"""Encodings, indicators, powers and ranges against scikit-learn's, as matrix, table and rows."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.compose import TransformedTargetRegressor
from sklearn.impute import MissingIndicator
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

import datacheck as dc
from datacheck.errors import DataError, SchemaError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare
from datacheck.sklearn import Preparer

CATEGORIES = ("a", "b", "B", "", " ", "it's", '"q"', "l\n", "\U0001f427", "__proto__", "nan")

CELLS = st.lists(st.sampled_from(CATEGORIES) | st.none(), min_size=1, max_size=30)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def fitted(table: pl.DataFrame, **columns: dict[str, Any]) -> dc.Transform:
    declared = tuple(
        Column(name=name, nullable=True, prepare=read_prepare(options, name))
        for name, options in columns.items()
    )
    return dc.fit(table, Schema(name="S", columns=declared))


def agree(transform: dc.Transform, table: pl.DataFrame) -> np.ndarray[Any, Any]:
    """The matrix, which is the table's cells and the rows'."""
    matrix = transform.matrix(table)
    assert matrix.flags.c_contiguous
    names = list(transform.feature_names_out)
    assert np.array_equal(matrix, transform.apply(table).select(names).to_numpy(), equal_nan=True)
    rows = [transform.apply_row(row) for row in table.to_dicts()]
    assert rows == transform.apply(table).to_dicts()
    return matrix


@QUICK
@given(
    cells=CELLS,
    unseen=CELLS,
    drop=st.sampled_from(["none", "first", "if_binary"]),
    min_frequency=st.sampled_from([None, 2, 3, 0.2]),
    max_categories=st.sampled_from([None, 1, 2, 4]),
    unknown=st.sampled_from(["zeros", "infrequent"]),
)
def test_one_hot_is_scikit_learns(
    cells: list[str | None],
    unseen: list[str | None],
    drop: str,
    min_frequency: Any,
    max_categories: Any,
    unknown: str,
) -> None:
    peer = OneHotEncoder(
        handle_unknown={"zeros": "ignore", "infrequent": "infrequent_if_exist"}[unknown],
        drop=None if drop == "none" else drop,
        min_frequency=min_frequency,
        max_categories=max_categories,
        sparse_output=False,
    )
    wanted = peer.fit_transform(np.array(cells, object).reshape(-1, 1))
    options = {"encode": "one_hot", "unknown": unknown, "drop": drop}
    options |= {"min_frequency": min_frequency, "max_categories": max_categories}
    table = pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)})
    if not wanted.shape[1]:
        return
    transform = fitted(table, c=options)
    assert list(transform.feature_names_out) == list(peer.get_feature_names_out(["c"]))
    assert np.array_equal(agree(transform, table), wanted)
    served = pl.DataFrame({"c": pl.Series(unseen, dtype=pl.String)})
    with warnings.catch_warnings(action="ignore"):  # that it codes the unseen as nothing
        later = peer.transform(np.array(unseen, object).reshape(-1, 1))
    assert np.array_equal(agree(transform, served), later)


@QUICK
@given(cells=CELLS, min_frequency=st.sampled_from([None, 2]), most=st.sampled_from([None, 2]))
def test_ordinal_is_scikit_learns(cells: list[str | None], min_frequency: Any, most: Any) -> None:
    known = len({cell for cell in cells if cell is not None})
    if not known:
        return
    peer = OrdinalEncoder(
        min_frequency=min_frequency, max_categories=most, encoded_missing_value=-7
    )
    given_cells = [np.nan if cell is None else cell for cell in cells]
    wanted = peer.fit_transform(np.array(given_cells, object).reshape(-1, 1))
    options = {"encode": "ordinal", "min_frequency": min_frequency, "max_categories": most}
    table = pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)})
    transform = fitted(table, c=options)
    ours = agree(transform, table)
    # A missing category has a code of its own here, after the others.
    holes = np.array([[cell is None] for cell in cells])
    assert np.array_equal(np.where(holes, -7, ours), wanted)
    assert not holes.any() or ours[holes].min() > ours[~holes].max()


@pytest.mark.parametrize("kind", [pl.Boolean, pl.Int64, pl.Categorical, pl.Enum(["x", "y"])])
def test_categories_of_every_kind(kind: Any) -> None:
    values: list[Any] = {"Boolean": [True, False, None], "Int64": [3, 1, None]}.get(
        str(kind), ["y", "x", None]
    )
    table = pl.DataFrame({"c": pl.Series(values * 3, dtype=kind)})
    transform = fitted(table, c={"encode": "one_hot"})
    first, second = sorted(value for value in values if value is not None)
    assert transform.feature_names_out == (f"c_{first}", f"c_{second}", "c_None")
    assert agree(transform, table)[:3].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_an_unseen_category_is_refused_by_name_and_spellings_are_one() -> None:
    table = pl.DataFrame({"c": ["male", "Male", "female", "Male "], "x": [1.0, 2.0, 3.0, 4.0]})
    options = {"encode": "one_hot", "spellings": {"Male": ["male", "Male "]}}
    transform = fitted(table, c=options, x={})
    assert transform.feature_names_out == ("c_Male", "c_female", "x")
    assert agree(transform, table)[:, 0].tolist() == [1, 1, 0, 1]
    with pytest.raises(DataError, match="'other'"):
        transform.apply(pl.DataFrame({"c": ["other"], "x": [1.0]}))
    with pytest.raises(DataError, match="not one of the categories"):
        transform.apply_row({"c": "other", "x": 1.0})


def test_two_cells_of_one_name_are_an_error() -> None:
    table = pl.DataFrame({"c": ["a", None], "c_a": [1.0, 2.0]})
    with pytest.raises(SchemaError, match="'c_a'"):
        fitted(table, c={"encode": "one_hot"}, c_a={})
    with pytest.raises(SchemaError, match="'c_a'"):
        fitted(table, c={"encode": "one_hot"})
    transform = fitted(table.select("c"), c={"encode": "one_hot"})
    with pytest.raises(DataError, match="'c_a'"):
        transform.apply(table)


NUMBERS = st.lists(
    st.floats(0, 1e6).map(lambda x: round(x, 3)) | st.none(), min_size=3, max_size=30
).filter(lambda cells: sum(cell is not None for cell in cells) > 1)


@QUICK
@given(cells=NUMBERS, function=st.sampled_from(["log1p", "sqrt", "signed_log1p"]))
def test_a_power_is_a_function_transformer(cells: list[float | None], function: str) -> None:
    table = pl.DataFrame({"x": pl.Series(cells, dtype=pl.Float64)})
    transform = fitted(
        table, x={"impute": "mean", "power": function, "scale": "zscore", "indicator": True}
    )
    matrix = agree(transform, table)
    x = table.to_numpy()
    holes = MissingIndicator(features="all").fit_transform(x)
    assert np.array_equal(matrix[:, [1]], holes)
    filled = np.where(np.isnan(x), np.nanmean(x), x)
    apply = np.sqrt if function == "sqrt" else np.log1p
    powered = FunctionTransformer(apply).fit_transform(filled)
    wanted = StandardScaler().fit_transform(powered)
    assert np.allclose(matrix[:, [0]], wanted, atol=1e-6)
    back = transform.inverse(transform.apply(table))["x"].to_numpy()
    assert np.allclose(back, filled.ravel(), rtol=1e-9, atol=1e-6)


@QUICK
@given(cells=NUMBERS, low=st.floats(-5, 0), width=st.floats(0.5, 9), clip=st.booleans())
@example(cells=[2.0, 1.25, 471111.317], low=-0.1953125, width=2.25, clip=True)
@example(cells=[0.0, 0.0, 230651.592], low=-1.4008243747020082, width=7.875, clip=True)
def test_a_range_and_its_clip_are_min_max_scalers(
    cells: list[float | None], low: float, width: float, clip: bool
) -> None:
    table = pl.DataFrame({"x": pl.Series(cells, dtype=pl.Float64)})
    ends = (low, low + width)
    transform = fitted(table, x={"scale": "minmax", "feature_range": ends, "clip": clip})
    peer = MinMaxScaler(feature_range=ends, clip=clip).fit(table.to_numpy())
    assert np.allclose(agree(transform, table), peer.transform(table.to_numpy()), equal_nan=True)
    served = pl.DataFrame({"x": [-1e9, 1e9, 5.0, None]})
    ours = agree(transform, served)
    assert np.allclose(ours, peer.transform(served.to_numpy()), equal_nan=True)
    if clip:
        assert np.nanmin(ours) >= ends[0]
        assert np.nanmax(ours) <= ends[1]


def test_a_target_comes_back_as_from_a_transformed_target_regressor() -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(50, 1))
    price = np.exp(x[:, 0] + draw.normal(size=50) / 9)
    table = pl.DataFrame({"x": x[:, 0], "price": price})
    transform = fitted(table, x={"scale": "zscore"}, price={"role": "target", "power": "log1p"})
    assert transform.feature_names_out == ("x",)
    served = transform.matrix(table.drop("price"))
    model = LinearRegression().fit(served, transform.apply(table)["price"].to_numpy())
    ours = transform.inverse(model.predict(served), columns="price")
    peer = TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    assert np.allclose(ours, peer.fit(served, price).predict(served))


@pytest.mark.parametrize("how", ["median", "mean"])
@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime("ms"), pl.Duration("us"), pl.Time])
def test_the_middle_of_moments(kind: Any, how: str) -> None:
    units = pl.Series([0, 864_000_000, 1_728_000_000, None]) if kind != pl.Date else None
    cells = pl.Series([0, 10, 20, None] if units is None else units, dtype=pl.Int64).cast(kind)
    table = pl.DataFrame({"d": cells})
    transform = fitted(table, d={"impute": how})
    out = transform.apply(table)
    assert out["d"].to_list() == [*cells[:3].to_list(), cells[1]]
    assert [transform.apply_row(row) for row in table.to_dicts()] == out.to_dicts()


def test_neighbours_never_compare_a_target() -> None:
    table = pl.DataFrame({"a": [1.0, 2.0, None, 4.0], "b": [1.0, 2.0, 3.0, 4.0], "y": [1.0] * 4})
    transform = fitted(
        table, a={"impute": "knn"}, b={"scale": "zscore"}, y={"role": "target", "scale": "minmax"}
    )
    assert transform.fitted.donors is not None
    assert transform.fitted.donors.features == ("a", "b")
    assert transform.apply(table.drop("y")).columns == ["a", "b"]


def test_a_diff_compares_the_cells_of_an_encoding() -> None:
    table = pl.DataFrame({"c": ["a", "b", "a"], "y": [1.0, 2.0, 3.0]})
    target = {"role": "target", "scale": "minmax"}
    old = fitted(table, c={"encode": "one_hot", "unknown": "zeros"}, y=target)
    new = fitted(table[:1], c={"encode": "one_hot", "unknown": "zeros"}, y={"role": "target"})
    found = {(f.code, f.column) for f in old.diff(new, table).findings}
    assert found == {("diff.column_missing", "c_b"), ("diff.moved", "y")}
    assert {f.column for f in old.diff(new, table.drop("y")).findings} == {"c_b"}


@pytest.mark.parametrize("power", ["none", "log1p", "sqrt", "signed_log1p"])
def test_the_estimator_has_powers_and_ranges(power: str) -> None:
    x = np.random.default_rng(1).lognormal(size=(40, 3))
    x[::7, 1] = np.nan
    options = {"scale": "minmax", "feature_range": (-1, 1), "clip": True, "power": power}
    preparer = Preparer(**options).fit(x)
    ready = preparer.transform(np.vstack([x, x * 100]))
    assert ready.min() >= -1.0
    assert ready.max() <= 1.0
    table = pl.DataFrame(np.vstack([x, x * 100]), schema=["x0", "x1", "x2"])
    assert np.allclose(preparer.transform_.matrix(table), ready, rtol=0, atol=1e-14)
    filled = np.where(np.isnan(x), np.nanmedian(x, axis=0), x)
    assert np.allclose(preparer.inverse_transform(preparer.transform(x)), filled)


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["b", "a", "c", "a", None], {"nullable": True}),
        ([True, False, True, None], {"nullable": True}),
        ([7, 3, 3, 1], {}),
        (["x", "x", "y", "z"], {"min_frequency": 2, "unknown": "infrequent"}),
    ],
    ids=["text", "booleans", "whole numbers", "some together"],
)
def test_ordinal_codes_come_back_as_their_categories(
    cells: list[Any], options: dict[str, Any]
) -> None:
    table = pl.DataFrame({"y": cells, "x": [float(at) for at in range(len(cells))]})
    own = {key: value for key, value in options.items() if key != "nullable"}
    transform = fitted(
        table, y={"encode": "ordinal", "role": "target", **own}, x={"scale": "zscore"}
    )
    ready = transform.apply(table)
    expected = [("y" if cell == "z" else cell) for cell in cells]
    back = transform.inverse(ready)
    assert back["y"].to_list() == expected
    assert back["y"].dtype == table["y"].dtype
    codes = ready["y"]
    assert transform.inverse(codes).to_list() == expected
    assert transform.inverse(codes.to_numpy(), columns="y").tolist() == expected
    assert transform.inverse(codes.to_pandas()).tolist() == expected
    assert [transform.inverse({"y": code})["y"] for code in codes] == expected
    assert transform.inverse(ready.lazy()).collect()["y"].to_list() == expected
    assert transform.inverse({"y": 99.0})["y"] is None
    assert transform.inverse(codes[0], columns="y") == expected[0]
    assert transform.inverse(np.float32(99), columns="y") is None
    assert transform.inverse([99.0], columns="y").tolist() == [None]
    with pytest.raises(DataError, match="no prepared number"):
        transform.inverse(pl.DataFrame({"y": ["b"]}))


@pytest.mark.parametrize("cells", [["a"], ["a", "a", None], [None, "a"]])
@pytest.mark.parametrize("more", [{}, {"indicator": True}, {"min_frequency": 2}])
@pytest.mark.parametrize("unknown", ["error", "zeros"])
@pytest.mark.parametrize("beside", [True, False])
def test_one_category_that_is_dropped(
    cells: list[str | None], more: dict[str, Any], unknown: str, beside: bool
) -> None:
    table = pl.DataFrame({"x": cells, "n": [float(at) for at in range(len(cells))]})
    options = {"encode": "one_hot", "drop": "first", "unknown": unknown, **more}
    others = {"n": {"scale": "zscore"}} if beside else {}
    try:
        transform = fitted(table if beside else table.drop("n"), x=options, **others)
    except (DataError, SchemaError) as error:
        assert re.search("is dropped", str(error))  # noqa: PT017 - or it works, as it must
        return
    assert transform.feature_names_out
    agree(transform, table if beside else table.drop("n"))
    again = dc.Transform.from_bytes(transform.to_bytes())
    assert again == transform
