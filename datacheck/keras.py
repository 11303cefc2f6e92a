"""A guard for training in Keras 3: it stops before the weights are lost, with the best ones back.

    model.fit(x, y, callbacks=[TrainingGuard(x, y, columns=names)])

On the torch backend each step is looked into: its batch, its loss and its gradients before they
reach the weights, also of a generator, a dataset or a DataLoader; now and then the batch is run
again, with the statistics and the random numbers put back. On the others the loss is the epoch's
mean, and weights are scored on a few rows of `x` and `y`, which may be left out with torch alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from datacheck.diagnosis.keras_step import (
    TrainingStep,
    Wrap,
    can_look,
    moved_by,
    numbers,
    without_gradients,
)
from datacheck.diagnosis.training import DIED, EVERY, SCORED, TENFOLD, TrainingWatch, Watched


class TrainingGuard(Watched, keras.callbacks.Callback):  # type: ignore[misc]
    """A callback of ``fit``.

    Parameters
    ----------
    x, y
        What ``fit`` is given, as arrays or several of them; None for a generator or a dataset.
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
        self._watch = TrainingWatch(columns, mode=mode, every=every, report=report)
        self._epoch = self._batch = 0
        self._probe: tuple[Any, Any] | None = None
        self._best: list[Any] = []
        self._before: list[Any] = []
        #: Where steps are not looked into: the first mean of an epoch's loss, and the last.
        self._means: list[float] = []
        self._wrap: Any = None
        self._moved: list[Any] | None = None
        self._looked = self._grows = self._same = False
        #: The rows that weights are scored on, and those that came since.
        self._more: Any = None

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        """Look at inputs, target and weights."""
        self._moved = None
        if self._watch.mode == "raise":
            self._refuse(self._x, self._y)
        self._must_be_sound(self._bad_weight())
        optimizer = self.model.optimizer
        if self.model.built and not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        known = self._x is not None and self._y is not None
        some = _some(self._x, self._y) if known else None
        if some is not None:
            self._begin(*some)
        self._best = self._state()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Remember the epoch, for messages."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Have the step looked into, or its state kept where it may have to be skipped."""
        self._batch, self._looked = batch, can_look()
        if self._looked:
            self._wrap = Wrap(self.model, "train_step", self._step)
        elif self._watch.mode != "raise":
            self._before = self._state()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Where the step could not be looked into, look at the loss, and now and then at more."""
        self._unwrap()
        if self._looked:
            return
        watched = self._watch.watched
        self._watch.step += 1
        loss = float((logs or {}).get("loss", 0.0))
        if not np.isfinite(loss):
            self._bad(f"the loss is {loss}")
            return
        self._means = [*self._means[:1], loss] if self._means else [loss, loss]
        if watched or self._watch.mode != "raise":
            spoilt = self._bad_weight()
            if spoilt:
                self._bad(f"the weight {spoilt!r} is not finite")
            elif watched:
                self._look()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Look at the weights and their score."""
        spoilt = self._bad_weight()
        if spoilt:
            self._bad(f"the weight {spoilt!r} is not finite", batch=False)
        else:
            self._look()

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Write what the report lacks yet."""
        self._watch.settle()

    def restore(self) -> None:
        """Give the model and the optimizer their best state so far back."""
        _put(self._best)

    def _step(self, own: Callable[[Any], Any], data: Any) -> Any:
        """A step of the training, looked into. An error leaves nothing of it on the model."""
        try:
            # A model that was not built yet gets its variables in the first step.
            if self._moved is None or self._watch.step <= 1:
                self._moved = moved_by(self.model)
            watched = self._watch.watched
            # Where a bad batch ends the training, the best statistics come back, not the last.
            keeps = watched or self._watch.mode != "raise"
            step = TrainingStep(self.model, data, self._moved if keeps else None)
            if self._probe is None:
                if self._refuse(step.x, step.y, self._where()):
                    self._watch.step += 1
                    return self.model.get_metrics_result()
                self._grows = True
                self._begin(*map(_copied, (step.x, step.y)))
                self._best = self._state()
            logs = step.run(own, data)
            self._watch.step += 1
            if not math.isfinite(step.loss) or step.spoilt:
                step.put_back()
                # Batches are looked at where they do harm: a model may impute by itself.
                if self._refuse(step.x, step.y, self._where()):
                    self.model.reset_metrics()
                    return self.model.get_metrics_result()
                what = (
                    f"the gradient of {step.spoilt!r} is not finite"
                    if step.spoilt
                    else f"the loss is {step.loss}"
                )
                self._bad(what, given=(step.x, step.y), restore=False)
                return self.model.get_metrics_result()
            if self._grows:
                self._grow((step.x, step.y))
            if watched:
                self._after(step)
        except BaseException:
            self._unwrap()
            raise
        return logs

    def _after(self, step: TrainingStep) -> None:
        """Look at a watched step: the weights that it made, and its own batch again."""
        spoilt = self._bad_weight()
        if spoilt:
            self._bad(f"the weight {spoilt!r} is not finite", given=(step.x, step.y))
        else:
            self._look((step.loss, step.again()), (step.x, step.y))

    def _where(self) -> dict[str, Any]:
        return {"epoch": self._epoch, "batch": self._batch}

    def _refuse(self, x: Any, y: Any, at: dict[str, Any] | None = None) -> bool:
        """Refuse what is no number; whether the batch is to be skipped for it."""
        for name, given in (("inputs", x), ("target", y)):
            for each in keras.tree.flatten(given):
                where = None if each is None else self._watch.bad_cell(name, _array(each))
                if where is None:
                    continue
                error = self._watch.refuse(where, name, at)
                if error is None:
                    return True
                self.restore()
                raise error
        return False

    def _unwrap(self) -> None:
        if self._wrap is not None:
            self._wrap.take_off()
            self._wrap = None

    def _begin(self, x: Any, y: Any) -> None:
        self._probe = x, y
        self._watch.begin(self._score())
        self._watch.died(alike=self._same)

    def _grow(self, given: Any) -> None:
        """Keep a batch's rows to score weights on, while there are few."""
        rows = self._probe if self._more is None else self._more
        longer = None if rows is None else _longer(rows, given)
        self._grows = longer is not None
        self._more = self._more if longer is None else longer

    def _rescore(self) -> None:
        """Score the best weights on the rows that came since."""
        now, self._probe, self._more = self._state(), self._more, None
        _put(self._best)
        self._watch.rescored(self._score())
        _put(now)

    def _look(self, own: Any = None, given: Any = (None, None)) -> None:
        if self._more is not None:
            self._rescore()
        score = self._score()
        if self._watch.died(alike=self._same):
            self._bad(DIED, given=given, batch=own is not None)
            return
        where = self._where()
        if own is not None:
            where |= {"loss": own[0], "loss_after": own[1]}
        if self._watch.diverges(score, lambda: self._advice(given), where, own):
            if self._watch.mode == "halve":
                self._back()
        elif self._watch.better(score):
            self._best = self._state()

    def _bad(
        self, what: str, *, given: Any = (None, None), restore: bool = True, batch: bool = True
    ) -> None:
        where: dict[str, Any] = {"epoch": self._epoch}
        if batch:
            where["batch"] = self._batch
        at = ", ".join(f"{word} {number}" for word, number in where.items())
        message, advice = f"{at}: {what}", self._advice(given)
        where |= self._watch.carries
        if self._watch.mode == "raise":
            self.restore()
            raise self._watch.stopped(message, advice, where)
        self._watch.add("train.stopped", "error", message, advice, where)
        if self._watch.mode == "halve" and not self._batch_is_to_blame():
            self._back()
        elif restore:
            _put(self._before or self._best)
        # The running mean of the loss would stay NaN to the end of the epoch.
        self.model.reset_metrics()

    def _batch_is_to_blame(self) -> bool:
        """Whether weights that do well met a batch of no number, where none can be seen."""
        if not self._before:
            return False
        if self._probe is None:
            return not self._means or self._means[1] <= TENFOLD * self._means[0]
        _put(self._before)
        return self._score() <= TENFOLD * self._watch.start

    def _back(self) -> None:
        rate = self._rate()
        self.restore()
        self.model.optimizer.learning_rate = rate / 2
        self._watch.last = self._watch.best

    def _state(self) -> list[Any]:
        variables = [*self.model.variables, *self.model.optimizer.variables]
        return [(variable, numbers(variable.value).copy()) for variable in variables]

    def _bad_weight(self) -> str | None:
        for variable in self.model.variables:
            value = numbers(variable.value)
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                return str(variable.path)
        return None

    def _score(self) -> float:
        """The loss on a few rows in inference; infinite where there are none."""
        if self._probe is None:
            return float("inf")
        x, y = (keras.tree.map_structure(keras.ops.convert_to_tensor, a) for a in self._probe)
        with without_gradients():
            answer = self.model(x, training=False)
            loss = self.model.compute_loss(x=x, y=y, y_pred=answer, training=False)
        self._same = _alike(answer) and not _alike(y)
        return float(numbers(loss))

    def _rate(self) -> float:
        return float(numbers(self.model.optimizer.learning_rate))

    def _advice(self, given: Any) -> str:
        """What to try, by the batch if it is known, else by the training's rows."""
        parts = [
            next(iter(keras.tree.flatten(each if each is not None else other)), None)
            for each, other in zip(given, (self._x, self._y), strict=True)
        ]
        arrays = [None if each is None else _array(each) for each in parts]
        return self._watch.advice(arrays[0], arrays[1], self._rate())


def _put(state: list[Any]) -> None:
    for variable, value in state:
        variable.assign(value)


def _array(given: Any) -> Any:
    return numbers(given) if hasattr(given, "detach") else np.asarray(given)


def _alike(given: Any) -> bool:
    """Whether every row of some arrays is the same, to the last bit."""
    arrays = [numbers(each) for each in keras.tree.flatten(given)]
    return all(each.ndim and len(each) > 1 and bool((each == each[:1]).all()) for each in arrays)


def _copied(given: Any) -> Any:
    return keras.tree.map_structure(lambda each: _array(each).copy(), given)


def _longer(rows: Any, given: Any) -> Any:
    """Rows with those of a batch behind them; None where there are enough, or they do not fit."""
    flat, more = keras.tree.flatten(rows), keras.tree.flatten(given)
    left = SCORED - len(flat[0])
    fits = all(a.shape[1:] == tuple(b.shape[1:]) for a, b in zip(flat, more, strict=True))
    if left <= 0 or not fits:
        return None
    both = [np.concatenate([a, _array(b)[:left]]) for a, b in zip(flat, more, strict=True)]
    return tuple(keras.tree.pack_sequence_as(rows, both))


def _some(x: Any, y: Any) -> tuple[Any, Any] | None:
    """A few rows from all over, of those that hold numbers alone; None without any."""
    arrays = [_array(each) for each in keras.tree.flatten((x, y))]
    whole = np.ones(len(arrays[0]), bool)
    for each in arrays:
        if each.dtype.kind == "f" and not np.isfinite(each.sum(dtype=np.float64)):
            whole &= np.isfinite(each.reshape(len(each), -1)).all(axis=1)
    rows = np.flatnonzero(whole)
    chosen = rows[np.linspace(0, len(rows) - 1, min(SCORED, len(rows))).astype(np.int64)]
    if not len(chosen):
        return None

    def few(array: Any) -> Any:
        return _array(array)[chosen]

    return keras.tree.map_structure(few, x), keras.tree.map_structure(few, y)
