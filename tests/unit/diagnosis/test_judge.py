"""The judge alone: who made a row bad, of runs told step by step."""

from __future__ import annotations

import json

import numpy as np
import pytest

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.origin import Step
from datacheck.diagnosis.tables import cause_of, class_of, sentence, table

NAN, INF = np.nan, np.inf


class Run:
    """Tells a judge of steps that numpy computes."""

    def __init__(self, **inputs):
        first = next(iter(inputs.values()))
        self.judge = Judge(len(first))
        self.values = {}
        for name, value in inputs.items():
            self.values[name] = np.array(value, np.float32)
            self.judge.start(name, self.values[name])

    def weight(self, name, value):
        self.values[name] = np.array(value, np.float32)
        self.judge.constant(name, self.values[name])

    def step(self, op, out, *given):
        with np.errstate(all="ignore"):
            made = np.asarray(OPS[op](*(self.values[name] for name in given)))
        inputs = [(name, self.values[name]) for name in given]
        self.values[out] = made
        self.judge.see(Step(op, out), inputs, [(out, made)])
        return self

    def blamed(self, end):
        """By row: None, or the kind of origin and its name or its step's."""
        out = []
        for code in self.judge.ends([end]):
            origin = self.judge.origins[code]
            name = origin.step.name if origin.step is not None else origin.name
            out.append((origin.kind, name) if code else None)
        return out


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


OPS = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Log": np.log,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "MatMul": np.matmul,
    "Where": np.where,
    "Greater": np.greater,
    "IsNaN": np.isnan,
    "Relu": lambda x: np.maximum(x, 0),
    "Softmax": softmax,
    "ReduceMean": lambda x: x.mean(axis=0),
    "Concat": lambda a, b: np.concatenate([a, b], axis=1),
}


def test_what_came_in_is_inherited():
    run = Run(x=[[1, 2], [NAN, 1], [INF, 1]])
    run.weight("w", [[1], [1]])
    run.step("MatMul", "h", "x", "w").step("Exp", "y", "h")
    assert run.blamed("y") == [None, ("input", "x"), ("input", "x")]


def test_a_step_without_a_bad_input_is_the_origin():
    run = Run(x=[[4.0], [-4.0], [0.0]]).step("Log", "l", "x").step("Add", "y", "l", "l")
    assert run.blamed("y") == [None, ("op", "l"), ("op", "l")]
    origin = run.judge.origins[1]
    assert [origin.operands[row]["a"] for row in (1, 2)] == [-4.0, 0.0]


def test_a_weight_is_named():
    run = Run(x=[[1.0], [2.0]])
    run.weight("w", [[NAN]])
    run.step("MatMul", "y", "x", "w")
    assert run.blamed("y") == [("weight", "w")] * 2


def test_an_infinite_weight_in_a_product_is_no_mask():
    run = Run(x=[[1.0], [-2.0]])
    run.weight("w", [[-INF]])
    run.step("MatMul", "y", "x", "w")
    assert run.blamed("y") == [("weight", "w")] * 2


def test_a_nan_of_an_infinity_is_blamed_on_the_step_that_made_the_infinity():
    run = Run(x=[[1.0], [100.0]]).step("Exp", "e", "x").step("Sub", "d", "e", "e")
    assert run.blamed("d") == [None, ("op", "e")]
    assert run.judge.origins[1].turned[1].name == "d"


def test_a_nan_that_where_throws_away_leaves_no_trace():
    run = Run(h=[[2.0], [-2.0]])
    run.weight("zero", [[0.0]])
    run.step("Greater", "p", "h", "zero").step("Log", "l", "h").step("Where", "y", "p", "l", "zero")
    assert run.blamed("y") == [None, None]
    assert not np.any(run.judge.ends(["p"]))


def test_where_is_asked_cell_by_cell():
    run = Run(a=[[NAN, 1.0]], b=[[1.0, -1.0]])
    run.values["p"] = np.array([[False, False]])
    run.step("Log", "l", "b").step("Where", "y", "p", "a", "l")
    assert run.blamed("y") == [("op", "l")]


def test_where_takes_the_branch_that_its_condition_says():
    run = Run(x=[[NAN, 1.0]], b=[[-1.0, 2.0]])
    run.step("IsNaN", "n", "x").step("Log", "l", "b").step("Where", "y", "n", "l", "x")
    assert run.blamed("y") == [("op", "l")]


def test_a_masked_softmax_is_silent_and_one_that_is_all_masked_is_blamed():
    run = Run(s=[[1.0, 2.0], [1.0, 2.0]])
    run.values["keep"] = np.array([[True, False], [False, False]])
    run.weight("off", -INF)
    run.step("Where", "m", "keep", "s", "off").step("Softmax", "y", "m")
    assert run.blamed("y") == [None, ("op", "y")]
    given = run.judge.origins[run.judge.ends(["y"])[1]].operands[1]
    assert cause_of("softmax", given) == "all_masked"


def test_masked_scores_may_leave_as_they_are():
    run = Run(s=[[1.0, 2.0]])
    run.weight("mask", [[0.0, -INF]])
    run.step("Add", "y", "s", "mask")
    assert run.blamed("y") == [None]


def test_a_mask_by_multiplication_is_the_step_that_multiplies():
    run = Run(m=[[1.0], [0.0]])
    run.weight("off", -INF)
    run.step("Mul", "p", "m", "off")
    assert run.blamed("p") == [None, ("op", "p")]


def test_imputation_inside_the_graph_is_silent():
    run = Run(x=[[NAN], [1.0]])
    run.weight("fill", [[3.0]])
    run.step("IsNaN", "n", "x").step("Where", "y", "n", "fill", "x")
    assert run.blamed("y") == [None, None]
    assert {step for step, _ in run.judge.vanished} == {1}


def test_one_row_that_spoils_the_batch():
    run = Run(x=[[1.0], [NAN], [3.0]])
    run.step("ReduceMean", "mean", "x").step("Sub", "y", "x", "mean")
    assert run.blamed("y") == [("spread", "mean"), ("input", "x"), ("spread", "mean")]


def test_two_causes_come_out_apart():
    run = Run(a=[[NAN], [1.0], [1.0]], b=[[1.0], [-1.0], [1.0]])
    run.step("Log", "l", "b").step("Add", "y", "a", "l")
    assert run.blamed("y") == [("input", "a"), ("op", "l"), None]


@pytest.mark.parametrize("shape", [(6, 4), (3, 2, 4), (2, 3, 4), (6, 5, 2)])
def test_rows_are_followed_along_the_first_axis_in_blocks_and_along_the_second(shape):
    rows = 3
    whole = np.zeros(shape, np.float32)
    cell = {(6, 4): (3, 1), (3, 2, 4): (1, 0, 0), (2, 3, 4): (0, 1, 2), (6, 5, 2): (2, 0, 0)}
    whole[cell[shape]] = NAN
    judge = Judge(rows)
    judge.start("x", whole)
    assert judge.ends(["x"]).astype(bool).tolist() == [False, True, False]


def test_a_finite_sum_that_overflows_is_no_suspect():
    judge = Judge(2)
    judge.start("x", np.full((2, 3), 3e38, np.float32))
    assert not judge.ends(["x"]).any()


def test_the_tables_are_whole():
    classes = table("operations")["classes"]
    names = [name for ops in classes.values() for name in ops]
    assert len(names) == len({*names}) + sum(names.count(n) - 1 for n in {*names})
    assert sorted({n for n in names if names.count(n) > 1}) == []
    rules, causes = table("causes")["rules"], table("causes")["causes"]
    assert {rule["cause"] for kind in rules.values() for rule in kind} <= set(causes)
    assert all(kind in classes or kind == "other" for kind in rules)
    for cause in causes:
        says, remedy = sentence(cause, {})
        assert "{" not in says + remedy
        assert remedy.endswith(".")
    json.dumps(causes, allow_nan=False)


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("Div", "divide"),
        ("aten.div.Tensor", "divide"),
        ("RealDiv", "divide"),
        ("aten.log_.default", "log"),
        ("aten.masked_fill.Scalar", "mask"),
        ("_FusedMatMul", "product"),
        ("ai.onnx.ml::Scaler", "other"),
        ("BatchNormalization", "norm"),
        ("aten._softmax.default", "softmax"),
    ],
)
def test_operations_of_all_runtimes_have_a_class(op, kind):
    assert class_of(op) == kind
