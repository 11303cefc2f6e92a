"""PyTorch's operations under the judge: a mode that sees each of them, below autograd.

Imported only where PyTorch is in use.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import FrameType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils._python_dispatch import TorchDispatchMode

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.origin import Step

#: Operations that give no values of their own.
IGNORED = ("aten.detach", "aten.alias", "aten._local_scalar_dense", "aten.lift_fresh")


class OperationWatch(TorchDispatchMode):  # type: ignore[misc]
    """Sees operations below autograd, views and all."""

    def __init__(self, judge: Judge, layers: list[str], hook: Any = None) -> None:
        super().__init__()
        self._judge, self._layers, self._hook = judge, layers, hook
        # Ids of tensors are reused once they are gone: what was seen is kept alive.
        self._alive: dict[int, Any] = {}

    def id_of(self, tensor: Any) -> int:
        """What the judge calls a tensor; autograd may give it another object."""
        if id(tensor) in self._alive:
            return id(tensor)
        same = (
            key
            for key, other in self._alive.items()
            if other.data_ptr() == tensor.data_ptr() and other.shape == tensor.shape
        )
        return next(same, id(tensor))

    def start(self, name: str, tensor: Any) -> None:
        """An input."""
        self._keep(tensor)
        self._judge.start(id(tensor), array_of(tensor), name)

    def weight(self, name: str, tensor: Any) -> None:
        """A parameter or a buffer."""
        self._keep(tensor)
        self._judge.constant(id(tensor), array_of(tensor), name)

    def _known(self, tensor: Any) -> None:
        """A tensor that no step gave is a constant, or was made outside of PyTorch."""
        if id(tensor) not in self._alive:
            self._keep(tensor)
            self._judge.foreign(id(tensor), array_of(tensor), self._step("foreign"))

    def _keep(self, tensor: Any) -> None:
        self._alive[id(tensor)] = tensor

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func)
        if name.startswith(IGNORED):
            out = func(*args, **kwargs)
            self._follow(args, out)
            return out
        given = tensors_of((args, tuple(kwargs.values())))
        for tensor in given:
            self._known(tensor)
        for at, operand in self._hook[0] if self._hook is not None else ():
            if at == len(self._judge.steps) and operand < len(given):
                args, kwargs = self._changed(args, kwargs, given[operand])
                given = tensors_of((args, tuple(kwargs.values())))
        # Operations in place overwrite what they were given.
        before = [(id(tensor), array_of(tensor)) for tensor in given]
        out = func(*args, **kwargs)
        gave = tensors_of(out)
        if func._schema.is_mutable:
            gave += self._sharing(gave)
        for tensor in gave:
            self._keep(tensor)
        gives = [(id(tensor), array_of(tensor)) for tensor in gave]
        self._judge.see(self._step(_plain(name)), before, gives)
        return out

    def _step(self, op: str) -> Step:
        layer = self._layers[-1] if self._layers else ""
        node = torch._C._current_autograd_node()
        if node is None:
            return Step(op, layer or op, layer, _line())
        return Step(op, f"gradient of {_forward(node)}", "", _line_of(node))

    def _sharing(self, changed: list[Any]) -> list[Any]:
        """Other views of what an operation in place has changed."""
        stored = {tensor.untyped_storage().data_ptr() for tensor in changed}
        own = {id(tensor) for tensor in changed}
        return [
            tensor
            for key, tensor in self._alive.items()
            if key not in own and tensor.untyped_storage().data_ptr() in stored
        ]

    def _follow(self, args: Any, out: Any) -> None:
        for tensor, other in zip(tensors_of(args), tensors_of(out), strict=False):
            self._known(tensor)
            self._keep(other)
            self._judge.alias(id(tensor), id(other))

    def _changed(self, args: Any, kwargs: Any, old: Any) -> Any:
        value = array_of(old)
        other = self._hook[1](value)
        if other is value:
            return args, kwargs
        new = torch.from_numpy(np.ascontiguousarray(other)).to(old.dtype)
        self._keep(new)
        return _swapped(args, old, new), {k: _swapped(v, old, new) for k, v in kwargs.items()}


def _swapped(value: Any, old: Any, new: Any) -> Any:
    if value is old:
        return new
    if isinstance(value, tuple | list):
        return type(value)(_swapped(item, old, new) for item in value)
    return value


def _plain(name: str) -> str:
    """`aten.div.Tensor` is what PyTorch calls div."""
    return ".".join(name.split(".")[:2])


def _line() -> str:
    """The file and line of the user's own code that runs, outside of the framework."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "").partition(".")[0]
        if module not in {"torch", "keras", "datacheck", "contextlib", "functools"}:
            return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _forward(node: Any) -> str:
    """`LogBackward0` is the gradient of log."""
    name = node.name().rpartition("::")[2]
    return name.removesuffix("0").removesuffix("Backward").lower() or "a step"


def _line_of(node: Any) -> str:
    """Where the forward step of a gradient stands, as detect_anomaly keeps it."""
    stack = (node.metadata or {}).get("traceback_", [])
    for entry in reversed(stack):
        path, _, rest = entry.strip().partition('", line ')
        name = path.removeprefix('File "')
        if not any(f"/{part}/" in name for part in ("torch", "keras", "datacheck")):
            return f"{name.rpartition('/')[2]}:{rest.partition(',')[0]}"
    return ""


def tensors_of(value: Any) -> list[Any]:
    """The tensors in what an operation takes or gives, in order."""
    if hasattr(value, "detach") and hasattr(value, "dtype"):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        value = vars(value)
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in tensors_of(item)]
    return []


def array_of(tensor: Any) -> NDArray[Any]:
    """A copy of a tensor's numbers, which no mode sees; quantised ones as what they stand for."""
    with torch._C._DisableTorchDispatch():
        tensor = tensor.detach()
        if tensor.is_quantized:
            tensor = tensor.dequantize()
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        out: NDArray[Any] = tensor.cpu().numpy().copy()
    return out
