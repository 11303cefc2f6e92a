"""A Keras 3 model: operation by operation on the torch backend, layer by layer elsewhere.

Layers are known by their own names. On TensorFlow and JAX what a layer does inside is not seen, so
the answer is the layer, and no operation is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays, Codes, Input, Model, Substitute
from datacheck.diagnosis.origin import Step
from datacheck.diagnosis.torch_model import TorchModel

if TYPE_CHECKING:  # torch is not there where Keras runs on TensorFlow or JAX
    from datacheck.diagnosis.torch_gradient import Backward


def keras_model(model: Any, *, name: str = "") -> Model:
    """A Keras model as a `Model`."""
    import keras

    if keras.backend.backend() == "torch":
        return KerasOnTorch(model, name=name or model.name)
    return KerasByLayer(model, name=name or model.name)


class KerasOnTorch(TorchModel):
    """A Keras model on the torch backend."""

    runtime = "Keras on PyTorch"

    def __init__(self, model: Any, *, name: str) -> None:
        super().__init__(model, name=name, call=lambda *given: model(_fed(given), training=False))
        self.inputs = _inputs(model)
        self._names = {}
        model.eval()

    def weights(self) -> list[tuple[str, Any]]:
        """Variables by path."""
        return [(variable.path, variable.value) for variable in self._module.variables]

    def under(self, loss: Any) -> Backward:
        """Put a loss as Keras has it on top: its name, or a function of labels and answer."""
        import keras

        given = keras.losses.get(loss)
        return super().under(lambda answer, labels: given(labels, answer))

    @contextmanager
    def named_layers(self) -> Iterator[None]:
        """Know at every operation which layer is running."""
        self._layers.clear()
        with calls_wrapped(self._module, self._enter):
            yield

    @contextmanager
    def _enter(self, layer: Any, given: Any, _out: list[Any]) -> Iterator[Any]:
        self._layers.append(layer.name)
        try:
            yield given
        finally:
            self._layers.pop()


class KerasByLayer:
    """A Keras model whose layers are its steps."""

    traces = True

    def __init__(self, model: Any, *, name: str) -> None:
        import keras

        self._keras, self._model, self.name = keras, model, name
        self.runtime = f"Keras on {keras.backend.backend()}"
        self.inputs = _inputs(model)
        self._hook: Any = None

    def run(self, arrays: Arrays) -> Arrays:
        """What the model predicts."""
        return self._ends(self._model(_fed(arrays), training=False))

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run under a judge, a step a layer that holds no others."""
        keep: list[Any] = []
        ops = self._keras.ops
        tensors = [ops.convert_to_tensor(array) for array in arrays]
        for given, tensor, array in zip(self.inputs, tensors, arrays, strict=True):
            judge.start(id(tensor), array, given.name)
        seen = {id(tensor): array for tensor, array in zip(tensors, arrays, strict=True)}
        for variable in self._model.variables:
            array = ops.convert_to_numpy(variable.value)
            judge.constant(("weight", variable.path), array, variable.path)

        @contextmanager
        def see(layer: Any, given: Any, out: list[Any]) -> Iterator[Any]:
            before = [(id(each), ops.convert_to_numpy(each)) for each in self._flat(given)]
            yield given
            if _leaf(layer):
                keep.extend([given, out])
                weights = [
                    (("weight", variable.path), ops.convert_to_numpy(variable.value))
                    for variable in layer.variables
                ]
                gave = [(id(each), ops.convert_to_numpy(each)) for each in self._flat(out)]
                judge.see(_step(layer), [*before, *weights], gave)
                seen.update(gave)

        with calls_wrapped(self._model, see):
            out = self._model(_fed(tensors), training=False)
        ends, names = self._ends(out), [id(each) for each in self._flat(out)]
        if not seen.keys() >= set(names):  # what the model does itself, behind its layers
            own = [each for each in zip(names, ends, strict=True) if each[0] not in seen]
            judge.see(_step(self._model), list(seen.items()), own)
        return ends, judge.ends(names, ends)

    def replaced(
        self, arrays: Arrays, at: int, operand: int, substitute: Substitute
    ) -> Arrays | None:
        """Run with a value that a layer is given replaced; a weight of it stays as it is."""
        done: list[bool] = []

        @contextmanager
        def see(layer: Any, given: Any, _out: list[Any]) -> Iterator[Any]:
            if _leaf(layer):
                yield self._with_other(given, operand, substitute) if len(done) == at else given
                done.append(True)
            else:
                yield given

        with calls_wrapped(self._model, see):
            given = [self._keras.ops.convert_to_tensor(array) for array in arrays]
            out = self._model(_fed(given), training=False)
        return self._ends(out)

    def _with_other(self, given: Any, operand: int, substitute: Substitute) -> Any:
        """What a layer is given, with one of its tensors replaced."""
        tree, ops = self._keras.tree, self._keras.ops
        flat = tree.flatten(given)
        places = [at for at, each in enumerate(flat) if ops.is_tensor(each)]
        if operand < len(places):
            at = places[operand]
            flat[at] = ops.convert_to_tensor(substitute(ops.convert_to_numpy(flat[at])))
        return tree.pack_sequence_as(given, flat)

    def _flat(self, value: Any) -> list[Any]:
        flat = self._keras.tree.flatten(value)
        return [each for each in flat if self._keras.ops.is_tensor(each)]

    def _ends(self, out: Any) -> Arrays:
        return [np.array(self._keras.ops.convert_to_numpy(each)) for each in self._flat(out)]


@contextmanager
def calls_wrapped(model: Any, around: Callable[..., Any]) -> Iterator[None]:
    """Wrap every layer's `call` for a run, and put it back.

    `around` is a context of the layer, what it is given (arguments, and those with names) and the
    list that its answer comes into; the layer is called with what it yields.
    """
    from datacheck.diagnosis.keras_step import Wrap

    layers = list(model._flatten_layers(include_self=False))
    wraps = [Wrap(layer, "call", partial(_called, around, layer)) for layer in layers]
    try:
        yield
    finally:
        for wrap in wraps:
            wrap.take_off()


def _called(around: Any, layer: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
    out: list[Any] = []
    with around(layer, (args, kwargs), out) as (given, named):
        out.append(call(*given, **named))
    return out[0]


def _step(layer: Any) -> Step:
    """A layer as one step; what a class that is not Keras's does is not guessed from its name."""
    kind = type(layer)
    own = "" if kind.__module__.split(".")[0] == "keras" else ", of your own"
    return Step(kind.__name__ + own, layer.name, layer.name)


def _leaf(layer: Any) -> bool:
    return not list(layer._flatten_layers(include_self=False))


def _fed(given: Any) -> Any:
    return given[0] if len(given) == 1 else list(given)


def _inputs(model: Any) -> tuple[Input, ...]:
    """The model's inputs; of a subclassed one that was not called yet, one matrix."""
    dtype = np.dtype(np.float32)
    try:
        given = model.inputs
    except (AttributeError, ValueError):
        given = None
    if not given:
        return (Input("x", None, dtype),)
    return tuple(Input(each.name, tuple(each.shape[1:]), _dtype(each)) for each in given)


def _dtype(tensor: Any) -> np.dtype[Any]:
    try:
        found: np.dtype[Any] = np.dtype(tensor.dtype)
    except TypeError:
        return np.dtype(np.float32)
    return found
