"""What people asked for in public, with ONNX models: stories 5, 6, 9 and 10."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError, DataError
from tests.support.onnx_models import Builder


def table(rows, columns="abcd"):
    return pl.DataFrame(rows, schema=list(columns))


def test_a_stored_variance_that_is_negative():
    b = Builder(4)
    h = b.node("MatMul", ["x", b.weight("w", np.eye(4))], "h", "/fc/MatMul")
    variance = b.weight("bn.variance", [1, 1, -0.3, 1])
    others = [b.weight(f"bn.{n}", np.ones(4)) for n in ("gamma", "beta", "mean")]
    model = b.model(b.node("BatchNormalization", [h, *others, variance], "y", "/bn/Norm"))
    (found,) = dc.diagnose(model, table(np.random.default_rng(0).normal(size=(30, 4)))).findings
    assert (found.code, found.count) == ("nan.weight", 30)
    assert found.evidence["operands"]["channel"] == 2
    assert "-0.3 in channel 2" in found.message


@pytest.mark.parametrize("blocks", [6, 9])
def test_halves_that_overflow_where_the_cpu_computes_in_floats(blocks):
    """The stream doubles at every block: two rows pass 65504, at different blocks."""
    rows = np.random.default_rng(0).uniform(0.5, 1.0, (60, 4))
    rows[[11, 40], 2] = [65000 / 2 ** (blocks - 1), 65000 / 2 ** (blocks - 2)]
    b = Builder(4, np.float16)
    value = "x"
    for at in range(blocks):
        value = b.node("Add", [value, value], f"stream_{at}", f"/block_{at}/Add")
    small = b.node("Mul", [value, b.weight("shrink", [2.0**-blocks])], "y")
    (found,) = dc.diagnose(b.model(small), table(rows)).findings
    assert (found.column, found.rows) == ("c", (11, 40))
    assert found.code in {"nan.hidden", "nan.op"}
    assert found.evidence["cause"] == "overflow"
    assert "float16" in found.message


def test_a_relative_change_with_a_price_of_zero():
    rows = np.random.default_rng(0).uniform(1, 9, (50, 4))
    rows[[3, 9], 0] = 0.0
    b = Builder(4)
    before, after, rest = (
        b.node("Gather", ["x", b.weight(f"i{n}", at, np.int64)], n, axis=1)
        for n, at in (("before", [0]), ("after", [1]), ("rest", [2, 3]))
    )
    change = b.node("Div", [b.node("Sub", [after, before], "d"), before], "change", "/change/Div")
    both = b.node("Concat", [change, rest], "both", axis=1)
    model = b.model(b.node("MatMul", [both, b.weight("w", np.ones((3, 2)))], "y"))
    (found,) = dc.diagnose(model, table(rows)).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "a", (3, 9))
    assert found.evidence["cause"] == "divide_by_zero"
    assert found.evidence["layer"] == "change"


def test_a_length_that_overflows_gives_finite_nonsense():
    rows = np.random.default_rng(0).normal(size=(50, 4))
    rows[[5, 22], 0] = 3e19
    b = Builder(4)
    squares = b.node("Mul", ["x", "x"], "squares")
    total = b.node("ReduceSum", [squares, b.weight("ax", [1], np.int64)], "total", keepdims=1)
    model = b.model(b.node("Div", ["x", b.node("Sqrt", [total], "length")], "y"))
    (found,) = dc.diagnose(model, table(rows)).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (5, 22))
    assert found.evidence["lost_in"] == "y"


def linear(k=4):
    b = Builder(k)
    return b.model(b.node("MatMul", ["x", b.weight("w", np.ones((k, 1)))], "y"))


def test_what_float32_cannot_hold_is_told_apart():
    rows = np.ones((5, 4))
    rows[2, 1] = 1e39
    rows[3, 1] = np.inf
    found = dc.diagnose(linear(), table(rows)).findings
    assert {(f.evidence["cause"], f.rows) for f in found} == {
        ("beyond_type", (2,)),
        ("infinite", (3,)),
    }


def test_words_among_numbers_are_shown():
    data = {"a": ["1.5", "?", "2"], "b": [1, 2, 3], "c": [1.0, 2.0, 3.0], "d": [0, 1, 0]}
    (found,) = dc.diagnose(linear(), data).findings
    assert (found.column, found.rows, found.values) == ("a", (1,), ("?",))
    assert found.evidence["cause"] == "unreadable"


def test_one_input_a_column_by_name():
    import onnx
    from onnx import helper

    names = ["mass", "age"]
    inputs = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [None, 1]) for n in names]
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Div", names, ["y"])], "g", inputs, [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    data = {"other": [1.0, 1.0, 1.0], "age": [3.0, 0.0, 4.0], "mass": [1.0, 2.0, 3.0]}
    (found,) = dc.diagnose(model, data).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "age", (1,))


def test_a_fixed_batch_of_one():
    b = Builder(3)
    model = b.model(b.node("Log", ["x"], "y"))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    rows = np.ones((6, 3))
    rows[4, 2] = -1
    (found,) = dc.diagnose(model, table(rows, "abc")).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "c", (4,))


def test_a_width_that_does_not_fit_lists_both():
    with pytest.raises(DataError, match="takes 4 numbers a row") as raised:
        dc.diagnose(linear(), table(np.ones((2, 3)), "abc"))
    assert "'a', 'b', 'c'" in str(raised.value)
    assert "inputs=" in str(raised.value)


def test_columns_are_taken_in_the_order_that_is_named():
    rows = np.ones((4, 4))
    rows[1, 3] = np.nan
    data = table(rows).with_columns(pl.lit(1.0).alias("more"))
    (found,) = dc.diagnose(linear(), data, inputs=["d", "c", "b", "a"]).findings
    assert found.column == "d"


def test_a_custom_operation_is_refused():
    b = Builder(2)
    model = b.model(b.node("Mystery", ["x"], "y", domain="some.where"))
    with pytest.raises(ArtefactError, match="does not load"):
        dc.diagnose(model, table(np.ones((2, 2)), "ab"))


def test_reference_rows_say_what_is_typical():
    """Every row of the data fails: without the reference no row predicts a number."""
    rows = np.full((20, 4), 1.0)
    rows[:, 2] = -5.0
    b = Builder(4)
    mixed = b.node(
        "MatMul", ["x", b.weight("w", np.array([[1, 0], [1, 0], [1, 0], [0, 1.0]]))], "m"
    )
    model = b.model(b.node("Log", [mixed], "y"))
    good = table(np.random.default_rng(0).uniform(1, 2, (20, 4)))
    (found,) = dc.diagnose(model, table(rows), reference=good).findings
    assert found.column == "c"
    assert found.evidence["columns_found_by"] == "replacement"
