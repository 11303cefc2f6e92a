"""The estimator: scikit-learn's own checks, the transform's own bits, and frames of every kind."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

import datacheck as dc
from datacheck.errors import DataError, SchemaError
from datacheck.sklearn import Preparer
from datacheck.transform.given import Refused
from tests.support.cells import cell

if TYPE_CHECKING:
    from pathlib import Path

CHECKED = [
    {},
    {"outliers": "clip", "scale": "zscore"},
    {"outliers": "missing", "outlier_rule": "mad", "impute": "mean", "scale": "minmax"},
    {"output": "float32", "impute": "most_frequent", "infinite": "clip"},
    {"impute": "constant", "fill_value": 0.0, "infinite": "missing", "missing_values": (-999,)},
    {"impute": "knn", "knn": {"n_neighbors": 2}},
]

WIDER = [
    {"indicator": True, "impute": "mean", "encode": "one_hot", "unknown": "zeros"},
    {"encode": "ordinal", "impute": "most_frequent", "power": "signed_log1p"},
]


def test_scikit_learns_own_checks_pass_all_of_them() -> None:
    code = f"""
from sklearn.utils.estimator_checks import check_estimator
from datacheck.sklearn import Preparer
for options in {CHECKED + WIDER!r}:
    for result in check_estimator(Preparer(**options), on_fail=None, on_skip=None):
        if result["status"] != "passed":
            print(options, result["check_name"], result["status"], result["exception"])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stdout + done.stderr


def table(rows: int = 200) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(3)
    x = generator.lognormal(size=(rows, 4)) * [1.0, 1e-6, 1e6, 10.0]
    x[generator.random(x.shape) < 0.1] = np.nan
    return x


@pytest.mark.parametrize(
    ("options", "peer"),
    [
        ({}, make_pipeline(SimpleImputer(strategy="median"), RobustScaler())),
        ({"impute": "mean", "scale": "zscore"}, make_pipeline(SimpleImputer(), StandardScaler())),
        (
            {"impute": "most_frequent", "scale": "minmax"},
            make_pipeline(SimpleImputer(strategy="most_frequent"), MinMaxScaler()),
        ),
        ({"impute": "none", "scale": "robust"}, RobustScaler()),
    ],
)
def test_it_agrees_with_scikit_learns_pipelines(options: dict[str, Any], peer: Any) -> None:
    x = table()
    ours = Preparer(**options).fit_transform(x)
    np.testing.assert_allclose(ours, peer.fit_transform(x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("options", CHECKED, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_gets_the_bits_that_a_table_gets(options: dict[str, Any], order: Any) -> None:
    x = np.array(table(), order=order)
    preparer = Preparer(**options).fit(x)
    frame = pl.DataFrame(x, schema=[f"x{at}" for at in range(4)])
    expected = preparer.transform_.apply(frame).to_numpy()
    got = preparer.transform(x)
    assert got.dtype == expected.dtype == np.dtype(preparer.output)
    assert np.array_equal(got, expected, equal_nan=True)
    schema = dc.load_schema(schema_of(options))
    assert dc.fit(frame, schema).fitted.programs == preparer.fitted_.programs


def schema_of(options: dict[str, Any]) -> Any:
    import pandera.polars as pa

    table_keys = {key: options[key] for key in ("knn", "output") if key in options}
    prepare = {"impute": "median", "scale": "robust"} | {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in options.items()
        if key not in table_keys
    }
    columns = {
        f"x{at}": pa.Column(float, nullable=True, metadata=dc.prepare(**prepare)) for at in range(4)
    }
    return pa.DataFrameSchema(columns, metadata=dc.prepare(**table_keys) if table_keys else None)


@settings(max_examples=40, deadline=None)
@given(
    x=hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4))),
    options=st.sampled_from(CHECKED[:5]),
)
def test_any_matrix_is_fitted_and_prepared_as_the_reference_says(
    x: np.ndarray[Any, Any], options: dict[str, Any]
) -> None:
    try:
        preparer = Preparer(**options).fit(x)
    except DataError:
        return
    fitted = preparer.fitted_
    try:
        got = preparer.transform(x)
    except DataError:
        got = None
    expected = []
    for row in x.tolist():
        try:
            named = dict(zip([p.column for p in fitted.programs], row, strict=True))
            expected.append([cell(p, named[p.column], named, fitted) for p in fitted.programs])
        except Refused:
            assert got is None
            return
    assert got is not None
    nan = float("nan")
    plain = [[nan if value is None else value for value in row] for row in expected]
    assert repr(got.tolist()) == repr(plain)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_of_numbers_keep_their_names(kind: str) -> None:
    frame = pl.DataFrame(table(), schema=["a", "b", 'c "quoted"', "d"])
    given = frame.to_pandas() if kind == "pandas" else frame
    preparer = Preparer().fit(given)
    assert list(preparer.get_feature_names_out()) == frame.columns
    assert isinstance(preparer.transform(given), np.ndarray)
    for output, module in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        out = clone(preparer).set_output(transform=output).fit_transform(given)
        assert isinstance(out, module)
        assert list(out.columns) == frame.columns
    with pytest.raises(ValueError, match="feature names"):
        preparer.transform(given[["d", "a", "b", 'c "quoted"']])


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_other_columns_of_a_frame_pass_through(kind: str) -> None:
    frame = pl.DataFrame(
        {"n": [1.0, None, 3.0], "t": ["x", None, "z"], "i": [5, 6, 9], "b": [True, False, None]}
    )
    given = frame.to_pandas() if kind == "pandas" else frame
    preparer = Preparer(scale="none").fit(given)
    out = preparer.transform(given)
    assert type(out) is type(given)
    shown = out if kind == "polars" else pl.from_pandas(out)
    assert shown["n"].to_list() == [1.0, 2.0, 3.0]
    assert shown["i"].to_list() == [5.0, 6.0, 9.0]
    assert shown["t"].to_list() == ["x", None, "z"]
    assert [p.column for p in preparer.fitted_.programs] == ["n", "i"]
    back = preparer.inverse_transform(out)
    assert type(back) is type(given)


def test_a_schema_declares_each_column_its_own(root: Path) -> None:
    frame = dc.read(root / "sample_data/flights.parquet").collect()
    schema = root / "schemas/flights.yaml"
    preparer = Preparer(schema=schema).fit(frame)
    expected = dc.fit(frame, schema).apply(frame)
    assert preparer.transform(frame).equals(expected, null_equal=True)
    assert clone(preparer).get_params()["schema"] == schema


def test_a_schema_prepares_an_array_by_position() -> None:
    x = table()
    preparer = Preparer(schema=schema_of({"scale": "minmax"})).fit(x)
    same = Preparer(scale="minmax").fit(x)
    assert np.array_equal(preparer.transform(x), same.transform(x))
    assert np.array_equal(
        preparer.inverse_transform(same.transform(x)), same.inverse_transform(same.transform(x))
    )


def test_it_is_undone() -> None:
    x = table()
    preparer = Preparer(scale="zscore").fit(x)
    back = preparer.inverse_transform(preparer.transform(x))
    held = ~np.isnan(x)
    np.testing.assert_allclose(back[held], x[held], rtol=1e-12)
    fills = [op.value for p in preparer.fitted_.programs for op in p.ops if hasattr(op, "value")]
    np.testing.assert_allclose(back[~held], np.broadcast_to(fills, x.shape)[~held], rtol=1e-12)
    with pytest.raises(DataError, match="columns that were fitted"):
        preparer.inverse_transform(x[:, :2])


def test_it_survives_pickling_cloning_and_a_grid_search() -> None:
    x = table()
    y = np.nan_to_num(x[:, 0])
    preparer = Preparer(outliers="clip").fit(x)
    again = pickle.loads(pickle.dumps(preparer))  # noqa: S301 - our own bytes
    assert again.transform(x).tobytes() == preparer.transform(x).tobytes()
    assert again.transform_.fitted.golden == preparer.transform_.fitted.golden
    search = GridSearchCV(
        make_pipeline(Preparer(), Ridge()),
        {"preparer__scale": ["robust", "minmax"], "preparer__outliers": ["keep", "clip"]},
        cv=2,
        error_score="raise",
    ).fit(x, y)
    assert search.best_params_.keys() == {"preparer__scale", "preparer__outliers"}


def test_it_works_in_a_column_transformer() -> None:
    frame = pd.DataFrame({"n": [1.0, np.nan, 3.0], "t": ["x", "y", "z"]})
    both = ColumnTransformer([("numbers", Preparer(scale="none"), ["n"])], remainder="passthrough")
    assert both.fit_transform(frame).tolist() == [[1.0, "x"], [2.0, "y"], [3.0, "z"]]
    assert list(both.get_feature_names_out()) == ["numbers__n", "remainder__t"]


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_sparse_columns_of_pandas_are_numbers(fill: float) -> None:
    cells = [0.0, 1.0, np.nan, 0.0, 4.0]
    plain = pd.DataFrame({"a": cells, "b": [1.0, 2.0, 3.0, 4.0, 5.0]})
    sparse = plain.assign(a=pd.arrays.SparseArray(cells, fill_value=fill))
    for preparer in (Preparer(), Preparer(indicator=True)):
        wanted = preparer.fit(plain).transform(plain)
        assert np.array_equal(preparer.fit(sparse).transform(sparse), wanted)
        assert np.array_equal(preparer.transform(plain), wanted)


@pytest.mark.parametrize("target", ["onnx", "sklearn"])
def test_what_it_fitted_can_be_exported(target: str, tmp_path: Path) -> None:
    preparer = Preparer(outliers="missing").fit(table())
    path = tmp_path / {"onnx": "t.onnx", "sklearn": "t.skops"}[target]
    preparer.transform_.export(target, path)
    assert dc.verify(path).ok
    assert len(preparer.transform_.fitted.golden) >= 30


def test_infinite_cells_are_refused_by_name_and_row() -> None:
    x = table()
    preparer = Preparer(outliers="clip").fit(x)
    x[7, 2] = np.inf
    with pytest.raises(DataError, match=r"column 'x2'(.|\n)*row 7: inf"):
        preparer.transform(x)
    with pytest.raises(DataError, match=r"'x2' holds 1 infinite"):
        Preparer().fit(x)


def test_a_center_is_never_a_negative_zero() -> None:
    x = np.array([[np.nan], [np.nan], [np.nan], [1.0]])
    for column in (x, x[:3]):
        fitted = Preparer(impute="constant", fill_value=-0.0).fit(column).fitted_
        center = next(op.center for op in fitted.programs[0].ops if hasattr(op, "center"))
        assert repr(center) == "0.0"


def test_a_large_matrix_goes_through_in_threads_with_the_same_bits() -> None:
    x = np.tile(table(), (400, 4))
    preparer = Preparer(outliers="clip").fit(x)
    expected = np.vstack([preparer.transform(x[at : at + 777]) for at in range(0, len(x), 777)])
    assert preparer.transform(x).tobytes() == expected.tobytes()
    assert preparer.transform(np.asfortranarray(x)).tobytes() == expected.tobytes()
    assert preparer.transform(x[:0]).shape == (0, 16)


def test_bad_options_are_refused_at_fit_with_the_nearest_word() -> None:
    with pytest.raises(SchemaError, match="did you mean 'median'"):
        Preparer(impute="medain").fit(table())
    with pytest.raises(SchemaError, match="n_neighbors"):
        Preparer(impute="knn", knn={"n_neighbor": 3}).fit(table())
    with pytest.raises(DataError, match="no numeric column"):
        Preparer().fit(pl.DataFrame({"t": ["x", "y"]}))


MIXED = pd.DataFrame(
    {
        "age": [31.0, np.nan, 54.0, 20.0, 31.0, 40.0],
        "sex": ["f", "m", None, "m", "m", "NA"],
        "member": [True, False, True, True, False, True],
    }
)


@pytest.mark.parametrize(
    "options",
    [
        {"encode": "one_hot", "unknown": "zeros"},
        {"encode": "one_hot", "drop": "first", "indicator": True, "missing_values": ["NA", 20]},
        {"encode": "ordinal", "impute": "most_frequent", "scale": "minmax", "clip": True},
        {"encode": "one_hot", "min_frequency": 2, "unknown": "infrequent", "power": "log1p"},
        {"encode": "one_hot", "max_categories": 2, "output": "float32"},
    ],
    ids=str,
)
def test_text_is_encoded_in_frames_and_arrays_of_every_kind(
    options: dict[str, Any], tmp_path: Path
) -> None:
    preparer = Preparer(**options).fit(MIXED)
    names = list(preparer.get_feature_names_out())
    expected = preparer.transform_.matrix(MIXED)
    assert tuple(names) == preparer.transform_.feature_names_out
    assert list(preparer.transform(MIXED).columns) == names
    for kind in (MIXED, MIXED.astype(object), pl.from_pandas(MIXED)):
        assert np.array_equal(clone(preparer).fit_transform(kind), expected)
    array = clone(preparer).fit(MIXED.to_numpy())
    assert np.array_equal(array.transform(MIXED.to_numpy()), expected)
    assert list(array.get_feature_names_out(MIXED.columns)) == names
    if "unknown" in options:
        nothing = np.array([[None, None, None]], dtype=object)
        assert array.transform(nothing).shape == (1, len(names))
    model = make_pipeline(clone(preparer), Ridge()).fit(MIXED, range(6))
    assert np.isfinite(model.predict(MIXED)).all()
    preparer.transform_.export("sklearn", tmp_path / "t.skops")
    assert dc.verify(tmp_path / "t.skops").ok


def test_an_indicator_stands_behind_its_column_and_is_left_out_on_the_way_back() -> None:
    x = table()
    preparer = Preparer(indicator=True).fit(x)
    out = preparer.transform(x)
    assert np.array_equal(out[:, ::2], Preparer().fit_transform(x))
    assert np.array_equal(out[:, 1::2], np.isnan(x))
    assert list(preparer.get_feature_names_out())[:3] == ["x0", "x0_missing", "x1"]
    back = preparer.inverse_transform(out)
    np.testing.assert_allclose(back[~np.isnan(x)], x[~np.isnan(x)], rtol=1e-12)


def test_in_a_column_transformer_its_columns_have_their_names() -> None:
    preparer = Preparer(encode="one_hot", unknown="zeros")
    both = ColumnTransformer([("all", preparer, ["age", "sex"])], remainder="passthrough")
    out = both.set_output(transform="pandas").fit_transform(MIXED)
    assert list(out.columns) == [
        *("all__age", "all__sex_NA", "all__sex_f", "all__sex_m", "all__sex_None"),
        "remainder__member",
    ]


def test_an_option_of_encodings_without_one_is_refused() -> None:
    with pytest.raises(SchemaError, match="did you mean 'one_hot'"):
        Preparer(encode="onehot").fit(MIXED)
    with pytest.raises(SchemaError, match="encode: one_hot"):
        Preparer(drop="first").fit(MIXED)
