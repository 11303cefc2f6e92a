"""The two tables, shared with JavaScript: from operation to class, from class to cause and remedy.

Every runtime has its own names for the same few operations. Both tables are strict JSON inside a
JavaScript module, so that a page can import what Python reads.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

#: Python's names for how a rule compares an operand.
_HOLDS = {
    "==": lambda given, limit: given == limit,
    "<": lambda given, limit: given < limit,
    ">": lambda given, limit: given > limit,
    "small": lambda given, limit: 0 < abs(given) < limit,
    "is": lambda given, limit: word_of(given) == limit,
}


def word_of(value: float) -> str:
    """What the tables call a number: ``nan``, ``inf``, ``-inf`` or ``finite``."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return "finite"


@cache
def table(name: str) -> dict[str, Any]:
    """One of the tables: ``operations`` or ``causes``."""
    path = files("datacheck.export") / "runtime" / "lib" / f"{name}.js"
    text = path.read_text(encoding="utf-8").strip()
    found: dict[str, Any] = json.loads(text.removeprefix("export default ").removesuffix(";"))
    return found


@cache
def key_of(op: str) -> str:
    """An operation's name without what a runtime adds to it.

    >>> key_of("aten.log_.default"), key_of("RealDiv"), key_of("ai.onnx::Softmax")
    ('log', 'realdiv', 'softmax')
    """
    word = op.rpartition("::")[2].lower()
    if word.startswith("aten."):
        word = word.split(".")[1]
    known = _classes()
    if word in known:
        return word
    bare = word.rstrip("_")
    return bare if bare in known else word


@cache
def _classes() -> dict[str, str]:
    classes = table("operations")["classes"]
    return {op: kind for kind, ops in classes.items() for op in ops}


@cache
def class_of(op: str) -> str:
    """The class of an operation, ``other`` where it has none."""
    return _classes().get(key_of(op), "other")


@cache
def is_elementwise(op: str) -> bool:
    """Whether a row of the output depends on its own row alone."""
    found = table("operations")
    return class_of(op) in found["elementwise"] or key_of(op) in found["rowwise"]


@cache
def mixes_a_row(op: str) -> bool:
    """Whether any cell of a row reaches all of them, as in a normalisation of rows."""
    return class_of(op) == "softmax" or squares_inside(op)


@cache
def squares_inside(op: str) -> bool:
    """Whether an operation divides by a deviation or a length of what it is given."""
    return class_of(op) == "norm" and not is_of_batch(op)


@cache
def is_of_batch(op: str) -> bool:
    """Whether a normalisation is by channel, with statistics of a batch."""
    key = key_of(op).replace("_", "")
    return "batchnorm" in key or key == "normalization"


@cache
def is_recurrent(op: str) -> bool:
    """Whether a step of a sequence goes into the next: rows, where the sequence is of rows."""
    return key_of(op) in table("operations")["recurrent"]


@cache
def is_drawn(op: str) -> bool:
    """Whether a step draws random numbers."""
    return key_of(op).rstrip("_") in table("operations")["drawn"]


@cache
def is_landmark(op: str) -> bool:
    """Whether people know a model by such steps: its layers, and not the moving of arrays."""
    return class_of(op) in {"product", "norm", "softmax", "other"}


@cache
def is_compare(op: str) -> bool:
    """Whether the operation compares two values."""
    return key_of(op) in table("operations")["compare"]


def cause_of(kind: str, given: dict[str, Any]) -> str:
    """The cause that a class has, by what the operation was given."""
    for rule in table("causes")["rules"].get(kind, table("causes")["rules"]["other"]):
        if all(_holds(given, *condition) for condition in rule["when"]):
            cause: str = rule["cause"]
            return cause
    return "made"


def _holds(given: dict[str, Any], operand: str, test: str, limit: Any) -> bool:
    value = given.get(operand)
    if value is None:
        return False
    return bool(_HOLDS[test](value, limit))


def sentence(cause: str, words: dict[str, str]) -> tuple[str, str]:
    """What a cause says, and its remedy; of words that are not known, nothing."""
    found = table("causes")["causes"][cause]
    filled = defaultdict(str, words)
    return found["says"].format_map(filled), found["remedy"].format_map(filled)
