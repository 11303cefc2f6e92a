"""How a cell is written in JSON without losing a bit, for golden rows and whoever replays them."""

from __future__ import annotations

from datacheck.errors import ArtefactError
from datacheck.limits import EXACT_INTEGERS
from datacheck.transform.cell import plain_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def encode(value: Any) -> Any:
    """Write a cell as strict JSON holds it, losing nothing. A duration becomes microseconds.

    >>> from datetime import date
    >>> [encode(v) for v in (None, -0.0, float("inf"), 2**53 + 1, date(2020, 1, 2))]
    [None, -0.0, {'float': 'inf'}, {'int': '9007199254740993'}, {'iso': '2020-01-02'}]
    """
    if type(value) is not float and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(value) if value - value == 0.0 else {"float": str(float(value))}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -EXACT_INTEGERS <= value <= EXACT_INTEGERS else {"int": str(value)}
    if hasattr(value, "isoformat"):
        return {"iso": value.isoformat()}
    if hasattr(value, "total_seconds"):
        return encode(plain_value(value))
    if hasattr(value, "as_tuple"):
        return {"decimal": str(value)}
    raise ArtefactError(f"a golden row cannot hold a {type(value).__name__}", got=repr(value))


def decode(cell: Any) -> Any:
    """Read a cell that `encode` wrote; a moment in time stays its ISO text, a decimal a double.

    >>> decode({"int": "9007199254740993"}), decode({"float": "-inf"}), decode("NA")
    (9007199254740993, -inf, 'NA')
    """
    if not isinstance(cell, dict):
        return cell
    ((kind, text),) = cell.items()
    return {"float": float, "int": int, "iso": str, "decimal": float}[kind](text)
