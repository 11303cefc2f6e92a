"""Answers that are numbers: wrong inside a norm, of the rows beside, or drawn by chance."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as everyone writes it

import datacheck as dc

COLUMNS = list("abcd")
OTHER = torch.linspace(0.1, 1, 16).reshape(4, 4)

# Keras' own conversion of torch's tensors, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def rows(**cells: float) -> Any:
    x = np.random.default_rng(0).uniform(0.5, 2, (40, 4)).astype(np.float32)
    for name, value in cells.items():
        x[7, COLUMNS.index(name)] = value
    return x


class Network(nn.Module):
    """A step between a table and its last layer."""

    def __init__(self, step: Any, norm: Any = None) -> None:
        super().__init__()
        self.step, self.norm, self.last = step, norm, nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.last(self.step(self.norm, x))


def channels(norm: Any, x: Any) -> Any:
    return norm(x[:, None].repeat(1, norm.num_features, 1)).mean(1)


def found(model: Any, x: Any) -> Any:
    return dc.diagnose(model, x, inputs=COLUMNS).findings


NORMS = {
    "instance": lambda: Network(channels, nn.InstanceNorm1d(1)),
    "instance, affine": lambda: Network(channels, nn.InstanceNorm1d(3, affine=True)),
    "instance, in two dimensions": lambda: Network(
        lambda norm, x: norm(x.view(-1, 1, 2, 2)).flatten(1), nn.InstanceNorm2d(1)
    ),
    "renorm": lambda: Network(lambda _, x: torch.renorm(x, 2, 0, 1.0)),
    "cosine": lambda: Network(lambda _, x: F.cosine_similarity(x[:, None], OTHER, dim=-1)),
    "cosine of two that are lost": lambda: Network(
        lambda _, x: F.cosine_similarity(x[:, None], x[:, None] * OTHER, dim=-1)
    ),
}


@pytest.mark.parametrize("kind", NORMS)
def test_a_length_that_overflows_inside(kind: str) -> None:
    torch.manual_seed(0)
    model = NORMS[kind]().eval()
    (hidden,) = found(model, rows(b=1e30))
    assert (hidden.code, hidden.column, hidden.rows) == ("nan.hidden", "b", (7,))
    assert hidden.evidence["cause"] == "overflow"
    assert found(model, rows(b=1e15)) == ()
    assert found(model, rows()) == ()


OF_BATCH = {
    "training mode": lambda: nn.BatchNorm1d(4).train(),
    "no stored statistics": lambda: nn.BatchNorm1d(4, track_running_stats=False).eval(),
    "by hand": lambda: None,
}


def by_norm(norm: Any, x: Any) -> Any:
    return (x - x.mean(0)) / (x.std(0) + 1e-6) if norm is None else norm(x)


@pytest.mark.parametrize("kind", OF_BATCH)
def test_statistics_of_the_rows_that_are_given(kind: str) -> None:
    norm = OF_BATCH[kind]()
    model = Network(by_norm, norm).train(norm is not None and norm.training)
    (mixed,) = found(model, rows())
    assert (mixed.code, mixed.severity, mixed.count) == ("nan.hidden", "warning", 40)
    assert mixed.evidence["cause"] == "mixes"
    assert "eval()" in mixed.remedy
    told = {each.evidence["cause"]: each for each in found(model, rows(c=1e30))}
    assert "mixes" in told
    if norm is not None:  # by hand torch takes the deviation in doubles
        assert (told["overflow"].column, told["overflow"].count) == ("c", 40)


def test_stored_statistics_mix_no_rows_and_have_no_squares() -> None:
    model = Network(by_norm, nn.BatchNorm1d(4)).eval()
    assert found(model, rows()) == ()
    assert found(model, rows(b=1e30)) == ()


def test_a_dropout_that_is_left_on_draws() -> None:
    model = Network(lambda norm, x: norm(x), nn.Dropout(0.5)).train()
    state = torch.get_rng_state()
    (drawn,) = found(model, rows())
    assert (drawn.code, drawn.severity, drawn.evidence["cause"]) == (
        "nan.hidden",
        "warning",
        "draws",
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert found(model.eval(), rows()) == ()
    # Asked with a loss it is a training, which draws on purpose.
    labels = np.zeros((40, 2), np.float32)
    assert dc.diagnose(model.train(), rows(), loss="mse", target=labels).findings == ()


def test_noise_that_is_thrown_away_draws_nothing() -> None:
    model = Network(lambda _, x: torch.where(x > -1, x, torch.randn_like(x))).eval()
    assert found(model, rows()) == ()


@keras.saving.register_keras_serializable("finite and wrong")
class Always(keras.layers.Layer):
    """A layer that is in training whatever the model is."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def call(self, x: Any) -> Any:
        return self.inner(x, training=True)


@pytest.mark.parametrize(
    ("layer", "cause"),
    [(keras.layers.Dropout, "draws"), (keras.layers.BatchNormalization, "mixes")],
)
@pytest.mark.parametrize("by_layer", [False, True])
def test_a_layer_of_keras_that_is_always_in_training(
    layer: Any, cause: str, by_layer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datacheck.diagnosis import keras_model

    if by_layer:
        monkeypatch.setattr(keras_model, "KerasOnTorch", keras_model.KerasByLayer)
    args = (0.5,) if cause == "draws" else ()
    layers = [keras.Input((4,)), Always(layer(*args)), keras.layers.Dense(2)]
    (told,) = found(keras.Sequential(layers), rows())
    assert (told.code, told.severity, told.evidence["cause"]) == ("nan.hidden", "warning", cause)
    plain = keras.Sequential([keras.Input((4,)), layer(*args), keras.layers.Dense(2)])
    assert found(plain, rows()) == ()


def test_a_stored_variance_that_is_infinite() -> None:
    norm = nn.BatchNorm1d(4)
    norm.running_var[1] = float("inf")
    (hidden,) = found(Network(by_norm, norm).eval(), rows())
    assert (hidden.code, hidden.count) == ("nan.hidden", 40)
    assert hidden.evidence["weight"] == "norm.running_var"


def attended(norm: Any, x: Any) -> Any:
    wide = x[:, :, None].repeat(1, 1, 4)
    return norm(wide, wide, wide, key_padding_mask=x < 0)[0].mean(1)


def test_attention_whose_keys_are_all_padding_is_its_own_rows_fault() -> None:
    x = rows()
    x[7] = -1
    model = Network(attended, nn.MultiheadAttention(4, 2, batch_first=True)).eval()
    (made,) = found(model, x)
    assert (made.code, made.rows, made.evidence["cause"]) == ("nan.op", (7,), "all_masked")
    x[7, 2] = 1
    assert found(model, x) == ()
