"""The same plants in Keras on the torch backend, and by layers as on the others."""

from __future__ import annotations

import keras
import numpy as np
import polars as pl
import pytest
from keras import layers, ops

import datacheck as dc
from datacheck.diagnosis import keras_model
from tests.support.keras_models import Step
from tests.support.plants import plant

COLUMNS = list("abcd")


def rows(count=50):
    return np.random.default_rng(0).uniform(0.5, 2, (count, 4)).astype(np.float32)


def model_of(*steps):
    given = keras.Input((4,), name="x")
    out = given
    for step in steps:
        out = step(out)
    return keras.Model(given, out)


def scaling(mean, deviation):
    def run(x):
        return ops.divide(ops.subtract(x, ops.array(mean)), ops.array(deviation))

    return run


def as_keras(plan, k):
    """The layers of a plant that Keras has."""
    given = out = kept = keras.Input((k,))
    for layer in plan:
        values = layer.values
        if layer.kind == "skip":
            kept = out
        elif layer.kind == "add":
            out = layers.Add(name=layer.name)([kept, out])
        elif layer.kind == "dense":
            made = layers.Dense(values["kernel"].shape[1], name=layer.name)
            out = made(out)
            made.set_weights([values["kernel"], values["bias"]])
        elif layer.kind == "batchnorm":
            made = layers.BatchNormalization(name=layer.name, epsilon=1e-5)
            out = made(out)
            made.set_weights([values[n] for n in ("gamma", "beta", "mean", "variance")])
        elif layer.kind == "layernorm":
            out = layers.LayerNormalization(name=layer.name)(out)
        elif layer.kind == "scale":
            mean, deviation = (values[n].astype(np.float32) for n in ("mean", "deviation"))
            out = Step(scaling(mean, deviation), name=layer.name)(out)
        else:
            out = layers.Activation(layer.kind, name=layer.name)(out)
    return keras.Model(given, out)


@pytest.mark.parametrize("kind", ["missing", "weight", "scale", "variance"])
@pytest.mark.parametrize("seed", range(2))
def test_a_plant_is_named_as_in_onnx(kind, seed):
    p = plant(kind, seed, count=60)
    k = len(p.columns)
    (found,) = dc.diagnose(as_keras(p.layers, k), pl.DataFrame(p.rows, schema=p.columns)).findings
    assert found.code == p.code
    assert found.column == (None if p.column is None else p.columns[p.column])
    if p.row is not None:
        assert found.rows == (p.row,)
    if p.step is not None:
        assert p.step in {found.evidence.get("layer"), *found.evidence.get("weight", "").split("/")}
    healthy = as_keras(p.healthy_layers, k)
    assert dc.diagnose(healthy, pl.DataFrame(p.healthy_rows, schema=p.columns)).findings == ()


def test_a_deviation_of_zero_by_hand():
    deviation = np.array([1, 1, 0, 1], np.float32)
    model = model_of(
        Step(scaling(np.ones(4, np.float32), deviation), name="by_hand"), layers.Dense(2)
    )
    (found,) = dc.diagnose(model, rows(), inputs=COLUMNS).findings
    assert (found.code, found.column, found.count) == ("nan.op", "c", 50)
    assert found.evidence["layer"] == "by_hand"
    assert found.evidence["cause"] == "divide_by_zero"


def test_code_that_is_not_keras_own():
    def by_hand(x):
        with np.errstate(all="ignore"):
            return ops.convert_to_tensor(np.log(ops.convert_to_numpy(x)))

    x = rows()
    x[6, 1] = -1
    model = keras.Sequential([Step(by_hand, name="rate"), layers.Dense(1)])
    model.build((None, 4))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (6,))
    assert found.evidence["cause"] == "foreign"
    assert "rate" in found.message


def test_by_layers_the_answer_is_the_layer(monkeypatch):
    monkeypatch.setattr(keras_model, "KerasOnTorch", keras_model.KerasByLayer)
    x = rows()
    x[6, 1] = -1
    model = model_of(layers.Dense(4, kernel_initializer="identity"), Step(ops.log, name="rate"))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (6,))
    assert found.evidence["layer"] == "rate"
    assert "call" not in vars(model.get_layer("rate"))
    (unseen,) = dc.diagnose(model, rows(), inputs=COLUMNS).findings
    assert (unseen.code, unseen.severity) == ("scope.unchecked", "info")
    assert unseen.evidence["layers"] == ["rate"]


class Sub(keras.Model):
    """What it does behind its layers is none of them; its name says nothing of it."""

    def __init__(self, function):
        super().__init__(name="rates")
        self.dense = layers.Dense(4, kernel_initializer="identity")
        self.function = function

    def call(self, x):
        return self.function(self.dense(x))


@pytest.mark.parametrize(
    "make", [Sub, lambda f: model_of(layers.Dense(4, kernel_initializer="identity"), Step(f))]
)
def test_by_layers_rows_that_fail_alone_are_not_spoilt_by_another(monkeypatch, make):
    monkeypatch.setattr(keras_model, "KerasOnTorch", keras_model.KerasByLayer)
    x = rows()
    x[6, 1], x[9, 2] = -1, np.nan
    model = make(ops.log)
    model(x[:2])
    found = {f.rows: (f.code, f.column) for f in dc.diagnose(model, x, inputs=COLUMNS).findings}
    assert found == {(6,): ("nan.op", "b"), (9,): ("nan.input", "c")}
    x[6, 1] = 1
    mixing = make(lambda x: x - ops.mean(x, axis=0, keepdims=True))
    mixing(x[:2])
    first, spoilt = sorted(dc.diagnose(mixing, x, inputs=COLUMNS).findings, key=lambda f: f.count)
    assert (first.code, first.rows, spoilt.code, spoilt.count) == (
        "nan.input",
        (9,),
        "nan.spread",
        len(x) - 1,
    )
