"""A guard for training in PyTorch: it stops before the weights are lost, with the best ones back.

    guard = TrainingGuard(model, optimizer, loss_function, columns=names)
    for x, y in loader:
        guard.step(x, y)

`step` is forward, backward and the optimizer's step, each looked at: inputs and target, loss,
gradients before they reach the weights. Now and then the step's own batch is run again, with the
statistics of batch norms and the state of random numbers put back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from datacheck.diagnosis.torch_state import Probe, State, alike, all_finite, put, tensors_of
from datacheck.diagnosis.training import DIED, EVERY, TrainingWatch, Watched


class TrainingGuard(Watched):
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
    clip
        The largest norm of the gradients: longer ones are shortened to it.
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
        clip: float | None = None,
        report: str | Path | None = None,
    ) -> None:
        self._model, self._optimizer, self._loss = model, optimizer, loss
        self._scaler, self._autocast = scaler, autocast
        self._accumulate, self._clip, self._added = accumulate, clip, 0
        self._watch = TrainingWatch(columns, mode=mode, every=every, report=report)
        self._probe: Probe | None = None
        #: The rows that weights are scored on are more than when the best were scored.
        self._grown = self._died = False
        self._parameters: list[Any] = []
        self._state = State(model, optimizer)

    def step(self, inputs: Any, target: Any) -> Any:
        """Train on one batch.

        Parameters
        ----------
        inputs
            A tensor, or a tuple of them, as the model takes them.
        target
            As the loss takes it: a tensor, or several.

        Returns
        -------
        The loss, detached.

        Raises
        ------
        TrainingError
            In mode ``raise``, with `row`, `column` and `report`; the best weights are back.
        """
        given = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
        if self._probe is None:
            where = self._bad_cell(given, target)
            if where is not None:
                return self._refuse(where)
            self._begin(given, target)
        watched = self._watch.watched
        # Where a bad batch ends the training, the best statistics come back, not the last ones.
        keeps = watched or self._watch.mode != "raise"
        kept = self._state.moving(whole=watched) if keeps else (None, [])
        loss = self._forward(given, target)
        value = loss.item()
        if not _finite(value):
            return self._bad(f"the loss is {value}", given, target, loss, kept)
        self._backward(loss)
        if watched:
            self._state.note(kept)
        self._added += 1
        whole = not self._added % self._accumulate
        spoilt, why = self._spoilt(whole=whole)
        self._watch.step += whole
        if spoilt:
            self._optimizer.zero_grad()
            return self._bad(spoilt, given, target, loss, kept, why=why)
        if not whole:
            return loss.detach()
        self._update()
        if self._probe is not None:
            self._grown |= self._probe.add(given, target)
        if watched:
            self._look(given, target, (value, self._again(given, target, kept)), kept)
        return loss.detach()

    def look(self) -> float:
        """Score the weights as they stand, and keep them if they are the best: after an epoch, say.

        Returns
        -------
        float
            The loss on the rows that weights are scored on.
        """
        if self._probe is None:
            return float("nan")
        score = self._scored()
        if self._watch.better(score):
            self._state.keep()
        self._watch.settle()
        return score

    def restore(self) -> None:
        """Give the model and the optimizer their best state so far back."""
        self._state.restore()

    def _forward(self, given: Any, target: Any) -> Any:
        with self._autocast():
            return self._loss(self._model(*given), target)

    def _backward(self, loss: Any) -> None:
        scaled = loss / self._accumulate if self._accumulate > 1 else loss
        if self._scaler is not None:
            scaled = self._scaler.scale(scaled)
        scaled.backward()

    def _update(self) -> None:
        if self._clip is not None:
            if self._scaler is not None:
                self._scaler.unscale_(self._optimizer)
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._clip)
        if self._scaler is None:
            self._optimizer.step()
        else:
            self._scaler.step(self._optimizer)
            self._scaler.update()
        self._optimizer.zero_grad()

    def _begin(self, given: Any, target: Any) -> None:
        state = self._model.state_dict().items()
        floats = ((name, value) for name, value in state if value.is_floating_point())
        self._must_be_sound(next((name for name, value in floats if not _all_finite(value)), None))
        self._parameters = list(self._model.parameters())
        self._probe = Probe(given, target)
        self._watch.begin(self._score())
        self._state.keep()

    def _again(self, given: Any, target: Any, kept: tuple[Any, list[Any]]) -> float:
        """The loss of the step's own batch after it, with the same random numbers."""
        now = self._state.moving()
        with torch.no_grad():
            self._state.put_moving(kept)
            loss = float(self._forward(given, target))
            self._state.put_moving(now)
        return loss

    def _scored(self) -> float:
        """The loss of the weights on rows that the best ones were scored on as well."""
        if self._grown:
            self._grown = False
            self._watch.rescored(self._score(self._state.best[0]))
        return self._score()

    def _score(self, state: Any = None) -> float:
        """The loss of the weights, or of others, on the rows that they are scored on."""
        given, target = self._probe.rows if self._probe is not None else ((), None)
        with self._state.aside(), self._autocast():
            if state is None:
                answer = self._model(*given)
                rows = self._probe is not None and self._probe.by_row
                same = rows and alike(answer) and not alike(target)
                self._died = self._watch.died(alike=same)
            else:
                answer = torch.func.functional_call(self._model, state, given)
            return float(self._loss(answer, target))

    def _look(self, given: Any, target: Any, own: tuple[float, float], kept: Any) -> None:
        """Score the weights; tell a step that has raised the loss tenfold; keep the best."""
        with torch.no_grad():
            finite = all_finite(self._parameters)
        if not finite:
            named = self._model.named_parameters()
            spoilt = next(name for name, p in named if not _all_finite(p))
            what = f"the weight {spoilt!r} is not finite after a step"
            self._bad(what, given, target, own[0], kept)
            return
        score = self._scored()
        if self._died:
            self._bad(DIED, given, target, own[0], kept)
            return
        where = {"loss": own[0], "loss_after": own[1]}
        if self._watch.diverges(score, lambda: self._advice(given, target), where, own):
            if self._watch.mode == "halve":
                self._back()
        elif self._watch.better(score):
            self._state.keep()

    def _back(self) -> None:
        """The best weights, and half the learning rate."""
        rates = [group["lr"] for group in self._optimizer.param_groups]
        self.restore()
        self._optimizer.zero_grad()
        for group, rate in zip(self._optimizer.param_groups, rates, strict=True):
            group["lr"] = rate / 2
        self._watch.last = self._watch.best

    def _bad(
        self, what: str, given: Any, target: Any, loss: Any, kept: Any, *, why: Any = None
    ) -> Any:
        """What the mode says of a batch that would spoil the weights, and has the statistics."""
        put(kept[1])
        where = self._bad_cell(given, target)
        if where is not None:
            return self._refuse(where)
        what += why(given, target) if why is not None else ""
        advice = self._advice(given, target)
        mode = self._watch.mode
        if mode == "raise":
            self.restore()
            raise self._watch.stopped(
                f"step {self._watch.step}: {what}", advice, self._watch.carries
            )
        self._watch.add(
            "train.stopped", "error", what, advice, {"mode": mode, **self._watch.carries}
        )
        if mode == "halve":
            self._back()
        elif not all(_all_finite(p) for p in self._model.parameters()):
            self.restore()
        return loss.detach() if hasattr(loss, "detach") else loss

    def _spoilt(self, *, whole: bool) -> tuple[str, Any]:
        """What the backward pass has left that is not finite, and what tells why.

        `whole` says that the gradients are complete; those that a scaler will skip are no fault.
        """
        skips = self._scaler is not None and self._scaler.get_scale() >= 1
        looks = whole and not skips
        gradients = [p.grad for p in self._parameters if p.grad is not None] if looks else []
        if all_finite(gradients + self._state.statistics):
            return "", None
        moved = self._state.spoilt()
        if moved:
            return f"the statistic {moved!r} is not finite after the batch", None
        for name, parameter in self._model.named_parameters():
            if parameter.grad is not None and not _all_finite(parameter.grad):
                return f"the gradient of {name!r} is not finite", self._why
        return "", None

    def _why(self, given: Any, target: Any) -> str:
        """The step and the line that make a gradient bad, as the judge finds them."""
        from datacheck.diagnosis.torch_model import gradient_origin

        with self._autocast():
            origin, _ = gradient_origin(self._model, self._loss, given, target)
        return f": {origin}" if origin else ""

    def _bad_cell(self, given: Any, target: Any) -> dict[str, Any] | None:
        """Where the batch holds what is no number."""
        for name, tensors in (("inputs", given), ("target", tensors_of(target))):
            for tensor in tensors:
                if not hasattr(tensor, "is_floating_point") or not tensor.is_floating_point():
                    continue
                if _finite(float(tensor.detach().sum())):
                    continue
                where = self._watch.bad_cell(name, tensor.detach().double().cpu().numpy())
                if where is not None:
                    return {"of": name, **where}
        return None

    def _refuse(self, where: dict[str, Any]) -> Any:
        """A batch that holds what is no number teaches nothing: an error, or it is left out."""
        error = self._watch.refuse(where, where["of"], {"step": self._watch.step})
        if error is not None:
            self.restore()
            raise error
        return torch.tensor(float("nan"))

    def _advice(self, given: Any, target: Any) -> str:
        rate = float(self._optimizer.param_groups[0]["lr"])
        return self._watch.advice(_array(given[0]), _array(tensors_of(target)[0]), rate)


def _array(tensor: Any) -> Any:
    """A tensor's numbers; codes and classes have no size to be scaled."""
    if not hasattr(tensor, "is_floating_point") or not tensor.is_floating_point():
        return None
    return tensor.detach().double().cpu().numpy()


def _finite(value: float) -> bool:
    return value - value == 0


def _all_finite(tensor: Any) -> bool:
    return bool(torch.isfinite(tensor.detach().sum())) or bool(torch.isfinite(tensor).all())
