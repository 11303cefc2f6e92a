"""ONNX: graphs inside of a node, whose operands no node lists, and sequences of arrays."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import datacheck as dc

FLOAT = TensorProto.FLOAT


def value(name, kind=FLOAT, shape=None):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, weights):
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", FLOAT, [None, 4])],
        [value("y")],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def chosen(op):
    """`op` of the model's own input, inside of an If whose condition is a constant."""
    then = helper.make_graph([helper.make_node(op, ["x"], ["t"])], "then", [], [value("t")])
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["e"])], "else", [], [value("e")])
    branch = helper.make_node(
        "If", ["c"], ["y"], name="branch", then_branch=then, else_branch=other
    )
    return model([branch], {"c": np.array(True)})


def repeated(times):
    """The input, times ten again and again: the ten stands outside of the loop."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Mul", ["v", "ten"], ["w"]),
        ],
        "body",
        [
            value("i", TensorProto.INT64, []),
            value("go", TensorProto.BOOL, []),
            value("v"),
        ],
        [value("go_on", TensorProto.BOOL, []), value("w")],
    )
    loop = helper.make_node("Loop", ["n", "c", "x"], ["y"], name="loop", body=body)
    weights = {"n": np.int64(times), "c": np.array(True), "ten": np.float32(10)}
    return model([loop], weights)


def split():
    nodes = [
        helper.make_node("Log", ["x"], ["l"], name="rate"),
        helper.make_node("SplitToSequence", ["l"], ["s"], axis=1),
        helper.make_node("ConcatFromSequence", ["s"], ["y"], axis=1),
    ]
    return model(nodes, {})


def rows(cell):
    x = np.random.default_rng(0).uniform(0.5, 2, (30, 4)).astype(np.float32)
    x[4, 1] = cell
    return x


@pytest.mark.parametrize("made", [chosen("Log"), repeated(3), split()])
def test_a_missing_cell_is_followed_through_graphs_and_sequences(made):
    (found,) = dc.diagnose(made, rows(np.nan), inputs=list("abcd")).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (4,))


@pytest.mark.parametrize(
    ("made", "cell", "step"),
    [(chosen("Log"), -1, "branch"), (repeated(30), 1e10, "loop"), (split(), -1, "rate")],
)
def test_the_node_that_holds_the_graph_is_the_step(made, cell, step):
    (found,) = dc.diagnose(made, rows(cell), inputs=list("abcd")).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (4,))
    assert found.evidence["step"] == step
    assert dc.diagnose(made, rows(1.0), inputs=list("abcd")).findings == ()


def test_text_is_normalised_where_american_english_is_not_installed():
    """No container has that locale, which is the node's own; one that it names must be there."""
    nodes = [
        helper.make_node("Reshape", ["x", "flat"], ["f"]),
        helper.make_node("StringNormalizer", ["f"], ["s"], case_change_action="LOWER"),
        helper.make_node(
            "LabelEncoder",
            ["s"],
            ["y"],
            domain="ai.onnx.ml",
            keys_strings=["oslo", "århus"],
            values_floats=[1.0, float("nan")],
            default_float=0.0,
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.STRING, [None, 1])],
        [value("y")],
        [numpy_helper.from_array(np.int64([-1]), "flat")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 2)]
    net = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    before = net.SerializeToString()
    found = dc.diagnose(net, {"x": ["Oslo", "ÅRHUS", "Rome", "Wien"]}).findings
    assert [each.rows for each in found] == [(1,)]
    assert net.SerializeToString() == before
    nodes[1].attribute.append(helper.make_attribute("locale", "xx_XX"))
    graph.node[1].CopyFrom(nodes[1])
    net = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    with pytest.raises(dc.ArtefactError, match="install the locale"):
        dc.diagnose(net, {"x": ["Oslo", "ÅRHUS"]})
