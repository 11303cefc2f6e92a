"""Planted models as PyTorch modules and as Keras models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from tests.support.plants import Layer


class Planted(nn.Module):
    """The layers of a plant, each under its name."""

    def __init__(self, layers: list[Layer]) -> None:
        super().__init__()
        self.plan = layers
        for layer in layers:
            made = _module(layer)
            if made is not None:
                self.add_module(layer.name, made)

    def forward(self, x: Any) -> Any:
        kept = x
        for layer in self.plan:
            if layer.kind == "skip":
                kept = x
            elif layer.kind == "add":
                x = kept + x
            else:
                x = getattr(self, layer.name)(x)
        return x


class Scale(nn.Module):
    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.register_buffer("mean", _tensor(layer.values["mean"]))
        self.register_buffer("deviation", _tensor(layer.values["deviation"]))

    def forward(self, x: Any) -> Any:
        return (x - self.mean) / self.deviation


class OneColumn(nn.Module):
    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.kind, self.at = layer.kind, layer.values["column"]
        self.factor = layer.values.get("factor", 1.0)

    def forward(self, x: Any) -> Any:
        one = x[:, self.at : self.at + 1]
        others = [c for c in range(x.shape[1]) if c != self.at]
        if self.kind == "divide":
            made = x[:, others[:1]] / one
        elif self.kind == "square":
            made = one * one
        else:
            made = getattr(torch, self.kind)(one * self.factor)
        return torch.cat([x[:, others], made], dim=1)


def _tensor(value: Any) -> Any:
    return torch.from_numpy(np.asarray(value, np.float32))


def _module(layer: Layer) -> nn.Module | None:
    values = layer.values
    if layer.kind == "dense":
        made = nn.Linear(*values["kernel"].shape)
        made.weight.data = _tensor(values["kernel"].T.copy())
        made.bias.data = _tensor(values["bias"])
        return made
    if layer.kind == "batchnorm":
        norm = nn.BatchNorm1d(len(values["mean"]))
        norm.weight.data, norm.bias.data = _tensor(values["gamma"]), _tensor(values["beta"])
        norm.running_mean, norm.running_var = _tensor(values["mean"]), _tensor(values["variance"])
        return norm
    if layer.kind == "layernorm":
        return nn.LayerNorm(values["width"])
    if layer.kind == "scale":
        return Scale(layer)
    if layer.kind in {"skip", "add"}:
        return None
    return {"relu": nn.ReLU, "elu": nn.ELU}.get(layer.kind, lambda: OneColumn(layer))()
