"""What a model needs beside clean columns, where a target says that there will be one.

Categories become cells, a skewed amount its logarithm, and an indicator keeps missing cells that
tell something about the target: each for a reason that can be tested on the table, and is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import col, is_text
from datacheck.findings.fences import without_far
from datacheck.findings.missing import is_empty
from datacheck.findings.statistics import chi_square_z
from datacheck.plan.numbers import Choice
from datacheck.plan.shape import HEAVY, LOPSIDED, moments_of
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.schema.declare import Column, Prepare
from datacheck.source.collecting import collect_held
from datacheck.text import magnitude

#: Texts get cells of their own where there are at most so many, each seen so often on average.
MOST, OFTEN = 200, 5
#: Beyond so many categories, those in less than one row of a hundred are put together.
MANY, RARELY = 10, 0.01
#: A logarithm is proposed from this skewness on, where it leaves less than a third of it.
SKEWNESS = 2.0
#: A signed one, from this excess kurtosis on, where so much lies on either side of zero.
TAILED, SIDE = 20.0, 0.05
#: A difference of so many standard errors is no accident, also among a hundred columns.
SURE = 4.0
#: Fewer missing cells than these, or present ones, tell nothing.
ENOUGH = 20
#: A target of more classes than these is compared by nothing here.
CLASSES = 30


def for_model(
    choices: Sequence[Choice], profile: Profile, target: str, frame: pl.LazyFrame | None
) -> list[Choice]:
    """The choices with what a model of the target needs; a frame tells what holes say of it."""
    made = [_prepared(choice, profile.columns[choice.column.name]) for choice in choices]
    told = {} if frame is None else telling(frame, target, [each.column for each in made])
    return [_indicated(each, told.get(each.column.name)) for each in made]


def _prepared(choice: Choice, column: ColumnProfile) -> Choice:
    prepare = choice.column.prepare or Prepare()
    if prepare.role not in (None, "feature") or column.role is not None:
        return choice
    if is_empty(column):
        return choice
    if prepare.scale != "none":
        return _powered(choice, prepare, column)
    if column.kind == "boolean":
        why = "two values: one cell of 0 and 1 for the model"
        return _with(choice, prepare, why, encode="one_hot", drop="if_binary", unknown="zeros")
    numeric = choice.column.dtype is not None and choice.column.dtype.is_numeric()
    return choice if column.kind != "text" or numeric else _encoded(choice, prepare, column)


def _encoded(choice: Choice, prepare: Prepare, column: ColumnProfile) -> Choice:
    texts = column.texts
    if texts is None or not texts.exact:
        return choice
    away = {*prepare.missing_values, *chain.from_iterable(prepare.spellings.values())}
    values = {text: times for text, times in texts.values.items() if text not in away}
    count, cells = len(values), sum(values.values())
    if not 1 < count <= MOST or cells < OFTEN * count:
        return choice
    if count <= MANY:
        why = f"a cell a category for the model ({count}); another has none"
        return _with(choice, prepare, why, encode="one_hot", unknown="zeros")
    why = (
        f"a cell a category for the model ({count}); those in less than {RARELY:.0%} of the rows, "
        "and others, share one"
    )
    options = {"encode": "one_hot", "unknown": "infrequent", "min_frequency": RARELY}
    return _with(choice, prepare, why, **options)


def _powered(choice: Choice, prepare: Prepare, column: ColumnProfile) -> Choice:
    points = column.points
    if not len(points) or prepare.outliers != "keep" or prepare.missing_values:
        return choice
    low, before = _least(choice.column), moments_of(points)
    # A few values far out make no tail: without them, the column must ask for it as well.
    most = moments_of(without_far(points))
    if low is not None and low >= 0.0 <= float(points.values[0]):
        power, after = "log1p", moments_of(points.moved(np.log1p(points.values)))
        measure = f"skewness {before.skewness:+.1f} before, {after.skewness:+.1f} after"
        calmer = abs(after.skewness) < min(LOPSIDED, before.skewness / 3)
        helps = calmer and min(before.skewness, most.skewness) >= SKEWNESS
    else:
        power = "signed_log1p"
        after = moments_of(points.moved(np.sign(points.values) * np.log1p(np.abs(points.values))))
        measure = f"excess kurtosis {before.kurtosis:+.0f} before, {after.kurtosis:+.1f} after"
        lower, upper = points.quantiles([SIDE, 1.0 - SIDE])
        calmer = after.kurtosis < HEAVY and abs(after.skewness) < LOPSIDED
        tailed = min(before.kurtosis, most.kurtosis) >= TAILED
        helps = lower < 0.0 < upper and tailed and calmer
    if not helps:
        return choice
    word = "its logarithm" if power == "log1p" else "the logarithm of its size, with its sign,"
    why = f"{word} is even on both sides ({measure}): scaled by the standard deviation of that"
    kept = tuple(reason for reason in choice.reasons if "scaled by the quartiles" not in reason)
    return _with(choice._replace(reasons=kept), prepare, why, power=power, scale="zscore")


def _least(column: Column) -> float | None:
    """The least number that the column's range allows."""
    for check in column.checks:
        if check.name == "in_range":
            return float(check.arguments["min_value"])
    return None


def _with(choice: Choice, prepare: Prepare, why: str, **options: Any) -> Choice:
    column = replace(choice.column, prepare=replace(prepare, **options))
    kept = tuple(reason for reason in choice.reasons if "passes through" not in reason)
    return Choice(column, (*kept, why))


def _indicated(choice: Choice, why: str | None) -> Choice:
    prepare = choice.column.prepare
    if why is None or prepare is None or prepare.role not in (None, "feature"):
        return choice
    if prepare.impute == "none" and prepare.encode == "none":
        return choice
    return _with(choice, prepare, why, indicator=True)


def telling(frame: pl.LazyFrame, target: str, columns: Sequence[Column]) -> dict[str, str]:
    """The columns whose missing cells go with another target, each with what says so."""
    schema = frame.collect_schema()
    candidates = [
        column
        for column in columns
        if column.nullable and column.prepare is not None and column.name != target
    ]
    if not candidates:
        return {}
    holes = {str(at): _hole(column, schema[column.name]) for at, column in enumerate(candidates)}
    y = col(target)
    compare = _by_mean if schema[target].is_numeric() else _by_class
    found = compare(frame, y, holes)
    return {column.name: found[str(at)] for at, column in enumerate(candidates) if str(at) in found}


def _hole(column: Column, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell is missing: null, NaN or declared so."""
    cell = col(column.name)
    hole = cell.is_null()
    if dtype.is_float():
        hole |= cell.is_nan().fill_null(value=False)
    values = () if column.prepare is None else column.prepare.missing_values
    text = is_text(dtype)
    words = [value for value in values if isinstance(value, str) == text]
    for word in words if text or dtype.is_numeric() else ():
        hole |= (cell == word).fill_null(value=False)
    return hole


def _by_mean(frame: pl.LazyFrame, y: pl.Expr, holes: dict[str, pl.Expr]) -> dict[str, str]:
    """Welch's statistic of the target where the cell is missing and where it is not."""
    cells = y.cast(pl.Float64).alias("y")
    # Several means for each column in one query take polars the square of the columns.
    table = collect_held(frame.select(cells, *(hole.alias(key) for key, hole in holes.items())))
    truth = table["y"].to_numpy()
    told = np.isfinite(truth)
    found = {}
    for key in holes:
        hole = table[key].to_numpy()
        (m, v, n), (m2, v2, n2) = (_moments(truth[told & side]) for side in (hole, ~hole))
        if min(n, n2) >= ENOUGH and (error := math.sqrt(v / n + v2 / n2)) > 0.0:
            away = abs(m - m2) / error
            if away > SURE:
                found[key] = (
                    f"where it is missing the target's mean is {magnitude(m, 4)}, elsewhere "
                    f"{magnitude(m2, 4)} ({away:.0f} standard errors apart): "
                    "an indicator keeps that"
                )
    return found


def _moments(cells: Floats) -> tuple[float, float, int]:
    """Mean, variance and number of some cells."""
    if len(cells) < ENOUGH:
        return 0.0, 0.0, len(cells)
    return float(cells.mean()), float(cells.var(ddof=1)), len(cells)


def _by_class(frame: pl.LazyFrame, y: pl.Expr, holes: dict[str, pl.Expr]) -> dict[str, str]:
    """The chi-square statistic of missing cells by the target's class, as a normal one."""
    counts = frame.group_by(y.alias("y")).agg(
        pl.len().alias("n"), *(hole.sum().alias(key) for key, hole in holes.items())
    )
    table = collect_held(counts.filter(pl.col("y").is_not_null()))
    if not 1 < table.height <= CLASSES:
        return {}
    rows = table["n"].to_numpy().astype(float)
    found = {}
    for key in holes:
        missing = table[key].to_numpy().astype(float)
        total = missing.sum()
        if min(total, rows.sum() - total) < ENOUGH:
            continue
        share = total / rows.sum()
        expected = rows * share
        statistic = float(((missing - expected) ** 2 / (expected * (1 - share))).sum())
        if chi_square_z(statistic, table.height - 1) > SURE:
            shares = missing / rows
            at, least = int(shares.argmax()), int(shares.argmin())
            found[key] = (
                f"missing in {shares[at]:.1%} of the rows of {table['y'][at]!r}, in "
                f"{shares[least]:.1%} of those of {table['y'][least]!r}: an indicator keeps that"
            )
    return found
