"""Filling from neighbours in SQL: the donors as a table in the statement, searched row by row.

Distances are added up in the order of the features, as `KnnFill` defines, so the donors are the
reference's, ties and all; only their mean is added up in the engine's order, and is near.
"""

# ruff: noqa: S608 - a statement is what this writes, and `dialect` quotes every name and value

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.sql.column import missing, prepare, upto_clip
from datacheck.export.sql.dialect import Dialect
from datacheck.ops import LARGEST, Affine, Donors, Fitted, Program, knn_fills

#: The most donors that a statement carries; each is compared with every row that has a hole.
MOST = 1_000

#: Where PostgreSQL could overflow or underflow as it weighs a donor's value by its distance.
_WEIGHED = (1e-140, 1e140)

#: From here on PostgreSQL's AVG overflows: it adds up squares too.
_SQUARED = 1e150
#: A mean that adds no large squares, and divides no sum that could underflow.
_MEAN = (
    "CASE WHEN ABS(SUM(n.v)) > 1e-300 THEN SUM(n.v) / COUNT(n.v)"
    " ELSE AVG(CASE WHEN ABS(n.v) < 1 THEN n.v ELSE 0 END) END"
)

#: The largest number whose square is zero.
_NO_SQUARE = 1.5717277847026285e-162

TABLE = "datacheck_donors"


def donors_of(fitted: Fitted, dialect: Dialect) -> Donors:
    """The donors; raises `ArtefactError` for too many, or where the dialect cannot search them."""
    donors = fitted.donors
    columns = ", ".join(map(repr, knn_fills(fitted.programs)))
    if donors is None or not dialect.searches:
        raise ArtefactError(
            f"{dialect.name} cannot fill {columns} from neighbours",
            todo="declare impute: median for it, or export for duckdb, sqlite or postgresql",
        )
    rows: Any = donors.rows
    if len(rows) > MOST:
        raise ArtefactError(
            f"SQL carries at most {MOST} donors, and {columns} would be filled from more",
            got=f"{len(rows)} donors",
            todo=f"fit with max_donors: {MOST} or fewer, or export to onnx or javascript",
        )
    uniform = donors.weights == "uniform"
    lowest, highest = (0.0, LARGEST / donors.n_neighbors) if uniform else _WEIGHED
    odd = [value for value in _sizes(donors) if value and not lowest < value < highest]
    if dialect.tiny and odd:
        raise ArtefactError(
            f"{dialect.name} could fail as it takes the mean of the donors of {columns}",
            got=f"{odd[0]!r} among their values",
            expected=f"zero, or numbers between {lowest} and {highest}",
            todo="export for another engine"
            if uniform
            else "fit with weights: uniform, or export for another engine",
        )
    return donors


def _sizes(donors: Donors) -> list[float]:
    """The absolute values of all that donors hold."""
    rows: Any = donors.rows
    return [abs(float(cell)) for row in rows for cell in row if cell == cell]  # noqa: PLR0124


def donor_table(donors: Donors, dialect: Dialect) -> str:
    """The donors as a common table expression: an index `i` and a column a feature."""
    rows: Any = donors.rows
    names = [f"f{j}" for j in range(len(donors.features))]
    lines = ",\n    ".join(
        f"({', '.join([str(i), *(_value(cell, dialect) for cell in row)])})"
        for i, row in enumerate(rows)
    )
    if dialect.loose:
        return f"{TABLE}(i, {', '.join(names)}) AS (VALUES\n    {lines})"
    cells = ", ".join(f"CAST(v.{name} AS {dialect.double}) AS {name}" for name in names)
    return (
        f"{TABLE} AS (SELECT v.i, {cells} FROM (VALUES\n    {lines}) AS v(i, {', '.join(names)}))"
    )


def _value(cell: Any, dialect: Dialect) -> str:
    value = float(cell)
    if math.isnan(value):
        return "NULL"
    return dialect.double_of(value) if dialect.loose else f"'{value!r}'"


def nearest(program: Program, fitted: Fitted, dialect: Dialect) -> str:
    """The mean over the nearest donors of the row `t`, or the fallback, in the donors' space."""
    donors = donors_of(fitted, dialect)
    programs = {each.column: each for each in fitted.programs}
    features = [
        _feature(programs[name], donors, j, dialect) for j, name in enumerate(donors.features)
    ]
    search = _by_subquery if dialect.searches == "subquery" else _by_arrays
    fallback = dialect.double_of(knn_fills([program])[program.column].fallback)
    return f"COALESCE({search(program, donors, features, dialect)}, {fallback})"


def _by_subquery(
    program: Program, donors: Donors, features: Sequence[str], dialect: Dialect
) -> str:
    queries = ", ".join(f"{feature} AS q{j}" for j, feature in enumerate(features))
    target = f"d.f{donors.features.index(program.column)}"
    distance = _distance(len(features), dialect)
    # The row's own hole is asked for inside, so that no engine searches for rows without one.
    found = (
        f"SELECT m.v, m.s FROM (SELECT d.i, {target} AS v, {distance} AS s"
        f" FROM (SELECT {queries} WHERE {missing(program, dialect)}) AS q"
        f" CROSS JOIN {TABLE} AS d WHERE {target} IS NOT NULL) AS m"
        f" WHERE m.s IS NOT NULL ORDER BY m.s, m.i LIMIT {donors.n_neighbors}"
    )
    return f"(SELECT {_mean(donors, dialect)} FROM ({found}) AS n)"


def _by_arrays(program: Program, donors: Donors, features: Sequence[str], dialect: Dialect) -> str:
    """For Spark, whose subqueries do not search: the donors as an array in the expression."""
    queries = ", ".join(f"'q{j}', {feature}" for j, feature in enumerate(features))
    target = f"d.f{donors.features.index(program.column)}"
    pair = f"named_struct('s', {_distance(len(features), dialect)}, 'i', d.i, 'v', {target})"
    pairs = f"transform({_donor_array(donors, dialect)}, d -> {pair})"
    found = f"filter({pairs}, m -> m.s IS NOT NULL AND m.v IS NOT NULL)"
    taken = f"slice(array_sort({found}), 1, {donors.n_neighbors})"
    # An array of one element is how an expression names what it uses more than once.
    means = f"transform(array({taken}), n -> {_array_mean(donors.weights, dialect)})[0]"
    return f"transform(array(named_struct({queries})), q -> {means})[0]"


def _array_mean(weights: str, dialect: Dialect) -> str:
    def total(array: str, term: str) -> str:
        return f"aggregate({array}, {dialect.double_of(0.0)}, (a, m) -> a + {term})"

    if weights == "uniform":
        return f"{total('n', 'm.v')} / NULLIF(size(n), 0)"
    same = "filter(n, m -> m.s = 0)"
    return (
        f"CASE WHEN size(n) = 0 THEN NULL"
        f" WHEN n[0].s = 0 THEN {total(same, 'm.v')} / size({same})"
        f" ELSE {total('n', 'm.v / SQRT(m.s)')} / {total('n', '1 / SQRT(m.s)')} END"
    )


def _donor_array(donors: Donors, dialect: Dialect) -> str:
    rows: Any = donors.rows
    lines = [
        {"i": i} | {f"f{j}": float(cell) for j, cell in enumerate(row) if cell == cell}  # noqa: PLR0124
        for i, row in enumerate(rows)
    ]
    fields = "".join(f", f{j}: double" for j in range(len(donors.features)))
    text = dialect.text_of(json.dumps(lines, allow_nan=False))
    return f"from_json({text}, 'array<struct<i: int{fields}>>')"


def _mean(donors: Donors, dialect: Dialect) -> str:
    if donors.weights == "uniform":
        large = dialect.tiny and max(_sizes(donors), default=0.0) >= _SQUARED
        return _MEAN if large else "AVG(n.v)"
    return (
        "CASE WHEN MIN(n.s) = 0 THEN AVG(CASE WHEN n.s = 0 THEN n.v END)"
        " ELSE SUM(n.v / SQRT(NULLIF(n.s, 0))) / SUM(1 / SQRT(NULLIF(n.s, 0))) END"
    )


def _feature(program: Program, donors: Donors, at: int, dialect: Dialect) -> str:
    """What `Missing` and `Clip` leave of a feature, in the donors' space; null for a hole."""
    affine = Affine(donors.center[at], donors.inverse_scale[at], 1.0)
    done = prepare(upto_clip(program, *[affine] * (affine[:2] != (0.0, 1.0))), dialect)
    return str(done.cells[0][1])


def _distance(features: int, dialect: Dialect) -> str:
    """The squared distance from `q` to `d`; null where they share nothing, or it is infinite."""
    pairs = [(f"q.q{j}", f"d.f{j}") for j in range(features)]
    far = dialect.double_of(math.sqrt(LARGEST) / features)
    zero, one = dialect.double_of(0.0), dialect.double_of(1.0)
    squares = " + ".join(_square(q, d, far, zero, dialect) for q, d in pairs)
    both = " + ".join(
        f"CASE WHEN {_lacking(q, d, dialect)} THEN {zero} ELSE {one} END" for q, d in pairs
    )
    count = dialect.double_of(float(features))
    return f"({squares}) * ({count} / NULLIF({both}, {zero}))"


def _lacking(q: str, d: str, dialect: Dialect) -> str:
    """Whether one of them is missing; to take their difference may overflow where engines raise."""
    return f"{q} IS NULL OR {d} IS NULL" if dialect.tiny else f"({q} - {d}) IS NULL"


def _square(q: str, d: str, far: str, zero: str, dialect: Dialect) -> str:
    """Zero for a feature that one of them lacks; null, which spreads, where it would overflow."""
    apart = f"({q} - {d})"
    square = f"WHEN ABS({apart}) < {far} THEN {apart} * {apart} END"
    lacking = f"CASE WHEN {_lacking(q, d, dialect)}"
    if not dialect.tiny:
        return f"{lacking} THEN {zero} {square}"
    half, least = dialect.double_of(LARGEST / 2), dialect.double_of(_NO_SQUARE)
    # Beyond the half, a difference may overflow; and any two that differ there are too far apart.
    return (
        f"{lacking} OR {q} = {d} THEN {zero} WHEN ABS({q}) <= {half} AND ABS({d}) <= {half}"
        f" THEN CASE WHEN ABS({apart}) <= {least} THEN {zero} {square} END"
    )


def carried(fitted: Fitted, dialect: Dialect) -> Sequence[str]:
    """The common table expressions that the statement needs before its SELECT."""
    if not knn_fills(fitted.programs) or dialect.searches == "arrays":
        return []
    return [donor_table(donors_of(fitted, dialect), dialect)]
