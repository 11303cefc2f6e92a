"""Ways to train in Keras, guarded: what is planted is stopped, what is healthy is the same."""

from __future__ import annotations

import json
import warnings

import keras
import numpy as np
import pytest
import torch
from keras import layers, ops

import datacheck as dc
from datacheck.keras import TrainingGuard
from tests.support.divergences import PLANTS

# Keras' own conversion of torch's tensors, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROWS = 64


def table(k=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, k)).astype(np.float32)
    return x, (x.sum(axis=1, keepdims=True) * 0.5 + 0.1).astype(np.float32)


def compiled(*steps, k=3, optimizer=None, loss="mse"):
    keras.utils.set_random_seed(3)
    given = keras.Input((k,))
    out = given
    for step in steps:
        out = step()(out)
    model = keras.Model(given, out)
    model.compile(optimizer or keras.optimizers.SGD(0.05), loss)
    return model


def dense(units, activation=None):
    return lambda: layers.Dense(units, activation)


class ByHand(layers.Layer):
    """A norm of the batch by hand: of a single row it is 0 by 0."""

    def build(self, shape):
        self.gain = self.add_weight(shape=shape[1:], initializer="ones")

    def call(self, x):
        moved = x - ops.mean(x, axis=0)
        return moved / ops.sqrt(ops.mean(moved**2, axis=0)) * self.gain


class Root(layers.Layer):
    """The forward pass is finite; the gradient at 0 is not."""

    def call(self, x):
        return ops.where(ops.abs(x) > 0, ops.sqrt(ops.abs(x)), ops.zeros_like(x))


def log_loss(labels, answer):
    hit = ops.cast(labels > 0, "float32")
    chance = ops.sigmoid(answer)
    return -ops.mean(hit * ops.log(chance) + (1 - hit) * ops.log(1 - chance))


class Explodes(layers.Layer):
    def __init__(self):
        super().__init__()
        self.cell = layers.SimpleRNN(
            6, activation=None, recurrent_initializer=keras.initializers.Identity(1.5)
        )

    def call(self, x):
        return self.cell(ops.expand_dims(x, -1))


def planted(name):
    x, y = table()
    model = None
    if name == "rate":
        model = compiled(dense(8, "relu"), dense(1), optimizer=keras.optimizers.SGD(3.0))
    elif name == "unscaled inputs":
        x = x * np.float32([1, 4000, 1])
        model = compiled(dense(1))
    elif name == "unscaled target":
        y = y * np.float32(1e4)
        model = compiled(dense(8, "relu"), dense(1))
    elif name == "a label in batch 3":
        y[29] = np.nan
        model = compiled(dense(1))
    elif name == "log of 0":
        x[40], y[40] = 1e4, -1.0
        model = compiled(lambda: layers.Dense(1, kernel_initializer="ones"), loss=log_loss)
    elif name == "a gradient alone":
        x[40] = 0.0
        model = compiled(lambda: layers.Dense(1, use_bias=False, name="head"), Root)
    elif name == "a batch of one":
        x, y = x[:57], y[:57]
        model = compiled(ByHand, dense(1))
    else:
        x, y = np.ones((ROWS, 30), np.float32), np.ones((ROWS, 1), np.float32)
        model = compiled(Explodes, dense(1), k=30)
    return model, x, y


def score(model, x, y):
    good = np.isfinite(y[:, 0])
    if len(good) > 40:
        good[40] = False
    out = model(x[good], training=False)
    labels = ops.convert_to_tensor(y[good])
    return float(model.compute_loss(x=x[good], y=labels, y_pred=out).detach())


def fit(model, x, y, epochs, callbacks=()):
    given = {"epochs": epochs, "batch_size": 8, "verbose": 0, "shuffle": False}
    model.fit(x, y, callbacks=list(callbacks), **given)


@pytest.mark.parametrize("arrays", [True, False])
@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_stopped_with_weights_as_good_as_at_the_best_epoch(name, arrays):
    """With the arrays, or without them as of a generator: steps are looked into."""
    model, x, y = planted(name)
    scores = [score(model, x, y)]
    for _ in range(4):
        fit(model, x, y, 1)
        spoilt = not all(np.isfinite(weight).all() for weight in model.get_weights())
        scores.append(np.inf if spoilt else score(model, x, y))
    best = min(each for each in scores if np.isfinite(each))
    assert spoilt or not scores[-1] < 100 * best, "the plant is one"

    model, x, y = planted(name)
    known = (x, y) if arrays and name != "a label in batch 3" else ()
    guard = TrainingGuard(*known, columns=list("abc"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(dc.TrainingError) as raised:
            fit(model, x, y, 300, [guard])
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert score(model, x, y) <= best * 1.01 + 1e-6
    assert "train_step" not in vars(model)
    assert not raised.value.report.ok
    text = str(raised.value)
    if name == "unscaled inputs":
        assert raised.value.column == "b"
    elif name == "a label in batch 3":
        assert "epoch 0, batch 3" in text
        assert (raised.value.row, raised.value.column) == (5, "target")
    elif name == "a gradient alone":
        assert "gradient of 'head/kernel'" in text
    elif name == "a batch of one":
        assert "batch 7" in text


def two_of_each():
    """Two inputs, two outputs, dropout and a norm."""
    keras.utils.set_random_seed(4)
    a, b = keras.Input((2,), name="a"), keras.Input((1,), name="b")
    both = layers.Add()([layers.Dense(6)(a), layers.Dense(6)(b)])
    hidden = layers.Dropout(0.3)(layers.BatchNormalization()(layers.Activation("tanh")(both)))
    outs = {"one": layers.Dense(1, name="one")(hidden), "two": layers.Dense(1, name="two")(hidden)}
    model = keras.Model({"a": a, "b": b}, outs)
    model.compile(keras.optimizers.Adam(0.01), {"one": "mse", "two": "mae"}, metrics={"one": "mae"})
    return model


def healthy(name):  # noqa: C901 - one branch a kind
    """A model, and what `fit` is given."""
    x, y = table()
    model = compiled(dense(8, "tanh"), lambda: layers.Dropout(0.2), dense(1))
    given = {"x": x, "y": y, "batch_size": 8}
    if name == "several inputs and outputs":
        model = two_of_each()
        given |= {"x": {"a": x[:, :2], "b": x[:, 2:]}, "y": {"one": y, "two": y * 2}}
    elif name == "a generator":

        def batches():
            while True:
                for at in range(0, ROWS, 8):
                    yield x[at : at + 8], y[at : at + 8]

        given = {"x": batches(), "steps_per_epoch": ROWS // 8}
    elif name == "a loader":
        set_ = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
        given = {"x": torch.utils.data.DataLoader(set_, batch_size=8)}
    elif name == "weights of rows":
        given["sample_weight"] = np.linspace(0, 1, ROWS)
    elif name == "recurrent":
        model = compiled(lambda: layers.Reshape((3, 1)), lambda: layers.GRU(4), dense(1))
    elif name == "half":
        keras.utils.set_random_seed(3)
        model = keras.Sequential(
            [keras.Input((3,)), layers.Dense(8, "tanh", dtype="mixed_bfloat16"), layers.Dense(1)]
        )
        model.compile(
            keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), 2.0**40), "mse"
        )
    elif name == "gradients accumulated":
        optimizer = keras.optimizers.SGD(0.05, gradient_accumulation_steps=2)
        model = compiled(dense(8, "tanh"), dense(1), optimizer=optimizer)
    elif name == "pixels":
        model = compiled(dense(8, "relu"), dense(1), optimizer=keras.optimizers.Adam(0.001))
        given["x"] = np.abs(x) * 80
    elif name == "a large first loss":
        model = compiled(dense(1), optimizer=keras.optimizers.Adam(1.0))
        given["y"] = y * 1000
    elif name == "warm-up":
        rate = keras.optimizers.schedules.CosineDecay(0.0, 40, warmup_target=0.1, warmup_steps=20)
        model = compiled(dense(8, "tanh"), dense(1), optimizer=keras.optimizers.Adam(rate))
    return model, given


HEALTHY = [
    "several inputs and outputs",
    "a generator",
    "a loader",
    "weights of rows",
    "recurrent",
    "half",
    "gradients accumulated",
    "pixels",
    "a large first loss",
    "warm-up",
    "dropout",
]


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_of_any_kind_is_the_same_training(name):
    def run(callbacks):
        model, given = healthy(name)
        keras.utils.set_random_seed(9)
        model.fit(**given, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
        return [np.asarray(weight) for weight in model.get_weights()]

    guard = TrainingGuard()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        guarded = run([guard])
    assert guard.findings == []
    for one, other in zip(guarded, run([]), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("arrays", [True, False])
def test_a_relu_network_whose_units_die_is_stopped_though_its_loss_is_finite(arrays):
    x, y = table()
    x = x * np.float32([1, 3e6, 1]) + np.float32([0, 1.7e9, 0])
    model = compiled(dense(8, "relu"), dense(1), optimizer=keras.optimizers.SGD(1e-6))
    model.set_weights([np.full_like(weight, 0.1) for weight in model.get_weights()])
    guard = TrainingGuard(*((x, y) if arrays else ()), columns=list("abc"))
    with pytest.raises(dc.TrainingError, match="every row alike") as raised:
        fit(model, x, y, 30, [guard])
    assert raised.value.column == "b"
    assert len(np.unique(model.predict(x, verbose=0))) > 1


@pytest.mark.parametrize("mode", ["skip", "halve"])
def test_a_bad_label_is_left_out_and_the_report_stands_beside_the_checkpoint(mode, tmp_path):
    x, y = table()
    y[29] = np.nan
    model = compiled(layers.BatchNormalization, dense(1))
    path = tmp_path / "guard.json"
    guard = TrainingGuard(x, y, mode=mode, report=path)
    saved = keras.callbacks.ModelCheckpoint(tmp_path / "m.keras")
    fit(model, x, y, 5, [guard, saved])
    assert [found.code for found in guard.findings] == ["train.skipped"] * 5
    assert guard.findings[0].evidence["batch"] == 3
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert len(json.loads(path.read_text())["findings"]) == 5
    assert (tmp_path / "m.keras").exists()


def test_halving_goes_on():
    x, y = table()
    model = compiled(dense(1), optimizer=keras.optimizers.SGD(3.0))
    guard = TrainingGuard(x, y, mode="halve")
    with pytest.warns(RuntimeWarning, match="tenfold"):
        fit(model, x, y, 60, [guard])
    assert float(model.optimizer.learning_rate) < 1.5
    assert score(model, x, y) < 0.1


def test_an_error_of_another_leaves_nothing_on_the_model():
    class Breaks(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise RuntimeError("no")

    x, y = table()
    model = compiled(dense(1))
    with pytest.raises(RuntimeError, match="no"):
        fit(model, x, y, 1, [Breaks(), TrainingGuard(x, y)])
    model.optimizer.learning_rate = 0.01
    fit(model, x, y, 1)
    assert "compute_loss" not in vars(model)
