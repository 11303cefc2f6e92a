"""What to declare for a column of numbers: its range or its list, its holes, its scale."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.findings.nothing import nothing_words
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.units import OTHERS, mix_in
from datacheck.numerals import reader
from datacheck.plan.bounds import bounds_with_room, held
from datacheck.plan.shape import LOPSIDED, SKEWED, Shape, shape_of
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.schema.declare import Check, Column, Number, Prepare
from datacheck.text import converted, figure, magnitude

if TYPE_CHECKING:
    from datacheck.plan.score import Score


#: Values are listed where there are at most so many, the rarest seen so often.
LISTED, RARE = 30, 3
#: ... and where they leave none out between their ends, or are few anyway.
FEW_LISTED = 10
#: Years go on: they are not listed.
YEARS = (1800.0, 2200.0)
#: Beyond this share of missing cells an imputation invents the column.
MOSTLY_MISSING = 0.5


class Choice(NamedTuple):
    """A declaration and its reasons."""

    column: Column
    reasons: tuple[str, ...]


def choose_number(
    column: ColumnProfile,
    dtype: pl.DataType | None,
    score: Score | None,
    *,
    target: bool = False,
    points: Points | None = None,
) -> Choice:
    """What to declare for a column of numbers; of its own points where none are given."""
    reasons: list[str] = []
    # What stands beside its unit is a value, however often.
    points, found = column.points if points is None else points, sentinels_in(column.points)
    for sentinel in found:
        points = points.where(points.values != sentinel.value)
        reasons.append(
            f"{figure(sentinel.value)} occurs {sentinel.times} times, "
            f"{magnitude(sentinel.gap, 2)} ranges away from the rest: taken for missing"
        )
    numbers = column.numbers
    infinite = 0 if numbers is None else numbers.infinite_above + numbers.infinite_below
    if infinite:
        reasons.append("there are infinite cells: treated as missing")
    empty = column.missing + sum(s.times for s in found) + infinite
    if column.texts is not None:
        empty += sum(nothing_words(column.texts).values())
    if not len(points):
        reasons.append("no cell holds a value: nothing to prepare")
        passed = Prepare(role="target" if target else "ignore", infinite="missing")
        only = Column(
            name=column.name, dtype=dtype, nullable=True, prepare=passed if infinite else None
        )
        return Choice(only, tuple(reasons))
    mix = mix_in(points)
    if mix is not None:
        other = converted(OTHERS, mix.conversion.factor)
        reasons.append(
            f"{mix.cells} cells look like another unit, {other}{mix.conversion.aside}: mend them "
            "(datacheck repair), and suggest again"
        )
    whole = dtype is not None and dtype.is_integer()
    prepare = Prepare(
        missing_values=tuple(int(s.value) if whole else s.value for s in found),
        infinite="missing" if infinite else "error",
    )
    if target:
        prepare = replace(prepare, role="target")
        reasons.append("the target: checked and compared, never imputed; scale it as the model is")
    else:
        prepare, why = _prepared(prepare, points, score, empty / max(column.rows, 1))
        reasons += why
        if whole and prepare.impute == "most_frequent" and prepare.scale == "none":
            widest = max(-float(points.values[0]), float(points.values[-1]))
            if widest >= 2.0**63:
                prepare = Prepare()
                reasons.append("whole numbers beyond a signed 64 bits: kept as they stand")
    checks, because = _bounds(points, dtype)
    made = Column(
        name=column.name,
        dtype=dtype,
        nullable=bool(empty),
        checks=checks,
        prepare=None if prepare == Prepare() else prepare,
    )
    return Choice(made, (*reasons, because))


def choose_spelled(
    column: ColumnProfile, score: Score | None, number: Number | None, *, target: bool = False
) -> Choice:
    """What to declare for a column of text whose cells are numbers."""
    points = None if number is None else _read_points(column, number)
    choice = choose_number(column, pl.Float64(), score, target=target, points=points)
    # A category may be called so; a number is not.
    words = sorted(nothing_words(column.texts)) if column.texts is not None else []
    reasons = ["every other text is a number" if words else "every text is a number"]
    if words:
        reasons[0] += f", and {', '.join(map(repr, words))} stands for none"
    declared, prepare = choice.column, choice.column.prepare or Prepare()
    if number is not None:
        reasons.append("the numbers are read as they are spelled")
        prepare = replace(prepare, number=number)
    if words:
        prepare = replace(prepare, missing_values=(*words, *prepare.missing_values))
    # Text in a CSV is read anyway, but its rows may be split off into a file that keeps the text.
    declared = replace(
        declared, coerce=True, prepare=prepare, nullable=declared.nullable or bool(words)
    )
    return Choice(declared, (*reasons, *choice.reasons))


def _read_points(column: ColumnProfile, number: Number) -> Points | None:
    """The numbers that the kept texts spell; None where not every text is kept."""
    if column.texts is None or not column.texts.exact:
        return None
    read = reader(number.numeral)
    counted: Counter[float] = Counter()
    for text, count in column.texts.values.items():
        value = read(text)
        if value is not None and math.isfinite(value):
            counted[value] += count
    own, spelled = column.points, Points.of_counts(counted, exact=True)
    same = own.exact and np.array_equal(own.values, spelled.values)
    # Of the column's own it is known what they cannot show.
    return own if same and np.array_equal(own.weights, spelled.weights) else spelled


def _bounds(points: Points, dtype: pl.DataType | None) -> tuple[tuple[Check, ...], str]:
    """Small whole numbers by list, others by range."""
    values = points.values
    whole = dtype is not None and dtype.is_integer()
    if _is_listed(points):
        listed = tuple(int(value) if whole else float(value) for value in values)
        rarest = round(float(points.weights.min()))
        why = f"{len(listed)} whole numbers, the rarest seen {rarest:,} times: another is rejected"
        return (Check(name="isin", arguments={"allowed_values": listed}),), why
    ends = bounds_with_room(points, whole=whole)
    if ends is None:
        return (), "no range: the values span more than a double holds"
    check = Check(name="in_range", arguments=held(*ends, dtype))
    return (check,), "range: the data's, with room"


def _is_listed(points: Points) -> bool:
    values = points.values
    if not points.exact or not 1 < len(values) <= LISTED or points.weights.min() < RARE:
        return False
    if not np.array_equal(values, np.rint(values)):
        return False
    if YEARS[0] <= values[0] and values[-1] <= YEARS[1]:
        return False
    complete = values[-1] - values[0] + 1 == len(values)
    return bool(complete or len(values) <= FEW_LISTED)


def _prepared(
    prepare: Prepare, points: Points, score: Score | None, share: float
) -> tuple[Prepare, list[str]]:
    shape = shape_of(points)
    fill, why = _imputation(shape, score)
    if share:
        reasons = [f"{share:.1%} missing; {why}"]
    else:
        reasons = [
            "nothing is missing: a missing cell is rejected",
            f"one that comes when the model serves is filled; {why}",
        ]
    if share > MOSTLY_MISSING:
        reasons.append(f"{share:.0%} is missing: consider dropping the column")
    if score is not None and score.warning:
        reasons.append(score.warning)
    scale, because = _scaling(shape)
    if scale == "robust" and _is_filled_to_one(points, share):
        scale, because = (
            "zscore",
            ("once it is filled the quartiles are one: scaled by the standard deviation"),
        )
    made: Any = {"impute": fill, "scale": scale}
    return replace(prepare, **made), [*reasons, because]


def _is_filled_to_one(points: Points, share: float) -> bool:
    """Whether both quartiles are the median, where a share of the cells is filled with it."""
    middle = points.quantile(0.5)
    sides = points.share(points.values < middle), points.share(points.values > middle)
    return (1 - share) * max(sides) <= 0.25  # noqa: PLR2004


def _imputation(shape: Shape, score: Score | None) -> tuple[str, str]:
    if score is not None:
        return score.best, score.shown
    if shape.word in ("few", "binary", "constant"):
        return "most_frequent", "few values, so the most frequent"
    if shape.word == "tied" and shape.tied is not None:
        return (
            "median",
            f"{shape.tied[1]:.0%} of the cells are {magnitude(shape.tied[0], 6)}, so the median",
        )
    lopsided = abs(shape.skew) > SKEWED or abs(shape.skewness) > LOPSIDED
    if shape.word in ("skewed", "heavy") or lopsided:
        return "median", f"{_said(shape)}, so the median"
    return "mean", "roughly symmetric, so the mean"


def _said(shape: Shape) -> str:
    """What makes a column skewed, or heavy: the number that says so."""
    if abs(shape.skew) > SKEWED:
        return f"skewed ({shape.skew:+.2f} of the middle 90%)"
    if shape.word in ("skewed", "scaled"):
        return f"skewed (skewness {shape.skewness:+.1f})"
    if shape.outliers:
        return f"outliers ({magnitude(100 * shape.outliers, 2)}%)"
    return f"heavy tails (excess kurtosis {shape.kurtosis:.1f})"


def _scaling(shape: Shape) -> tuple[str, str]:
    if shape.tied is not None and shape.word == "tied":
        value, share = shape.tied
        return "zscore", (
            f"{share:.0%} of the cells are {magnitude(value, 6)}, so that the quartiles are one: "
            "scaled by the standard deviation"
        )
    moments = f"skewness {shape.skewness:+.1f}, excess kurtosis {shape.kurtosis:+.1f}"
    return {
        "constant": ("none", "constant: there is nothing to scale"),
        "binary": ("none", "two values: left as they are"),
        "scaled": ("none", "scaled already"),
        "few": ("minmax", "few different values: laid on 0 to 1"),
        "skewed": ("robust", f"{_said(shape)}: scaled by the quartiles"),
        "heavy": ("robust", f"{_said(shape)}: scaled by the quartiles"),
        "even": ("minmax", "evenly spread between two ends: laid on 0 to 1"),
        "flat": (
            "minmax",
            f"no tails (excess kurtosis {shape.kurtosis:+.1f}): laid on 0 to 1",
        ),
        "plain": (
            "zscore",
            f"neither skewed nor heavy-tailed ({moments}): scaled by the standard deviation",
        ),
        "normal": ("zscore", f"roughly normal ({moments}): scaled by the standard deviation"),
    }[shape.word]
