"""One column as SQL: the expression that prepares it, and the conditions that refuse its cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import BLANK, NUMERAL
from datacheck.export.sql.pieces import Constant, Empty, Keep, Nearest, Refused, steps, vanishing
from datacheck.transform.ops import LARGEST, Cast, Clip, Fill, Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datacheck.export.sql.dialect import Dialect
    from datacheck.export.sql.pieces import Outcome, Piece, Steps
    from datacheck.transform.ops import Program


class Prepared(NamedTuple):
    """A column: its expression (None: the cell passes as it is), and (condition, why) pairs."""

    expression: str | None
    refusals: tuple[tuple[str, str], ...]


class Reading(NamedTuple):
    """A cell of a numeric column as a double that is null for whatever is not a number.

    `missing` are conditions of the raw cell that mean missing, `bad` one that refuses it, with
    its reason.
    """

    x: str
    missing: tuple[str, ...]
    bad: tuple[str, str] | None
    sentinels: tuple[float, ...]


def prepare(program: Program, dialect: Dialect, nearest: str | None = None) -> Prepared:
    """Write one column's program; `nearest` is the expression that looks in the donors.

    Raises
    ------
    ArtefactError
        If the dialect cannot hold one of the ops.
    """
    raw = f"t.{dialect.name_of(program.column)}"
    if program.kind != "number":
        return _other(program, dialect, raw)
    done = steps(program)
    if done.single and dialect.single is None:
        raise ArtefactError(
            f"{dialect.name} has no float32, so column {program.column!r} cannot leave as one",
            got="output: float32",
            todo="fit with output: float64, or export for duckdb, postgresql or spark",
        )
    return _number(done, reading(program, dialect), dialect, nearest)


def reading(program: Program, dialect: Dialect) -> Reading:
    """How a numeric column's cell is read."""
    raw = f"t.{dialect.name_of(program.column)}"
    values = next(op.values for op in program.ops if isinstance(op, Missing))
    sentinels = tuple(
        float(v)
        for v in values
        if not isinstance(v, str) and float(v) == v  # exact as a double
    )
    words = [f"{raw} = {dialect.text_of(v)}{dialect.collate}" for v in values if isinstance(v, str)]
    isnull = f"{raw} IS NULL"
    if program.dtype.startswith(("String", "Categorical", "Enum")):
        return _read_text(program, dialect, raw, (isnull, *words), sentinels)
    if dialect.loose:
        # A column of SQLite holds what was put in, whatever type it declares.
        odd = f"typeof({raw}) IN ('text', 'blob')"
        x = f"CASE WHEN NOT {odd} THEN CAST({raw} AS REAL) END"
        return Reading(x, (isnull, *words), (odd, "it is not a number"), sentinels)
    if program.dtype.startswith("Boolean"):
        x = dialect.test(dialect.flag, raw)
    elif program.dtype.startswith("Decimal"):
        x = dialect.test(dialect.decimal, raw)
    else:
        x = f"CAST({raw} AS {dialect.double})"
    return Reading(x, (isnull,), None, sentinels)


def _read_text(
    program: Program,
    dialect: Dialect,
    raw: str,
    missing: tuple[str, ...],
    sentinels: tuple[float, ...],
) -> Reading:
    if not isinstance(program.ops[0], Cast) or dialect.number is None or dialect.matches is None:
        raise ArtefactError(
            f"{dialect.name} cannot read the text of column {program.column!r} as numbers exactly",
            got=f"a column of type {program.dtype}",
            todo="store numbers in that column and fit on them, or export for duckdb, postgresql "
            "or spark",
        )
    numeral, blank = (
        dialect.matches.format(x=raw, v=dialect.text_of(dialect.pattern(pattern)))
        for pattern in (NUMERAL, BLANK)
    )
    pattern = dialect.text_of(dialect.pattern(NUMERAL))
    x = f"CASE WHEN {numeral} THEN {dialect.number.format(x=raw, numeral=pattern)} END"
    bad = f"NOT ({numeral})"
    if dialect.tiny:
        bad = f"({bad} OR {x} IS NULL)"
    return Reading(x, (*missing, blank), (bad, "its text is not a number"), sentinels)


def _number(done: Steps, read: Reading, dialect: Dialect, nearest: str | None) -> Prepared:
    """The common case comes first, so that most rows are settled by one comparison."""
    empty = _missing(read, dialect)
    branches = [
        (_inside(piece, read, dialect), scaled(done, read.x, dialect))
        for piece in done.pieces
        if piece.outcome == Keep()
    ]
    branches.append((empty, _cell(done.missing, done, dialect, nearest)))
    if read.bad:
        branches.append((read.bad[0], "NULL"))
    rest = [(piece.high, piece.outcome) for piece in done.pieces if piece.outcome != Keep()]
    branches += [
        (f"{read.x} <= {dialect.double_of(high)}", _cell(outcome, done, dialect, nearest))
        for high, outcome in rest[:-1]
    ]
    expression = _case(branches, _cell(rest[-1][1], done, dialect, nearest))
    kind = dialect.single if done.single else dialect.double
    if done.single or expression == "NULL":
        expression = f"CAST({expression} AS {kind})"
    return Prepared(expression, tuple(_refusals(done, read, empty, dialect)))


def missing(program: Program, dialect: Dialect) -> str:
    """Whether a numeric column's cell counts as missing once `Missing` and `Clip` are done."""
    prefix = [op for op in program.ops[:-1] if isinstance(op, Cast | Missing | Clip)]
    done = steps(program._replace(ops=(*prefix, Cast("float64"))))
    read = reading(program, dialect)
    empty = [_inside(p, read, dialect) for p in done.pieces if p.outcome == Empty()]
    return " OR ".join([_missing(read, dialect), *empty])


def _missing(read: Reading, dialect: Dialect) -> str:
    """Whether the cell is missing: null, NaN or declared so."""
    isnan = [] if dialect.nan is None else [dialect.test(dialect.nan, read.x)]
    same = [f"{read.x} = {dialect.double_of(value)}" for value in read.sentinels]
    return " OR ".join([*read.missing, *isnan, *same])


def _inside(piece: Piece, read: Reading, dialect: Dialect) -> str:
    """Whether the double lies in this piece and is not declared missing; no NaN ever does."""
    low, high = piece.low, piece.high
    if (low, high) == (-LARGEST, LARGEST):
        inside = dialect.test(dialect.finite, read.x)
    elif low == high:
        inside = f"{read.x} = {dialect.double_of(low)}"
    else:
        inside = f"{read.x} BETWEEN {dialect.double_of(low)} AND {dialect.double_of(high)}"
    return inside + "".join(
        f" AND {read.x} <> {dialect.double_of(v)}" for v in read.sentinels if low <= v <= high
    )


def scaled(done: Steps, x: str, dialect: Dialect) -> str:
    """A double scaled, in two roundings."""
    distance, factor = x, 1.0
    y = x
    if done.affine is not None:
        center, factor = dialect.double_of(done.affine.center), done.affine.inverse_scale
        distance = f"({x} - {center})"
        y = f"{distance} * {dialect.double_of(factor)}"
    zero = vanishing(done) if dialect.tiny else None
    if zero is None:
        return y
    signed = dialect.double_of(math.copysign(0.0, factor))
    return (
        f"CASE WHEN ABS({distance}) <= {dialect.double_of(zero)}"
        f" THEN {distance} * {signed} ELSE {y} END"
    )


def _cell(outcome: Outcome, done: Steps, dialect: Dialect, nearest: str | None) -> str:
    if isinstance(outcome, Constant):
        return dialect.double_of(outcome.value)
    if isinstance(outcome, Nearest) and nearest is not None:
        return scaled(done, nearest, dialect) if outcome.then_scaled else nearest
    return "NULL"


def _case(branches: Sequence[tuple[str, str]], last: str) -> str:
    """The shortest CASE that decides the same."""
    kept = list(branches)
    while kept and kept[-1][1] == last:
        kept.pop()
    if not kept:
        return last
    whens = " ".join(f"WHEN {condition} THEN {cell}" for condition, cell in kept)
    return f"CASE {whens} END" if last == "NULL" else f"CASE {whens} ELSE {last} END"


def _refusals(
    done: Steps, read: Reading, empty: str, dialect: Dialect
) -> Iterator[tuple[str, str]]:
    if read.bad:
        bad, why = read.bad
        yield " AND ".join([f"({bad})", *(f"NOT ({m})" for m in read.missing[1:])]), why
    if isinstance(done.missing, Refused):
        yield empty, done.missing.why
    pieces = done.pieces
    if _refuses_infinities(done) and not any(map(math.isinf, read.sentinels)):
        yield dialect.test(dialect.infinite, read.x), "it is infinite"
        pieces = pieces[1:-1]
    for piece in pieces:
        if isinstance(piece.outcome, Refused):
            yield _inside(piece, read, dialect), piece.outcome.why


def _refuses_infinities(done: Steps) -> bool:
    """Whether both infinities, and nothing beside them, are refused as such."""
    ends = (done.pieces[0], done.pieces[-1])
    return all(p.low == p.high and p.outcome == Refused("it is infinite") for p in ends)


def _other(program: Program, dialect: Dialect, raw: str) -> Prepared:
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
        branches.append((" OR ".join([f"{raw} IS NULL", *same]), fill))
        return Prepared(_case(branches, x), refusals)
    return Prepared(_case(branches, raw) if branches else None, refusals)


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
