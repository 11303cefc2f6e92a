"""The judge in a backward pass of PyTorch: which step makes a gradient bad, and on which line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from datacheck.diagnosis.judge import CLEAN, Judge
from datacheck.diagnosis.tables import cause_of, class_of, sentence
from datacheck.diagnosis.torch_model import TorchModel
from datacheck.diagnosis.torch_watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable


def gradient_origin(model: Any, loss: Callable[..., Any], given: Any, target: Any) -> str:
    """The sentence of the first step that makes a gradient of a parameter bad; empty if none."""
    watched = TorchModel(model)
    judge = Judge(len(given[0]))
    parameters = [p for p in model.parameters() if p.requires_grad]
    with watched._kept(), torch.autograd.set_detect_anomaly(True, check_nan=False):
        watch = Watch(judge, watched._layers)
        for at, tensor in enumerate((*given, target)):
            watch.start(f"input {at}", tensor)
        for name, weight in watched._state():
            watch.weight(name, weight)
        with watched._named_layers(), watch:
            value = loss(model(*given), target)
            found = torch.autograd.grad(value, parameters, allow_unused=True)
    for gradient in found:
        if gradient is None or bool(torch.isfinite(gradient).all()):
            continue
        code = int(judge.ends([watch.id_of(gradient)]).max())
        while code != CLEAN and judge.origins[code].of:
            code = judge.origins[code].of
        told = _told(judge, code)
        if told:
            return told
    return ""


def _told(judge: Judge, code: int) -> str:
    origin = judge.origins[code]
    step = origin.step
    if origin.kind != "op" or step is None:
        return ""
    given = next(iter(origin.operands.values()), {})
    words: dict[str, str] = {
        key: f"{given[key]:.6g}" for key in ("a", "b", "largest") if key in given
    }
    line = f" at {step.line}" if step.line else ""
    words |= {"step": f"{step.label} ({step.op}){line}", "dtype": origin.dtype}
    says, _ = sentence(cause_of(class_of(step.op), given), words)
    rows = ", ".join(map(str, sorted(origin.operands)[:3]))
    return f"{says} (row {rows} of the batch)" if rows else says
