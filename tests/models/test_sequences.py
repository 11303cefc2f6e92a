"""A model that reads the rows of a table as one sequence: whose fault it is, and that they mix."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import datacheck as dc


class Recurrent(nn.Module):
    def __init__(self, kind: str, width: int) -> None:
        super().__init__()
        self.read = getattr(nn, kind)(width, 8, batch_first=True)
        self.rate = nn.Linear(8, 1)

    def forward(self, x):
        return self.rate(self.read(x)[0])


class Attending(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.widen = nn.Linear(width, 8)
        self.read = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        wide = self.widen(x)
        return self.read(wide, wide, wide)[0]


def rows(row: int) -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    x[row, 2] = np.nan
    return x


@pytest.mark.parametrize("row", [0, 7])
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "attention"])
def test_rows_read_as_one_sequence_mix_and_the_cell_is_named(kind, row):
    torch.manual_seed(0)
    model = (Attending(5) if kind == "attention" else Recurrent(kind, 5)).eval()
    found = {
        each.code: each for each in dc.diagnose(model, rows(row), inputs=list("abcde")).findings
    }
    assert set(found) == {"nan.input", "nan.spread"}
    assert (found["nan.input"].column, found["nan.input"].rows) == ("c", (row,))
    others = 39 if kind == "attention" else 39 - row
    assert (found["nan.spread"].count, found["nan.spread"].evidence["cause"]) == (
        others,
        "sequence",
    )
    assert "[rows, steps, features]" in found["nan.spread"].remedy


@pytest.mark.parametrize("model", [Recurrent("LSTM", 1), Recurrent("GRU", 1), Attending(1)])
def test_a_row_that_is_a_sequence_spoils_no_other(model):
    (found,) = dc.diagnose(model.eval(), rows(7)[:, :, None]).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "x[2, 0]", (7,))


def test_a_batch_that_is_scaled_by_itself_has_one_cause_a_cell():
    class Own(nn.Module):
        def forward(self, x):
            return (x - x.amin(0)) / (x.amax(0) - x.amin(0))

    found = dc.diagnose(Own(), rows(7), inputs=list("abcde")).findings
    assert [(each.code, each.count) for each in found] == [("nan.spread", 39), ("nan.input", 1)]


@pytest.mark.parametrize("kind", [nn.LayerNorm(5), nn.GroupNorm(1, 5)])
def test_a_norm_of_rows_is_blamed_on_the_cell_that_overflows_it(kind):
    x = np.nan_to_num(rows(7), nan=1e30)
    (found,) = dc.diagnose(nn.Sequential(kind).eval(), x, inputs=list("abcde")).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "c", (7,))
    assert found.evidence["cause"] == "overflow"


def test_attention_of_which_every_key_is_masked():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.MultiheadAttention(8, 2, batch_first=True)
            self.wide = nn.Parameter(torch.ones(1, 1, 8))

        def forward(self, x):
            wide = x[:, :, None] * self.wide
            return self.read(wide, wide, wide, key_padding_mask=x < 0)[0].sum((1, 2))

    x = np.abs(np.nan_to_num(rows(7)))
    x[[3, 9]] = -1
    (found,) = dc.diagnose(Own().eval(), x, inputs=list("abcde")).findings
    assert (found.code, found.rows, found.evidence["cause"]) == ("nan.op", (3, 9), "all_masked")
