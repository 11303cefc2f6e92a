"""Planted causes in ONNX models, each with its truth, beside healthy twins and known bait."""

from __future__ import annotations

import numpy as np
import onnxruntime
import polars as pl
import pytest

import datacheck as dc
from tests.support.onnx_models import Builder, as_onnx
from tests.support.plants import KINDS, counted, plant, reached

SEEDS = range(3)


def answers(model, rows):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": rows.astype(np.float32)})[0]


def frame(rows, columns):
    return pl.DataFrame(rows, schema=columns)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_plant_is_named_with_code_row_column_and_step(kind, seed):
    p = plant(kind, seed, count=120)
    model, healthy = as_onnx(p.layers, len(p.columns)), as_onnx(p.healthy_layers, len(p.columns))
    assert np.isfinite(answers(healthy, p.healthy_rows)).all(), "the repair is the truth"
    assert not np.isfinite(answers(model, p.rows)).all()
    (found,) = dc.diagnose(model, frame(p.rows, p.columns)).findings
    assert found.code == p.code
    assert found.column == (None if p.column is None else p.columns[p.column])
    if p.row is not None:
        assert found.rows == (p.row,)
    if p.step is not None:
        weight = found.evidence.get("weight", "").partition(".")[0]
        assert p.step in {found.evidence.get("layer"), weight}
    assert dc.diagnose(healthy, frame(p.healthy_rows, p.columns)).findings == ()


def test_of_a_hundred_other_plants_95_in_a_hundred_are_named_and_no_twin_raises_an_alarm():
    def asked(layers, rows, columns):
        return dc.diagnose(as_onnx(layers, len(columns)), frame(rows, columns)).findings

    share, alarms = reached(counted(asked, range(100, 110)))
    assert share >= 0.95
    assert alarms == 0


def test_two_plants_at_once_come_out_apart():
    rows = np.random.default_rng(1).uniform(1, 2, (60, 4))
    b = Builder(4)
    one = b.node("Gather", ["x", b.weight("i", [1], np.int64)], "one", axis=1)
    log = b.node("Log", [one], "log")
    rest = b.node("Gather", ["x", b.weight("j", [0, 2, 3], np.int64)], "rest", axis=1)
    both = b.node("Concat", [rest, log], "both", axis=1)
    model = b.model(b.node("MatMul", [both, b.weight("w", np.ones((4, 2)))], "y"))
    rows[[3, 30], 2] = np.nan
    rows[[8, 30], 1] = -1.0
    found = dc.diagnose(model, frame(rows, list("abcd"))).findings
    assert {(f.code, f.column, f.rows) for f in found} == {
        ("nan.input", "c", (3, 30)),
        ("nan.op", "b", (8, 30)),
    }


def test_one_bad_row_in_ten_thousand():
    rows = np.random.default_rng(0).normal(size=(10_000, 3))
    rows[7777, 1] = np.nan
    b = Builder(3)
    model = b.model(b.node("MatMul", ["x", b.weight("w", np.ones((3, 1)))], "y"))
    (found,) = dc.diagnose(model, frame(rows, list("abc"))).findings
    assert (found.code, found.rows, found.column) == ("nan.input", (7777,), "b")


@pytest.mark.parametrize("k", [1, 500])
def test_narrow_and_wide_tables(k):
    rows = np.random.default_rng(0).uniform(1, 2, (40, k))
    rows[11, k - 1] = -3.0
    b = Builder(k)
    log = b.node("Log", ["x"], "log")
    model = b.model(b.node("MatMul", [log, b.weight("w", np.ones((k, 1)))], "y"))
    (found,) = dc.diagnose(model, frame(rows, [f"c{at}" for at in range(k)])).findings
    assert (found.code, found.rows, found.column) == ("nan.op", (11,), f"c{k - 1}")
    assert found.evidence["cause"] == "log_negative"
    assert found.evidence["operands"]["a"] == -3.0


def test_columns_that_fail_only_together():
    """The smallest set: either alone is small enough."""
    rows = np.random.default_rng(0).uniform(0, 1, (40, 6))
    rows[5, [1, 4]] = 60.0
    b = Builder(6)
    total = b.node("ReduceSum", ["x", b.weight("ax", [1], np.int64)], "total", keepdims=1)
    model = b.model(b.node("Exp", [total], "y"))
    (found,) = dc.diagnose(model, frame(rows, list("abcdef"))).findings
    assert found.evidence["columns"] in (["b"], ["e"], ["b", "e"])
    assert found.evidence["cause"] == "exp_overflow"


def bait(name):
    b = Builder(3)
    rows = np.random.default_rng(2).normal(size=(50, 3))
    zero, minus = b.weight("zero", [0.0]), b.weight("minus", [-np.inf])
    if name == "masked softmax":
        mask = b.weight("mask", [0.0, -np.inf, 0.0])
        out = b.node("Softmax", [b.node("Add", ["x", mask], "masked")], "y", axis=1)
    elif name == "sigmoid by hand":
        rows[4, 1] = -500.0
        e = b.node("Exp", [b.node("Neg", ["x"], "neg")], "exp")
        one = b.weight("one", [1.0])
        out = b.node("Div", [one, b.node("Add", [e, one], "sum")], "y")
    elif name == "log behind a where":
        log = b.node("Log", ["x"], "log")
        out = b.node("Where", [b.node("Greater", ["x", zero], "p"), log, zero], "y")
    elif name == "clip to infinity":
        top = b.weight("top", np.array(np.inf))
        out = b.node("Clip", ["x", b.weight("low", np.array(0.0)), top], "y")
    elif name == "imputation inside":
        rows[7, 2] = np.nan
        out = b.node("Where", [b.node("IsNaN", ["x"], "n"), zero, "x"], "y")
    elif name == "imputation by comparison":
        rows[7, 2] = np.nan
        out = b.node("Where", [b.node("Equal", ["x", "x"], "n"), "x", zero], "y")
    elif name == "layer norm of a constant row":
        rows[3] = 2.0
        out = b.node("LayerNormalization", ["x", b.weight("g", np.ones(3))], "y", axis=-1)
    elif name == "tanh of infinity":
        rows[3, 0] = 1e30
        out = b.node("Tanh", [b.node("Mul", ["x", "x"], "square")], "y")
    elif name == "masked scores":
        out = b.node("Add", ["x", b.weight("m", [0.0, -np.inf, 0.0])], "y")
    else:
        keep = b.node("Greater", ["x", zero], "keep")
        scores = b.node("Where", [keep, "x", minus], "scores")
        rows[:, 0] = np.abs(rows[:, 0])
        out = b.node("Softmax", [scores], "y", axis=1)
    return b.model(out), rows


@pytest.mark.parametrize(
    "name",
    [
        "masked softmax",
        "sigmoid by hand",
        "log behind a where",
        "clip to infinity",
        "imputation inside",
        "imputation by comparison",
        "layer norm of a constant row",
        "tanh of infinity",
        "masked scores",
        "softmax of some",
    ],
)
def test_bait_is_left_alone(name):
    model, rows = bait(name)
    assert dc.diagnose(model, frame(rows, list("abc"))).findings == ()
