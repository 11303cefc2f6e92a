"""A PyTorch module under the judge: every operation that runs, with its module, file and line.

Parameters and buffers are copied before a watched run and put back afterwards, also after an
error: operations change them in place, and a run in training mode moves running statistics.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.losses import loss_of_tensors
from datacheck.diagnosis.model import (
    Arrays,
    Codes,
    Input,
    Places,
    Substitute,
    in_parts,
    joined,
    part_of,
)
from datacheck.errors import ArtefactError

if TYPE_CHECKING:  # they import torch, which Keras on TensorFlow and JAX does without
    from datacheck.diagnosis.torch_gradient import Backward
    from datacheck.diagnosis.torch_watch import OperationWatch

BATCH = 16_384


class TorchModel:
    """A ``torch.nn.Module`` as a `Model`; `call` says how, where not by itself (Keras)."""

    traces = True
    runtime = "PyTorch"

    def __init__(
        self, module: Any, *, name: str = "", call: Callable[..., Any] | None = None
    ) -> None:
        import torch

        if isinstance(module, torch.jit.ScriptModule):
            raise ArtefactError(
                "TorchScript does not show its steps",
                got=type(module).__name__,
                expected="a module of Python, or a program of torch.export",
                todo="give the module that was scripted, or export that to ONNX "
                "(torch.onnx.export); or give a function, which shows rows and columns alone: "
                "lambda m: model(torch.from_numpy(m.astype('float32')))",
            )
        self._torch, self._module = torch, module
        self.call = call or module
        self.name = name or type(module).__name__
        self.inputs, self._fixed = _exported(module) or (_inputs(module), None)
        self._names = {id(child): path for path, child in module.named_modules()}
        self._layers: list[str] = []
        where = next((p for p in module.parameters()), None)
        self._device = where.device if where is not None else torch.device("cpu")
        # A type that numpy has not: inputs are cast to it last.
        narrow = where is not None and where.dtype == torch.bfloat16
        self._narrow = torch.bfloat16 if narrow else None

    @property
    def _mixes(self) -> bool:
        """Whether it is in training mode, or a batch normalisation has no statistics of its own."""
        own = (
            module.running_mean is None for module in self._module.modules() if _of_batch(module)
        )
        return bool(self._module.training) or any(own)

    def spoilt_weight(self) -> str | None:
        """The first weight that holds NaN; infinities may be masks."""
        floats = ((name, value) for name, value in self.weights() if value.is_floating_point())
        return next((name for name, value in floats if bool(value.isnan().any())), None)

    def run(self, arrays: Arrays) -> Arrays:
        """What the module gives, as it stands: in the mode that it is in."""
        rows = len(arrays[0])
        size = self._fixed or (rows if self._mixes else BATCH)
        outs = []
        with self.kept(), self._torch.no_grad():
            for start in range(0, rows, size):
                part = part_of(arrays, start, self._fixed or min(size, rows - start))
                ends = self._ends(self.call(*self.tensors(part)))
                outs.append([end[: rows - start] for end in ends] if self._fixed else ends)
        return joined(outs)

    def run_again(self, arrays: Arrays) -> Arrays:
        """The same with other random numbers."""
        with self.kept():
            self._torch.manual_seed(1)
            return self.run(arrays)

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run under a judge."""
        if self._fixed:
            return in_parts(arrays, judge, self._fixed, partial(self._watched, hook=None))
        return self._watched(arrays, judge, None)

    def replaced(self, arrays: Arrays, places: Places, substitute: Substitute) -> Arrays | None:
        """Run again with operands of steps replaced."""
        hook, rows = (places, substitute), len(arrays[0])
        trace = partial(self._watched, hook=hook)
        ends, _ = in_parts(arrays, Judge(rows), self._fixed or rows, trace)
        return ends

    def _watched(self, arrays: Arrays, judge: Judge, hook: Any) -> tuple[Arrays, Codes]:
        rows, wide = judge.rows, self.width(judge.rows)
        tensors = self.tensors(part_of(arrays, 0, wide))
        judge.rows = wide
        judge.watched = {at: np.zeros(wide, bool) for at in judge.watched}
        with self.kept(), self._torch.no_grad():
            watch = self.watch(judge, hook)
            for given, tensor in zip(self.inputs, tensors, strict=True):
                watch.start(given.name, tensor)
            for name, weight in self.weights():
                watch.weight(name, weight)
            with self.named_layers(), _unnested(self._module), watch:
                out = self.call(*tensors)
            flat = self._flat(out)
            ends = self._ends(out)
            codes = judge.ends([watch.id_of(tensor) for tensor in flat], ends)[:rows]
        judge.trim(rows)
        return [end[:rows] for end in ends], codes

    def _flat(self, out: Any) -> list[Any]:
        from datacheck.diagnosis.torch_watch import tensors_of

        return tensors_of(out)

    def _ends(self, out: Any) -> Arrays:
        from datacheck.diagnosis.torch_watch import array_of

        return [np.atleast_1d(array_of(tensor)) for tensor in self._flat(out)]

    def watch(self, judge: Judge, hook: Any = None) -> OperationWatch:
        """A watch that tells the judge of this model's steps by their layers."""
        from datacheck.diagnosis.torch_watch import OperationWatch

        return OperationWatch(judge, self._layers, hook)

    def under(self, loss: Callable[..., Any] | str) -> Backward:
        """Put a loss on top: a function of the answer and the labels, both tensors, or its name."""
        from datacheck.diagnosis.torch_gradient import Backward

        return Backward(self, loss_of_tensors(loss))

    def width(self, rows: int) -> int:
        """As many rows or more, so that no weight is as long; no more in training mode."""
        if self._fixed:
            return self._fixed
        if self._mixes:
            return max(rows, 2)  # a batch normalisation takes no single row
        known = {axis for _, weight in self.weights() for axis in weight.shape}
        while rows in known or rows == 1:
            rows += 1
        return rows

    def tensors(self, arrays: Arrays) -> list[Any]:
        """Arrays on the device of the weights."""
        tensors = [self._torch.from_numpy(array).to(self._device) for array in arrays]
        return [
            tensor.to(self._narrow) if self._narrow and tensor.is_floating_point() else tensor
            for tensor in tensors
        ]

    def weights(self) -> list[tuple[str, Any]]:
        """Parameters and buffers by name."""
        return [*self._module.named_parameters(), *self._module.named_buffers()]

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put parameters, buffers and the state of random numbers back afterwards."""
        torch = self._torch
        random = torch.get_rng_state()
        kept = [(tensor, tensor.detach().clone()) for _, tensor in self.weights()]
        try:
            yield
        finally:
            with torch.no_grad():
                for tensor, copy in kept:
                    tensor.copy_(copy)
            torch.set_rng_state(random)

    @contextmanager
    def named_layers(self) -> Iterator[None]:
        """Know at every operation which module is running."""
        self._layers.clear()
        hooks = []
        for module in self._module.modules():
            path = self._names[id(module)]
            hooks.append(module.register_forward_pre_hook(_enter(self._layers, path)))
            hooks.append(module.register_forward_hook(_leave(self._layers), always_call=True))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


def _of_batch(module: Any) -> bool:
    """Whether it is a batch normalisation, which InstanceNorm is not."""
    return hasattr(module, "running_mean") and "Instance" not in type(module).__name__


@contextmanager
def _unnested(module: Any) -> Iterator[None]:
    """Without the nested tensors of encoders in inference, which show no rows."""
    encoders = [each for each in module.modules() if getattr(each, "use_nested_tensor", False)]
    for each in encoders:
        each.use_nested_tensor = False
    try:
        yield
    finally:
        for each in encoders:
            each.use_nested_tensor = True


def _enter(layers: list[str], path: str) -> Callable[..., None]:
    def hook(*_: Any) -> None:
        layers.append(path)

    return hook


def _leave(layers: list[str]) -> Callable[..., None]:
    def hook(*_: Any) -> None:
        if layers:
            layers.pop()

    return hook


def _exported(module: Any) -> tuple[tuple[Input, ...], int | None] | None:
    """What a program of torch.export says of its inputs, and its number of rows if it is fixed."""
    nodes = getattr(getattr(module, "graph", None), "nodes", ())
    given = [(n.name, n.meta["val"]) for n in nodes if n.op == "placeholder" and "val" in n.meta]
    if not given or not all(getattr(value, "ndim", 0) for _, value in given):
        return None
    inputs = []
    for name, value in given:
        shape = tuple(axis if isinstance(axis, int) else None for axis in value.shape[1:])
        kind = str(value.dtype).removeprefix("torch.")
        dtype = np.dtype(np.float32 if kind == "bfloat16" else kind)
        inputs.append(Input(name.removesuffix("_1"), shape, dtype))
    rows = given[0][1].shape[0]
    return tuple(inputs), rows if isinstance(rows, int) else None


def _inputs(module: Any) -> tuple[Input, ...]:
    """The arguments of forward; of layers in a row, one matrix as wide as the first says."""
    from torch import nn

    first_layer, dtype = module, np.dtype(np.float32)
    while isinstance(first_layer, nn.Sequential) and len(first_layer):
        first_layer = first_layer[0]
    width = None
    if isinstance(first_layer, nn.Linear | nn.BatchNorm1d):
        width = getattr(first_layer, "in_features", None) or first_layer.num_features
    first = next((p for p in module.parameters() if p.is_floating_point()), None)
    if first is not None and str(first.dtype) in {"torch.float64", "torch.float16"}:
        dtype = np.dtype(str(first.dtype).removeprefix("torch."))
    names = _arguments(module)
    if len(names) > 1:
        return tuple(Input(name, None, dtype, guessed=True) for name in names)
    shape = (width,) if width else None
    return (Input(names[0] if names else "x", shape, dtype, guessed=True),)


def _arguments(module: Any) -> list[str]:
    """What forward must be given."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        given = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    return [p.name for p in given if p.kind in kinds and p.default is inspect.Parameter.empty]


def gradient_origin(
    model: Any, loss: Callable[..., Any], given: Any, target: Any
) -> tuple[str, list[int]]:
    """The sentence of the first step that makes a gradient bad, and its rows; empty if none."""
    from datacheck.diagnosis.torch_gradient import Backward, origin_words

    origin, _ = Backward(TorchModel(model), loss).watched([*given, target])
    return (origin_words(origin), sorted(origin.operands)) if origin is not None else ("", [])
