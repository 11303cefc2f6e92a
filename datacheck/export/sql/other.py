"""One column that is not numeric as SQL: its missing values, its fill, and its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from datacheck.errors import ArtefactError
from datacheck.export.sql.dialect import Dialect
from datacheck.ops import (
    Encode,
    Fill,
    Indicator,
    OneHot,
    Program,
    Replace,
    Scalar,
    first,
    leaves_float32,
    missing_op,
    refuses_missing,
)
from datacheck.transform.cell import UNFILLED


class Prepared(NamedTuple):
    """A column's cells: names with expressions (None: the cell passes), and (condition, why) pairs.

    `filled` says that only a refused cell comes out null. `code` is a name and an expression that
    the cells are made of, which a query inside has to give.
    """

    cells: tuple[tuple[str, str | None], ...]
    refusals: tuple[tuple[str, str], ...]
    filled: bool = False
    code: tuple[str, str] | None = None


def other(program: Program, dialect: Dialect, raw: str) -> Prepared:
    """A column that is not computed with: declared values become missing, missing is filled."""
    values = missing_op(program).values
    fills = [op.value for op in program.ops if isinstance(op, Fill)]
    replace, encode = first(program.ops, Replace), first(program.ops, Encode)
    refusals: tuple[tuple[str, str], ...] = ()
    branches: list[tuple[str, str]] = []
    if dialect.loose and program.kind == "duration":
        # It has neither a type nor a text that all would write.
        raise _untyped(program, dialect, "")
    whole = dialect.strict and program.kind == "integer"
    wrong = _wrong_type(program, dialect, raw)
    if wrong is not None:
        refusals = (wrong,)
        branches.append((wrong[0], "NULL"))
    x = f"CAST({raw} AS {dialect.text})" if program.dtype.startswith(("Cat", "Enum")) else raw
    collate = ""
    if program.kind == "text":
        collate, x = dialect.collate, dialect.letters_of(x)
    turned, before = [], _unturned(replace if dialect.sets else None)
    if replace is not None:
        pairs = zip(replace.old, replace.new, strict=True)
        turned = [(f"{x} = {dialect.text_of(a)}{collate}", dialect.text_of(b)) for a, b in pairs]
    if not dialect.sets:
        x, turned = case(turned, x), []
    words = [literal(each, program, dialect) for value in values for each in before(value)]
    nan = [_nan(dialect, raw)] if whole and not dialect.loose else []
    empty = " OR ".join([f"{raw} IS NULL", *nan, *dialect.among(x, words, collate)])
    beside = _indicated(program, empty, dialect)
    if encode is not None:
        fill = literal(fills[0], program, dialect) if fills else None
        return _encoded(program, encode, (x, collate, empty, fill), branches, dialect, before)
    if values or fills or replace is not None:
        filled = literal(fills[0], program, dialect) if fills else "NULL"
        branches.append((empty, filled))
    if refuses_missing(program) and not fills:
        refusals = (*refusals, (empty, UNFILLED))
    branches += turned
    same = not branches and x == dialect.letters_of(raw)
    done = None if same else case(branches, x)
    return Prepared(((program.column, done), *beside), refusals)


def _unturned(replace: Replace | None) -> Callable[[Scalar], list[Scalar]]:
    """By a value, all cells that are it once spellings are replaced, so that each stands once."""
    turned = {} if replace is None else dict(zip(replace.old, replace.new, strict=True))
    olds: dict[Scalar, list[Scalar]] = {}
    for old, new in turned.items():
        olds.setdefault(new, []).append(old)
    return lambda value: [*([] if value in turned else [value]), *olds.get(value, ())]


def _indicated(program: Program, empty: str, dialect: Dialect) -> tuple[tuple[str, str], ...]:
    indicator = first(program.ops, Indicator)
    if indicator is None:
        return ()
    return ((indicator.name, flag(empty, dialect, narrow=leaves_float32(program))),)


def flag(condition: str, dialect: Dialect, *, narrow: bool) -> str:
    """1 or 0, in the type of the numbers that leave."""
    one, zero = dialect.double_of(1.0), dialect.double_of(0.0)
    chosen = f"CASE WHEN {condition} THEN {one} ELSE {zero} END"
    return f"CAST({chosen} AS {dialect.single})" if narrow else chosen


def _encoded(
    program: Program,
    op: Encode,
    parts: tuple[str, str, str, str | None],
    branches: list[tuple[str, str]],
    dialect: Dialect,
    before: Callable[[Scalar], list[Scalar]],
) -> Prepared:
    """The code of a category, and the cells that it is told by; null where it is refused."""
    x, collate, empty, fill = parts
    missing, odd = op.missing, bool(branches)
    if fill is not None:
        kept = next(each.value for each in program.ops if isinstance(each, Fill))
        known = dict(zip(op.categories, op.codes, strict=True))
        missing = known.get(kept, op.unknown)
    branches = [*branches, (empty, _code(missing, dialect))]
    by_code: dict[int, list[str]] = {}
    for category, code in zip(op.categories, op.codes, strict=True):
        words = [literal(each, program, dialect) for each in before(category)]
        by_code.setdefault(code, []).extend(words)
    for at, literals in by_code.items():
        if literals:
            branches.append((f"{x}{collate} IN ({', '.join(literals)})", _code(at, dialect)))
    chosen = case(branches, _code(op.unknown, dialect))
    hot = first(program.ops, OneHot)
    why = "it is not one of the categories"
    beside = _indicated(program, empty, dialect)
    kind = dialect.single if leaves_float32(program) else dialect.double
    if hot is None:
        done = f"CAST({chosen} AS {kind})"
        refusals = _refused_code(op, missing, f"{chosen} IS NULL", why, odd=odd)
        return Prepared(((program.column, done), *beside), refusals, filled=True)
    name = f"datacheck code of {program.column}"
    given = f"t.{dialect.name_of(name)}"
    nothing = f"{given} IS NULL"
    cells = [(each, _hot(given, at, kind, nothing, dialect)) for at, each in enumerate(hot.names)]
    refusals = _refused_code(op, missing, nothing, why, odd=odd)
    inner = chosen if chosen != "NULL" else f"CAST(NULL AS {dialect.double})"
    return Prepared((*cells, *beside), refusals, filled=bool(cells), code=(name, inner))


def _hot(code: str, at: int, kind: str | None, nothing: str, dialect: Dialect) -> str:
    one, zero = dialect.double_of(1.0), dialect.double_of(0.0)
    wanted = f"{code} = {_code(at, dialect)}"
    if dialect.casts:
        return f"CAST({wanted} AS {kind})"
    return f"CAST(CASE WHEN {wanted} THEN {one} WHEN {nothing} THEN NULL ELSE {zero} END AS {kind})"


def _refused_code(
    op: Encode, missing: int | None, condition: str, why: str, *, odd: bool
) -> tuple[tuple[str, str], ...]:
    refuses = op.unknown is None or missing is None or odd
    return ((condition, why),) if refuses else ()


def _code(code: int | None, dialect: Dialect) -> str:
    return "NULL" if code is None else dialect.double_of(float(code))


def case(branches: Sequence[tuple[str, str]], last: str) -> str:
    """The shortest CASE that decides the same."""
    kept = list(branches)
    while kept and kept[-1][1] == last:
        kept.pop()
    if not kept:
        return last
    whens = " ".join(f"WHEN {condition} THEN {cell}" for condition, cell in kept)
    return f"CASE {whens} END" if last == "NULL" else f"CASE {whens} ELSE {last} END"


def _nan(dialect: Dialect, raw: str) -> str:
    """Whether a whole number is NaN: the column may be one of doubles."""
    return dialect.test(str(dialect.nan), f"CAST({raw} AS {dialect.double})")


def type_kind(program: Program) -> str:
    """A column's kind as an engine has types for it: moments with a zone are their own."""
    zoned = program.kind == "datetime" and "time_zone='" in program.dtype
    return "datetime_tz" if zoned else program.kind


def _wrong_type(program: Program, dialect: Dialect, raw: str) -> tuple[str, str] | None:
    """What tells a cell that is none of the column's kind, and why; None where none can be."""
    if dialect.loose:
        return _loose_type(program, raw)
    names = dialect.named.get(type_kind(program))
    if dialect.strict and names is not None:
        listed = ", ".join(map(dialect.text_of, names))
        kind = dialect.test(str(dialect.kind), raw)
        return f"{raw} IS NOT NULL AND {kind} NOT IN ({listed})", f"it is no {program.kind}"
    if dialect.strict and program.kind == "integer":
        infinite = dialect.test(dialect.infinite, f"CAST({raw} AS {dialect.double})")
        broken = f"({raw} <> {dialect.test(dialect.whole, raw)} OR {infinite})"
        return f"{broken} AND NOT {_nan(dialect, raw)}", "it is not a whole number"
    return None


def _loose_type(program: Program, raw: str) -> tuple[str, str]:
    if program.kind == "integer":
        whole = f"typeof({raw}) = 'integer' OR typeof({raw}) = 'real' AND {raw} = ROUND({raw})"
        return f"NOT ({whole}) AND {raw} IS NOT NULL", "it is not a whole number"
    if program.kind == "boolean":
        return f"NOT (typeof({raw}) = 'integer' AND {raw} IN (0, 1)) AND {raw} IS NOT NULL", (
            "it is not a boolean"
        )
    return f"typeof({raw}) NOT IN ('text', 'null')", "it is not text"


def literal(value: object, program: Program, dialect: Dialect) -> str:
    """A value of a column that is not numeric; raises `ArtefactError` if there is no such type."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if program.kind == "text":
        return dialect.text_of(str(value))
    if program.kind == "integer":
        return str(value) if isinstance(value, int) else dialect.double_of(float(str(value)))
    kind = dialect.types.get(type_kind(program))
    if kind is None:
        raise _untyped(program, dialect, " with missing values or a fill declared")
    text = f"{value} microseconds" if program.kind == "duration" else str(value)
    if program.kind == "time" and dialect.name == "duckdb":  # it may be TIME or TIME_NS
        return dialect.text_of(text)
    return f"CAST({dialect.text_of(text)} AS {kind})"


def _untyped(program: Program, dialect: Dialect, declared: str) -> ArtefactError:
    return ArtefactError(
        f"{dialect.name} has no type for column {program.column!r}",
        got=f"a {program.kind}{declared}",
        todo="declare no preparation for it, or export for duckdb or postgresql",
    )
