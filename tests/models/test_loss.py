"""Labels, losses and gradients: what a training meets, asked of `diagnose` with a loss."""

from __future__ import annotations

import keras
import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

import datacheck as dc

# Keras' own conversion of torch's tensors, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

COLUMNS = list("abc")


def table(count=300, target=1.0, spoil=()):
    rows = np.random.default_rng(0).uniform(1, 2, (count, 3))
    for row, column, value in spoil:
        rows[row, column] = value
    labels = np.full(count, target) if np.isscalar(target) else np.asarray(target)
    return pl.DataFrame(rows, schema=COLUMNS).with_columns(pl.Series("y", labels))


class LogWhere(nn.Module):
    """The forward pass is finite; the gradient of the branch not taken is 0 by 0."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 1)
        self.head.weight.data.fill_(1.0)
        self.head.bias.data.fill_(0.0)

    def forward(self, x):
        h = self.head(x)
        return torch.where(h > 0, torch.log(h), torch.zeros_like(h))


@pytest.mark.parametrize(("column", "row"), [(0, 7), (2, 299)])
def test_a_gradient_that_alone_is_nan_names_row_column_and_line(column, row):
    others = [at for at in range(3) if at != column]
    data = table()
    total = data[COLUMNS[others[0]]][row] + data[COLUMNS[others[1]]][row]
    # As float32 adds them, so that the sum is exactly 0.
    cells = [np.float32(data[name][row]) for name in COLUMNS]
    cells[others[0]], cells[others[1]] = np.float32(1.5), np.float32(1.25)
    cells[column] = -np.float32(2.75)
    spoil = [(row, at, float(cell)) for at, cell in enumerate(cells)]
    data = table(spoil=spoil)
    assert total > 0
    model = LogWhere()
    before = model.head.weight.detach().clone()
    assert dc.diagnose(model, data, target="y").findings == ()
    (found,) = dc.diagnose(model, data, loss=nn.functional.mse_loss, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.op", COLUMNS[column], (row,))
    assert found.evidence["stage"] == "backward"
    assert found.evidence["gradient"] == "head.weight"
    assert found.evidence["line"].startswith("test_loss.py:")
    assert "gradient of log" in found.message
    assert torch.equal(model.head.weight, before)
    assert model.head.weight.grad is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_label_that_is_no_number_is_named_with_its_row(value):
    labels = np.ones(300)
    labels[13] = value
    model = nn.Linear(3, 1)
    data = table(target=labels)
    (found,) = dc.diagnose(model, data, loss=nn.functional.mse_loss, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.input", "y", (13,))
    assert found.evidence["cause"] in {"label_missing", "label_infinite"}
    assert dc.diagnose(model, data, target="y").findings == ()


def cross_entropy_by_hand(answer, label):
    chance = torch.sigmoid(answer)
    return -(label * torch.log(chance) + (1 - label) * torch.log(1 - chance))


def test_a_loss_that_takes_the_logarithm_of_a_certain_answer():
    model = nn.Linear(3, 1)
    model.weight.data.fill_(1.0)
    data = table(target=np.zeros(300, int), spoil=[(5, 2, 5000.0)])
    (found,) = dc.diagnose(model, data, loss=cross_entropy_by_hand, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.op", "c", (5,))
    assert (found.evidence["stage"], found.evidence["cause"]) == ("loss", "log_zero")


def test_classes_beside_scores_and_a_training_mode_with_norms_are_left_alone():
    data = table(target=np.arange(300) % 4)
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 4))
    kept = {name: value.clone() for name, value in model.train().state_dict().items()}
    random = torch.get_rng_state()
    loss = nn.functional.cross_entropy
    assert dc.diagnose(model, data, loss=loss, target="y").findings == ()
    assert torch.equal(torch.get_rng_state(), random)
    for name, value in model.state_dict().items():
        assert torch.equal(value, kept[name]), name


def test_arrays_and_a_target_beyond_float32():
    x = np.ones((40, 3), np.float32)
    y = np.ones((40, 1), np.float32)
    y[9] = 1e30  # its square is beyond float32
    found = dc.diagnose(nn.Linear(3, 1), x, loss=nn.functional.mse_loss, target=y).findings
    assert [each.rows for each in found] == [(9,)]
    assert found[0].evidence["stage"] == "loss"


@pytest.mark.parametrize("loss", ["mse", keras.losses.MeanSquaredError()])
def test_keras_takes_its_own_losses(loss):
    labels = np.ones(60)
    labels[20] = np.nan
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    data = table(60, target=labels)
    (found,) = dc.diagnose(model, data, loss=loss, target="y").findings
    assert (found.code, found.column, found.rows) == ("nan.input", "y", (20,))
    assert dc.diagnose(model, table(60), loss=loss, target="y").findings == ()


def test_a_gradient_in_keras():
    inputs = keras.Input((3,))
    h = keras.layers.Dense(1, kernel_initializer="ones", name="rate")(inputs)
    root = keras.ops.where(h > 0, keras.ops.sqrt(h), keras.ops.zeros_like(h))
    model = keras.Model(inputs, root)
    data = table(60, spoil=[(8, 0, 0.0), (8, 1, 0.0), (8, 2, 0.0)])
    (found,) = dc.diagnose(model, data, loss="mse", target="y").findings
    assert (found.code, found.rows) == ("nan.op", (8,))
    assert found.evidence["gradient"].startswith("rate/")
    assert "gradient of sqrt" in found.message
