"""Broken documents: a good one with a node or some bytes changed, its digest made right again.

Each generator is a function of a seeded `random.Random`, so a failure names its seed. `make fuzz`
runs the same for longer: the environment variable DATACHECK_FUZZ says how many rounds.
"""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

#: What stands where something else should.
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    0.5,
    -0.0,
    5e-324,
    1e308,
    2**53 + 1,
    2**63,
    10**400,
    float("inf"),
    float("nan"),
    "",
    "a",
    "nan",
    "\ud800",
    "a\0b",
    "9" * 100,
    [],
    [1],
    [[]],
    ["a", "a"],
    {},
    {"a": 1},
    {"float": "inf"},
    {"iso": "x"},
    {"int": "x"},
]


def rounds(few: int) -> int:
    """How many changes to try: `few` in the tests, as many as DATACHECK_FUZZ says elsewhere."""
    return int(os.environ.get("DATACHECK_FUZZ", few))


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every node of a document."""
    found = [path] if path else []
    if isinstance(node, dict):
        for key, value in node.items():
            found += places(value, (*path, key))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            found += places(value, (*path, at))
    return found


def changed_node(document: Any, chance: random.Random) -> Any:
    """The document with one node another value, gone, twice, renamed or swapped with another."""
    made = copy.deepcopy(document)
    every = places(made)
    path = chance.choice(every)
    parent = _at(made, path[:-1])
    kind = chance.randrange(6)
    if kind == 0 and isinstance(parent, list):
        parent.insert(chance.randrange(len(parent) + 1), copy.deepcopy(parent[path[-1]]))
    elif kind == 1:
        del parent[path[-1]]
    elif kind == 2 and isinstance(parent, dict):
        parent[chance.choice(["", "x", "op", "value", "columns"])] = parent.pop(path[-1])
    elif kind == 3:
        parent[path[-1]] = copy.deepcopy(_at(document, chance.choice(every)))
    else:
        parent[path[-1]] = copy.deepcopy(chance.choice(ODD))
    return made


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def changed_bytes(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a bit flipped, a run cut out, copied or overwritten, or the end missing."""
    at = chance.randrange(len(data))
    size = chance.choice([1, 2, 8, 64])
    return [
        lambda: data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :],
        lambda: data[:at] + data[at + size :],
        lambda: data[:at] + data[at : at + size] + data[at:],
        lambda: data[:at] + chance.randbytes(size) + data[at + size :],
        lambda: data[:at],
    ][chance.randrange(5)]()


def as_json(document: Any) -> str:
    """JSON that any writer could have made: infinities as numerals that overflow."""
    text = json.dumps(document)
    return text.replace("-Infinity", "-1e999").replace("Infinity", "1e999")
