"""Losses by their names, for the command line: as their formulas say, with nothing clipped.

Keras has losses of its own, which are taken by its names; PyTorch those of `torch.nn.functional`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.errors import DataError, did_you_mean

Loss = Callable[[Any, Any], Any]


def _like(answer: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels in the shape of the answer: a column beside a vector would stretch to a matrix."""
    answer, labels = np.asarray(answer), np.asarray(labels)
    return answer, labels.reshape(answer.shape) if labels.size == answer.size else labels


def _squares(answer: Any, labels: Any) -> Any:
    return (answer - labels) ** 2


def _distances(answer: Any, labels: Any) -> Any:
    return np.abs(answer - labels)


def _logarithmic(answer: Any, labels: Any) -> Any:
    return (np.log1p(answer) - np.log1p(labels)) ** 2


def _binary(answer: Any, labels: Any) -> Any:
    # 0 times the logarithm of 0 is 0 in a loss: the other term counts.
    return -np.where(labels > 0, labels * np.log(answer), 0.0) - np.where(
        labels < 1, (1 - labels) * np.log1p(-answer), 0.0
    )


def _classes(answer: Any, labels: Any) -> Any:
    at = labels.reshape(-1).astype(np.int64)
    return -np.log(np.take_along_axis(answer, at[:, None], axis=1))


def _poisson(answer: Any, labels: Any) -> Any:
    return answer - labels * np.log(answer)


#: By name, a function of two arrays, `_like` each other; and PyTorch's name, where it has one.
_NAMED: dict[str, tuple[Loss, str]] = {
    "mean_squared_error": (_squares, "mse_loss"),
    "mean_absolute_error": (_distances, "l1_loss"),
    "mean_squared_logarithmic_error": (_logarithmic, ""),
    "binary_crossentropy": (_binary, "binary_cross_entropy"),
    "sparse_categorical_crossentropy": (_classes, "cross_entropy"),
    "poisson": (_poisson, ""),
}
#: Keras' own.
_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "msle": "mean_squared_logarithmic_error",
    "log_loss": "binary_crossentropy",
}
NAMES = tuple(sorted([*_NAMED, *_SHORT]))


def loss_of_arrays(loss: Loss | str) -> Loss:
    """A loss of arrays; a function is taken as it is."""
    if not isinstance(loss, str):
        return loss
    named = _NAMED.get(_SHORT.get(loss, loss))
    if named is None:
        raise _unknown(loss)
    of_arrays = named[0]
    return lambda answer, labels: of_arrays(*_like(answer, labels))


def loss_of_tensors(loss: Loss | str) -> Loss:
    """A loss of PyTorch's tensors: also by its name in `torch.nn.functional`."""
    if not isinstance(loss, str):
        return loss
    from torch.nn import functional

    named = _NAMED.get(_SHORT.get(loss, loss), (None, loss))[1]
    found = getattr(functional, named, None) if named else None
    if not callable(found) or not named.endswith(("loss", "entropy", "with_logits", "div")):
        raise _unknown(loss)
    taken: Loss = found

    def run(answer: Any, labels: Any) -> Any:
        if named == "cross_entropy":
            return taken(answer, labels.reshape(-1).long())
        same = labels.numel() == answer.numel()
        return taken(answer, labels.reshape(answer.shape).to(answer.dtype) if same else labels)

    return run


def _unknown(loss: str) -> DataError:
    near = did_you_mean(loss, NAMES)
    return DataError(f"there is no loss {loss!r} here", expected=", ".join(NAMES), todo=near)
