"""A guard for training in Keras 3: it stops before the weights are lost, with the best ones back.

    model.fit(x, y, callbacks=[TrainingGuard(x, y, columns=names)])

Given `x` and `y` it refuses what is not finite before the first step, and scores the weights on a
few rows of them in inference, which moves no statistics and no random numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from datacheck.diagnosis.training import EVERY, SCORED, Watch
from datacheck.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from datacheck.report import Report


class TrainingGuard(keras.callbacks.Callback):  # type: ignore[misc]
    """A callback of ``fit``.

    Parameters
    ----------
    x, y
        What ``fit`` is given, as arrays; None for a generator or a dataset, of which a bad batch is
        then named.
    columns
        Names of the input's columns, for messages.
    mode
        ``raise``, ``skip`` the batch, or ``halve`` the learning rate, from the best weights on.
    every
        How often a step is watched after the first ones.
    report
        A path that the report is written to when something is found: ``.json`` or ``.html``.

    Attributes
    ----------
    findings : list of Finding
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        *,
        columns: Sequence[str] = (),
        mode: str = "raise",
        every: int = EVERY,
        report: str | Path | None = None,
    ) -> None:
        super().__init__()
        self._x, self._y = x, y
        self._watch = Watch(columns, mode=mode, every=every, report=report)
        self._epoch = 0
        self._best: list[Any] | None = None
        self._before: list[Any] | None = None

    @property
    def findings(self) -> list[Any]:
        """What was found so far."""
        return self._watch.findings

    def report(self) -> Report:
        """What was found so far, as a report."""
        return self._watch.report()

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        """Look at inputs, target and weights."""
        for name, given in (("inputs", self._x), ("target", self._y)):
            where = None if given is None else self._watch.bad_cell(name, np.asarray(given))
            if where is not None:
                raise self._watch.refuse(where, name)
        spoilt = self._bad_weight()
        if spoilt:
            raise TrainingError(
                f"the weight {spoilt!r} is not finite before training: the model is spoilt",
                todo="load an earlier checkpoint, or initialise it anew",
            )
        self._watch.begin(self._score())
        self._best = self._state()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Remember the epoch, for messages."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Keep the state before the batch, where it may have to be skipped."""
        if self._watch.mode == "skip":
            self._before = self._state()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss; now and then at the weights and their score."""
        watched = self._watch.watched
        self._watch.step += 1
        loss = float((logs or {}).get("loss", 0.0))
        where = {"epoch": self._epoch, "batch": batch}
        if not np.isfinite(loss):
            self._bad(f"the loss is {loss}", where)
        elif watched or self._watch.mode == "skip":
            spoilt = self._bad_weight()
            if spoilt:
                self._bad(f"the weight {spoilt!r} is not finite", where)
            elif watched:
                self._look(where)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Look at the weights and their score."""
        spoilt = self._bad_weight()
        if spoilt:
            self._bad(f"the weight {spoilt!r} is not finite", {"epoch": epoch})
        else:
            self._look({"epoch": epoch})

    def restore(self) -> None:
        """Give the model and the optimizer their best state so far back."""
        self._put(self._best)

    def _look(self, where: dict[str, Any]) -> None:
        score = self._score()
        if self._watch.diverges(score, self._advice(), where):
            if self._watch.mode == "halve":
                self._back()
        elif self._watch.better(score):
            self._best = self._state()

    def _bad(self, what: str, where: dict[str, Any]) -> None:
        at = ", ".join(f"{word} {number}" for word, number in where.items())
        message, advice = f"{at}: {what}", self._advice()
        if self._watch.mode == "raise":
            self.restore()
            raise self._watch.stopped(message, advice, where)
        self._watch.add("train.stopped", "error", message, advice, where)
        if self._watch.mode == "halve":
            self._back()
        else:
            self._put(self._before or self._best)
        # The running mean of the loss would stay NaN to the end of the epoch.
        self.model.reset_metrics()

    def _back(self) -> None:
        rate = self._rate()
        self.restore()
        self.model.optimizer.learning_rate = rate / 2
        self._watch.last = self._watch.best

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _state(self) -> list[Any]:
        return [_numbers(variable.value).copy() for variable in self._variables()]

    def _put(self, state: list[Any] | None) -> None:
        for variable, value in zip(self._variables(), state or (), strict=False):
            variable.assign(value)

    def _bad_weight(self) -> str | None:
        for variable in self.model.variables:
            value = _numbers(variable.value)
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                return str(variable.path)
        return None

    def _score(self) -> float:
        """The loss on a few rows in inference; infinite where there are none."""
        if self._x is None or self._y is None:
            return float("inf")
        x, y = (keras.ops.convert_to_tensor(_some(a)) for a in (self._x, self._y))
        loss = self.model.compute_loss(x=x, y=y, y_pred=self.model(x, training=False))
        return float(_numbers(loss))

    def _rate(self) -> float:
        return float(_numbers(self.model.optimizer.learning_rate))

    def _advice(self) -> str:
        given = [None if each is None else np.asarray(each) for each in (self._x, self._y)]
        return self._watch.advice(given[0], given[1], self._rate())


def _numbers(tensor: Any) -> Any:
    """A tensor's numbers; numpy warns of Keras' own way on the torch backend."""
    tensor = getattr(tensor, "value", tensor)
    if hasattr(tensor, "detach"):
        return tensor.detach().cpu().numpy()
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _some(given: Any) -> Any:
    """A few rows, from all over."""
    array = np.asarray(given)
    chosen = np.linspace(0, len(array) - 1, min(SCORED, len(array))).astype(np.int64)
    return array[chosen]
