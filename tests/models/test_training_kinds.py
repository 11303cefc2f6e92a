"""Ways to train in PyTorch, guarded: what is planted is stopped, what is healthy is the same."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

import datacheck as dc
from datacheck.torch import TrainingGuard
from tests.support.divergences import PLANTS

ROWS = 96


def table(k=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(ROWS, k, generator=generator)
    return x, x.sum(dim=1, keepdim=True) * 0.5 + 0.1


def network(k=3, hidden=8):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(k, hidden), nn.Tanh(), nn.Linear(hidden, 1))


class Recurrent(nn.Module):
    """Reads a row as a sequence; a large weight from step to step makes it explode."""

    def __init__(self, weight=0.5):
        super().__init__()
        torch.manual_seed(2)
        self.cell, self.head = nn.RNN(1, 6, nonlinearity="relu", batch_first=True), nn.Linear(6, 1)
        self.cell.weight_hh_l0.data = torch.eye(6) * weight

    def forward(self, x):
        out, _ = self.cell(x[:, :, None])
        return self.head(out[:, -1])


class ByHand(nn.Module):
    """A norm of the batch by hand: the deviation of a single row is NaN."""

    def __init__(self):
        super().__init__()
        self.body = network()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        moved = x - x.mean(0)
        variance = (moved**2).sum(0) / (len(x) - 1)
        return self.body(moved / (variance.sqrt() + 1e-5) * self.scale)


def log_loss(answer, target):
    chance = torch.sigmoid(answer)
    hit = (target > 0).float()
    return -(hit * torch.log(chance) + (1 - hit) * torch.log(1 - chance)).mean()


class Square(nn.Module):
    """The root's gradient at 0 is infinite, and times 0 it is NaN."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 1)
        self.head.bias.data.fill_(0.2)

    def forward(self, x):
        h = self.head(x)
        return torch.where(h.abs() > 0, h.abs().sqrt() * h.sign(), h * 0)


def planted(name):
    """Model, rows, labels, loss, optimizer, size of a batch; the step at which it goes wrong."""
    x, y = table()
    loss, size, make = nn.functional.mse_loss, 8, None
    model = network()
    if name == "rate":
        make = lambda p: torch.optim.SGD(p, 3.0)  # noqa: E731
    elif name == "unscaled inputs":
        x = x * torch.tensor([1.0, 4000.0, 1.0])
        model = nn.Linear(3, 1)
    elif name == "unscaled target":
        y, model = y * 1e4, nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    elif name == "a label in batch 3":
        y[3 * 8 + 5] = float("nan")
    elif name == "log of 0":
        x[40] = 1e4
        y[40] = -1.0
        model, loss = nn.Linear(3, 1), log_loss
    elif name == "a gradient alone":
        x[40] = 0.0
        model = Square()
        model.head.bias.data.zero_()
        model.head.bias.requires_grad_(False)
    elif name == "a batch of one":
        x, y, model = x[:89], y[:89], ByHand()
    else:
        x, y, model = torch.ones(ROWS, 60), torch.ones(ROWS, 1), Recurrent(4.0)
    torch.manual_seed(3)
    make = make or (lambda p: torch.optim.SGD(p, 0.05))
    return model, x, y, loss, make(model.parameters()), size


def train(guard, data, epochs):
    for _ in range(epochs):
        for given, target in data:
            guard.step(given, target)
        guard.look()


def score(model, loss, x, y):
    """The loss of the rows that have one."""
    good = torch.isfinite(y[:, 0])
    good[40] = len(x) == 89
    training = model.training
    with torch.no_grad():
        found = float(loss(model.eval()(x[good]), y[good]))
    model.train(training)
    return found


def batches(x, y, size):
    return [(x[at : at + size], y[at : at + size]) for at in range(0, len(x), size)]


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_stopped_with_weights_as_good_as_at_the_best_epoch(name):
    """Best among: before training, and after each epoch that a training without guard has."""
    model, x, y, loss, optimizer, size = planted(name)
    best = score(model, loss, x, y)
    for _ in range(20):
        for given, target in batches(x, y, size):
            optimizer.zero_grad()
            loss(model(given), target).backward()
            optimizer.step()
        reached = score(model, loss, x, y)
        best = min(best, reached) if reached == reached else best  # noqa: PLR0124
    spoilt = not all(torch.isfinite(p).all() for p in model.parameters())
    assert spoilt or score(model, loss, x, y) > 100 * best, "the plant is one"

    model, x, y, loss, optimizer, size = planted(name)
    guard = TrainingGuard(model, optimizer, loss, columns=list("abc"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(dc.TrainingError) as raised:
            train(guard, batches(x, y, size), 600)
    assert all(torch.isfinite(p).all() for p in model.parameters())
    assert score(model, loss, x, y) <= best * 1.01 + 1e-6
    assert not raised.value.report.ok
    text = str(raised.value)
    if name == "unscaled inputs":
        assert raised.value.column == "b"
        assert "scale 'b'" in text
    elif name == "unscaled target":
        assert raised.value.column == "target"
        assert "scale the target" in text
    elif name == "a label in batch 3":
        assert (raised.value.row, raised.value.column) == (5, "target")
        assert "step 3" in text
    elif name == "a gradient alone":
        assert "gradient of 'head.weight'" in text
        assert "test_training_kinds.py" in text
    elif name == "log of 0":
        assert raised.value.column in {"a", "b", "c"}


class Two(nn.Module):
    """Two inputs, two outputs, dropout and a batch norm."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.left, self.right = nn.Linear(2, 6), nn.Linear(1, 6)
        self.norm, self.drop, self.head = nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 2)

    def forward(self, a, b):
        out = self.head(self.drop(self.norm(torch.tanh(self.left(a) + self.right(b)))))
        return out[:, :1], out[:, 1:]


class Sums(nn.Module):
    def forward(self, x):
        return x.sum(1, keepdim=True)


class Wave(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(6)
        self.turn = nn.Parameter(torch.randn(3, 1, dtype=torch.complex64))

    def forward(self, x):
        return (x.to(torch.complex64) @ self.turn).real


def both(answer, target):
    return sum(nn.functional.mse_loss(a, t) for a, t in zip(answer, target, strict=True))


def kinds(name):  # noqa: C901 - one branch a kind
    """A model, its batches (inputs as a tuple), the loss, the optimizer, and the guard's words."""
    x, y = table()
    words, loss, model = {}, nn.functional.mse_loss, network()
    data = [((given,), target) for given, target in batches(x, y, 8)]
    make = lambda p: torch.optim.Adam(p, 0.01)  # noqa: E731
    if name == "several inputs and outputs":
        model, loss = Two(), both
        data = [((g[:, :2], g[:, 2:]), (t, t * 2)) for (g,), t in data]
    elif name == "a loader":
        set_ = torch.utils.data.TensorDataset(x, y)
        torch.manual_seed(5)
        loader = torch.utils.data.DataLoader(set_, batch_size=8, shuffle=True)
        data = [((given,), target) for given, target in loader]
    elif name == "recurrent":
        model = Recurrent()
    elif name == "classes":
        model, loss = nn.Sequential(nn.Embedding(50, 4), nn.Flatten(), nn.Linear(12, 3)), None
        loss = nn.functional.cross_entropy
        data = [(((g.abs() * 10).long().clamp(0, 49),), (t[:, 0] > 0).long()) for (g,), t in data]
    elif name == "sparse gradients":
        model = nn.Sequential(nn.Embedding(50, 4, sparse=True), nn.Flatten(), Sums())
        loss = nn.functional.mse_loss
        data = [(((g.abs() * 10).long().clamp(0, 49),), t) for (g,), t in data]
        make = lambda p: torch.optim.SparseAdam(list(p), 0.01)  # noqa: E731
    elif name == "complex weights":
        model = Wave()
    elif name == "accumulated":
        words = {"accumulate": 3}
    elif name == "clipped":
        words = {"clip": 0.1}
    elif name == "half":
        words = {
            "scaler": torch.amp.GradScaler("cpu", init_scale=2.0**16),
            "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
        }
    elif name == "weight decay and a frozen layer":
        model[0].weight.requires_grad_(False)
        make = lambda p: torch.optim.AdamW([q for q in p if q.requires_grad], 0.01)  # noqa: E731
    elif name == "a large first loss":
        data = [(g, t * 1000) for g, t in data]
        make = lambda p: torch.optim.Adam(p, 0.5)  # noqa: E731
    return model.train(), data, loss, make(model.parameters()), words


KINDS = [
    "several inputs and outputs",
    "a loader",
    "recurrent",
    "classes",
    "sparse gradients",
    "complex weights",
    "accumulated",
    "clipped",
    "half",
    "warm-up",
    "weight decay and a frozen layer",
    "a large first loss",
]


def plainly(model, data, loss, optimizer, words, schedule):
    scaler, steps = words.get("scaler"), words.get("accumulate", 1)
    with_half = words.get("autocast", lambda: torch.autocast("cpu", enabled=False))
    at = 0
    for given, target in data:
        with with_half():
            value = loss(model(*given), target)
        value = value / steps
        (value if scaler is None else scaler.scale(value)).backward()
        at += 1
        if at % steps:
            continue
        if "clip" in words:
            nn.utils.clip_grad_norm_(model.parameters(), words["clip"])
        if scaler is None:
            optimizer.step()
        else:
            scaler.step(optimizer)
            scaler.update()
        optimizer.zero_grad()
        if schedule:
            schedule.step()


def rates(optimizer, name):
    if name != "warm-up":
        return None
    return torch.optim.lr_scheduler.LinearLR(optimizer, 0.01, 1.0, total_iters=20)


@pytest.mark.parametrize("name", KINDS)
def test_a_healthy_training_of_any_kind_is_the_same_training(name):
    plain, data, loss, optimizer, words = kinds(name)
    torch.manual_seed(9)
    plainly(plain, data * 3, loss, optimizer, words, rates(optimizer, name))

    model, data, loss, optimizer, words = kinds(name)
    torch.manual_seed(9)
    schedule = rates(optimizer, name)
    guard = TrainingGuard(model, optimizer, loss, **words)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given, target in data * 3:
            guard.step(given, target)
            if schedule:
                schedule.step()
    assert guard.findings == []
    for key, value in plain.state_dict().items():
        assert torch.equal(model.state_dict()[key], value), key


def test_steps_that_a_scaler_skips_are_no_faults_and_those_that_it_never_takes_are():
    """Its scale is too large at first; a gradient that is NaN at any scale is a fault."""
    model = network()
    x, y = table()
    y = y * 100  # at this scale the gradients of the first steps overflow
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, scaler=scaler)
    before = score(model, nn.functional.mse_loss, x, y)
    for given, target in batches(x, y, 8) * 8:
        guard.step(given, target)
    assert guard.findings == []
    assert scaler.get_scale() < 2.0**127, "steps were skipped"
    assert score(model, nn.functional.mse_loss, x, y) < before

    model = Square()
    model.head.bias.data.zero_()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, scaler=scaler)
    with pytest.raises(dc.TrainingError, match="gradient of sqrt"):
        train(guard, [(torch.zeros(4, 3), torch.ones(4, 1))], 40)


@pytest.mark.parametrize("mode", ["skip", "halve"])
def test_a_bad_label_is_left_out_and_training_goes_on(mode, tmp_path):
    x, y = table()
    y[29] = float("nan")
    model = nn.Sequential(nn.BatchNorm1d(3), network())
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    path = tmp_path / "guard.html"
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, mode=mode, report=path)
    for given, target in batches(x, y, 8) * 20:
        guard.step(given, target)
    assert [f.code for f in guard.findings] == ["train.skipped"] * 20
    assert guard.findings[0].evidence["row"] == 5
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())
    assert "target holds nan" in path.read_text()


def test_a_batch_that_overflows_is_skipped_and_leaves_no_trace_in_the_statistics():
    x, y = table()
    x[16:24] *= 1e30
    model = nn.Sequential(nn.BatchNorm1d(3), network())
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    guard = TrainingGuard(model, optimizer, nn.functional.mse_loss, mode="skip")
    for given, target in batches(x, y, 8) * 10:
        guard.step(given, target)
    assert {f.code for f in guard.findings} == {"train.stopped"}
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())
    good = torch.cat([x[:16], x[24:]])
    assert score(model.eval(), nn.functional.mse_loss, good, torch.cat([y[:16], y[24:]])) < 1
