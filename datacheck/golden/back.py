"""Golden rows of the way back: prepared cells in, and the column's own cells out.

They are made from the rows that the transform carries, so an export of the inverse proves itself
as one of the preparation does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from datacheck.errors import ArtefactError, did_you_mean
from datacheck.golden.compare import head, padded
from datacheck.golden.documents import decode, encode
from datacheck.ops import UNSCALED, Affine, Fitted, Power, Program, first
from datacheck.transform.inverse import categories_by_code, undoing

#: How far the way back from a logarithm may part, in units in the last place: exponentials are
#: not rounded alike, and neither is a logarithm that corrects them.
ULPS = 8

#: Cells whose products leave these bounds are no predictions, and some databases raise for them.
_LEAST, _MOST = 1e-290, 1e290


def programs_back(fitted: Fitted, columns: Sequence[str] | str) -> tuple[Program, ...]:
    """The columns to bring back, as named; raises `ArtefactError` for one that cannot be."""
    names = [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))
    able = {program.column: program for program in able_back(fitted)}
    for name in names:
        if name not in able:
            known = any(program.column == name for program in fitted.programs)
            raise ArtefactError(
                f"Column {name!r} is no number or code that could be brought back"
                if known
                else f"The transform has no column {name!r}",
                expected=", ".join(map(repr, list(able)[:10])) or "a transform of numbers",
                todo=did_you_mean(name, able),
            )
    if not names:
        raise ArtefactError(
            "No column is named to bring back", todo="name one: inverse=['price'] (--inverse price)"
        )
    return tuple(able[name] for name in names)


def able_back(fitted: Fitted) -> tuple[Program, ...]:
    """The columns that leave as a number or code of their own, which can be brought back."""
    return tuple(p for p in fitted.programs if p.kind == "number" or categories_by_code(p))


def document_back(fitted: Fitted, programs: Sequence[Program]) -> dict[str, Any]:
    """What an artefact carries that brings these columns back."""
    names = [program.column for program in programs]
    return {
        **head(fitted, names),
        "output": "float64",
        **exactness_back(programs),
        "rows": padded(_rows(fitted, programs)),
    }


def beside(fitted: Fitted) -> dict[str, Any]:
    """What a document of the preparation says of the way back, for a runtime that is both ways."""
    programs = able_back(fitted)
    if not programs:
        return {}
    made = document_back(fitted, programs)
    return {"back": {key: made[key] for key in ("columns", "ulps", "rows")}}


def exactness_back(programs: Sequence[Program]) -> dict[str, Any]:
    """How near a cell must come back: the same bits, where no exponential is taken."""
    powers = [first(program.ops, Power) for program in programs]
    return {"tolerance": {}, "ulps": ulps_back(op and op.function for op in powers)}


def ulps_back(functions: Iterable[str | None]) -> int:
    """How far the way back from these powers may part, in units in the last place."""
    return 0 if all(function in (None, "sqrt") for function in functions) else ULPS


def _rows(fitted: Fitted, programs: Sequence[Program]) -> list[dict[str, Any]]:
    """Each cell that leaves a golden row, as it comes back; and numbers of all signs and sizes."""
    names = [program.column for program in programs]
    left: list[Any] = [row["out"] for row in fitted.golden if "out" in row]
    cells = [{name: decode(out.get(name)) for name in names} for out in left]
    cells += [dict.fromkeys(names, value) for value in (None, 0.0, 0.5, -0.25, -1.0, 1.0, 3.0)]
    undos = [(p.column, (first(p.ops, Affine) or UNSCALED).scale, undoing(p)) for p in programs]
    rows = {}
    for cell_of in cells:
        given, out = dict[str, Any](), dict[str, Any]()
        for name, scale, undo in undos:
            cell = cell_of[name]
            product = 0.0 if cell is None else abs(float(cell) * scale)
            fair = product == 0.0 or _LEAST <= product <= _MOST
            back = undo(cell) if fair else None
            fair = fair and (not isinstance(back, float) or math.isfinite(back))
            given[name], out[name] = (encode(cell), encode(back)) if fair else (None, None)
        rows[repr(given)] = {"row": given, "out": out}
    return list(rows.values())
