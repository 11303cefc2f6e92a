"""A table against a fitted transform: all that a transform keeps of the table it was fitted on.

That is each column's kind, center and scale; since format version 2 also how many rows there were,
how many cells were missing (null, NaN or declared), and the categories of a text. What is not
compared is told.

A table against a fitted transform: whether each column still has the scale that was fitted.

A transform keeps no rows and no histogram, only each column's center and scale. They are held
against the data's own in the three ways that `fit` knows (median and quartiles, mean and standard
deviation, least and range): where one of them agrees, nothing is said. So only gross changes are
found, such as a wrong unit or data that was scaled already; a profile as the reference sees more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from datacheck.findings import drift_between
from datacheck.findings.conversions import CONVERSIONS, Conversion
from datacheck.findings.drift import new_categories
from datacheck.ops import Affine, Cast, Fill, Fitted, Power, Program, first, missing_op, numbers_of
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.profiling.texts import Texts
from datacheck.report import Finding
from datacheck.text import converted, magnitude, shown_name, some, undoing
from datacheck.transform.arrays import powered

#: What a transform's programs call a column's cells, as a profile calls them.
_KINDS = {"date": "time", "datetime": "time", "duration": "time", "integer": "number"}

#: What can be said of the columns alone, and what can where the table's counts were kept.
_OF_COLUMNS = ("drift.column_missing", "drift.dtype")
_OF_COUNTS = ("drift.missing_rate", "drift.row_count")
#: Columns that a message names.
_NAMED = 5


def since_fit(fitted: Fitted, data: Profile) -> list[Finding]:
    """What a table shows against the one that was fitted."""
    counted = data if fitted.seen is None else _as_fitted(data, fitted)
    found = drift_between(_profile(fitted), counted)
    wanted = _OF_COLUMNS if fitted.seen is None else (*_OF_COLUMNS, *_OF_COUNTS)
    texts = {program.column for program in fitted.programs if program.kind == "text"}
    # Numbers that are read from text are of their kind and not of its, and came as that text.
    read = {p.column for p in fitted.programs if _dtype(data, p.column) == p.dtype}
    # Columns that were not fitted pass through a transform: they are no news.
    kept = [
        finding
        for finding in found
        if (
            finding.code in wanted
            and not (finding.code == "drift.dtype" and finding.column in read)
        )
        or (finding.code == "drift.shift" and finding.column in texts)
    ]
    return [
        *kept,
        *_new_categories(fitted, data),
        *changed_scales(fitted.programs, data),
        _unchecked(fitted, data),
    ]


def _dtype(data: Profile, name: str) -> str | None:
    column = data.columns.get(name)
    return None if column is None else column.dtype


def _new_categories(fitted: Fitted, data: Profile) -> Iterator[Finding]:
    if fitted.seen is None:
        return
    for program in fitted.programs:
        known = fitted.seen.categories.get(program.column)
        column = data.columns.get(program.column)
        if known is not None and column is not None and column.kind == "text":
            declared = [str(value) for value in missing_op(program).values]
            if (finding := new_categories(known, column, declared)) is not None:
                yield finding


def _unchecked(fitted: Fitted, data: Profile) -> Finding:
    """``scope.unchecked``: what a comparison with a transform leaves out."""
    names = {program.column for program in fitted.programs}
    not_fitted = [name for name in data.columns if name not in names]
    seen = fitted.seen
    unknown = [
        program.column
        for program in fitted.programs
        if program.kind == "text" and (seen is None or program.column not in seen.categories)
    ]
    parts = ["distributions beyond center and scale"]
    if seen is None:
        parts.append("missing cells and the number of rows (an earlier version did not keep them)")
    if unknown:
        parts.append(f"the texts of {_named(unknown)}")
    if not_fitted:
        parts.append(f"{_named(not_fitted)}, which the transform does not prepare")
    return Finding(
        code="scope.unchecked",
        severity="info",
        count=len(not_fitted),
        message=f"A transform is not a profile; not compared: {'; '.join(parts)}.",
        remedy="Give the fitted table, or its profile, as the reference to compare all.",
        evidence={"not_fitted": not_fitted, "texts": unknown, "counts_kept": seen is not None},
    )


def _named(names: list[str]) -> str:
    return some(names, _NAMED, shown=shown_name)


def _profile(fitted: Fitted) -> Profile:
    """What a transform knows of the table it was fitted on, as a profile."""
    rows = 1 if fitted.seen is None else fitted.seen.rows
    return Profile(
        name="transform", rows=rows, columns={p.column: _column(p, fitted) for p in fitted.programs}
    )


def _column(program: Program, fitted: Fitted) -> ColumnProfile:
    kind: Any = _KINDS.get(program.kind, program.kind)
    plain = ColumnProfile(program.column, program.dtype, kind, rows=1, null=0)
    if fitted.seen is None:
        return plain
    categories = fitted.seen.categories.get(program.column)
    return replace(
        plain,
        rows=fitted.seen.rows,
        null=fitted.seen.missing.get(program.column, 0),
        texts=None
        if categories is None
        else Texts(count=sum(categories.values()), values=dict(categories)),
    )


def _as_fitted(data: Profile, fitted: Fitted) -> Profile:
    """The data's profile with its missing cells counted by the transform's own rule."""
    columns = dict(data.columns)
    for program in fitted.programs:
        if (column := columns.get(program.column)) is not None:
            columns[program.column] = _counted(column, program)
    return replace(data, columns=columns)


def _counted(column: ColumnProfile, program: Program) -> ColumnProfile:
    """Cells that the transform declares missing as nulls; a word that it does not is a text."""
    declared = missing_op(program).values
    texts = column.texts
    if texts is None or column.kind != "text":
        if column.numbers is None:
            return column
        points = column.points
        is_declared = np.isin(points.values, [v for v in declared if not isinstance(v, str)])
        found = round(points.held(is_declared))
        return replace(column, null=min(column.null + found, column.rows - column.nan))
    reads = bool(program.ops) and isinstance(program.ops[0], Cast)
    words = {str(value) for value in declared}
    gone = {
        text: count
        for text, count in {**texts.values, **texts.words}.items()
        if text in words or (reads and not text.strip())
    }
    values = {text: count for text, count in texts.values.items() if text not in gone}
    left = replace(texts, values=values, count=texts.count - sum(gone.values()))
    left.words = type(left.words)()
    return replace(column, null=column.null + sum(gone.values()), texts=left)


#: Fewer values say too little of a scale.
ENOUGH = 30
#: Misfits: up to the first a conversion explains the data, from the second on it has changed.
#: 1 is a center that moved by one scale, or a scale that is e times as large.
CLOSE, FAR = 0.25, 1.2
#: ... and where the least and the range are compared, which depend on how many rows there are.
RANGE_FAR = 2.0
#: What a rarer conversion must fit better by, a step of rareness.
RARER = 0.03

#: A column of which the fitted power refuses more is another.
TAKEN = 0.9

SCALERS = ("robust", "zscore", "minmax")


class Scale(NamedTuple):
    """Where a column's values lie and how far apart."""

    center: float
    scale: float

    def misfit(self, other: Scale) -> float:
        """How far `other` is from this: in scales for the center, as a logarithm for the scale."""
        if not (other.scale > 0 and math.isfinite(other.scale)):
            return math.inf
        moved = abs(other.center - self.center) / self.scale
        return max(moved, abs(math.log(other.scale / self.scale)))


def changed_scales(programs: tuple[Program, ...], data: Profile) -> Iterator[Finding]:
    """``drift.already_scaled``, ``drift.unit_change`` and ``drift.shift``, where they are gross."""
    for program in programs:
        column = data.columns.get(program.column)
        affine = first(program.ops, Affine)
        if affine is None or column is None or column.numbers is None or affine.scale == 1.0:
            continue
        points = _without_missing(column.points, program)
        if points.total >= ENOUGH and len(points) > 1:
            yield from _changed(program, Scale(affine.center, affine.scale), column, points)


def _changed(
    program: Program, fitted: Scale, column: ColumnProfile, points: Points
) -> Iterator[Finding]:
    function = power.function if (power := first(program.ops, Power)) is not None else ""

    def misfits_of(back: Points, function: str) -> list[float]:
        filled = _filled(back, program, column)
        own, whole = _powered(back, function), _powered(filled, function)
        if own.total < TAKEN * back.total or len(own) < 2:  # noqa: PLR2004 - there is no scale
            return [math.inf] * len(SCALERS)
        return [fitted.misfit(scale) for scale in _scales(own, whole)]

    def misfits(conversion: Conversion, function: str = function) -> list[float]:
        return misfits_of(points.moved(conversion.back(points.values)), function)

    if _unchanged(misfits_of(points, function)):
        return
    evidence = {"fitted": {"center": fitted.center, "scale": fitted.scale}}
    best = min(CONVERSIONS, key=lambda c: min(misfits(c)) + RARER * c.rarity)
    # What is scaled already has gone through the power too.
    scaled = misfits(Conversion("scaled", 1 / fitted.scale, -fitted.center / fitted.scale), "")
    if min(scaled) <= min(CLOSE, *misfits(best)):
        scaler = SCALERS[scaled.index(min(scaled))]
        yield _finding(
            column,
            "drift.already_scaled",
            f"The values look scaled already, by {scaler}; the transform would scale them again.",
            "Feed the raw values, or leave the transform out.",
            evidence | {"scaler": scaler},
        )
    elif min(misfits(best)) <= CLOSE:
        offset = magnitude(best.offset, 6)
        yield _finding(
            column,
            "drift.unit_change",
            f"The values are about {converted('those that were fitted', best.factor, best.offset)}"
            f"{best.aside}.",
            f"Undo it: {f'subtract {offset}, ' if best.offset else ''}{undoing(best.factor)}.",
            evidence | {"factor": best.factor, "offset": best.offset, "conversion": best.name},
        )
    else:
        laid = _powered(points, function)
        after = f"after {function} " if function and len(laid) else ""
        median = (laid if after else points).quantile(0.5)
        yield _finding(
            column,
            "drift.shift",
            f"The values have moved: {after}their median is {magnitude(median, 5)}; the fit had a "
            f"center of {magnitude(fitted.center, 5)} and a scale of {magnitude(fitted.scale, 5)}.",
            "Find out whether the world has changed or the measurement; "
            "fit again if it is the world.",
            evidence | {"median": median},
        )


def _powered(points: Points, function: str) -> Points:
    """The values as they are scaled; what the power refuses is left out."""
    if not function:
        return points
    with np.errstate(invalid="ignore", divide="ignore"):
        values = powered(points.values, function)
    kept = np.isfinite(values)
    return Points(values[kept], points.weights[kept], points.exact)


def _unchanged(misfits: list[float]) -> bool:
    """Whether one of the scalers agrees; the range of a small sample is smaller, and may be."""
    *others, by_range = misfits
    return min(others) < FAR or by_range < RANGE_FAR


def _finding(
    column: ColumnProfile, code: str, message: str, remedy: str, evidence: dict[str, object]
) -> Finding:
    return Finding(
        code=code,
        severity="warning" if code == "drift.shift" else "error",
        column=column.name,
        count=column.rows,
        message=message,
        remedy=remedy,
        evidence=evidence,
    )


def _without_missing(points: Points, program: Program) -> Points:
    declared = numbers_of(missing_op(program))
    if not declared:
        return points
    return points.where(~np.isin(points.values, declared))


def _filled(points: Points, program: Program, column: ColumnProfile) -> Points:
    """The cells as the scale was fitted on them: filled where they were missing."""
    op = first(program.ops, Fill)
    fill = None if op is None else op.value
    missing = max(column.rows - points.total, 0.0)
    if not isinstance(fill, int | float) or not missing:
        return points
    order = np.argsort(np.append(points.values, float(fill)), kind="stable")
    return Points(
        np.append(points.values, float(fill))[order],
        np.append(points.weights, missing)[order],
        points.exact,
    )


def _scales(points: Points, filled: Points) -> tuple[Scale, Scale, Scale]:
    """What each of `SCALERS` would fit; a fill lies within the ends, so it moves no range."""
    low, middle, high = filled.quantiles([0.25, 0.5, 0.75])
    shares = filled.weights / filled.total
    mean = float((filled.values * shares).sum())
    std = float((((filled.values - mean) ** 2) * shares).sum()) ** 0.5
    least, greatest = points.ends
    return Scale(middle, high - low), Scale(mean, std), Scale(least, greatest - least)
