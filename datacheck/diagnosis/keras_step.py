"""A training step of Keras on the torch backend, looked into: its own loss, gradients and batch.

`fit` tells a callback neither the batch nor its loss, but the mean of the epoch so far. For one
step the model's `train_step`, its `compute_loss` and the optimizer's `apply` are wrapped, and put
back before the step is over, so that nothing is left on the model whatever ends the training.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np


def can_look() -> bool:
    """Whether steps run operation by operation, so that they can be looked into."""
    found: bool = keras.backend.backend() == "torch"
    return found


class TrainingStep:
    """One step: its batch (`x`, `y`, `weights`), loss, and first gradient that is not finite.

    `spoilt` is the path of the weight whose gradient that is: the step was not applied. `moved` are
    the variables that a forward pass may move, where they may have to be put back.
    """

    def __init__(self, model: Any, data: Any, moved: list[Any] | None) -> None:
        self._model, self._moved = model, moved or []
        self.x, self.y, self.weights = keras.utils.unpack_x_y_sample_weight(data)
        self.loss = float("nan")
        self.spoilt = ""
        self._before = None if moved is None else moving(moved)

    def run(self, step: Callable[[Any], Any], data: Any) -> Any:
        """Take the step; it is not applied where its loss or a gradient is not finite."""
        optimizer = self._model.optimizer
        scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

        def compute_loss(own: Any, *given: Any, **named: Any) -> Any:
            found = own(*given, **named)
            self.loss = found.item()
            return found

        def apply(own: Any, gradients: Any, trainable: Any = None) -> Any:
            names = trainable if trainable is not None else self._model.trainable_variables
            if not math.isfinite(self.loss):
                return None
            if not scales:
                self.spoilt = _first_bad(gradients, names)
            return None if self.spoilt else own(gradients, trainable)

        wraps = Wrap(self._model, "compute_loss", compute_loss), Wrap(optimizer, "apply", apply)
        try:
            return step(data)
        finally:
            for wrap in wraps:
                wrap.take_off()

    def again(self) -> float:
        """The loss of the same batch after the step, with the same random numbers."""
        import torch

        now = moving(self._moved)
        self.put_back()
        with torch.no_grad():
            answer = self._model(self.x, training=True)
        loss = self._model.compute_loss(
            x=self.x, y=self.y, y_pred=answer, sample_weight=self.weights, training=True
        )
        put(now)
        return float(numbers(loss))

    def put_back(self) -> None:
        """Put the statistics and the random numbers back as they were before the step."""
        if self._before is not None:
            put(self._before)


def moved_by(model: Any) -> list[Any]:
    """The variables that a forward pass may move: those that are not trained."""
    others = {id(variable) for variable in (*model.trainable_variables, *model.metrics_variables)}
    return [variable for variable in model.variables if id(variable) not in others]


def moving(moved: list[Any]) -> tuple[Any, list[tuple[Any, Any]]]:
    """What a forward pass moves, kept: the state of random numbers, and these variables."""
    import torch

    kept = [(variable, variable.value.detach().clone()) for variable in moved]
    return torch.get_rng_state(), kept


def put(kept: tuple[Any, list[tuple[Any, Any]]]) -> None:
    """Put back what a forward pass has moved."""
    import torch

    torch.set_rng_state(kept[0])
    for variable, value in kept[1]:
        variable.assign(value)


class Wrap:
    """Has a method go through a function that is given it first, until it is taken off."""

    __slots__ = ("_had", "_name", "_owner")

    def __init__(self, owner: Any, name: str, around: Callable[..., Any]) -> None:
        self._owner, self._name, self._had = owner, name, vars(owner).get(name)
        own = getattr(owner, name)
        object.__setattr__(owner, name, lambda *given, **named: around(own, *given, **named))

    def take_off(self) -> None:
        """Put the method back."""
        if self._had is None:
            object.__delattr__(self._owner, self._name)
        else:
            object.__setattr__(self._owner, self._name, self._had)


def without_gradients() -> Any:
    """A context in which the torch backend keeps nothing for a backward pass."""
    if not can_look():
        return nullcontext()
    import torch

    return torch.no_grad()


def numbers(tensor: Any) -> Any:
    """A tensor's numbers; numpy warns of Keras' own way on the torch backend."""
    tensor = getattr(tensor, "value", tensor)
    if hasattr(tensor, "detach"):
        return tensor.detach().cpu().numpy()
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _first_bad(gradients: Any, variables: Any) -> str:
    import torch

    from datacheck.diagnosis.torch_state import all_finite

    if all_finite([gradient for gradient in gradients if gradient is not None]):
        return ""
    for gradient, variable in zip(gradients, variables, strict=False):
        if gradient is not None and not bool(torch.isfinite(gradient).all()):
            return str(variable.path)
    return ""
