"""A loss and labels beside models that are not differentiated: callables and ONNX."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.cli import main
from datacheck.diagnosis.losses import loss_of_arrays
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


@pytest.mark.parametrize(
    ("name", "answer", "label", "expected"),
    [
        ("mse", [3.0], [1.0], 4.0),
        ("mean_absolute_error", [3.0], [1.0], 2.0),
        ("log_loss", [0.5], [1.0], np.log(2)),
        ("binary_crossentropy", [1.0], [1.0], 0.0),
        ("binary_crossentropy", [1.0], [0.0], np.inf),
        ("sparse_categorical_crossentropy", [[0.25, 0.75]], [0], np.log(4)),
        ("poisson", [0.0], [2.0], np.inf),
        ("msle", [np.e - 1], [0.0], 1.0),
    ],
)
def test_losses_by_name_are_their_formulas(name, answer, label, expected):
    with np.errstate(all="ignore"):
        found = loss_of_arrays(name)(np.array(answer), np.array(label))
    assert float(np.mean(found)) == pytest.approx(expected)


def test_a_column_of_labels_beside_a_vector_of_answers_stays_a_loss_a_row():
    assert loss_of_arrays("mse")(np.zeros(3), np.ones((3, 1))).shape == (3,)


def test_the_command_line_takes_a_loss(tmp_path, capsys):
    data = table(y=[1.0] * 49 + [None])
    data.write_csv(tmp_path / "t.csv")
    (tmp_path / "m.onnx").write_bytes(onnx_sum().SerializeToString())
    given = ["diagnose", str(tmp_path / "m.onnx"), "--data", str(tmp_path / "t.csv")]
    assert main([*given, "--target", "y", "--loss", "mse", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["column"], found["rows"]) == ("nan.input", "y", [49])
    assert main([*given, "--target", "y", "--json"]) == 0
    assert main([*given, "--target", "y", "--loss", "mxe"]) == 2
    assert "did you mean 'mse'" in capsys.readouterr().err
