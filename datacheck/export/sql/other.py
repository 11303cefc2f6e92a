"""One column that is not numeric as SQL: its missing values, its fill, and its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from datacheck.errors import ArtefactError
from datacheck.ops import Fill, Missing, refuses_missing
from datacheck.transform.cell import UNFILLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.export.sql.dialect import Dialect
    from datacheck.ops import Program


class Prepared(NamedTuple):
    """A column: its expression (None: the cell passes as it is), and (condition, why) pairs.

    `filled` says that only a refused cell comes out null.
    """

    expression: str | None
    refusals: tuple[tuple[str, str], ...]
    filled: bool = False


def other(program: Program, dialect: Dialect, raw: str) -> Prepared:
    """A column that is not numeric: declared values become missing, missing is filled."""
    values = [v for op in program.ops if isinstance(op, Missing) for v in op.values]
    fills = [op.value for op in program.ops if isinstance(op, Fill)]
    refusals: tuple[tuple[str, str], ...] = ()
    branches: list[tuple[str, str]] = []
    if dialect.loose:
        bad, why = _wrong_type(program, raw)
        refusals = ((bad, why),)
        branches.append((bad, "NULL"))
    if values or fills:
        x = f"CAST({raw} AS {dialect.text})" if program.dtype.startswith(("Cat", "Enum")) else raw
        collate = dialect.collate if program.kind == "text" else ""
        same = [f"{x} = {literal(v, program, dialect)}{collate}" for v in values]
        fill = literal(fills[0], program, dialect) if fills else "NULL"
        empty = " OR ".join([f"{raw} IS NULL", *same])
        branches.append((empty, fill))
        if refuses_missing(program) and not fills:
            refusals = (*refusals, (empty, UNFILLED))
        return Prepared(case(branches, x), refusals)
    if refuses_missing(program):
        refusals = (*refusals, (f"{raw} IS NULL", UNFILLED))
    return Prepared(case(branches, raw) if branches else None, refusals)


def case(branches: Sequence[tuple[str, str]], last: str) -> str:
    """The shortest CASE that decides the same."""
    kept = list(branches)
    while kept and kept[-1][1] == last:
        kept.pop()
    if not kept:
        return last
    whens = " ".join(f"WHEN {condition} THEN {cell}" for condition, cell in kept)
    return f"CASE {whens} END" if last == "NULL" else f"CASE {whens} ELSE {last} END"


def _wrong_type(program: Program, raw: str) -> tuple[str, str]:
    if program.kind == "boolean":
        return f"NOT (typeof({raw}) = 'integer' AND {raw} IN (0, 1)) AND {raw} IS NOT NULL", (
            "it is not a boolean"
        )
    return f"typeof({raw}) NOT IN ('text', 'null')", "it is not text"


def literal(value: object, program: Program, dialect: Dialect) -> str:
    """A value of a column that is not numeric.

    Raises
    ------
    ArtefactError
        If the dialect has no such type.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if program.kind == "text":
        return dialect.text_of(str(value))
    zoned = program.kind == "datetime" and "time_zone='" in program.dtype
    kind = dialect.types.get("datetime_tz" if zoned else program.kind)
    if kind is None:
        raise ArtefactError(
            f"{dialect.name} has no type for column {program.column!r}",
            got=f"a {program.kind} with missing values or a fill declared",
            todo="declare no preparation for it, or export for duckdb or postgresql",
        )
    text = f"{value} microseconds" if program.kind == "duration" else str(value)
    return f"CAST({dialect.text_of(text)} AS {kind})"
