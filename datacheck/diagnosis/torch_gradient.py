"""The judge in a backward pass of PyTorch: which step makes a gradient bad, and on which line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from datacheck.diagnosis.arrays import padded
from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays
from datacheck.diagnosis.origin import CLEAN, Origin
from datacheck.diagnosis.tables import cause_of, class_of, sentence
from datacheck.diagnosis.torch_watch import OperationWatch

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Backward:
    """A model of PyTorch under its loss, forward and backward, with nothing of it moved."""

    def __init__(self, model: Any, loss: Callable[..., Any]) -> None:
        self._model, self._loss = model, loss
        state = model.weights()
        self._names = [name for name, weight in state if weight.requires_grad]
        self._weights = [weight for _, weight in state if weight.requires_grad]

    def fails(self, arrays: Arrays, labels: NDArray[Any]) -> bool:
        """Whether the loss of a batch, or a gradient, is not finite."""
        given = self._model.tensors([*arrays, labels])
        with self._model.kept(), torch.enable_grad():
            value = self._value(given)
            if not _finite(value):
                return True
            return any(each is not None and not _finite(each) for each in self._gradients(value))

    def origin(self, arrays: Arrays, labels: NDArray[Any]) -> tuple[Origin | None, str]:
        """Who made the first gradient that is not finite, and whose it is."""
        rows = len(labels)
        wide = self._model.width(rows)
        given = [padded(array, wide) for array in (*arrays, labels)]
        found, name = self.watched(self._model.tensors(given))
        for at in [at for at in found.operands if at >= rows] if found else []:
            del found.operands[at]  # type: ignore[union-attr]
        return found, name

    def watched(self, given: list[Any]) -> tuple[Origin | None, str]:
        """The same of tensors: inputs, and the labels last."""
        model, judge = self._model, Judge(len(given[0]))
        anomalies = torch.autograd.set_detect_anomaly(True, check_nan=False)
        with model.kept(), torch.enable_grad(), anomalies:
            watch = model.watch(judge)
            for at, tensor in enumerate(given):
                watch.start(f"input {at}", tensor)
            for name, weight in model.weights():
                watch.weight(name, weight)
            with model.named_layers(), watch:
                value = self._value(given)
                found = self._gradients(value)
        if not _finite(value):
            return _origin(judge, watch, value), ""
        for name, gradient in zip(self._names, found, strict=True):
            if gradient is not None and not _finite(gradient):
                return _origin(judge, watch, gradient), name
        return None, ""

    def _value(self, given: list[Any]) -> Any:
        *inputs, labels = given
        value = self._loss(self._model.call(*inputs), labels)
        return value if value.dim() == 0 else value.mean()

    def _gradients(self, value: Any) -> list[Any]:
        if not self._weights or not value.requires_grad:
            return [None] * len(self._names)
        return list(torch.autograd.grad(value, self._weights, allow_unused=True))


def _origin(judge: Judge, watch: OperationWatch, tensor: Any) -> Origin | None:
    code = int(judge.ends([watch.id_of(tensor)]).max())
    while code != CLEAN and judge.origins[code].of:
        code = judge.origins[code].of
    origin = judge.origins[code]
    return origin if origin.kind == "op" and origin.step is not None else None


def origin_words(origin: Origin) -> str:
    """The sentence of the step that made a gradient bad."""
    step = origin.step
    given = next(iter(origin.operands.values()), {})
    words: dict[str, str] = {
        key: f"{given[key]:.6g}" for key in ("a", "b", "largest") if key in given
    }
    words |= {"step": "" if step is None else step.shown, "dtype": origin.dtype}
    says, _ = sentence(cause_of(class_of(origin.op), given), words)
    rows = ", ".join(map(str, sorted(origin.operands)[:3]))
    return f"{says} (row {rows} of the batch)" if rows else says


def _finite(tensor: Any) -> bool:
    return bool(torch.isfinite(tensor).all())
