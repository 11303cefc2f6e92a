"""ONNX: files that load anywhere, in front of models or alone, and refusals that say what to do."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import datacheck as dc
from datacheck.errors import ArtefactError, SourceError
from datacheck.export.onnx import exporter
from datacheck.golden.documents import encode
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Op,
    Program,
)
from datacheck.transform.given import Refused
from tests.support.cells import cell

if TYPE_CHECKING:
    from pathlib import Path

NAN, INF = math.nan, math.inf


def program(column: str, *ops: Op, output: str = "float64") -> Program:
    return Program(column, "number", "Float64", (Missing(), *ops, Cast(output)))


def transform(*programs: Program, rows: list[dict[str, Any]], **others: Any) -> Fitted:
    """A transform whose golden rows are these."""
    whole = Fitted(programs, others.get("output", "float64"), others.get("donors"), (), (), "tests")
    golden = []
    for row in rows:
        given = {name: encode(value) for name, value in row.items()}
        try:
            out = {p.column: encode(cell(p, row[p.column], row, whole)) for p in programs}
            golden.append({"row": given, "out": out})
        except Refused:
            refusing = next(p.column for p in programs if math.isinf(row[p.column] or 0.0))
            golden.append({"row": given, "refused": refusing})
    return whole._replace(golden=tuple(golden))


ROWS: list[dict[str, Any]] = [
    {"a": 1.5, "b": None},
    {"a": None, "b": -0.0},
    {"a": NAN, "b": 1e300},
    {"a": INF, "b": 1.0},
    {"a": 0.1, "b": -INF},
    {"a": 5e-324, "b": 1 / 3},
]
AFFINE = (
    program("a", Fill(0.25), Affine(0.1, 1 / 3, 3.0)),
    program("b", Clip(-2.0, 1e9, -2.0, None), Affine(1 / 7, 0.7, 1 / 0.7)),
)


def session(path: Path, level: Any = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    if level is not None:
        options.graph_optimization_level = level
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def model_taking(
    path: Path, columns: Any = 2, dtype: int = TensorProto.FLOAT, opset: int = 17, inputs: int = 1
) -> Path:
    """A user's model: the sum of each row, the prepared matrix passed on as `seen`."""
    names = [f"x{at}" for at in range(inputs)]
    kind = np.float32 if dtype == TensorProto.FLOAT else np.float64
    ones = numpy_helper.from_array(np.ones((2, 1), kind), "ones")
    nodes = [
        helper.make_node("MatMul", ["x0", "ones"], ["total"], name="output"),
        helper.make_node("Identity", ["x0"], ["seen"]),
    ]
    graph = helper.make_graph(
        nodes,
        "user",
        [helper.make_tensor_value_info(name, dtype, ["batch", columns]) for name in names],
        [
            helper.make_tensor_value_info("total", dtype, ["batch", 1]),
            helper.make_tensor_value_info("seen", dtype, ["batch", columns]),
        ],
        [ones],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.save(model, path)
    return path


def test_the_file_is_valid_onnx_with_one_matrix_in_and_two_out(tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    model = onnx.load(tmp_path / "t.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    ran = session(tmp_path / "t.onnx")
    assert [(i.name, i.type, i.shape) for i in ran.get_inputs()] == [
        ("input", "tensor(double)", ["N", 2])
    ]
    assert [(o.name, o.type, o.shape) for o in ran.get_outputs()] == [
        ("output", "tensor(double)", ["N", 2]),
        ("refused", "tensor(bool)", ["N", 2]),
    ]


def test_a_refused_cell_is_nan_and_named_never_a_number(tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    given = np.array([[INF, 1.0], [1.0, -INF], [NAN, 2.0], [1.0, 1e300]])
    out, refused = session(tmp_path / "t.onnx").run(None, {"input": given})
    assert refused.tolist() == [[True, False], [False, True], [False, False], [False, False]]
    assert np.isnan(out).tolist() == [[True, False], [False, True], [False, False], [False, True]]


@pytest.mark.parametrize("opset", [11, 13, 17, 18, 21])
def test_every_operator_set_gives_the_same_bits(opset: int, tmp_path: Path) -> None:
    donors = Donors(("a", "b"), (0.0, 0.0), (1.0, 1.0), 2, "distance", np.array([[1, 2], [3.0, 5]]))
    programs = (program("a", KnnFill(2.0)), program("b", Clip(-1.0, 9.0, None, 9.0), KnnFill(3.0)))
    rows = [{"a": None, "b": 3.0}, {"a": 1.2, "b": None}, {"a": None, "b": None}]
    exporter.write(
        transform(*programs, rows=rows, donors=donors), tmp_path / "t.onnx", target_opset=opset
    )
    assert onnx.load(tmp_path / "t.onnx").opset_import[0].version == opset
    assert exporter.verify(tmp_path / "t.onnx") == []


@pytest.mark.parametrize(
    "level",
    [
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
    ],
)
def test_the_optimiser_changes_no_bit(level: Any, tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    generator = np.random.default_rng(0)
    given = generator.normal(size=(500, 2)) * 10.0 ** generator.integers(-300, 300, (500, 2))
    out, refused = session(tmp_path / "t.onnx", level).run(None, {"input": given})
    whole = transform(*AFFINE, rows=[])
    for row, cells in zip(given.tolist(), out.tolist(), strict=True):
        named = dict(zip("ab", row, strict=True))
        expected = [cell(p, named[p.column], named, whole) for p in AFFINE]
        assert repr([NAN if c is None else c for c in expected]) == repr(cells)
    assert not refused.any()
    given[::7, 0], given[::5, 1] = INF, -INF
    out, refused = session(tmp_path / "t.onnx", level).run(None, {"input": given})
    assert np.array_equal(refused, np.isinf(given))
    assert np.isnan(out[refused]).all()
    plain = transform(AFFINE[0], rows=[])
    exporter.write(plain, tmp_path / "plain.onnx")
    out, refused = session(tmp_path / "plain.onnx", level).run(None, {"input": given[:, [0]]})
    assert np.array_equal(refused, np.isinf(given[:, [0]]))
    assert np.array_equal(np.isnan(out), refused)


@pytest.mark.parametrize(
    "affine",
    [
        Affine(1e-300, 1.0, 1.0),
        Affine(-1e-46, 0.5, 2.0),
        Affine(-0.0, 3.0, 1 / 3),
        Affine(0.5, 1.000000001, 1.0),
        Affine(0.0, math.nextafter(1.0, 0.0), 1.0),
    ],
)
def test_a_lone_column_keeps_constants_that_are_nearly_nothing(
    affine: Affine, tmp_path: Path
) -> None:
    rows = [{"a": value} for value in (0.0, -0.0, 3.0, 1e-300, None)]
    exporter.write(transform(program("a", Fill(0.0), affine), rows=rows), tmp_path / "t.onnx")
    assert exporter.verify(tmp_path / "t.onnx") == []


def test_one_input_a_column_takes_the_columns_names(tmp_path: Path) -> None:
    programs = [program(name, Fill(1.0)) for name in ("output", "refused", "datacheck/0", "x y")]
    rows = [dict.fromkeys([p.column for p in programs], 2.0)]
    exporter.write(transform(*programs, rows=rows), tmp_path / "t.onnx", inputs="columns")
    ran = session(tmp_path / "t.onnx")
    assert [(i.name, i.shape) for i in ran.get_inputs()] == [(p.column, ["N", 1]) for p in programs]
    assert [o.name for o in ran.get_outputs()] == ["output_", "refused_"]
    feed = {p.column: np.array([[float(at)], [NAN]]) for at, p in enumerate(programs)}
    assert ran.run(["output_"], feed)[0].tolist() == [[0.0, 1.0, 2.0, 3.0], [1.0] * 4]
    assert exporter.verify(tmp_path / "t.onnx") == []


@pytest.mark.parametrize("inputs", ["matrix", "columns"])
@pytest.mark.parametrize("dtype", [TensorProto.FLOAT, TensorProto.DOUBLE])
@pytest.mark.parametrize("opset", [13, 19])
def test_the_preparation_goes_in_front_of_a_model(
    inputs: str, dtype: int, opset: int, tmp_path: Path
) -> None:
    user = model_taking(tmp_path / "user.onnx", dtype=dtype, opset=opset)
    merged = tmp_path / "merged.onnx"
    exporter.write(transform(*AFFINE, rows=ROWS), merged, inputs=inputs, merge_into=user)
    model = onnx.load(merged)
    onnx.checker.check_model(model)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", opset), ("ai.onnx.ml", 2)]
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "alone.onnx", target_opset=opset)
    given = np.array([[1.5, NAN], [NAN, 2.0], [INF, 1.0]])
    prepared, _ = session(tmp_path / "alone.onnx").run(None, {"input": given})
    kind = np.float32 if dtype == TensorProto.FLOAT else np.float64
    expected = session(user).run(None, {"x0": prepared.astype(kind)})
    ran = session(merged)
    assert [o.name for o in ran.get_outputs()] == ["total", "seen", "refused"]
    feed = {"input": given} if inputs == "matrix" else {"a": given[:, [0]], "b": given[:, [1]]}
    total, seen, refused = ran.run(None, feed)
    np.testing.assert_array_equal(total, expected[0])
    np.testing.assert_array_equal(seen, expected[1])
    assert refused.tolist() == [[False, False], [False, False], [True, False]]
    assert exporter.verify(merged) == []


@pytest.mark.parametrize("opset", [7, 9, 10, 11])
@pytest.mark.parametrize("listed", [True, False])
def test_an_old_model_is_converted(opset: int, listed: bool, tmp_path: Path) -> None:
    weights = numpy_helper.from_array(np.array([[0.5], [-0.25]], np.float32), "w")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["features", "w"], ["score"]),
            helper.make_node("Clip", ["score"], ["clipped"], min=-1.0, max=1.0)
            if opset < 11
            else helper.make_node("Identity", ["score"], ["clipped"]),
        ],
        "old",
        [value("features", TensorProto.FLOAT, ["N", 2])]
        + [value("w", TensorProto.FLOAT, [2, 1])] * listed,  # as models of IR 3 list them
        [value("clipped", TensorProto.FLOAT, ["N", 1])],
        [weights],
    )
    ir = 3 if listed else 4
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    onnx.save(model, tmp_path / "old.onnx")
    merged = tmp_path / "merged.onnx"
    exporter.write(transform(*AFFINE, rows=ROWS), merged, merge_into=tmp_path / "old.onnx")
    assert exporter.verify(merged) == []
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "alone.onnx")
    given = np.array([[1.5, 2.0], [0.25, 3.0]])
    prepared, _ = session(tmp_path / "alone.onnx").run(None, {"input": given})
    expected = session(tmp_path / "old.onnx").run(None, {"features": prepared.astype(np.float32)})
    found = session(merged)
    ran = found.run(["clipped"], {"input": given})
    np.testing.assert_array_equal(ran[0], expected[0])


def test_a_model_of_fixed_batches_keeps_them(tmp_path: Path) -> None:
    user = onnx.load(model_taking(tmp_path / "user.onnx", columns=None))
    user.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(user, tmp_path / "user.onnx")
    rows = ROWS[:1]
    exporter.write(
        transform(*AFFINE, rows=rows), tmp_path / "m.onnx", merge_into=tmp_path / "user.onnx"
    )
    assert session(tmp_path / "m.onnx").get_inputs()[0].shape == [1, 2]


def test_a_model_of_other_operators_alone_and_of_our_own_names(tmp_path: Path) -> None:
    scaler = helper.make_node(
        "Scaler", ["input"], ["datacheck/0"], domain="ai.onnx.ml", offset=[1.0], scale=[2.0]
    )
    graph = helper.make_graph(
        [scaler],
        "user",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info("datacheck/0", TensorProto.FLOAT, ["N", 2])],
    )
    opsets = [helper.make_opsetid("ai.onnx.ml", 2)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "user.onnx")
    merged = tmp_path / "merged.onnx"
    exporter.write(transform(*AFFINE, rows=ROWS), merged, merge_into=tmp_path / "user.onnx")
    ran = session(merged)
    assert [i.name for i in ran.get_inputs()] == ["input_"]
    given = np.array([[0.1, 1 / 7], [0.1, INF]])
    out, refused = ran.run(["datacheck/0", "refused"], {"input_": given})
    assert out[0].tolist() == [-2.0, -2.0]
    assert np.isnan(out[1, 1])
    assert refused.tolist() == [[False, False], [False, True]]


def test_an_overflow_of_the_models_float32_is_refused(tmp_path: Path) -> None:
    user = model_taking(tmp_path / "user.onnx")
    rows = [{"a": 1.0, "b": 1e39}, {"a": 1e39, "b": 1.0}, {"a": 0.1, "b": 0.2}]
    plain = transform(program("a"), program("b"), rows=rows)
    exporter.write(plain, tmp_path / "m.onnx", merge_into=user)
    carried = json.loads(onnx.load(tmp_path / "m.onnx").metadata_props[0].value)
    assert [row.get("refused") for row in carried["rows"]] == ["b", "a", None] * 10
    refused = session(tmp_path / "m.onnx").run(["refused"], {"input": np.array([[1.0, 1e39]])})[0]
    assert refused.tolist() == [[False, True]]


def test_one_of_several_inputs_can_be_named(tmp_path: Path) -> None:
    user = model_taking(tmp_path / "user.onnx", inputs=2)
    whole = transform(*AFFINE, rows=ROWS)
    with pytest.raises(ArtefactError, match=r"several inputs.*\n.*'x0': float.*'x1': float"):
        exporter.write(whole, tmp_path / "m.onnx", merge_into=user)
    with pytest.raises(ArtefactError, match=r"no input 'x2'.*\n.*x0, x1"):
        exporter.write(whole, tmp_path / "m.onnx", merge_into=user, input_name="x2")
    exporter.write(whole, tmp_path / "m.onnx", merge_into=user, input_name="x0")
    assert [i.name for i in session(tmp_path / "m.onnx").get_inputs()] == ["input", "x1"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": 3}, r"no input for the prepared matrix\n.*'x0': float \['batch', 3\]"),
        ({"dtype": TensorProto.INT64}, "no input for the prepared matrix"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    changes: dict[str, int], message: str, tmp_path: Path
) -> None:
    user = model_taking(tmp_path / "user.onnx", **changes)
    with pytest.raises(ArtefactError, match=message):
        exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "m.onnx", merge_into=user)
    assert not (tmp_path / "m.onnx").exists()


def test_other_options_that_cannot_be_are_refused(tmp_path: Path) -> None:
    whole = transform(*AFFINE, rows=ROWS)
    user = model_taking(tmp_path / "user.onnx")
    target = tmp_path / "m.onnx"
    with pytest.raises(ArtefactError, match="one operator set"):
        exporter.write(whole, target, merge_into=user, target_opset=13)
    with pytest.raises(ArtefactError, match="no layout of inputs 'rows'"):
        exporter.write(whole, target, inputs="rows")
    with pytest.raises(ArtefactError, match=r"no column 'c'"):
        exporter.write(whole, target, columns=["c"])
    with pytest.raises(ArtefactError, match="not an ONNX model"):
        exporter.write(whole, target, merge_into=tmp_path / "none.onnx")
    with pytest.raises(ArtefactError, match="no operator set 10"):
        exporter.write(whole, target, target_opset=10)
    with pytest.raises(ArtefactError, match="no operator set 999"):
        exporter.write(whole, target, target_opset=999)
    narrow = transform(program("a", output="float32"), rows=[{"a": 1.0}], output="float32")
    double = model_taking(tmp_path / "double.onnx", columns=1, dtype=TensorProto.DOUBLE)
    with pytest.raises(ArtefactError, match="takes doubles"):
        exporter.write(narrow, target, merge_into=double)
    exporter.write(whole, target, merge_into=user)
    with pytest.raises(ArtefactError, match="has a preparation in it already"):
        exporter.write(whole, tmp_path / "n.onnx", merge_into=target)
    with pytest.raises(SourceError, match="exists already"):
        exporter.write(whole, target)
    exporter.write(whole, target, force=True)
    assert exporter.verify(target) == []


def test_columns_that_are_no_numbers_are_left_out_or_refused(tmp_path: Path) -> None:
    rows = ({"row": {"a": None, "t": "x", "u": "y"}, "out": {"a": 0.5, "t": "x", "u": "y"}},)
    untouched = Program("u", "text", "String", (Missing(),))
    filled = Program("t", "text", "String", (Missing(), Fill("x")))
    whole = Fitted((filled, program("a", Fill(0.5)), untouched), "float64", None, rows, (), "tests")
    with pytest.raises(ArtefactError, match=r"numeric columns alone\n.*'t' \(text\)"):
        exporter.write(whole, tmp_path / "t.onnx")
    exporter.write(whole, tmp_path / "t.onnx", columns=["a"])
    exporter.write(whole._replace(programs=whole.programs[1:]), tmp_path / "u.onnx")
    assert exporter.verify(tmp_path / "t.onnx") == exporter.verify(tmp_path / "u.onnx") == []
    with pytest.raises(ArtefactError, match="no numeric column"):
        exporter.write(whole._replace(programs=(untouched,)), tmp_path / "v.onnx")


def test_features_of_neighbours_must_be_exported_with_them(tmp_path: Path) -> None:
    donors = Donors(("a", "b"), (0.0, 0.0), (1.0, 1.0), 1, "uniform", np.array([[1.0, 2.0]]))
    whole = transform(program("a", KnnFill(1.0)), program("b"), rows=[], donors=donors)
    with pytest.raises(ArtefactError, match=r"neighbours need the features.*\n.*'b'"):
        exporter.write(whole, tmp_path / "t.onnx", columns=["a"])
    exporter.write(whole, tmp_path / "t.onnx", columns=["b"])


@pytest.mark.parametrize("knn", ["{}", "{weights: distance}", "{space: raw, n_neighbors: 1}"])
def test_neighbours_of_a_single_feature(knn: str, tmp_path: Path) -> None:
    declared = tmp_path / "s.yaml"
    declared.write_text(
        "schema_type: polars_dataframe\ncolumns:\n  x: {nullable: true, prepare: {impute: knn}}\n"
        f"prepare: {{knn: {knn}}}\n"
    )
    fitted = dc.fit(pl.DataFrame({"x": [1.0, 2.5, None, 4.0]}), declared)
    fitted.export("onnx", tmp_path / "one.onnx")
    assert dc.verify(tmp_path / "one.onnx").ok


def test_a_wrong_export_is_not_written(tmp_path: Path) -> None:
    whole = transform(*AFFINE, rows=ROWS)
    wrong = whole.golden[0] | {"out": {"a": 1.0, "b": None}}
    with pytest.raises(ArtefactError, match=r"row 0, column 'a': expected 1\.0, got 0\.4"):
        exporter.write(whole._replace(golden=(wrong,)), tmp_path / "t.onnx")
    assert list(tmp_path.iterdir()) == []


def test_verify_names_the_cells_that_changed(tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    model = onnx.load(tmp_path / "t.onnx")
    center = next(node.input[1] for node in model.graph.node if node.op_type == "Sub")
    constant = next(c for c in model.graph.initializer if c.name == center)
    changed = numpy_helper.to_array(constant).copy()
    changed[0, 0] = 0.2
    constant.CopyFrom(numpy_helper.from_array(changed, center))
    onnx.save(model, tmp_path / "t.onnx")
    found = exporter.verify(tmp_path / "t.onnx")
    assert {mismatch.column for mismatch in found} == {"a"}
    assert {mismatch.row % len(ROWS) for mismatch in found} == {0, 1, 2, 5}


@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
def test_verify_tells_of_a_category_that_no_golden_row_holds(encode: str, tmp_path: Path) -> None:
    words = [f"town {n:03d}" for n in range(200)]
    (tmp_path / "s.yaml").write_text(
        "schema_type: polars_dataframe\ncolumns:\n  town:\n    dtype: String\n"
        f"    prepare: {{encode: {encode}}}\n"
    )
    dc.fit(pl.DataFrame({"town": words}), tmp_path / "s.yaml").export("onnx", tmp_path / "m.onnx")
    whole, told = (tmp_path / "m.onnx").read_bytes(), []
    for word in words:
        at = whole.index(word.encode()) + len(word) - 1
        (tmp_path / "n.onnx").write_bytes(whole[:at] + b"x" + whole[at + 1 :])
        if word.endswith("7"):
            told.append(dc.verify(tmp_path / "n.onnx").ok)
    assert told == [False] * 20
    assert dc.verify(tmp_path / "m.onnx").ok


def test_a_file_of_before_the_seal_verifies_and_metadata_of_others_break_none(
    tmp_path: Path,
) -> None:
    fitted = transform(program("x", Missing((), "refuse"), Fill(1.0)), rows=[{"x": None}] * 30)
    exporter.write(fitted, tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    model.metadata_props.add(key="owner", value="us")
    onnx.save(model, tmp_path / "ours.onnx")
    assert exporter.verify(tmp_path / "ours.onnx") == []
    model.graph.name = "another"
    onnx.save(model, tmp_path / "ours.onnx")
    assert [each.got for each in exporter.verify(tmp_path / "ours.onnx")] == ["another graph"]
    kept = [entry for entry in model.metadata_props if entry.key != exporter.SEAL]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    onnx.save(model, tmp_path / "old.onnx")
    assert exporter.verify(tmp_path / "old.onnx") == []


def test_verify_says_what_onnxruntime_cannot_load(tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    model = onnx.load(tmp_path / "t.onnx")
    next(node for node in model.graph.node if node.op_type == "Sub").op_type = "Subtract"
    onnx.save(model, tmp_path / "t.onnx")
    with pytest.raises(ArtefactError, match="onnxruntime does not load the model"):
        exporter.verify(tmp_path / "t.onnx")


def test_a_model_that_was_never_quite_valid_is_merged_all_the_same(tmp_path: Path) -> None:
    user = onnx.load(model_taking(tmp_path / "user.onnx"))
    for output in user.graph.output:
        output.type.tensor_type.ClearField("shape")
    onnx.save(user, tmp_path / "user.onnx")
    whole = transform(*AFFINE, rows=ROWS)
    exporter.write(whole, tmp_path / "m.onnx", merge_into=tmp_path / "user.onnx")
    assert exporter.verify(tmp_path / "m.onnx") == []
    session(tmp_path / "m.onnx")


def test_verify_refuses_what_carries_no_golden_rows(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="carries no golden rows"):
        exporter.verify(model_taking(tmp_path / "user.onnx"))
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(ArtefactError, match="not an ONNX model"):
        exporter.verify(tmp_path / "broken.onnx")


def test_importing_the_exporters_loads_no_runtime() -> None:
    code = (
        "import datacheck.export, datacheck.golden.compare, sys;"
        "print({'onnx', 'onnxruntime', 'sklearn', 'polars', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_program_gives_the_references_bits(data: st.DataObject, tmp_path: Path) -> None:
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    low, high = sorted(data.draw(st.tuples(numbers, numbers), label="fences"))
    ops: list[Op] = [Missing(tuple(data.draw(st.lists(numbers, max_size=2), label="sentinels")))]
    ops += [Clip(low, high, *data.draw(st.sampled_from([(low, high), (None, None), (low, None)])))]
    ops += [Fill(value) for value in data.draw(st.lists(numbers, max_size=1), label="fill")]
    scale = st.floats(1e-300, 1e300)
    ops += [Affine(data.draw(numbers), data.draw(scale), 1.0), Cast("float64")]
    whole = Fitted((Program("a", "number", "Float64", tuple(ops)),), "float64", None, (), (), "x")
    cells = data.draw(st.lists(st.none() | st.floats(), min_size=1, max_size=20), label="cells")
    golden: list[dict[str, Any]] = []
    for value in cells:
        row = {"row": {"a": encode(value)}}
        try:
            golden.append(row | {"out": {"a": encode(cell(whole.programs[0], value, {}, whole))}})
        except Refused:
            golden.append(row | {"refused": "a"})
    exporter.write(whole._replace(golden=tuple(golden)), tmp_path / "t.onnx", force=True)


def mixed_concat(path: Path) -> Path:
    """A model that puts doubles beside floats, which onnxruntime does not load."""
    floats, doubles = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Cast", ["x"], ["wide"], to=doubles),
            onnx.helper.make_node("Concat", ["x", "wide"], ["y"], axis=1),
        ],
        "mixed",
        [onnx.helper.make_tensor_value_info("x", floats, ["N", 2])],
        [onnx.helper.make_tensor_value_info("y", floats, ["N", 4])],
    )
    opsets = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def test_a_model_behind_that_does_not_load_is_not_merged(tmp_path: Path) -> None:
    whole = transform(*AFFINE, rows=ROWS)
    user = mixed_concat(tmp_path / "user.onnx")
    with pytest.raises(ArtefactError, match="does not load"):
        exporter.write(whole, tmp_path / "m.onnx", merge_into=user)
    assert not (tmp_path / "m.onnx").exists()


def test_a_merged_model_that_was_broken_since_does_not_verify(tmp_path: Path) -> None:
    whole = transform(*AFFINE, rows=ROWS)
    exporter.write(whole, tmp_path / "m.onnx", merge_into=model_taking(tmp_path / "user.onnx"))
    model = onnx.load(tmp_path / "m.onnx")
    model.graph.node[-1].op_type = "NoSuchOperator"
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ArtefactError, match="does not load"):
        exporter.verify(tmp_path / "m.onnx")


def test_a_file_that_would_have_others_read_is_refused(tmp_path: Path) -> None:
    exporter.write(transform(*AFFINE, rows=ROWS), tmp_path / "t.onnx")
    model = onnx.load(tmp_path / "t.onnx")
    onnx.save(
        model, tmp_path / "t.onnx", save_as_external_data=True, location="w", size_threshold=0
    )
    with pytest.raises(ArtefactError, match="other files"):
        exporter.verify(tmp_path / "t.onnx")
