"""The transform as the JavaScript runtime reads it: plain JSON, every number a double."""

from __future__ import annotations

import math
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.golden.documents import encode
from datacheck.numerals import marks, pattern, words_pattern
from datacheck.ops import (
    NAMES,
    OUTPUTS,
    Cast,
    Donors,
    Fill,
    Fitted,
    Missing,
    Numeral,
    Op,
    Program,
    knn_fills,
    numbers_of,
    words_of,
)

FORMAT = "datacheck.javascript"
VERSION = 1


def as_data(fitted: Fitted) -> dict[str, Any]:
    """The document of ``transform.json``; `ArtefactError` for a dtype that the runtime lacks."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "producer": fitted.producer,
        "output": fitted.output,
        "columns": [_column(program) for program in fitted.programs],
        "donors": _donors(fitted.donors) if knn_fills(fitted.programs) else None,
    }


def _column(program: Program) -> dict[str, Any]:
    last = program.ops[-1] if program.ops else None
    if program.kind == "number" and not (isinstance(last, Cast) and last.dtype in OUTPUTS):
        raise ArtefactError(
            f"Column {program.column!r} leaves no dtype that JavaScript has",
            got=str(last),
            expected=" or ".join(OUTPUTS),
        )
    data: dict[str, Any] = {
        "name": program.column,
        "kind": program.kind,
        "dtype": program.dtype,
        "ops": [_op(op, program.kind) for op in program.ops],
    }
    data |= {"role": program.role} if program.role != "feature" else {}
    return data | ({} if program.required else {"required": False})


def _op(op: Op, kind: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"op": NAMES[type(op)]} | op._asdict()
    if isinstance(op, Missing) and kind == "number":
        fields["values"] = [*words_of(op), *map(_number, numbers_of(op))]
    elif isinstance(op, Missing):
        fields["values"] = [v for value in op.values for v in _value(value, kind)]
    elif isinstance(op, Fill) and kind == "number":
        fields["value"] = float(op.value)
    elif isinstance(op, Cast):
        number = fields.pop("number")
        fields |= {} if number is None else {"number": _numeral(number)}
    whole = kind in ("integer", "duration")
    return {name: _digits(value) if whole else _number(value) for name, value in fields.items()}


def _numeral(numeral: Numeral) -> dict[str, Any]:
    """A declared spelling as the parts of the one regular expression that all runtimes share."""
    return {
        "pattern": f"^(?:{pattern(numeral)})$",
        "words": f"^(?:{words_pattern()})$",
        "marks": marks(numeral),
        "decimal": numeral.decimal,
        "factors": dict(numeral.units),
    }


def _value(value: Any, kind: str) -> list[Any]:
    """A declared missing value as JavaScript compares it, where true is not 1."""
    is_text = isinstance(value, str)
    if kind in ("integer", "duration"):
        return [] if is_text else [value]
    if kind == "boolean":
        return [bool(value)] if not is_text and value in {0, 1} else []
    return [value] if is_text else []


def _digits(value: Any) -> Any:
    """A whole number, or each of several, that JavaScript would round as its digits."""
    if isinstance(value, tuple | list):
        return [_digits(each) for each in value]
    return encode(value) if isinstance(value, int) else value


def _number(value: Any) -> Any:
    """JSON has no word for an infinity."""
    if isinstance(value, float) and math.isinf(value):
        return {"float": "inf" if value > 0 else "-inf"}
    return value


def _donors(donors: Donors | None) -> dict[str, Any] | None:
    if donors is None:
        return None
    rows: Any = donors.rows
    return donors._asdict() | {
        "rows": [
            [None if cell is None or math.isnan(cell) else float(cell) for cell in row]
            for row in rows
        ]
    }
