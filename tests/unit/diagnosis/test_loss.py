"""A loss and labels beside models that are not differentiated: callables and ONNX."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError, DataError
from tests.support.onnx_models import Builder


def table(**columns):
    rows = np.random.default_rng(0).uniform(1, 2, (50, 3))
    return pl.DataFrame(rows, schema=list("abc")).with_columns(
        **{name: pl.Series(cells) for name, cells in columns.items()}
    )


def squares(answer, label):
    return (answer - label) ** 2


def log_loss(answer, label):
    return -label * np.log(answer) - (1 - label) * np.log(1 - answer)


def chance(matrix):
    return 1 / (1 + np.exp(-matrix.sum(axis=1)))


def onnx_sum():
    b = Builder(3)
    return b.model(b.node("MatMul", ["x", b.weight("w", np.ones((3, 1)))], "y"))


@pytest.mark.parametrize("model", [chance, onnx_sum()])
def test_labels_that_are_missing_are_named_where_a_loss_is_asked_for(model):
    labels = [None if row in {4, 30} else 1.0 for row in range(50)]
    data = table(y=labels)
    (found,) = dc.diagnose(model, data, loss=squares, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.input", "y", (4, 30))
    assert found.evidence["cause"] == "label_missing"
    assert dc.diagnose(model, data, target="y").findings == ()


def test_a_loss_of_a_certain_answer_names_the_row_and_the_column():
    data = table(y=[0] * 50).with_columns(
        b=pl.when(pl.int_range(50) == 7).then(900.0).otherwise(pl.col("b"))
    )
    (found,) = dc.diagnose(chance, data, loss=log_loss, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (7,))
    assert found.evidence["cause"] == "loss"
    assert "though row 7 predicts 1" in found.message


def test_two_targets_are_not_fed():
    data = table(y=[1.0] * 50, z=[2.0] * 50)
    assert dc.diagnose(onnx_sum(), data, target=["y", "z"]).findings == ()


def test_labels_through_a_transform_are_those_of_the_table():
    data = table(y=[float("inf") if row == 3 else 1.0 for row in range(50)])
    data = data.with_columns(a=pl.when(pl.int_range(50) == 9).then(None).otherwise(pl.col("a")))
    suggested = dc.suggest(data.select("a", "b", "c"))
    transform = dc.fit(data.select("a", "b", "c"), suggested)
    found = dc.diagnose(
        lambda matrix: np.log(matrix * 0 + 1).sum(axis=1),
        data,
        transform,
        loss=squares,
        target="y",
    ).findings
    assert [(each.column, each.rows) for each in found if each.severity == "error"] == [("y", (3,))]


@pytest.mark.parametrize("target", [None, np.ones(3)])
def test_a_loss_needs_labels_as_many_as_rows(target):
    with pytest.raises(DataError, match="labels"):
        dc.diagnose(chance, table(), loss=squares, target=target)


def test_a_model_of_tensorflow_js_is_trained_elsewhere(monkeypatch):
    from datacheck.diagnosis import loss, verbs
    from datacheck.diagnosis.tensorflowjs import NodeModel

    made = NodeModel.__new__(NodeModel)
    assert verbs.loss_findings is loss.loss_findings
    with pytest.raises(ArtefactError, match="JavaScript"):
        loss.loss_findings(made, None, None, squares, None)
