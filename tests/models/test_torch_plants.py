"""The same plants in PyTorch: the same answers are demanded."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

import datacheck as dc
from tests.support.plants import KINDS, counted, plant, reached
from tests.support.torch_models import Planted


def frame(rows, columns):
    return pl.DataFrame(rows, schema=columns)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_a_plant_is_named_with_code_row_column_and_step(kind, seed):
    p = plant(kind, seed, count=120)
    healthy, model = Planted(p.healthy_layers).eval(), Planted(p.layers).eval()
    with torch.no_grad():
        assert torch.isfinite(healthy(torch.tensor(p.healthy_rows, dtype=torch.float32))).all()
        answers = model(torch.tensor(p.rows, dtype=torch.float32))
    assert not torch.isfinite(answers).all()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    (found,) = dc.diagnose(model, frame(p.rows, p.columns)).findings
    assert found.code == p.code
    assert found.column == (None if p.column is None else p.columns[p.column])
    if p.row is not None:
        assert found.rows == (p.row,)
    if p.step is not None:
        weight = found.evidence.get("weight", "").rpartition(".")[0]
        assert p.step in {found.evidence.get("layer"), weight}
    if found.code == "nan.op":
        assert found.evidence["line"].startswith("torch_models.py:")
    assert dc.diagnose(healthy, frame(p.healthy_rows, p.columns)).findings == ()
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name].numpy())


def test_of_a_hundred_other_plants_95_in_a_hundred_are_named_and_no_twin_raises_an_alarm():
    def asked(layers, rows, columns):
        return dc.diagnose(Planted(layers).eval(), frame(rows, columns)).findings

    share, alarms = reached(counted(asked, range(100, 110)))
    assert share >= 0.95
    assert alarms == 0
