"""What holds in ONNX holds in PyTorch and in Keras: sizes of tables, several causes, and bait."""

from __future__ import annotations

import keras
import numpy as np
import polars as pl
import pytest
import torch
from keras import layers, ops
from torch import nn

import datacheck as dc

RUNTIMES = ("torch", "keras")


class Torch(nn.Module):
    def __init__(self, function, k, head):
        super().__init__()
        self.function = function
        self.head = nn.Linear(k, 1) if head else nn.Identity()
        if head:
            nn.init.constant_(self.head.weight, 0.5)

    def forward(self, x):
        return self.head(self.function(x))


class Own(layers.Layer):
    def __init__(self, function):
        super().__init__(name="own")
        self.function = function

    def call(self, x):
        return self.function(x)

    def compute_output_shape(self, shape):
        return shape


def made(runtime, function, k, *, head=True):
    """A step that `function` says, of the runtime's own operations, before a dense layer."""
    if runtime == "torch":
        return Torch(lambda x: function(torch, x), k, head).eval()
    given = keras.Input((k,), name="x")
    out = Own(lambda x: function(ops, x))(given)
    if head:
        out = layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.5))(out)
    return keras.Model(given, out)


def rows(count=50, k=4):
    return np.random.default_rng(0).uniform(1, 2, (count, k)).astype(np.float32)


def asked(model, x):
    return dc.diagnose(model, pl.DataFrame(x, schema=[f"c{at}" for at in range(x.shape[1])]))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_two_plants_at_once_come_out_apart(runtime):
    x = rows()
    x[[3, 30], 2] = np.nan
    x[[8, 30], 1] = -1.0
    model = made(runtime, lambda f, x: f.log(x), 4)
    found = {(f.code, f.column, f.rows) for f in asked(model, x).findings}
    assert found == {("nan.input", "c2", (3, 30)), ("nan.op", "c1", (8, 30))}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_one_bad_row_in_ten_thousand(runtime):
    x = rows(10_000, 3)
    x[7777, 1] = -4.0
    (found,) = asked(made(runtime, lambda f, x: f.sqrt(x), 3), x).findings
    assert (found.code, found.rows, found.column) == ("nan.op", (7777,), "c1")
    assert found.evidence["cause"] == "sqrt_negative"


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("k", [1, 500, 700])
def test_narrow_and_wide_tables(runtime, k):
    x = rows(40, k)
    x[11, k - 1] = -3.0
    x[12, 0] = np.nan
    found = asked(made(runtime, lambda f, x: f.log(x), k), x).findings
    assert {(f.code, f.rows, f.column) for f in found} == {
        ("nan.op", (11,), f"c{k - 1}"),
        ("nan.input", (12,), "c0"),
    }


def layer_norm(_, x):
    moved = x - x.mean(1)[:, None]
    return moved / ((moved * moved).mean(1)[:, None] + 1e-5) ** 0.5


BAIT = {
    "masked softmax": lambda f, x: f.softmax(f.where(x < 1.5, -np.inf, x), -1),
    "sigmoid by hand": lambda f, x: 1 / (1 + f.exp(x * 100)),
    "log behind a where": lambda f, x: f.where(x > 1.5, f.log(x - 1.5), 0.0),
    "clip to infinity": lambda f, x: f.clip(x, 0.0, np.inf),
    "imputation": lambda f, x: f.nan_to_num(x),
    "imputation by comparison": lambda f, x: f.where(f.isnan(x), 0.0, x),
    "tanh of infinity": lambda f, x: f.tanh(x * 1e38 * 10),
    "layer norm of a constant row": layer_norm,
    "masked scores": lambda f, x: f.where(x > 1.5, x, -np.inf),
    "the least of an infinity": lambda f, x: f.minimum(1 / (x - x), f.ones_like(x)),
}


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", BAIT)
def test_bait_is_left_alone(runtime, name):
    x = rows()
    x[:, 3] = 1.9
    x[5] = 1.75
    if name.startswith("imputation"):
        x[3, 2] = np.nan
    model = made(runtime, BAIT[name], 4, head=name != "masked scores")
    assert asked(model, x).findings == ()


#: Finite, and wrong: an infinity, or a NaN, is read on the way to the answer.
HIDDEN = {
    "a length that overflows": (lambda f, x: x / f.sqrt(f.sum(x * x, -1))[:, None], 3e19),
    "an inverse of an overflow": (lambda f, x: 1 / (x * x * 1e19) * 1e19, 3e19),
    "a class of a NaN": (lambda f, x: f.where(f.log(x) > 0.3, 1.0, 0.0), -2.0),
    "a gate of a NaN": (lambda f, x: f.where(f.sqrt(x) > 1.2, x, 0.0 * x), -2.0),
    "a share of a sum that overflows": (lambda f, x: x / f.sum(x * 1e30, -1)[:, None] * 1e30, 1e10),
    "a distance that saturates": (lambda f, x: f.exp(-f.sum(x * x, -1))[:, None] + x, 3e19),
}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_of_what_is_finite_and_wrong_five_in_six_are_found(runtime):
    """The last one is no fault: the exponential of a huge distance is 0 by any reckoning."""
    found = []
    for name, (function, value) in HIDDEN.items():
        x = rows()
        model = made(runtime, function, 4, head=False)
        assert asked(model, x).findings == (), name
        x[7, 2] = value
        told = asked(model, x).findings
        if [(f.code, f.column, f.rows) for f in told] == [("nan.hidden", "c2", (7,))]:
            found.append(name)
    assert len(found) >= 5, found
