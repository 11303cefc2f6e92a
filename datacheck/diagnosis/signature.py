"""A SavedModel of TensorFlow, by the signature that it is served by: rows and columns, no steps."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from datacheck.diagnosis.functions import is_a
from datacheck.diagnosis.model import Arrays, Input, Unseen
from datacheck.errors import ArtefactError

SERVED = "serving_default"


class SignatureModel(Unseen):
    """What `tf.saved_model.load` gives, or one of its `signatures`; inputs are known by name."""

    runtime = "TensorFlow"

    def __init__(self, model: Any, *, name: str = "SavedModel") -> None:
        found = {SERVED: model} if is_a(model, "tensorflow", "ConcreteFunction") else {}
        found |= dict(getattr(model, "signatures", {}))
        if not found:
            raise ArtefactError(
                f"{name} has no signature to be served by",
                got="a SavedModel of variables, or of functions without an input_signature",
                todo="give dc.diagnose one of its functions, as lambda m: loaded.score(m)",
            )
        self.name = name
        self._served = found.get(SERVED) or next(iter(found.values()))
        self.inputs = tuple(
            Input(key, _shape(spec), np.dtype(_kind(spec)))
            for key, spec in self._served.structured_input_signature[1].items()
        )

    def run(self, arrays: Arrays) -> Arrays:
        """What it serves, the outputs in their order."""
        tf = import_module("tensorflow")
        named = zip(self.inputs, arrays, strict=True)
        out = self._served(**{given.name: tf.constant(array) for given, array in named})
        return [np.asarray(end) for end in out.values()]


def _shape(spec: Any) -> tuple[int | None, ...] | None:
    return None if spec.shape.rank is None else tuple(spec.shape.as_list()[1:])


def _kind(spec: Any) -> Any:
    return object if spec.dtype.name == "string" else spec.dtype.as_numpy_dtype
