"""What people asked for in public, with PyTorch: masks, eval forgotten, foreign code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import datacheck as dc

COLUMNS = list("abcdef")


def rows(count=64, k=6):
    return np.random.default_rng(0).uniform(0.5, 2, (count, k)).astype(np.float32)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        return self.function(self, x)


def test_all_entries_of_a_softmax_masked_where_three_sensors_are_missing_together():
    def attend(self, x):
        scores = x[:, :3].nan_to_num().masked_fill(torch.isnan(x[:, :3]), float("-inf"))
        weights = torch.softmax(scores, dim=1)
        return weights.sum(dim=1, keepdim=True) + x[:, 3:4]

    x = rows()
    x[4, 0] = np.nan
    x[[9, 30], :3] = np.nan
    (found,) = dc.diagnose(Function(attend), x, inputs=COLUMNS).findings
    assert (found.code, found.rows) == ("nan.op", (9, 30))
    assert found.evidence["cause"] == "all_masked"
    assert found.evidence["columns"] == ["a", "b", "c"]


def test_eval_forgotten_one_row_spoils_all_and_the_statistics_are_put_back():
    model = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).train()
    x = rows()
    x[20, 3] = np.nan
    before = model[1].running_mean.clone()
    spread, own = dc.diagnose(model, x, inputs=COLUMNS).findings
    assert (spread.code, spread.count) == ("nan.spread", 63)
    assert spread.evidence["source_rows"] == [20]
    assert "eval()" in spread.remedy
    assert (own.code, own.column, own.rows) == ("nan.input", "d", (20,))
    assert torch.equal(model[1].running_mean, before)
    assert model.training


def test_a_value_that_numpy_made_is_said_to_be_foreign():
    def by_hand(self, x):
        with np.errstate(all="ignore"):
            return self.head(torch.from_numpy(np.log(x.numpy() - 0.4)))

    x = rows()
    x[7, 2] = -3
    (found,) = dc.diagnose(Function(by_hand), x, inputs=COLUMNS).findings
    assert (found.code, found.rows, found.column) == ("nan.op", (7,), "c")
    assert found.evidence["cause"] == "foreign"


def test_steps_in_place_are_followed():
    def in_place(self, x):
        x = x.clone()
        x[:, 1].log_()
        return self.head(x)

    x = rows()
    x[7, 1] = -3
    (found,) = dc.diagnose(Function(in_place), x, inputs=COLUMNS).findings
    assert (found.code, found.rows, found.column) == ("nan.op", (7,), "b")
    assert found.evidence["cause"] == "log_negative"
    assert found.evidence["line"].startswith("test_torch_stories.py:")


def test_a_length_that_overflows_is_found_though_its_answer_is_finite():
    x = rows()
    x[5, 0] = 3e19
    unit = Function(lambda self, x: x / (x * x).sum(dim=1, keepdim=True).sqrt())
    (found,) = dc.diagnose(unit, x, inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (5,))


BAIT = {
    "masked softmax": lambda self, x: torch.softmax(x.masked_fill(x < 1, float("-inf")), dim=1),
    "log behind a where": lambda self, x: torch.where(x > 1, torch.log(x - 1), 0.0),
    "imputation": lambda self, x: self.head(torch.nan_to_num(x)),
    "sigmoid by hand": lambda self, x: 1 / (1 + torch.exp(x)),
    "tanh of infinity": lambda self, x: torch.tanh(x * 1e38 * 10),
    "layer norm of a constant row": lambda self, x: nn.functional.layer_norm(x * 0 + 1, (6,)),
    "dropout and attention": lambda self, x: nn.functional.scaled_dot_product_attention(
        x[:, None], x[:, None], x[:, None]
    ),
}


@pytest.mark.parametrize("name", BAIT)
def test_bait_is_left_alone(name):
    x = rows()
    x[:, 5] = 1.9
    x[3, 0] = 500 if name == "sigmoid by hand" else x[3, 0]
    if name == "imputation":
        x[3, 3] = np.nan
    assert dc.diagnose(Function(BAIT[name]), x, inputs=COLUMNS).findings == ()


def test_state_is_put_back_after_an_error():
    def breaks(self, x):
        self.head.weight.data.zero_()
        raise RuntimeError("no")

    model = Function(breaks)
    before = model.head.weight.clone()
    with pytest.raises(dc.DatacheckError, match="RuntimeError: no"):
        dc.diagnose(model, rows(), inputs=COLUMNS)
    assert torch.equal(model.head.weight, before)
