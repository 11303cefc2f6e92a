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

from datacheck.diagnosis.arrays import wide
from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays, Codes, Input, Model, Places, Substitute
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
        #: Layers of which no step shows, and which may make and read an infinity inside.
        self.unseen: dict[str, str] = {}

    def run(self, arrays: Arrays) -> Arrays:
        """What the model predicts."""
        given = _fed([self._keras.ops.convert_to_tensor(array) for array in arrays])
        return [_numbers(each) for each in self._flat(self._model(given, training=False))]

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run under a judge, a step a layer; what holds other layers is one if they do not show."""
        return self._watched(arrays, judge, None)

    def replaced(self, arrays: Arrays, places: Places, substitute: Substitute) -> Arrays | None:
        """Run with values that layers are given replaced; their weights stay as they are."""
        ends, _ = self._watched(arrays, Judge(len(arrays[0])), (places, substitute))
        return ends

    def _watched(self, arrays: Arrays, judge: Judge, hook: Any) -> tuple[Arrays, Codes]:
        tensors = [self._keras.ops.convert_to_tensor(array) for array in arrays]
        for given, tensor, array in zip(self.inputs, tensors, arrays, strict=True):
            judge.start(id(tensor), array, given.name)
        for name, array in (each for own in _inside(self._model) for each in _stored(own)):
            judge.constant(name, array, name[1])
        keep: list[Any] = list(tensors)
        #: The layers that run, and what each was given or has got of the layers in it.
        running = [(self._model, dict(self._read(tensors) or ()))]

        def known(found: list[Any]) -> list[Any]:
            """Whatever no layer gave was made by the code of the layer that runs."""
            layer, seen = running[-1]
            own = [each for each in found if each[0] not in seen]
            if own:
                judge.see(_step(layer), list(seen.items()), own)
                seen.update(own)
            return found

        @contextmanager
        def see(layer: Any, given: Any, out: list[Any]) -> Iterator[Any]:
            before = self._read(given)
            if before is None:  # compiled, as what runs in a loop of JAX is: it holds no numbers
                yield given
                return
            _see_casts(judge, layer, before, running[-1][1])
            known(before)
            for at, operand in hook[0] if hook is not None and _leaf(layer) else ():
                if at == len(judge.steps):
                    given = self._with_other(given, operand, hook[1])
            running.append((layer, dict(before)))
            try:
                yield given
                keep.extend([given, out])
                gave = self._read(out) or []
                self.unseen |= _opaque(layer)
                if _leaf(layer):
                    judge.see(_step(layer), [*before, *_stored(layer)], gave)
                else:
                    known(gave)
            finally:
                running.pop()
            running[-1][1].update(gave)

        with calls_wrapped(self._model, see):
            out = self._model(_fed(tensors), training=False)
        ends = known(self._read(out) or [])
        return [array for _, array in ends], judge.ends(*zip(*ends, strict=True))

    def _read(self, value: Any) -> list[Any] | None:
        """The names and numbers of tensors; None of those that hold none yet."""
        try:
            return [(id(each), _numbers(each)) for each in self._flat(value)]
        except (AttributeError, TypeError, NotImplementedError):
            return None

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


def _see_casts(judge: Judge, layer: Any, given: list[Any], seen: dict[int, Any]) -> None:
    """What a layer is given may be a known value, cast to a narrower type on the way to it."""
    for name, array in given:
        sources = seen.items() if name not in seen else ()
        source = next((each for each in sources if _is_cast(array, each[1])), None)
        if source is not None:
            judge.see(Step("Cast", layer.name, layer.name), [source], [(name, array)])
            seen[name] = array


def _is_cast(array: Any, wider: Any) -> bool:
    narrower = wider.dtype.kind == array.dtype.kind == "f" and wider.itemsize > array.itemsize
    if not narrower or wider.shape != array.shape:
        return False
    return bool(np.array_equal(wider.astype(array.dtype), array, equal_nan=True))


def _numbers(tensor: Any) -> Any:
    from keras import ops

    return wide(np.array(ops.convert_to_numpy(tensor)))


@contextmanager
def calls_wrapped(model: Any, around: Callable[..., Any]) -> Iterator[None]:
    """Wrap every layer's `call` for a run, and put it back.

    `around` is a context of the layer, what it is given (arguments, and those with names) and the
    list that its answer comes into; the layer is called with what it yields.
    """
    from datacheck.diagnosis.keras_step import Wrap

    layers = {id(each): each for each in (*_inside(model), *getattr(model, "operations", ()))}
    wraps = [Wrap(layer, "call", partial(_called, around, layer)) for layer in layers.values()]
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


#: Layers of Keras with steps inside of them that divide, take exp or run what a user wrote.
_DEEP = ("Lambda", "Dot", "Attention", "AdditiveAttention", "MultiHeadAttention")


def _opaque(layer: Any) -> dict[str, str]:
    """The name and class of a layer that does more inside than its class says."""
    kind = type(layer).__name__
    return {layer.name: kind} if (_is_own(layer) and _leaf(layer)) or kind in _DEEP else {}


def _is_own(layer: Any) -> bool:
    return type(layer).__module__.split(".")[0] != "keras"


def _step(layer: Any) -> Step:
    """A layer as one step; what a class that is not Keras's does is not guessed from its name."""
    own = ", of your own" if _is_own(layer) else ""
    return Step(type(layer).__name__ + own, layer.name, layer.name)


def _inside(layer: Any) -> list[Any]:
    """The layers in a layer; a bare operation holds none."""
    flatten = getattr(layer, "_flatten_layers", None)
    return list(flatten(include_self=False)) if flatten is not None else []


def _leaf(layer: Any) -> bool:
    return not _inside(layer)


def _stored(layer: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """The weights of a layer, and statistics that a normalisation was told."""
    for variable in getattr(layer, "variables", ()):
        yield ("weight", variable.path), _numbers(variable.value)
    if hasattr(layer, "input_variance") and layer.input_mean is not None:
        for name in ("mean", "variance"):
            yield ("weight", f"{layer.name}/{name}"), _numbers(getattr(layer, name)).reshape(-1)


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
        return (Input("x", None, dtype, guessed=True),)
    return tuple(Input(each.name, tuple(each.shape[1:]), _dtype(each)) for each in given)


def _dtype(tensor: Any) -> np.dtype[Any]:
    if tensor.dtype == "string":
        return np.dtype(object)
    try:
        found: np.dtype[Any] = np.dtype(tensor.dtype)
    except TypeError:
        return np.dtype(np.float32)
    return found
