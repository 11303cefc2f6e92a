"""Good rows and bad rows apart, lazily: no cell is changed, no row is lost.

Every error of the schema is a reason. One that concerns a whole column or table (a missing
column, a wrong dtype, a set of values that is not complete) is a reason of every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import polars as pl

from datacheck.columns import col, cols
from datacheck.schema import Schema, load_schema
from datacheck.schema.bounds import Bound, among_set, set_cell, set_of
from datacheck.schema.compile import REASONS, ROW, ByPandera, Distinct, Expected, Plan, returned
from datacheck.schema.custom import through_pandera
from datacheck.schema.rules import Key, obeys
from datacheck.source import Source, open_source, reading, rows_of
from datacheck.table import LocalTable
from datacheck.text import unused
from datacheck.validation.aside import plan_aside, set_aside
from datacheck.validation.judge import planned

if TYPE_CHECKING:
    import pandas as pd

    from datacheck.schema.load import SchemaLike
    from datacheck.source.types import Address, Held, TableLike


_FAILED = "\0failed "
_REASON = pl.Struct({"code": pl.String, "column": pl.String})


_POSITION = "\0position"


@overload
def split(
    data: pd.DataFrame,
    schema: SchemaLike | None = None,
    *,
    query: None = None,
    aside: Iterable[str] = (),
    reference: TableLike | None = None,
    target: str | Iterable[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]: ...
@overload
def split(
    data: Address | pl.DataFrame | pl.LazyFrame | dict[Any, Any] | list[dict[Any, Any]],
    schema: SchemaLike | None = None,
    *,
    query: str | None = None,
    aside: Iterable[str] = (),
    reference: TableLike | None = None,
    target: str | Iterable[str] | None = None,
) -> tuple[pl.LazyFrame, pl.LazyFrame]: ...
@overload
def split(
    data: Held | Source,
    schema: SchemaLike | None = None,
    *,
    query: str | None = None,
    aside: Iterable[str] = (),
    reference: TableLike | None = None,
    target: str | Iterable[str] | None = None,
) -> tuple[Any, Any]: ...
def split(
    data: TableLike,
    schema: SchemaLike | None = None,
    *,
    query: str | None = None,
    aside: Iterable[str] = (),
    reference: TableLike | None = None,
    target: str | Iterable[str] | None = None,
) -> tuple[Any, Any]:
    """Set apart the rows that break a schema, and those that should not be learned from.

    Parameters
    ----------
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes; None declares nothing.
    query
        SQL, where `data` is a database's address.
    aside
        Rows to set apart as well: ``row.duplicate`` (those that repeat an earlier one in all
        columns but the ids), ``row.conflict`` (those with another's features and another
        target), ``row.overlap`` (those that are in the reference too).
    reference
        Whatever `read` takes: what ``row.overlap`` is looked for in. Its rows are held as 16 bytes.
    target
        What a model is to predict, where the schema does not say.

    Returns
    -------
    valid
        The rows that obey, as they came.
    rejected
        The rows that do not, as they came, with two columns more: ``__row__``, the row's position
        in the input, and ``__reasons__``, a list of ``{code, column}`` (no column for a rule
        about the table). Both in the input's order.

    Both are pandas DataFrames or pyarrow Tables where such was given, taken from it row by row;
    else they are LazyFrames.

    Notes
    -----
    No cell is changed: in a CSV file, a column of numbers among which stands ``NA`` is text, and
    stays text. A column that is declared text is given as it stands in the file (``007``).
    A violation that is a warning rejects no row. Rejected rows may be repaired and split again:
    their two columns are recognised and left out, and rows that are rejected once more keep their
    first position.

    Examples
    --------
    >>> import pandera.polars as pa, polars as pl
    >>> schema = pa.DataFrameSchema({"mass": pa.Column(float, pa.Check.gt(0))})
    >>> valid, rejected = split(pl.DataFrame({"mass": [1.5, -2.0, None]}), schema)
    >>> valid.collect().rows()
    [(1.5,)]
    >>> rejected.select("__row__", pl.col("__reasons__").list.get(0)).collect().rows()
    [(1, {'code': 'schema.greater_than', 'column': 'mass'}),
     (2, {'code': 'schema.nullable', 'column': 'mass'})]
    """
    source = open_source(data, query=query)
    declared = Schema(name="rows", columns=()) if schema is None else load_schema(schema)
    dtypes = source.frame.collect_schema()
    tests = set_aside(plan_aside(dtypes, declared, tuple(aside), reference, target), reference)
    if source.given is None or (source.kind in ("polars", "python") and not source.notes):
        parts = split_lazily(source, declared, tests)
        if source.is_small:
            valid, rejected = _collected(parts, source)
            return valid.lazy(), rejected.lazy()
        return parts
    return _split_given(source, declared, tests)


def _collected(parts: tuple[pl.LazyFrame, pl.LazyFrame], source: Source) -> list[pl.DataFrame]:
    """Both parts of a table in memory."""
    if source.is_small:
        both = [source.collect(part) for part in parts]
        source.must_be_whole(sum(part.height for part in both))
        return both
    with reading(source.name):
        return pl.collect_all(parts)


def split_lazily(
    source: Source, schema: Schema, aside: Mapping[str, pl.Expr] | None = None
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """As `split`, with the cells as polars reads them, and the rows that these expressions tell."""
    rows = _numbered(source, schema)
    few = source.collect if source.is_small else None
    return parted(rows.frame, rows.plan, rows.kept, rows.row, rows.reasons, aside, few)


class _Numbered(NamedTuple):
    """The rows with their number, the plan, the table's own columns, and the names of ours."""

    frame: pl.LazyFrame
    plan: Plan
    kept: list[str]
    row: str
    reasons: str


def _numbered(source: Source, schema: Schema) -> _Numbered:
    table, plan = planned(LocalTable(source), schema)
    source = table.source
    frame, names = source.frame, list(source.frame.collect_schema())
    if not returned(frame.collect_schema()):
        row = unused(ROW, names)
        return _Numbered(frame.with_row_index(row), plan, names, row, unused(REASONS, names))
    # A number that came without reasons is the table's as much as ours: it stays where it stands.
    added = (ROW, REASONS) if REASONS in names else ()
    return _Numbered(frame, plan, [name for name in names if name not in added], ROW, REASONS)


def _split_given(source: Source, schema: Schema, aside: Mapping[str, pl.Expr]) -> tuple[Any, Any]:
    """The very rows of a frame in memory: polars says which they are."""
    rows = _numbered(source, schema)
    frame = rows.frame.with_row_index(_POSITION)
    few = source.collect if source.is_small else None
    parts = parted(frame, rows.plan, [_POSITION], rows.row, rows.reasons, aside, few)
    valid, rejected = _collected(parts, source)
    ours = [name for name in (rows.row, rows.reasons) if name not in rows.kept]
    own = frozenset(ours) & frozenset(source.frame.collect_schema())
    return (
        rows_of(source, valid[_POSITION], pl.DataFrame(), own),
        rows_of(source, rejected[_POSITION], rejected.select(ours), own),
    )


def parted(
    frame: pl.LazyFrame,
    plan: Plan,
    kept: list[str],
    row: str = ROW,
    reasons: str = REASONS,
    aside: Mapping[str, pl.Expr] | None = None,
    few: Callable[[pl.LazyFrame], pl.DataFrame] | None = None,
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The two parts of a table whose rows carry their number, in a column called `row`.

    `kept` are the columns to give; `row` and `reasons` are what the added ones are called; `aside`
    tells, by code, the rows that are to be set apart besides. Few rows are judged at once, by what
    collects a `few`: then nothing is asked twice, and no reason where no row is rejected.
    """
    # They look at the cells as they came, and at all rows.
    flags = {code: _ASIDE + code for code in aside or {}}
    frame = frame.with_columns(test.alias(flags[code]) for code, test in (aside or {}).items())
    judged, tests = _judged(frame, plan, [*dict.fromkeys((*kept, row))])
    tests |= {Key(code, None): col(flag) for code, flag in flags.items()}
    good = obeys([rule for rule in plan.rules if rule.severity == "error"], plan.dtypes)
    broken = pl.any_horizontal([~good, *(test for test in tests.values() if test.meta.is_column())])
    # As a column, it is evaluated once where both parts are collected together.
    mark = unused(_BAD, [*plan.dtypes, *kept, row])
    judged, bad = judged.with_columns(broken.alias(mark)), col(mark)
    if few is not None:
        held = few(judged)
        judged, tests = held.lazy(), tests if held[mark].any() else {}
    back = {
        name: pl.col(_KEPT + name).alias(name) if plan.steps else col(name) for name in (*kept, row)
    }
    return (
        judged.filter(~bad).select([back[name] for name in kept]),
        judged.filter(bad).select(*back.values(), _reasons(tests, reasons)),
    )


_KEPT, _ASIDE, _BAD = "\0kept ", "\0aside ", "\0bad"


def _judged(
    frame: pl.LazyFrame, plan: Plan, kept: list[str]
) -> tuple[pl.LazyFrame, dict[Key, pl.Expr]]:
    """The rows with what tells whether they obey, and by rule whether a row breaks it.

    A rule that looks at one row is evaluated where it is asked for; one that looks at more must
    be evaluated before any row is taken out, and is a boolean column from then on.
    """
    if plan.steps:
        cells = [col(name).alias(_KEPT + name) for name in kept]
        frame = plan.view(frame.with_columns(cells))
    wide = _wide(plan)
    flags = [_FAILED + str(number) for number in range(len(wide))]
    columns = [test.alias(flag) for flag, test in zip(flags, wide.values(), strict=True)]
    tests = dict(zip(wide, map(pl.col, flags), strict=True))
    tests |= {rule.key: rule.fails for rule in plan.rules if rule.severity == "error"}
    return frame.with_columns(columns), {key: tests[key] for key in _order(plan, tests)}


def _order(plan: Plan, tests: dict[Key, pl.Expr]) -> list[Key]:
    """The rules that are tested, in the order in which `validate` tells of them."""
    parts = (plan.faults, plan.rules, plan.apart, plan.distinct, plan.expected, plan.by_pandera)
    return [each.key for part in parts for each in part if each.key in tests]


def _wide(plan: Plan) -> dict[Key, pl.Expr]:
    """By rule that looks at more than one row, whether a row breaks it. Warnings are left out."""
    tests = {fault.key: pl.lit(value=True) for fault in plan.faults if fault.severity == "error"}
    tests |= {rule.key: rule.fails for rule in plan.apart if rule.severity == "error"}
    tests |= {each.key: _repeated(each, plan.dtypes) for each in plan.distinct}
    for expected in plan.expected:
        if not expected.check.raise_warning:
            tests[expected.key] = _other_set(expected, plan.dtypes[expected.column])
    for check in plan.by_pandera:
        if not check.check.raise_warning:
            tests[check.key] = _by_pandera(check, list(plan.dtypes))
    return tests


def _repeated(rule: Distinct, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    # polars 1.36 compares lists as part of a row alone.
    alone = len(rule.columns) == 1 and not dtypes[rule.columns[0]].is_nested()
    row = col(rule.columns[0]) if alone else pl.struct(cols(rule.columns))
    if rule.report == "exclude_first":
        return ~row.is_first_distinct()
    if rule.report == "exclude_last":
        return ~row.is_last_distinct()
    return row.is_duplicated()


def _other_set(rule: Expected, dtype: pl.DataType) -> pl.Expr:
    wanted = set_of(rule.check.arguments["values"], dtype)
    known = [value for value in wanted if not isinstance(value, Bound)]
    if len(known) < len(wanted):
        return pl.lit(value=True)
    present = set_cell(col(rule.column), dtype).filter(~rule.missing).unique()
    # A cell that cannot be read is null here, and none of the values.
    known_all = among_set(present, known, dtype).fill_null(value=False).all()
    met = known_all if known else present.len() == 0
    return ~(met & (present.len() == len(known)))


def _by_pandera(rule: ByPandera, names: list[str]) -> pl.Expr:
    def verdicts(rows: pl.Series) -> pl.Series:
        try:
            passed, whole = through_pandera(rule.check.code, rule.column, rows.struct.unnest())
        except Exception:  # noqa: BLE001 - a check that can't be run clears no row
            return pl.repeat(value=True, n=len(rows), eager=True)
        if whole:
            return pl.repeat(not passed.all(), len(rows), eager=True)
        return ~passed

    return pl.struct(cols(names)).map_batches(verdicts, return_dtype=pl.Boolean)


def _reasons(tests: dict[Key, pl.Expr], name: str) -> pl.Expr:
    """The list of broken rules, in the schema's order."""
    if not tests:
        return pl.lit([], dtype=pl.List(_REASON)).alias(name)
    # One reason for rules of one code that follow each other: a list of each one's own grows long.
    together = groupby(tests.items(), key=lambda each: (each[0].code, each[0].column))
    # By number: polars 1.36 panics over structs under a condition.
    numbers: dict[tuple[str, str | None], int] = {}
    each = [
        pl.when(pl.any_horizontal([test for _, test in group])).then(
            pl.lit(numbers.setdefault(reason, len(numbers)), dtype=pl.UInt32)
        )
        for reason, group in together
    ]
    broken = pl.concat_list(each).list.drop_nulls().list.unique(maintain_order=True)
    codes, columns = zip(*numbers, strict=True)
    told = pl.struct(
        pl.element().replace_strict([*numbers.values()], list(codes)).alias("code"),
        pl.element()
        .replace_strict([*numbers.values()], pl.Series(columns, dtype=pl.String))
        .alias("column"),
    )
    return broken.list.eval(told).alias(name)
