"""What a transform does, column by column, in words for people."""

from __future__ import annotations

from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Encode,
    Fill,
    Indicator,
    KnnFill,
    Missing,
    OneHot,
    Power,
    Replace,
    features_of,
    first,
)
from datacheck.text import some

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from datacheck.ops import Fitted, Op, Program

#: How many values or names are listed.
_LISTED = 8


def shown(fitted: Fitted) -> str:
    """Text of a few lines a column: how its cells are read, and what becomes of them in order."""
    lines = [summary_of(fitted)]
    for program in fitted.programs:
        role = "" if program.role == "feature" else f", {program.role}"
        optional = "" if program.required else ", may be absent"
        lines += ["", f"{program.column} ({program.dtype}{role}{optional})"]
        lines += [f"  {step}" for step in _steps(program)] or ["  passes as it is"]
    if fitted.donors is not None:
        rows: object = fitted.donors.rows
        count = len(rows)  # type: ignore[arg-type]
        lines += ["", f"neighbours are sought among {count:,} rows of the fitted table"]
    return "\n".join(lines) + "\n"


def summary_of(fitted: Fitted) -> str:
    """How many columns become how many features, and by whom it was fitted."""
    names = features_of(fitted.programs)
    columns = f"{len(fitted.programs)} columns to {len(names)} features ({fitted.output})"
    return f"{columns}, fitted by {fitted.producer}"


def fragment_of(fitted: Fitted) -> str:
    """The same as a part of a page, for notebooks."""
    from datacheck.views.declared import transform_fragment

    return transform_fragment(steps_of(fitted), summary_of(fitted))


def steps_of(fitted: Fitted) -> list[dict[str, Any]]:
    """By column, its type and its steps in words, as plain data for the views."""
    return [
        {
            "name": program.column,
            "dtype": program.dtype,
            "role": program.role,
            "steps": list(_steps(program)) or ["passes as it is"],
        }
        for program in fitted.programs
    ]


def _steps(program: Program) -> list[str]:
    coded = first(program.ops, Encode) is not None  # it says itself what a missing cell becomes
    ops = (
        op._replace(unfilled="keep") if coded and isinstance(op, Missing) else op
        for op in program.ops
    )
    made = (_WORDS[type(op)](op) for op in ops)
    return [words for words in made if words]


def _missing(op: Missing) -> str:
    parts = [f"missing: {_list(op.values)}"] if op.values else []
    parts += ["infinite values are missing"] if op.infinite == "missing" else []
    parts += ["a missing cell that nothing fills is refused"] if op.unfilled == "refuse" else []
    return "; ".join(parts)


def _clip(op: Clip) -> str:
    ends = ((f"under {op.lower:g}", op.below), (f"over {op.upper:g}", op.above))
    return ", ".join(f"{end}: {'missing' if to is None else f'{to:g}'}" for end, to in ends)


def _encode(op: Encode) -> str:
    words = {None: "refused", -1: "no category"}
    unknown = words.get(op.unknown, f"code {op.unknown}")
    missing = words.get(op.missing, f"code {op.missing}")
    found = f"{len(op.categories)} categories to codes: {_list(op.categories)}"
    return f"{found}; an unknown one: {unknown}; a missing one: {missing}"


_WORDS: dict[type[Op], Callable[..., str]] = {
    Replace: lambda op: (
        "spellings: "
        + _list([f"{a!r} is {b!r}" for a, b in zip(op.old, op.new, strict=True)], plain=True)
    ),
    Missing: _missing,
    Clip: _clip,
    Indicator: lambda op: f"{op.name}: 1 where it is missing, else 0",
    Fill: lambda op: f"filled with {op.value!r}",
    KnnFill: lambda op: f"filled from neighbours, or with {op.fallback:g} where none is near",
    Power: lambda op: f"{op.function}",
    Affine: lambda op: f"minus {op.center:g}, over {op.scale:g}",
    Encode: _encode,
    OneHot: lambda op: f"to the cells {_list(op.names)}",
    Cast: lambda _: "",
}


def _list(values: Sequence[object], *, plain: bool = False) -> str:
    return some(values, _LISTED, shown=str if plain else repr) or "none"
