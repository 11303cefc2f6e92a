"""One numeric column as SQL: what prepares it, and the conditions that refuse its cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import BLANK, NUMERAL, Dialect
from datacheck.export.sql.other import Prepared, case, flag, other
from datacheck.export.sql.pieces import (
    Constant,
    Empty,
    Keep,
    Nearest,
    Outcome,
    Piece,
    Refuse,
    Steps,
    steps,
    vanishing,
)
from datacheck.export.sql.spelled import BLANK as SPELT_BLANK
from datacheck.export.sql.spelled import value
from datacheck.ops import (
    LARGEST,
    Cast,
    Clip,
    Indicator,
    Missing,
    Op,
    Program,
    first,
    leaves_float32,
    missing_op,
    numbers_of,
    numeral_of,
    words_of,
)


class NumericCell(NamedTuple):
    """A cell of a numeric column as a double that is null for whatever is not a number.

    `missing` are conditions of the raw cell that mean missing, `bad` one that refuses it, with
    its reason.
    """

    x: str
    missing: tuple[str, ...]
    bad: tuple[str, str] | None
    sentinels: tuple[float, ...]


def prepare(program: Program, dialect: Dialect, nearest: str | None = None) -> Prepared:
    """Write one column's program, `nearest` the expression that looks in the donors."""
    raw = f"t.{dialect.name_of(program.column)}"
    done = steps(program) if program.kind == "number" else None
    if leaves_float32(program) and dialect.single is None:
        raise ArtefactError(
            f"{dialect.name} has no float32, so column {program.column!r} cannot leave as one",
            got="output: float32",
            todo="fit with output: float64, or export for duckdb, postgresql or spark",
        )
    if done is None:
        return other(program, dialect, raw)
    made = _number(done, reading(program, dialect), dialect, nearest, program.column)
    made = made._replace(code=_value(program, dialect))
    indicator = first(program.ops, Indicator)
    if indicator is None:
        return made
    told = flag(missing(program, dialect), dialect, narrow=done.single)
    return made._replace(cells=(*made.cells, (indicator.name, told)))


def reading(program: Program, dialect: Dialect) -> NumericCell:
    """How a numeric column's cell is read."""
    raw = f"t.{dialect.name_of(program.column)}"
    declared = missing_op(program)
    sentinels, words = tuple(numbers_of(declared)), words_of(declared)
    spelt = isinstance(program.ops[0], Cast) and program.dtype.startswith(TEXT)
    if dialect.loose:
        return _read_loose(raw, words, sentinels, dialect, spelt=spelt)
    if program.dtype.startswith(TEXT):
        return _read_text(program, dialect, raw, words, sentinels)
    if program.dtype.startswith("Boolean"):
        x = dialect.test(dialect.flag, raw)
    elif program.dtype.startswith("Decimal"):
        x = dialect.test(dialect.decimal, dialect.number_of(raw))
    else:
        x = f"CAST({dialect.number_of(raw)} AS {dialect.double})"
    return NumericCell(x, (f"{raw} IS NULL",), None, sentinels)


#: How the names of the types of text begin, as a transform writes them.
TEXT = ("String", "Categorical", "Enum")
_NO_NUMBER = "its text is not a number"


def _value(program: Program, dialect: Dialect) -> tuple[str, str] | None:
    """What a declared spelling is read by, before the rest of the column: its name and value."""
    numeral = numeral_of(program)
    if numeral is None:
        return None
    raw = f"t.{dialect.name_of(program.column)}"
    return f"datacheck value of {program.column}", value(raw, numeral, dialect, program.column)


def _read_loose(
    raw: str, words: Sequence[str], sentinels: tuple[float, ...], dialect: Dialect, *, spelt: bool
) -> NumericCell:
    """A cell of SQLite, which reads 'n/a' as 0.0: text is missing or refused, never read."""
    missing = [f"{raw} IS NULL"]
    missing += dialect.among(raw, [dialect.text_of(word) for word in words], dialect.collate)
    if spelt:
        missing.append(f"TRIM({raw}, char(9, 10, 11, 12, 13, 32)) = ''")
    odd = f"typeof({raw}) IN ('text', 'blob')"
    x = f"CASE WHEN NOT {odd} THEN CAST({raw} AS REAL) END"
    return NumericCell(x, tuple(missing), (odd, "it is not a number"), sentinels)


def _read_text(
    program: Program,
    dialect: Dialect,
    raw: str,
    words: Sequence[str],
    sentinels: tuple[float, ...],
) -> NumericCell:
    """Text that spells a number; a column of numbers is turned into text and read back."""
    if not isinstance(program.ops[0], Cast) or dialect.number is None or dialect.matches is None:
        raise ArtefactError(
            f"{dialect.name} cannot read the text of column {program.column!r} as numbers exactly",
            got=f"a column of type {program.dtype}",
            todo="store numbers in that column and fit on them, or export for duckdb, postgresql "
            "or spark",
        )
    text = f"CAST({raw} AS {dialect.text})"
    missing = [f"{raw} IS NULL"]
    texts = [dialect.text_of(word) for word in words]
    missing += dialect.among(dialect.letters_of(text), texts, dialect.collate)
    if (given := _value(program, dialect)) is not None:
        x = f"t.{dialect.name_of(given[0])}"
        blank = dialect.matches.format(x=text, v=dialect.text_of(SPELT_BLANK))
        return NumericCell(x, (*missing, blank), (f"{x} IS NULL", _NO_NUMBER), sentinels)
    pattern = dialect.text_of(dialect.pattern(NUMERAL))
    numeral = dialect.matches.format(x=text, v=pattern)
    blank = dialect.matches.format(x=text, v=dialect.text_of(BLANK))
    x = f"CASE WHEN {numeral} THEN {dialect.number.format(x=text, numeral=pattern)} END"
    bad = f"NOT ({numeral})"
    if dialect.tiny:
        bad = f"({bad} OR {x} IS NULL)"
    return NumericCell(x, (*missing, blank), (bad, _NO_NUMBER), sentinels)


def _number(
    done: Steps, read: NumericCell, dialect: Dialect, nearest: str | None, name: str
) -> Prepared:
    """The common case comes first, so that most rows are settled by one comparison.

    Scaling after the CASE, where that is the same, is scaling for all rows at once: engines that
    work in vectors do that much faster than inside a branch.
    """
    empty = _missing(read, dialect)
    after = _scales_after(done, dialect)

    def cell(outcome: Outcome) -> str:
        if isinstance(outcome, Keep):
            return read.x if after else scaled(done, read.x, dialect)
        return _cell(outcome, done, dialect, nearest, after=after)

    kept = [piece for piece in done.pieces if piece.outcome == Keep()]
    rest = [(piece.high, piece.outcome) for piece in done.pieces if piece.outcome != Keep()]
    branches = [(_inside(piece, read, dialect), cell(piece.outcome)) for piece in kept]
    branches.append((empty, cell(done.missing)))
    if read.bad:
        branches.append((read.bad[0], "NULL"))
    branches += [
        (f"{read.x} <= {dialect.double_of(high)}", cell(outcome)) for high, outcome in rest[:-1]
    ]
    expression = case(branches, cell(rest[-1][1]))
    if after:
        expression = scaled(done, expression, dialect)
    if done.single or expression == "NULL":
        expression = f"CAST({expression} AS {dialect.single if done.single else dialect.double})"
    filled = Empty() not in (done.missing, *(piece.outcome for piece in done.pieces))
    refusals = tuple(_refusals(done, read, empty, dialect))
    return Prepared(((name, expression),), refusals, filled)


def _scales_after(done: Steps, dialect: Dialect) -> bool:
    """Whether every outcome may be scaled once the CASE has chosen it."""
    if done.affine is None or done.power or (dialect.tiny and vanishing(done) is not None):
        return False
    outcomes = [done.missing, *(piece.outcome for piece in done.pieces)]
    return not any(
        (isinstance(outcome, Constant) and outcome.unscaled is None)
        or (isinstance(outcome, Nearest) and not outcome.then_scaled)
        for outcome in outcomes
    )


def missing(program: Program, dialect: Dialect) -> str:
    """Whether a numeric column's cell counts as missing once `Missing` and `Clip` are done."""
    done = steps(upto_clip(program))
    read = reading(program, dialect)
    empty = [_inside(p, read, dialect) for p in done.pieces if p.outcome == Empty()]
    return " OR ".join([_missing(read, dialect), *empty])


def upto_clip(program: Program, *then: Op) -> Program:
    """What a program does up to `Clip`, and then other ops; a missing cell stays missing."""
    kept = [
        op._replace(unfilled="keep") if isinstance(op, Missing) else op
        for op in program.ops[:-1]
        if isinstance(op, Cast | Missing | Clip)
    ]
    return program._replace(ops=(*kept, *then, Cast("float64")))


def _missing(read: NumericCell, dialect: Dialect) -> str:
    """Whether the cell is missing: null, NaN or declared so."""
    isnan = [] if dialect.nan is None else [dialect.test(dialect.nan, read.x)]
    same = dialect.among_doubles(read.x, read.sentinels)
    return " OR ".join([*read.missing, *isnan, *same])


def _inside(piece: Piece, read: NumericCell, dialect: Dialect) -> str:
    """Whether the double lies in this piece and is not declared missing; no NaN ever does."""
    low, high = piece.low, piece.high
    if (low, high) == (-LARGEST, LARGEST):
        inside = dialect.test(dialect.finite, read.x)
    elif low == high:
        inside = f"{read.x} = {dialect.double_of(low)}"
    elif low == -high:
        inside = f"ABS({read.x}) <= {dialect.double_of(high)}"
    else:
        inside = f"{read.x} BETWEEN {dialect.double_of(low)} AND {dialect.double_of(high)}"
    within = [value for value in read.sentinels if low <= value <= high]
    if dialect.sets:
        return inside + "".join(f" AND NOT {s}" for s in dialect.among_doubles(read.x, within))
    return inside + "".join(f" AND {read.x} <> {dialect.double_of(value)}" for value in within)


def scaled(done: Steps, x: str, dialect: Dialect) -> str:
    """A double raised to its power and scaled, in two roundings."""
    if done.power is not None:
        x = dialect.power(done.power, x)
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


def _cell(
    outcome: Outcome, done: Steps, dialect: Dialect, nearest: str | None, *, after: bool
) -> str:
    if isinstance(outcome, Constant):
        unscaled = outcome.unscaled if after else None
        return dialect.double_of(outcome.value if unscaled is None else unscaled)
    if isinstance(outcome, Nearest) and nearest is not None:
        if outcome.then_scaled and not after:
            return scaled(done, nearest, dialect)
        return nearest
    return "NULL"


def _refusals(
    done: Steps, read: NumericCell, empty: str, dialect: Dialect
) -> Iterator[tuple[str, str]]:
    if read.bad:
        bad, why = read.bad
        yield " AND ".join([f"({bad})", *(f"NOT ({m})" for m in read.missing[1:])]), why
    if isinstance(done.missing, Refuse):
        yield empty, done.missing.why
    pieces = [piece for piece in done.pieces if isinstance(piece.outcome, Refuse)]
    farthest = _farthest(done)
    if farthest is None or any(abs(value) > farthest for value in read.sentinels):
        for piece in pieces:
            yield _inside(piece, read, dialect), _whys([piece])
    elif farthest == LARGEST:
        yield dialect.test(dialect.infinite, read.x), _whys(pieces)
    elif pieces:
        nan = [] if dialect.nan is None else [f"NOT {dialect.test(dialect.nan, read.x)}"]
        beyond = f"ABS({read.x}) > {dialect.double_of(farthest)}"
        yield " AND ".join([beyond, *nan]), _whys(pieces)


def _whys(pieces: Sequence[Piece]) -> str:
    whys = (piece.outcome.why for piece in pieces if isinstance(piece.outcome, Refuse))
    return " or ".join(dict.fromkeys(whys))


def _farthest(done: Steps) -> float | None:
    """The number beyond which, on both sides of zero, everything is refused; None without one."""
    allowed = [not isinstance(piece.outcome, Refuse) for piece in done.pieces]
    passing = [piece for piece, allow in zip(done.pieces, allowed, strict=True) if allow]
    if not passing or math.isinf(passing[-1].high) or passing[0].low != -passing[-1].high:
        return None
    first = allowed.index(True)
    return passing[-1].high if all(allowed[first : first + len(passing)]) else None
