"""A SavedModel of TensorFlow, by the signature that it is served by: rows and columns, no steps."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from datacheck.diagnosis.arrays import wide
from datacheck.diagnosis.functions import is_a
from datacheck.diagnosis.model import Arrays, Input, Unseen
from datacheck.errors import ArtefactError

SERVED = "serving_default"


class SignatureModel(Unseen):
    """What `tf.saved_model.load` gives, a signature or function of it; inputs are known by name."""

    runtime = "TensorFlow"

    def __init__(self, model: Any, *, name: str = "SavedModel") -> None:
        endpoint = getattr(model, "concrete_functions", [])  # `serve` of what Keras exports
        endpoint = [model] if is_a(model, "tensorflow", "ConcreteFunction") else endpoint
        found = {SERVED: endpoint[0]} if endpoint else {}
        found |= dict(getattr(model, "signatures", {}))
        found = found or _functions(model)
        if not found:
            raise ArtefactError(
                f"{name} has no signature to be served by",
                got="a SavedModel of variables, or of functions without an input_signature",
                todo="give dc.diagnose one of its functions, as lambda m: loaded.score(m)",
            )
        self.name = name
        self.unseen = {name: "SavedModel"}
        self._served = found.get(SERVED) or next(iter(found.values()))
        self._tree = import_module("tensorflow").nest
        self._signature = self._served.structured_input_signature
        self.inputs = tuple(
            Input(spec.name, _shape(spec), np.dtype(_kind(spec)))
            for spec in self._tree.flatten(self._signature)
        )

    def run(self, arrays: Arrays) -> Arrays:
        """What it serves, the outputs in their order."""
        tensors = list(map(import_module("tensorflow").constant, arrays))
        args, named = self._tree.pack_sequence_as(self._signature, tensors)
        out = self._served(*args, **named)
        ends = list(out.values()) if isinstance(out, dict) else self._tree.flatten(out)
        return [wide(np.asarray(end)) for end in ends]


def _functions(model: Any) -> dict[str, Any]:
    """By name, what a tf.Module without signatures was traced for; its call comes first."""
    named = ((name, getattr(model, name, None)) for name in ("serve", "__call__", *vars(model)))
    traced = ((name, getattr(each, "concrete_functions", None)) for name, each in named)
    return {name: each[0] for name, each in traced if each}


def _shape(spec: Any) -> tuple[int | None, ...] | None:
    return None if spec.shape.rank is None else tuple(spec.shape.as_list()[1:])


def _kind(spec: Any) -> Any:
    return object if spec.dtype.name == "string" else spec.dtype.as_numpy_dtype
