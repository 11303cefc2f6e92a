"""A guard for training in PyTorch: it stops before the weights are lost, with the best ones back.

    guard = TrainingGuard(model, optimizer, loss_function, columns=names)
    for x, y in loader:
        guard.step(x, y)

`step` is forward, backward and the optimizer's step, each looked at: inputs and target, loss,
gradients before they reach the weights. Now and then the step's own batch is run again, with the
statistics of batch norms and the state of random numbers put back.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import torch

from datacheck.diagnosis.training import EVERY, SCORED, Watch
from datacheck.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from datacheck.report import Report


class TrainingGuard:
    """Takes a training's steps, and looks at each.

    Parameters
    ----------
    model, optimizer, loss
        The module, its optimizer, and a function of prediction and target.
    columns
        Names of the input's columns, for messages: a transform's `feature_names_out`, say.
    mode
        ``raise``, ``skip`` the batch, or ``halve`` the learning rate, from the best weights on.
    every
        How often a step is watched after the first ones.
    scaler
        A ``GradScaler``: the steps that it skips are no faults.
    autocast
        A function that gives a context for the forward pass, as of mixed precision.
    accumulate
        Batches whose gradients are added up before the optimizer's step.
    report
        A path that the report is written to when something is found: ``.json`` or ``.html``.

    Attributes
    ----------
    findings : list of Finding
    """

    def __init__(  # noqa: PLR0913 - each is a word of its own
        self,
        model: Any,
        optimizer: Any,
        loss: Callable[[Any, Any], Any],
        *,
        columns: Sequence[str] = (),
        mode: str = "raise",
        every: int = EVERY,
        scaler: Any = None,
        autocast: Callable[[], Any] = nullcontext,
        accumulate: int = 1,
        report: str | Path | None = None,
    ) -> None:
        self._model, self._optimizer, self._loss = model, optimizer, loss
        self._scaler, self._autocast, self._accumulate = scaler, autocast, accumulate
        self._watch = Watch(columns, mode=mode, every=every, report=report)
        self._probe: tuple[tuple[Any, ...], Any] | None = None
        self._best: tuple[Any, Any] | None = None

    @property
    def findings(self) -> list[Any]:
        """What was found so far."""
        return self._watch.findings

    def report(self) -> Report:
        """What was found so far, as a report."""
        return self._watch.report()

    def step(self, inputs: Any, target: Any) -> Any:
        """Train on one batch.

        Parameters
        ----------
        inputs
            A tensor, or a tuple of them, as the model takes them.
        target
            As the loss takes it.

        Returns
        -------
        The loss, detached.

        Raises
        ------
        TrainingError
            In mode ``raise``, with `row`, `column` and `report`; the best weights are back.
        """
        given = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
        self._refuse_bad(given, target)
        if self._probe is None:
            self._begin(given, target)
        watched = self._watch.watched
        kept = self._moving() if watched else None
        loss = self._forward(given, target)
        self._watch.step += 1
        value = float(loss.detach())
        if not _finite(value):
            return self._bad(f"the loss is {value}", given, target, loss)
        self._backward(loss)
        if self._watch.step % self._accumulate:
            return loss.detach()
        spoilt = None if self._scaler is not None else self._bad_gradient()
        if spoilt:
            why = self._why(given, target)
            return self._bad(f"the gradient of {spoilt} is not finite{why}", given, target, loss)
        self._update()
        if kept is not None:
            self._look(given, target, (value, self._again(given, target, kept)))
        return loss.detach()

    def restore(self) -> None:
        """Give the model and the optimizer their best state so far back."""
        if self._best is not None:
            self._model.load_state_dict(self._best[0])
            self._optimizer.load_state_dict(copy.deepcopy(self._best[1]))

    def _forward(self, given: Any, target: Any) -> Any:
        with self._autocast():
            return self._loss(self._model(*given), target)

    def _backward(self, loss: Any) -> None:
        scaled = loss / self._accumulate
        if self._scaler is not None:
            scaled = self._scaler.scale(scaled)
        scaled.backward()

    def _update(self) -> None:
        if self._scaler is None:
            self._optimizer.step()
        else:
            self._scaler.step(self._optimizer)
            self._scaler.update()
        self._optimizer.zero_grad()

    def _begin(self, given: Any, target: Any) -> None:
        for name, value in self._model.state_dict().items():
            if value.is_floating_point() and not bool(torch.isfinite(value).all()):
                raise TrainingError(
                    f"the weight {name!r} is not finite before training: the model is spoilt",
                    todo="load an earlier checkpoint, or initialise it anew",
                )
        self._probe = (tuple(x[:SCORED].clone() for x in given), target[:SCORED].clone())
        self._watch.begin(self._score(*self._probe))
        self._keep()

    def _keep(self) -> None:
        state = {name: value.clone() for name, value in self._model.state_dict().items()}
        self._best = (state, copy.deepcopy(self._optimizer.state_dict()))

    def _moving(self) -> tuple[Any, list[Any]]:
        """What a forward pass moves: the state of random numbers, and buffers."""
        return torch.get_rng_state(), [buffer.clone() for buffer in self._model.buffers()]

    def _put_moving(self, kept: tuple[Any, list[Any]]) -> None:
        torch.set_rng_state(kept[0])
        for buffer, value in zip(self._model.buffers(), kept[1], strict=True):
            buffer.copy_(value)

    def _again(self, given: Any, target: Any, kept: tuple[Any, list[Any]]) -> float:
        """The loss of the step's own batch after it, with the same random numbers."""
        now = self._moving()
        with torch.no_grad():
            self._put_moving(kept)
            loss = float(self._forward(given, target))
            self._put_moving(now)
        return loss

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """A forward pass that moves no statistics and no random numbers."""
        training, random = self._model.training, torch.get_rng_state()
        self._model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self._model.train(training)
            torch.set_rng_state(random)

    def _score(self, given: Any, target: Any) -> float:
        with self._aside():
            return float(self._forward(given, target))

    def _look(self, given: Any, target: Any, own: tuple[float, float]) -> None:
        """Score the weights; tell a step that has raised the loss tenfold; keep the best."""
        probe = self._probe or (given, target)
        score = self._score(*probe)
        spoilt = [name for name, p in self._model.named_parameters() if not _all_finite(p)]
        if spoilt:
            self._bad(f"the weight {spoilt[0]!r} is not finite after a step", given, target, own[0])
            return
        where = {"loss": own[0], "loss_after": own[1]}
        if self._watch.diverges(score, self._advice(given, target), where, own):
            if self._watch.mode == "halve":
                self._back()
        elif self._watch.better(score):
            self._keep()

    def _back(self) -> None:
        """The best weights, and half the learning rate."""
        rates = [group["lr"] for group in self._optimizer.param_groups]
        self.restore()
        for group, rate in zip(self._optimizer.param_groups, rates, strict=True):
            group["lr"] = rate / 2
        self._watch.last = self._watch.best

    def _bad(self, what: str, given: Any, target: Any, loss: Any) -> Any:
        """What the mode says of a batch that would spoil the weights."""
        self._optimizer.zero_grad()
        advice = self._advice(given, target)
        mode = self._watch.mode
        if mode == "raise":
            self.restore()
            raise self._watch.stopped(f"step {self._watch.step}: {what}", advice, {})
        self._watch.add("train.stopped", "error", what, advice, {"mode": mode})
        if mode == "halve":
            self._back()
        elif not all(_all_finite(p) for p in self._model.parameters()):
            self.restore()
        return loss.detach() if hasattr(loss, "detach") else loss

    def _bad_gradient(self) -> str | None:
        for name, parameter in self._model.named_parameters():
            if parameter.grad is not None and not _all_finite(parameter.grad):
                return repr(name)
        return None

    def _why(self, given: Any, target: Any) -> str:
        """The step and the line that make a gradient bad, as the judge finds them."""
        from datacheck.diagnosis.torch_gradient import gradient_origin

        with self._autocast():
            origin, _ = gradient_origin(self._model, self._loss, given, target)
        return f": {origin}" if origin else ""

    def _refuse_bad(self, given: Any, target: Any) -> None:
        named = [("inputs", x) for x in given] + [("target", target)]
        for name, tensor in named:
            if not hasattr(tensor, "is_floating_point") or not tensor.is_floating_point():
                continue
            if bool(torch.isfinite(tensor.sum())):
                continue
            where = self._watch.bad_cell(name, tensor.detach().double().cpu().numpy())
            if where is None:
                continue
            if self._watch.mode == "raise":
                self.restore()
            raise self._watch.refuse(where, name)

    def _advice(self, given: Any, target: Any) -> str:
        rate = float(self._optimizer.param_groups[0]["lr"])
        arrays = [t.detach().double().cpu().numpy() if hasattr(t, "detach") else None
                  for t in (given[0], target)]  # fmt: skip
        return self._watch.advice(arrays[0], arrays[1], rate)


def _finite(value: float) -> bool:
    return value - value == 0


def _all_finite(tensor: Any) -> bool:
    return bool(torch.isfinite(tensor.detach().sum())) or bool(torch.isfinite(tensor).all())
