"""The guard of training in PyTorch: divergence stopped with usable weights; bait untouched."""

from __future__ import annotations

import json
import warnings
from itertools import pairwise

import pytest
import torch
from torch import nn

import datacheck as dc
from datacheck.torch import TrainingGuard


def line(scale=1.0, count=24):
    x = torch.arange(1.0, count + 1)[:, None] * scale
    return x, 2 * x + scale


def network(*sizes, norm=False, seed=0):
    torch.manual_seed(seed)
    steps = []
    for given, gives in pairwise(sizes):
        steps += [
            nn.Linear(given, gives),
            nn.BatchNorm1d(gives) if norm else nn.Identity(),
            nn.Tanh(),
        ]
    return nn.Sequential(*steps[:-2])


def train(guard, x, y, epochs, size=8):
    for _ in range(epochs):
        for at in range(0, len(x), size):
            guard.step(x[at : at + size], y[at : at + size])


def loss_of(model, x, y):
    with torch.no_grad():
        return float(nn.functional.mse_loss(model.eval()(x), y))


DIVERGING = {
    "rate": (1.0, lambda p: torch.optim.SGD(p, 0.05), (1, 1)),
    "unscaled inputs": (1000.0, lambda p: torch.optim.SGD(p, 0.01), (1, 1)),
    "momentum": (1.0, lambda p: torch.optim.SGD(p, 0.02, momentum=0.9), (1, 1)),
}


@pytest.mark.parametrize("name", DIVERGING)
def test_a_training_that_diverges_is_stopped_with_its_best_weights(name):
    scale, optimizer, sizes = DIVERGING[name]
    x, y = line(scale)
    model = network(*sizes)
    start = loss_of(model, x[:8], y[:8])
    guard = TrainingGuard(
        model.train(), optimizer(model.parameters()), nn.functional.mse_loss, columns=["x"]
    )
    with pytest.warns(RuntimeWarning, match="tenfold"), pytest.raises(dc.TrainingError) as raised:
        train(guard, x, y, 2000)
    assert "learning rate" in str(raised.value)
    assert "scale 'x'" in str(raised.value)
    assert loss_of(model, x[:8], y[:8]) <= start * 1.0001
    assert not raised.value.report.ok


def test_one_label_that_is_nan_is_named_with_its_row():
    x, y = line(0.05)
    y[13] = float("nan")
    model = network(1, 1)
    guard = TrainingGuard(model, torch.optim.SGD(model.parameters(), 0.05), nn.functional.mse_loss)
    with pytest.raises(dc.TrainingError, match="row 5") as raised:
        train(guard, x, y, 1)
    assert (raised.value.row, raised.value.column) == (5, "target")
    assert all(torch.isfinite(p).all() for p in model.parameters())


class Masked(nn.Module):
    """The forward pass is finite; the gradient of the branch not taken is 0 times infinity."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 1)

    def forward(self, x):
        h = self.head(x)
        return torch.where(h > 0, torch.log(h), torch.zeros_like(h))


def test_a_gradient_that_alone_is_nan_never_reaches_the_weights():
    torch.manual_seed(0)
    model = Masked()
    model.head.weight.data.fill_(1.0)
    model.head.bias.data.fill_(0.0)
    x = torch.tensor([[1.0], [0.0], [2.0]])
    y = torch.ones(3, 1)
    before = model.head.weight.clone()
    guard = TrainingGuard(model, torch.optim.Adam(model.parameters()), nn.functional.mse_loss)
    with pytest.raises(dc.TrainingError, match=r"gradient of 'head\.weight'") as raised:
        guard.step(x, y)
    assert "gradient of log" in str(raised.value)
    assert "test_training_torch.py" in str(raised.value)
    assert torch.equal(model.head.weight, before)


def test_skipping_goes_on():
    x, y = line(0.05)
    x, y = torch.cat([x, torch.full((8, 1), 1e30)]), torch.cat([y, torch.ones(8, 1)])
    model = network(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, mode="skip")
    train(guard, x, y, 60)
    assert len(guard.findings) == 60
    assert loss_of(model, x[:24], y[:24]) < 0.05


def test_halving_goes_on(tmp_path):
    x, y = line()
    model = network(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    path = tmp_path / "found.json"
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, mode="halve", report=path)
    with pytest.warns(RuntimeWarning):
        train(guard, x, y, 400)
    assert optimizer.param_groups[0]["lr"] < 0.02
    assert loss_of(model, x, y) < 2
    assert json.loads(path.read_text())["format"] == "datacheck.report"


HEALTHY = {
    "adam": lambda p: torch.optim.Adam(p, 0.01),
    "sgd": lambda p: torch.optim.SGD(p, 0.05),
    "momentum": lambda p: torch.optim.SGD(p, 0.02, momentum=0.9),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.01),
    "adamw": lambda p: torch.optim.AdamW(p, 0.05),
}


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("scale", [0.05, 0.2, 2.0])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_is_the_same_training(name, scale, norm):
    """Pixels, large first losses and batch norms among them; dropout shows the random numbers."""
    if name in {"sgd", "momentum"} and scale > 1:
        scale = 0.1
    x, y = line(scale)

    def run(guarded):
        model = network(1, 8, 1, norm=norm).train()
        model = nn.Sequential(model, nn.Dropout(0.1))
        optimizer = HEALTHY[name](model.parameters())
        if guarded:
            guard = TrainingGuard(model, optimizer, nn.functional.mse_loss)
            train(guard, x, y, 8)
            assert guard.findings == []
        else:
            for _ in range(8):
                for at in range(0, len(x), 8):
                    loss = nn.functional.mse_loss(model(x[at : at + 8]), y[at : at + 8])
                    loss.backward()
                    optimizer.step()
                    optimizer.zero_grad()
        return model.state_dict()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        guarded, plain = run(guarded=True), run(guarded=False)
    for key, value in plain.items():
        assert torch.equal(guarded[key], value), key
