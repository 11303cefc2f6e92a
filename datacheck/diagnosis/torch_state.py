"""What a training in PyTorch moves, kept and put back; and the rows that weights are scored on."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from datacheck.diagnosis.training import SCORED

#: The state of random numbers, and buffers with what they held.
Moving = tuple[Any, list[tuple[Any, Any]]]


class State:
    """The weights and the optimizer of a training: the best so far, and what a pass moves."""

    def __init__(self, model: Any, optimizer: Any) -> None:
        self._model, self._optimizer = model, optimizer
        self.best: tuple[Any, Any] = ({}, {})
        self._unsaved: list[tuple[Any, Any]] = []
        #: The buffers that a pass was seen to move, and those of them that hold fractions.
        self._moving: list[Any] = []
        self.statistics: list[Any] = []

    def keep(self) -> None:
        """What stands now is the best so far."""
        state = _copied(dict(self._model.state_dict()))
        self.best = (state, _copied(self._optimizer.state_dict()))
        others = [each for name, each in self._model.named_buffers() if name not in state]
        self._unsaved = [(buffer, buffer.clone()) for buffer in others]

    def restore(self) -> None:
        """Give the model and the optimizer their best state so far back."""
        if self.best[0]:
            self._model.load_state_dict(self.best[0])
            self._optimizer.load_state_dict(_copied(self.best[1]))
            put(self._unsaved)

    def moving(self, *, whole: bool = True) -> Moving:
        """What a forward pass moves: random numbers, buffers; not `whole`, those seen to move."""
        buffers = list(self._model.buffers()) if whole else self._moving
        random = torch.get_rng_state() if whole else None
        return random, [(buffer, buffer.clone()) for buffer in buffers]

    def note(self, kept: Moving) -> None:
        """Remember which buffers a pass has moved: a mask stays as it is."""
        self._moving = [buffer for buffer, value in kept[1] if not torch.equal(buffer, value)]
        self.statistics = [each for each in self._moving if each.is_floating_point()]

    def spoilt(self) -> str:
        """The first statistic that is infinite or NaN; empty if none."""
        bad = {id(each) for each in self.statistics if not bool(torch.isfinite(each).all())}
        named = self._model.named_buffers() if bad else ()
        return next((str(name) for name, buffer in named if id(buffer) in bad), "")

    def put_moving(self, kept: Moving) -> None:
        """Put back what a forward pass has moved."""
        torch.set_rng_state(kept[0])
        put(kept[1])

    @contextmanager
    def aside(self) -> Iterator[None]:
        """A forward pass that moves no statistics and no random numbers."""
        training, random = self._model.training, torch.get_rng_state()
        self._model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._model.train(training)
            torch.set_rng_state(random)


class Probe:
    """The rows of the first batches that weights are scored on, or the first batch alone."""

    def __init__(self, given: tuple[Any, ...], target: Any) -> None:
        self._several = isinstance(target, tuple | list)
        self._tensors = self._of(given, target)
        heights = {tensor.shape[0] if tensor.dim() else 0 for tensor in self._tensors}
        self.by_row = self._grows = len(heights) == 1 and heights != {0}
        self._tensors = [tensor[:SCORED] if self._grows else tensor for tensor in self._tensors]

    @property
    def rows(self) -> tuple[tuple[Any, ...], Any]:
        """Inputs and target."""
        count = len(self._tensors) - self._targets
        target = tuple(self._tensors[count:])
        return tuple(self._tensors[:count]), target if self._several else target[0]

    def add(self, given: tuple[Any, ...], target: Any) -> bool:
        """Add a batch's rows while there are few; whether any were added."""
        left = SCORED - len(self._tensors[0])
        if not self._grows or left <= 0:
            return False
        more = self._of(given, target)
        same = [a.shape[1:] == b.shape[1:] for a, b in zip(self._tensors, more, strict=True)]
        if not all(same):
            self._grows = False
            return False
        self._tensors = [
            torch.cat([old, new[:left]]) for old, new in zip(self._tensors, more, strict=True)
        ]
        return True

    def _of(self, given: tuple[Any, ...], target: Any) -> list[Any]:
        targets = tensors_of(target)
        self._targets = len(targets)
        return [tensor.detach().clone() for tensor in (*given, *targets)]


def _copied(state: Any) -> Any:
    """A copy of an optimizer's state, several times as fast as `deepcopy` of its tensors."""
    if isinstance(state, torch.Tensor):
        return state.clone()
    if type(state) is dict:
        return {key: _copied(value) for key, value in state.items()}
    if type(state) is list:
        return [_copied(value) for value in state]
    return state if isinstance(state, int | float | str) else copy.deepcopy(state)


def alike(given: Any) -> bool:
    """Whether every row of some tensors is the same, to the last bit."""
    return all(
        isinstance(each, torch.Tensor) and len(each) > 1 and bool((each == each[:1]).all())
        for each in tensors_of(given)
    )


def tensors_of(target: Any) -> tuple[Any, ...]:
    """A target's tensors."""
    return tuple(target) if isinstance(target, tuple | list) else (target,)


def all_finite(tensors: list[Any]) -> bool:
    """Whether every number is finite: one pass over all of them, as a `GradScaler` makes it.

    It writes each number back times 1, so what a backward pass still needs is not to be given.
    """
    if not tensors:
        return True
    device = tensors[0].device
    if device not in _FLAGS:
        _FLAGS[device] = torch.zeros((), device=device), torch.ones((), device=device)
    found, one = _FLAGS[device]
    try:
        torch._amp_foreach_non_finite_check_and_unscale_(tensors, found, one)
        bad = bool(found.item())
    except RuntimeError:  # Sparse or complex ones, or of several devices.
        found.zero_()
        return all(bool(torch.isfinite(_values(tensor)).all()) for tensor in tensors)
    if bad:
        found.zero_()
    return not bad


def _values(tensor: Any) -> Any:
    return tensor._values() if tensor.is_sparse else tensor


def put(kept: list[tuple[Any, Any]]) -> None:
    """Put back what buffers held."""
    with torch.no_grad():
        for buffer, value in kept:
            buffer.copy_(value)


#: By device, what a pass over numbers raises, and what it multiplies them by.
_FLAGS: dict[Any, tuple[Any, Any]] = {}
