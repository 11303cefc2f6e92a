"""Story 13: epoch seconds beside small numbers and a raw target, in scikit-learn and torch."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import r2_score
from torch import nn

import datacheck as dc
from datacheck.torch import TrainingGuard

SCHEMA = """\
schema_type: polars_dataframe
columns:
  listed_at: {dtype: Float64, prepare: {scale: zscore}}
  rooms: {dtype: Float64, prepare: {scale: zscore}}
  price: {dtype: Float64, prepare: {scale: zscore, role: target}}
"""


@pytest.fixture
def houses():
    rng = np.random.default_rng(0)
    rooms = rng.integers(1, 7, 200).astype(float)
    price = 50_000 * rooms + rng.normal(size=200) * 10_000
    when = 1.7e9 + rng.uniform(0, 3e7, 200)
    return pl.DataFrame({"listed_at": when, "rooms": rooms, "price": price})


@pytest.fixture
def scaled(houses, tmp_path):
    (tmp_path / "s.yaml").write_text(SCHEMA)
    return dc.fit(houses, tmp_path / "s.yaml").apply(houses)


def parts(table):
    return table.select("listed_at", "rooms").to_numpy(), table["price"].to_numpy()


def test_scikit_learn_answers_with_nonsense_and_the_table_says_why(houses, scaled):
    x, y = parts(houses)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SGDRegressor(random_state=0).fit(x, y)
    assert np.abs(model.predict(x)).min() > 1e12
    told = [f for f in dc.check(houses, target="price").findings if f.code == "scale.spread"]
    assert told
    assert "listed_at" in told[0].message
    x, y = parts(scaled)
    assert r2_score(y, SGDRegressor(random_state=0).fit(x, y).predict(x)) > 0.9


def trained(table, columns):
    x, y = (torch.from_numpy(np.float32(each)) for each in parts(table))
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, columns=columns)
    for _ in range(30):
        for at in range(0, 200, 20):
            loss = guard.step(x[at : at + 20], y[at : at + 20, None])
    return guard, float(loss)


def test_torch_is_stopped_and_told_which_column_and_that_the_target_is_large(houses, scaled):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(dc.TrainingError) as raised:
            trained(houses, ["listed_at", "rooms"])
    assert raised.value.column == "listed_at"
    assert "scale 'listed_at', which reaches 1.7" in str(raised.value)
    assert "scale the target" in str(raised.value)
    guard, loss = trained(scaled, ["listed_at", "rooms"])
    assert guard.findings == []
    assert loss < 0.2


def relu_network(epochs, x, y, rate, guard_of):
    """Fed raw, a first step of the size of the seconds switches every unit off."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    nn.init.constant_(model[2].weight, 0.1)
    guard = guard_of(model, torch.optim.SGD(model.parameters(), rate))
    for _ in range(epochs):
        for at in range(0, 200, 20):
            guard.step(x[at : at + 20], y[at : at + 20, None])
    return model, guard


def guarded(model, optimizer, mode="raise"):
    names = ["listed_at", "rooms"]
    return TrainingGuard(model, optimizer, nn.functional.mse_loss, columns=names, mode=mode)


def tells_apart(model, x):
    with torch.no_grad():
        return len(torch.unique(model(x))) > 1


@pytest.mark.parametrize("rate", [1e-9, 1e-12, 1e-14])
def test_a_relu_network_whose_units_die_is_stopped_though_its_loss_is_finite(houses, scaled, rate):
    x, y = (torch.from_numpy(np.float32(each)) for each in parts(houses))
    y = y / 1e5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(dc.TrainingError) as raised:
            relu_network(30, x, y, rate, guarded)
        model, guard = relu_network(30, x, y, rate, lambda m, o: guarded(m, o, "skip"))
    assert raised.value.column == "listed_at"
    assert "scale 'listed_at'" in str(raised.value)
    if "alike" in str(raised.value):
        assert not tells_apart(model, x), "without a stop nothing is learned again"
        assert [f.code for f in guard.findings].count("train.stopped") == 1
    x, y = (torch.from_numpy(np.float32(each)) for each in parts(scaled))
    model, guard = relu_network(30, x, y, 0.01, guarded)
    assert guard.findings == []
    assert tells_apart(model, x)
