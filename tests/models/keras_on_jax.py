"""Keras where steps cannot be looked into: by layers, and trained by what `fit` tells.

Run by `test_keras_on_jax.py` in a process of its own, since a process has one backend.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

import datacheck as dc
from datacheck.keras import TrainingGuard
from tests.support.keras_models import Step

# Keras' own conversion of JAX's arrays, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

COLUMNS = list("abcd")


def codes(report):
    """What a layer of one's own does inside is not seen here, and that is told."""
    return [found.code for found in report.findings]


def rows(count=48):
    return np.random.default_rng(0).uniform(0.5, 2, (count, 4)).astype(np.float32)


def model_of(*steps):
    keras.utils.set_random_seed(3)
    given = out = keras.Input((4,), name="x")
    for step in steps:
        out = step(out)
    return keras.Model(given, out)


def test_it_is_jax():
    assert keras.backend.backend() == "jax"


def test_the_answer_is_the_layer():
    x = rows()
    x[6, 1] = -1
    rate = Step(ops.log, name="rate")
    model = model_of(layers.Dense(4, kernel_initializer="identity"), rate, layers.Dense(2))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (6,))
    assert found.evidence["layer"] == "rate"
    assert codes(dc.diagnose(model, rows(), inputs=COLUMNS)) == ["scope.unchecked"]


def test_a_missing_cell_and_a_spoilt_statistic():
    x = rows()
    x[9, 2] = np.nan
    model = model_of(layers.Dense(4), layers.BatchNormalization(name="norm"), layers.Dense(1))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "c", (9,))
    norm = model.get_layer("norm")
    gamma, beta, mean, _ = norm.get_weights()
    norm.set_weights([gamma, beta, mean, np.float32([1, np.nan, 1, 1])])
    (found,) = dc.diagnose(model, rows(), inputs=COLUMNS).findings
    assert (found.code, found.count) == ("nan.weight", 48)
    assert "norm" in found.evidence["weight"]


@pytest.mark.parametrize(
    "read",
    [
        layers.LSTM(4),
        layers.GRU(4),
        layers.SimpleRNN(4),
        layers.Bidirectional(layers.LSTM(3)),
        layers.TimeDistributed(layers.Dense(2)),
        lambda x: layers.MultiHeadAttention(2, 3)(x, x),
        layers.Conv1D(3, 2),
    ],
)
def test_a_layer_of_layers_hands_on_what_came_in(read):
    x = rows()
    x[9, 2] = np.nan
    model = model_of(layers.Reshape((4, 1)), read, layers.Flatten(), layers.Dense(1))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "c", (9,))


class Inner(layers.Layer):
    def __init__(self):
        super().__init__(name="block")
        self.dense = layers.Dense(4, name="inner")

    def call(self, x):
        return self.dense(ops.log(x))


@pytest.mark.parametrize(("step", "named"), [(ops.log, "log"), (Inner(), "block")])
def test_what_is_made_between_layers_is_blamed_on_the_code_there(step, named):
    x = rows()
    x[6, 1] = -1
    model = model_of(step, layers.Dense(2, name="after"))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "b", (6,))
    assert found.evidence["layer"] == named


def test_a_normalisation_that_was_told_nan():
    norm = layers.Normalization(mean=[0, np.nan, 0, 0], variance=[1] * 4, name="norm")
    (found,) = dc.diagnose(model_of(norm, layers.Dense(1)), rows(), inputs=COLUMNS).findings
    assert (found.code, found.evidence["weight"]) == ("nan.weight", "norm/mean")


def test_a_length_that_overflows_is_found_though_its_answer_is_finite():
    x = rows()
    x[5, 0] = 3e19
    given = keras.Input((4,), name="x")
    square = Step(lambda x: x * x, name="square")(given)
    unit = Step(lambda x, q: x / ops.sqrt(ops.sum(q, axis=1, keepdims=True)), name="unit")
    model = keras.Model(given, unit([given, square]))
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (5,))
    assert found.evidence["layer"] == "square"


def test_bait_is_left_alone():
    x = rows()
    for step in (
        lambda x: ops.softmax(ops.where(x < 1, -np.inf, x)),
        lambda x: ops.where(x > 1, ops.log(x - 1), 0.0),
        lambda x: 1 / (1 + ops.exp(200 * x)),
        lambda x: ops.tanh(x * 1e38 * 10),
    ):
        assert codes(dc.diagnose(model_of(Step(step)), x, inputs=COLUMNS)) == ["scope.unchecked"]


def trained(model, x, y, guard, epochs=8, **given):
    model.fit(x, y, epochs=epochs, batch_size=8, verbose=0, shuffle=False, callbacks=guard, **given)


def table():
    x = rows()
    return x, (x.sum(axis=1, keepdims=True) * 0.5).astype(np.float32)


def test_a_training_that_diverges_is_stopped_with_its_best_weights():
    x, y = table()
    model = model_of(layers.Dense(8, "relu"), layers.Dense(1))
    model.compile(keras.optimizers.SGD(3.0), "mse")
    start = model.evaluate(x, y, verbose=0)
    guard = TrainingGuard(x, y, columns=COLUMNS)
    with pytest.warns(RuntimeWarning, match="diverges"), pytest.raises(dc.TrainingError):
        trained(model, x, y, [guard], epochs=20)
    assert model.evaluate(x, y, verbose=0) <= start * 1.01


@pytest.mark.parametrize(("mode", "known"), [("skip", True), ("halve", True), ("halve", False)])
def test_a_label_that_is_no_number_is_left_out_and_no_rate_is_blamed(mode, known):
    x, y = table()
    spoilt = y.copy()
    spoilt[29] = np.nan
    model = model_of(layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    guard = TrainingGuard(*((x, spoilt) if known else ()), mode=mode)
    trained(model, x, spoilt, [guard])
    assert model.evaluate(x, y, verbose=0) < 0.5
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)
    assert {found.code for found in guard.findings} == {"train.stopped"}


def test_a_healthy_training_is_the_same_training():
    x, y = table()

    def run(callbacks):
        model = model_of(
            layers.Dense(8, "tanh"),
            layers.BatchNormalization(),
            layers.Dropout(0.2, seed=5),
            layers.Dense(1),
        )
        model.compile(keras.optimizers.Adam(0.01), "mse")
        trained(model, x, y, callbacks, epochs=4)
        return model.get_weights()

    guard = TrainingGuard(x, y)
    for one, other in zip(run([guard]), run([]), strict=True):
        np.testing.assert_array_equal(one, other)
    assert guard.findings == []


@pytest.mark.parametrize(
    "norm",
    [
        layers.LayerNormalization,
        layers.RMSNormalization,
        layers.UnitNormalization,
        lambda **name: layers.GroupNormalization(2, **name),
    ],
)
def test_squares_that_overflow_inside_a_layer(norm):
    x = rows()
    model = model_of(layers.Dense(4, name="first"), norm(name="norm"), layers.Dense(1))
    x[6, 1] = 1e30
    (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "b", (6,))
    assert (found.evidence["layer"], found.evidence["cause"]) == ("norm", "overflow")
    x[6, 1] = 1e12
    assert dc.diagnose(model, x, inputs=COLUMNS).findings == ()


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16", "mixed_float16", "float16"])
def test_narrow_types_are_seen(policy):
    """numpy has no bfloat16 of its own, in which a NaN is no less one."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        rate = Step(ops.log, name="rate")
        model = model_of(layers.Dense(4, kernel_initializer="identity"), rate, layers.Dense(1))
    finally:
        keras.config.set_dtype_policy(before)
    x = rows()
    assert codes(dc.diagnose(model, x, inputs=COLUMNS)) == ["scope.unchecked"]
    x[6, 1], x[9, 2] = -1, np.nan
    found = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert {(f.code, f.column, f.rows) for f in found} == {
        ("nan.op", "b", (6,)),
        ("nan.input", "c", (9,)),
    }
    if "bfloat" not in policy:
        x = rows()
        x[7, 3] = 7e4
        (found,) = dc.diagnose(model, x, inputs=COLUMNS).findings
        assert (found.column, found.rows) == ("d", (7,))
        assert (found.evidence["operation"], found.evidence["cause"]) == ("Cast", "cast_overflow")
