"""What a model is fed: by which names, of which types, and what its inputs cannot hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import datacheck as dc
from datacheck.diagnosis.functions import FunctionModel
from datacheck.errors import DataError

FLOAT = TensorProto.FLOAT


def onnx_model(nodes, inputs, outputs=("y",), weights=(), width=1):
    given = [helper.make_tensor_value_info(n, kind, [None, width]) for n, kind in inputs.items()]
    gives = [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs]
    stored = [numpy_helper.from_array(np.asarray(a, np.float32), n) for n, a in weights]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    graph = helper.make_graph(nodes, "g", given, gives, stored)
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def node(op, given, gives, **attributes):
    domain = "ai.onnx.ml" if op in {"LabelEncoder", "ZipMap", "TreeEnsembleRegressor"} else ""
    return helper.make_node(op, given, [gives], domain=domain, **attributes)


@pytest.mark.parametrize(
    ("kind", "cells", "fed"),
    [
        (TensorProto.INT64, [1, None, 3], "0"),
        (TensorProto.INT64, [1, 0.25, 3], "0"),
        (TensorProto.INT64, [1.0, float("inf"), 3.0], "0"),
        (TensorProto.INT64, [1, 2**53 + 1, 3], str(2**53)),
        (TensorProto.INT32, [1, 2**40, 3], None),
        (TensorProto.UINT8, [1, 300, 3], None),
        (TensorProto.BOOL, [True, None, True], "False"),
    ],
)
def test_a_cell_that_an_input_cannot_hold_is_named(kind, cells, fed):
    model = onnx_model([node("Cast", ["a"], "y", to=FLOAT)], {"a": kind})
    data = pl.DataFrame({"a": pl.Series(cells, strict=False)})
    (found,) = dc.diagnose(model, data).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (1,))
    assert found.evidence["cause"] == "unheld"
    assert fed is None or found.evidence["fed"] == fed
    assert dc.diagnose(model, data.filter(pl.int_range(pl.len()) != 1)).findings == ()


def test_a_division_by_what_was_fed_for_a_hole_is_the_holes_fault():
    nodes = [node("Cast", ["b"], "c", to=FLOAT), node("Div", ["a", "c"], "y")]
    model = onnx_model(nodes, {"b": TensorProto.BOOL, "a": FLOAT})
    data = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [True, None, True]})
    (found,) = dc.diagnose(model, data).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (1,))


def test_text_is_fed_as_text():
    encode = node(
        "LabelEncoder", ["s"], "e", keys_strings=["a", "b"], values_floats=[1.0, 2.0],
        default_float=float("nan"),
    )  # fmt: skip
    nodes = [encode, node("Add", ["e", "x"], "y")]
    model = onnx_model(nodes, {"s": TensorProto.STRING, "x": FLOAT})
    data = pl.DataFrame({"x": [1.0, 2.0, 3.0], "s": ["a", "b", "c"]})
    (found,) = dc.diagnose(model, data).findings
    assert (found.column, found.rows, found.values) == ("s", (2,), ("c",))
    assert dc.diagnose(model, data.head(2)).findings == ()


def test_probabilities_are_seen_through_a_zipmap():
    nodes = [
        node("Softmax", ["x"], "p"),
        node("ZipMap", ["p"], "z", classlabels_int64s=[0, 1]),
        node("Sign", ["p"], "label"),
    ]
    model = onnx_model(nodes, {"x": FLOAT}, outputs=("label", "z"), width=2)
    model.graph.output[1].type.Clear()
    made = model.graph.output[1].type.sequence_type.elem_type.map_type
    made.key_type, made.value_type.tensor_type.elem_type = TensorProto.INT64, FLOAT
    (found,) = dc.diagnose(model, pl.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]})).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "a", (1,))


@pytest.mark.parametrize("taught", [True, False])
def test_trees_that_were_taught_where_a_hole_goes(taught):
    tree = node(
        "TreeEnsembleRegressor", ["x"], "y", n_targets=1, nodes_treeids=[0, 0, 0],
        nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_values=[0.5, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0],
        nodes_falsenodeids=[2, 0, 0], nodes_missing_value_tracks_true=[int(taught), 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 5.0],
    )  # fmt: skip
    data = pl.DataFrame({"a": [0.1, None, 0.9]})
    assert dc.diagnose(onnx_model([tree], {"x": FLOAT}), data).ok is taught


@pytest.mark.parametrize(("op", "weight"), [("Add", [[-np.inf]]), ("Add", [[-np.inf, 0.0]])])
def test_a_mask_that_leaves_nothing_is_no_mask(op, weight):
    width = len(weight[0])
    model = onnx_model([node(op, ["x", "w"], "y")], {"x": FLOAT}, (["y"]), [("w", weight)], width)
    report = dc.diagnose(model, np.ones((3, width), np.float32))
    assert [(f.code, f.count) for f in report.findings] == [("nan.weight", 3)][: 2 - width]


class Named:
    """A model that was fitted on a frame whose columns have names."""

    feature_names_in_ = np.array(["a", "b"])

    def predict(self, matrix):
        return 1 / matrix[:, 0]


def test_columns_are_fed_by_the_models_own_names():
    data = pl.DataFrame({"b": [0.0, 1.0, 2.0], "a": [1.0, 2.0, 0.0]})
    (found,) = dc.diagnose(Named(), data).findings
    assert (found.column, found.rows) == ("a", (2,))
    with pytest.raises(DataError, match="knows its columns by name"):
        dc.diagnose(Named(), data.rename({"a": "z"}))
    assert dc.diagnose(Named(), data.rename({"a": "z"}), inputs=["b", "z"]).findings


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        (make_pipeline(FunctionTransformer(np.log), LinearRegression()), {1: "a", 5: "b", 7: "b"}),
        (make_pipeline(SimpleImputer(), LinearRegression()), {5: "b"}),
        (DecisionTreeRegressor(), {3: "a", 5: "b"}),
        (KNeighborsRegressor(), {1: "a", 5: "b"}),
        (HistGradientBoostingRegressor(), {}),
    ],
)
def test_the_rows_that_an_estimator_refuses_are_told_and_the_others_answered(model, refused):
    rows = np.random.default_rng(0).uniform(1, 2, (40, 2))
    model.fit(rows, rows[:, 0])
    rows[1, 0], rows[3, 0], rows[5, 1], rows[7, 1] = np.nan, 1e39, np.inf, -1
    report = dc.diagnose(model, pl.DataFrame(rows, schema=["a", "b"]))
    found = {row: f.column for f in report.findings for row in f.rows}
    assert found == refused
    assert all("is refused (ValueError: " in f.message for f in report.findings)
    assert {f.code for f in report.findings if set(f.rows) & {1, 5}} <= {"nan.input"}
    assert {f.code for f in report.findings if set(f.rows) & {3, 7}} <= {"nan.op"}


@given(st.lists(st.sampled_from("+0-n"), min_size=1, max_size=120), st.integers(1, 40))
def test_every_row_that_a_function_refuses_is_found(kinds, most):
    """Whatever stands beside it, and where long batches are refused as such."""

    def model(matrix):
        if len(matrix) > most or (matrix[:, 0] < 0).any():
            raise RuntimeError("no")
        return matrix[:, 0]

    cells = np.array([{"+": 2.0, "0": 0.0, "-": -1.0, "n": np.nan}[kind] for kind in kinds])
    (answers,) = FunctionModel(model, name="m").run([cells[:, None]])
    np.testing.assert_array_equal(answers, np.where(cells < 0, np.nan, cells))


def of_columns(**text):
    """A classifier as most are: a column transformer over a frame of numbers and text."""
    frame = pl.DataFrame(
        {
            "years": np.tile([1, 2, 3, 4], 10),
            "mass": np.linspace(1, 9, 40),
            "sold": [True, False] * 20,
            "place": ["north", "south", "east", "7"] * 10,
            "grade": ["1", "2"] * 20,
        }
    )
    parts = [
        ("n", StandardScaler(), ["mass"]),
        ("c", OneHotEncoder(**text), ["place", "years", "sold", "grade"]),
    ]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression())
    return model.fit(frame.to_pandas(), np.tile([0, 1, 1], 14)[:40]), frame


@pytest.mark.parametrize("method", [None, "predict", "predict_proba"])
def test_an_estimator_of_a_frame_is_fed_its_columns_by_name_text_too(method):
    model, frame = of_columns()
    asked = model if method is None else getattr(model, method)
    reordered = frame.select(reversed(frame.columns)).with_columns(extra=1)
    for data in (frame, reordered, frame.to_pandas(), frame.to_dict(as_series=False)):
        assert dc.diagnose(asked, data).findings == ()
    answers = dc.guard(model).predict(frame)
    np.testing.assert_array_equal(answers, model.predict_proba(frame.to_pandas()))
    bad = frame.with_row_index("row").with_columns(
        mass=pl.when(pl.col("row") == 3).then(None).otherwise("mass"),
        place=pl.when(pl.col("row").is_in([5, 6])).then(pl.lit("mars")).otherwise("place"),
        grade=pl.when(pl.col("row") == 9).then(None).otherwise("grade"),
    )
    found = {f.rows: (f.code, f.column) for f in dc.diagnose(asked, bad).findings}
    assert found == {
        (3,): ("nan.input", "mass"),
        (5, 6): ("nan.op", "place"),
        (9,): ("nan.input", "grade"),
    }


def test_what_an_estimator_of_a_frame_answers_raises_no_alarm():
    model, frame = of_columns(handle_unknown="ignore")
    assert dc.diagnose(model, frame.with_columns(place=pl.lit("mars"))).findings == ()
    odd = frame.with_columns(pl.Series("mass", ["1"] * 39 + ["?"]))
    (found,) = dc.diagnose(model, odd).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "mass", (39,))


def test_a_model_that_refuses_every_row_does_not_fit_the_table():
    model = LinearRegression().fit(np.ones((4, 3)), np.ones(4))
    with pytest.raises(DataError, match="2 columns"):
        dc.diagnose(model.predict, {"a": [1.0, 2.0], "b": [1.0, None]})
    every = dc.diagnose(model, {"a": [None, None], "b": [1.0, 2.0], "c": [0.5, 2.0]})
    assert [(f.code, f.column, f.count) for f in every.findings] == [("nan.input", "a", 2)]


SCHEMA = """
schema_type: polars_dataframe
columns:
  n: {dtype: Float64, nullable: true, prepare: {impute: median, scale: zscore, indicator: true}}
  k: {dtype: String, prepare: {encode: one_hot}}
"""


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "s.yaml").write_text(SCHEMA)
    data = pl.DataFrame({"n": [1.0, 2.0, None, 4.0], "k": ["a", "b", "a", "b"]})
    return data, dc.fit(data, tmp_path / "s.yaml")


def test_behind_a_transform_stand_its_encodings_and_indicators(prepared, tmp_path):
    data, transform = prepared
    seen = []

    def model(matrix):
        seen.append(matrix)
        return matrix.sum(axis=1)

    assert dc.diagnose(model, data, transform).findings == ()
    assert np.array_equal(seen[0], transform.matrix(data))
    assert np.array_equal(dc.guard(model, transform).predict(data), seen[0].sum(axis=1))
    transform.export("onnx", tmp_path / "t.onnx")
    assert dc.diagnose(tmp_path / "t.onnx", data).findings == ()


def test_inputs_behind_a_transform_are_fed_by_name(prepared):
    data, transform = prepared
    names = list(reversed(transform.feature_names_out))
    model = onnx_model([node("Div", [names[-1], names[1]], "y")], dict.fromkeys(names, FLOAT))
    (found,) = dc.diagnose(model, data, transform).findings
    assert (found.column, found.rows) == ("k_a", (1, 3))


def test_what_the_transform_makes_too_large_is_the_transforms_fault(prepared, tmp_path):
    data, _ = prepared
    small = dc.fit(data.with_columns(pl.col("n") * 1e-60), tmp_path / "s.yaml")
    model = onnx_model([node("Neg", ["x"], "y")], {"x": FLOAT}, width=4)
    (found,) = dc.diagnose(model, data, small).findings
    assert (found.column, found.evidence["cause"]) == ("n", "scaled_beyond_type")


def test_a_model_that_answers_otherwise_when_asked_again_blames_no_column():
    draw = np.random.default_rng(0)

    def model(matrix):
        return np.where(draw.random(len(matrix)) < 0.5, np.nan, matrix[:, 0])

    (found,) = dc.diagnose(model, np.ones((40, 2))).findings
    assert (found.column, found.evidence["cause"]) == (None, "unsteady")


def test_one_answer_for_the_whole_batch():
    model = onnx_model([node("ReduceMean", ["x"], "y", keepdims=0)], {"x": FLOAT}, width=2)
    found = dc.diagnose(model, pl.DataFrame({"a": [1.0, None, 2.0], "b": [1.0, 2.0, 3.0]})).findings
    (spread,) = (f for f in found if f.code == "nan.spread")
    assert (spread.count, spread.evidence["source_rows"]) == (3, [1])
    assert "row 1." in spread.remedy


def test_a_headed_table_without_rows_is_no_wrong_width(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    model = onnx_model([node("Neg", ["x"], "y")], {"x": FLOAT}, width=2)
    (found,) = dc.diagnose(model, tmp_path / "x.csv").findings
    assert found.code == "rows.none"


def test_a_branch_and_a_narrow_weight():
    then, other = (
        helper.make_graph(
            [node(op, ["x"], n)], n, [], [helper.make_tensor_value_info(n, FLOAT, None)]
        )
        for op, n in (("Log", "t"), ("Identity", "e"))
    )
    nodes = [node("ReduceMax", ["x"], "s", keepdims=0), node("Greater", ["s", "zero"], "c")]
    nodes.append(node("If", ["c"], "y", then_branch=then, else_branch=other))
    model = onnx_model(nodes, {"x": FLOAT}, weights=[("zero", 0.0)])
    (found,) = dc.diagnose(model, pl.DataFrame({"a": [1.0, -1.0, 2.0]})).findings
    assert (found.column, found.rows) == ("a", (1,))
    model = onnx_model(
        [node("Cast", ["w"], "v", to=FLOAT), node("Add", ["x", "v"], "y")], {"x": FLOAT}
    )
    narrow = helper.make_tensor("w", TensorProto.BFLOAT16, [1], b"\xc0\x7f", raw=True)  # NaN
    model.graph.initializer.append(narrow)
    (found,) = dc.diagnose(model, pl.DataFrame({"a": [1.0, 2.0]})).findings
    assert (found.code, found.count) == ("nan.weight", 2)


def test_a_number_that_is_zero_in_the_models_type_is_told_so():
    model = onnx_model([node("Reciprocal", ["x"], "y")], {"x": FLOAT})
    (found,) = dc.diagnose(model, pl.DataFrame({"a": [1.0, 1e-50, 2.0]})).findings
    assert (found.column, found.rows) == ("a", (1,))
    assert "divides by 0 (1e-50 is 0 in float32)" in found.message


@pytest.mark.parametrize("size", [1.0, 20_000.0])
def test_a_nan_that_a_cast_swallows_is_told_at_any_size_of_number(size):
    nodes = [
        node("Div", ["x", "size"], "d"),
        node("Cast", ["d"], "i", to=TensorProto.INT32),
        node("Cast", ["i"], "y", to=FLOAT),
    ]
    model = onnx_model(nodes, {"x": FLOAT}, weights=[("size", size / 10)])
    cells = [*(np.linspace(1, 3, 20) * size).tolist(), None]
    (found,) = dc.diagnose(model, pl.DataFrame({"a": cells})).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (20,))


def test_an_imputer_in_the_graph_raises_no_alarm():
    impute = helper.make_node(
        "Imputer",
        ["x"],
        ["f"],
        domain="ai.onnx.ml",
        imputed_value_floats=[2.0, 3.0],
        replaced_value_float=float("nan"),
    )
    model = onnx_model([impute, node("Log", ["f"], "y")], {"x": FLOAT}, width=2)
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    frame = pl.DataFrame({"a": [1.0, None, 5.0], "b": [2.0, 1.0, -4.0]})
    (found,) = dc.diagnose(model, frame).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (2,))


def test_one_input_of_one_number_is_fed_by_its_name():
    model = onnx_model([node("Log", ["b"], "y")], {"b": FLOAT})
    frame = pl.DataFrame({"a": [1.0, 2.0], "b": [1.0, -1.0], "c": [1.0, 2.0]})
    (found,) = dc.diagnose(model, frame).findings
    assert (found.column, found.rows) == ("b", (1,))


def test_a_graph_that_takes_one_number_of_rows_alone_lets_no_foreign_exception_out():
    nodes = [node("Reshape", ["x", "shape"], "y")]
    model = onnx_model(nodes, {"x": FLOAT}, width=2)
    model.graph.initializer.append(helper.make_tensor("shape", TensorProto.INT64, [2], [7, 2]))
    frame = pl.DataFrame({"a": [1.0, None] + [2.0] * 5, "b": [1.0] * 7})
    with pytest.raises(dc.DatacheckError):
        dc.diagnose(model, frame)


def test_skops_needs_no_trust_for_what_an_export_of_datacheck_holds(prepared, tmp_path):
    data, transform = prepared
    transform.export("sklearn", tmp_path / "t.skops")
    assert dc.diagnose(tmp_path / "t.skops", data).findings == ()
