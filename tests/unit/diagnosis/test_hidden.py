"""Finite, but wrong: what a node swallows whole, in ONNX."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import datacheck as dc

FLOAT = TensorProto.FLOAT
COLUMNS = list("abcd")


def model(nodes, weights, batch=None):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, [batch, 4])],
        [helper.make_tensor_value_info("y", FLOAT, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def rows(**cells):
    x = np.random.default_rng(0).uniform(0.5, 2, (30, 4)).astype(np.float32)
    for name, value in cells.items():
        x[7, COLUMNS.index(name)] = value
    return x


def found_in(net, x):
    return dc.diagnose(net, x, inputs=COLUMNS).findings


WEIGHTS = {"w": np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)}
NORMS = {
    "layer": (
        [helper.make_node("LayerNormalization", ["x", "g"], ["n"], name="norm")],
        {"g": np.ones(4, np.float32)},
    ),
    "length": ([helper.make_node("LpNormalization", ["x"], ["n"], axis=1, name="norm")], {}),
    "instance": (
        [
            helper.make_node("Unsqueeze", ["x", "one"], ["u"]),
            helper.make_node("InstanceNormalization", ["u", "g", "z"], ["v"], name="norm"),
            helper.make_node("Squeeze", ["v", "one"], ["n"]),
        ],
        {"one": np.int64([1]), "g": np.ones(1, np.float32), "z": np.zeros(1, np.float32)},
    ),
}


@pytest.mark.parametrize("batch", [None, 1, 8])
@pytest.mark.parametrize("kind", NORMS)
def test_squares_that_overflow_inside_a_normalisation(kind, batch):
    nodes, weights = NORMS[kind]
    net = model([*nodes, helper.make_node("MatMul", ["n", "w"], ["y"])], WEIGHTS | weights, batch)
    (found,) = found_in(net, rows(b=1e30))
    assert (found.code, found.column, found.rows) == ("nan.hidden", "b", (7,))
    assert (found.evidence["cause"], found.evidence["step"]) == ("overflow", "norm")
    assert found.evidence["operands"]["largest"] == pytest.approx(1e30)
    # The same numbers, smaller: they say the same, and nothing overflows.
    assert found_in(net, rows(b=1e15)) == ()


def test_a_normalisation_by_stored_statistics_has_no_squares():
    norm = helper.make_node("BatchNormalization", ["x", "o", "z", "z", "o"], ["n"], name="norm")
    weights = {"o": np.ones(4, np.float32), "z": np.zeros(4, np.float32)}
    net = model([norm, helper.make_node("MatMul", ["n", "w"], ["y"])], WEIGHTS | weights)
    assert found_in(net, rows(b=1e30)) == ()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("batch", [None, 8])
def test_what_a_quantised_input_makes_of_it(value, batch):
    """Eight bits hold neither NaN nor an infinity; the largest of them is a number like others."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "p"], ["q"], name="q"),
        helper.make_node("DequantizeLinear", ["q", "s", "p"], ["d"]),
        helper.make_node("MatMul", ["d", "w"], ["y"]),
    ]
    net = model(nodes, WEIGHTS | {"s": np.float32(0.02), "p": np.uint8(128)}, batch)
    (found,) = found_in(net, rows(c=value))
    assert (found.code, found.column, found.rows) == ("nan.hidden", "c", (7,))
    assert found.evidence["lost_in"] == "q"
    assert found_in(net, rows(c=1e30)) == ()  # bounded, as by a clip


def saturated(before, weights):
    return model([*before, helper.make_node("Sigmoid", ["h"], ["y"], name="end")], weights)


def test_a_division_by_a_stored_zero_that_saturates():
    nodes = [
        helper.make_node("Sub", ["x", "m"], ["c"]),
        helper.make_node("Div", ["c", "s"], ["h"], name="scale"),
    ]
    weights = {"m": np.full(4, 0.25, np.float32), "s": np.float32([1, 0, 1, 1])}
    (found,) = found_in(saturated(nodes, weights), rows())
    assert (found.code, found.column, found.count) == ("nan.hidden", "b", 30)
    assert found.evidence["cause"] == "divide_by_zero"
    assert found.evidence["step"] == "scale"
    # A zero in the data makes an infinity as well, and a sigmoid is right about it.
    nodes = [helper.make_node("Div", ["o", "x"], ["h"])]
    assert found_in(saturated(nodes, {"o": np.float32([1])}), rows(b=0)) == ()


def test_a_division_by_a_stored_infinity():
    node = helper.make_node("Div", ["x", "s"], ["y"], name="scale")
    (found,) = found_in(model([node], {"s": np.float32([1, np.inf, 1, 2])}), rows())
    assert (found.code, found.count) == ("nan.hidden", 30)
    assert (found.evidence["weight"], found.evidence["lost_in"]) == ("s", "scale")
    # A bound is no number that is computed with.
    node = helper.make_node("Clip", ["x", "low", "high"], ["y"])
    bounds = {"low": np.float32(-np.inf), "high": np.float32(np.inf)}
    assert found_in(model([node], bounds), rows()) == ()


def test_an_infinity_that_stands_in_a_node():
    scaler = helper.make_node(
        "Scaler",
        ["x"],
        ["h"],
        name="scaler",
        domain="ai.onnx.ml",
        offset=[0.25] * 4,
        scale=[1, float("inf"), 1, 1],
    )
    (found,) = found_in(saturated([scaler], {}), rows())
    assert (found.code, found.count) == ("nan.hidden", 30)
    assert found.evidence["weight"] == "scaler.scale"
    scaler.attribute[-1].floats[1] = float("nan")
    with pytest.raises(dc.ArtefactError, match="scaler"):
        dc.guard(saturated([scaler], {}))


def test_an_input_that_is_replaced_beside_others_of_the_batch():
    """Rows are padded before a step is run again, its operand and the others alike."""
    nodes = [
        helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT32, name="cast"),
        helper.make_node("Cast", ["i"], ["f"], to=FLOAT),
        helper.make_node("Concat", ["f", "x"], ["k"], axis=1),
        helper.make_node("ReduceSum", ["f", "one"], ["y"], keepdims=0),
    ]
    net = model(nodes, {"one": np.int64([1])})
    (found,) = found_in(net, rows(a=np.inf))
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (7,))


def test_a_cosine_whose_two_lengths_overflow():
    """Each of them alone changes nothing: 0 times another number is 0."""
    nodes = [helper.make_node("MatMul", ["x", "m"], ["o"], name="embed")]
    for name in "xo":
        nodes += [
            helper.make_node("Mul", [name, name], [f"{name}2"], name=f"squares_{name}"),
            helper.make_node("ReduceSum", [f"{name}2", "one"], [f"{name}s"], keepdims=1),
            helper.make_node("Sqrt", [f"{name}s"], [f"{name}l"]),
            helper.make_node("Div", [name, f"{name}l"], [f"{name}n"], name=f"divide_{name}"),
        ]
    nodes += [
        helper.make_node("Mul", ["xn", "on"], ["p"]),
        helper.make_node("ReduceSum", ["p", "one"], ["y"], keepdims=1),
    ]
    mixed = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
    net = model(nodes, {"m": mixed, "one": np.int64([1])})
    (found,) = found_in(net, rows(b=1e30))
    assert (found.code, found.column, found.rows) == ("nan.hidden", "b", (7,))
    assert found.evidence["cause"] == "overflow"
    assert found_in(net, rows(b=1e15)) == ()


@pytest.mark.parametrize("batch", [None, 40])
def test_a_mean_of_the_rows_that_are_given(batch):
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[0], name="mean"),
        helper.make_node("Sub", ["x", "m"], ["c"]),
        helper.make_node("MatMul", ["c", "w"], ["y"]),
    ]
    (found,) = found_in(model(nodes, WEIGHTS, batch), rows())
    assert (found.code, found.severity) == ("nan.hidden", "warning")
    assert (found.evidence["cause"], found.evidence["step"]) == ("mixes", "mean")
    # What is summed up and read by no answer of a row mixes none.
    alone = [nodes[0], helper.make_node("MatMul", ["x", "w"], ["y"])]
    assert found_in(model(alone, WEIGHTS, batch), rows()) == ()


def test_a_node_that_draws():
    nodes = [
        helper.make_node("RandomNormalLike", ["x"], ["r"], name="noise"),
        helper.make_node("Add", ["x", "r"], ["c"]),
        helper.make_node("MatMul", ["c", "w"], ["y"]),
    ]
    (found,) = found_in(model(nodes, WEIGHTS), rows())
    assert (found.code, found.severity) == ("nan.hidden", "warning")
    assert (found.evidence["cause"], found.evidence["step"]) == ("draws", "noise")
