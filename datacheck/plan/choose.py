"""Chooses each column's declaration from its profile, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from datacheck.findings.missing import empty_cells
from datacheck.findings.sentinels import sentinels_in
from datacheck.findings.types import numbers_as_text
from datacheck.findings.units import mix_in
from datacheck.plan.bounds import bounds_with_room
from datacheck.plan.shape import Shape, shape_of
from datacheck.profiling.model import Profile

if TYPE_CHECKING:
    import polars as pl

    from datacheck.plan.score import Score
    from datacheck.profiling.model import ColumnProfile
    from datacheck.schema import Column

#: Categories are listed where there are at most so many, each seen often enough.
CATEGORIES = 30
#: Chance of a category that was not seen yet (Good and Turing: the share seen once).
UNSEEN = 0.01
#: Texts that stand for no value: where a column of texts has none of them, none may come.
NOTHING = ("", " ", "?", "-", "NA", "N/A", "null")
#: Beyond this share of missing cells an imputation invents the column.
MOSTLY_MISSING = 0.5


class Choice(NamedTuple):
    """A declaration and its reasons."""

    column: Column
    reasons: tuple[str, ...]


def chosen(column: ColumnProfile, dtype: pl.DataType | None, score: Score | None) -> Choice:
    """What to declare for a column.

    Parameters
    ----------
    column
        Its profile.
    dtype
        Its type as it stands; None to declare none.
    score
        What each imputation got wrong on hidden cells, where that was tried.
    """
    if column.kind == "text" and _is_numeric_text(column):
        return _numeric_text(column, score)
    if column.kind == "number":
        return _number(column, dtype, score)
    if column.kind == "text":
        return _text(column, dtype)
    return _other(column, dtype)


def holes_of(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The columns of numbers that miss cells, each with its sentinels."""
    found = {}
    for name, column in profile.columns.items():
        if column.kind == "number" or (column.kind == "text" and _is_numeric_text(column)):
            sentinels = tuple(sentinel.value for sentinel in sentinels_in(column.points))
            if empty_cells(column) or sentinels:
                found[name] = sentinels
    return found


def _is_numeric_text(column: ColumnProfile) -> bool:
    alone = Profile(column.name, column.rows, {column.name: column})
    found = list(numbers_as_text(alone))
    return [finding.code for finding in found] == ["type.numeric_text"] and (
        found[0].evidence["written"] == ["plain"]
    )


def _numeric_text(column: ColumnProfile, score: Score | None) -> Choice:
    import polars as pl

    choice = _number(column, pl.Float64(), score)
    words = sorted(column.texts.words) if column.texts is not None else []
    reasons = ["every other text is a number" if words else "every text is a number"]
    declared = choice.column
    if words:
        reasons[0] += f", and {', '.join(map(repr, words))} stands for none"
    return Choice(_with(declared, words), (*reasons, *choice.reasons))


def _with(column: Column, words: list[str]) -> Column:
    from dataclasses import replace

    prepare = column.prepare
    if words and prepare is not None:
        prepare = replace(prepare, missing_values=(*words, *prepare.missing_values))
    # Text in a CSV is read anyway, but its rows may be split off into a file that keeps the text.
    return replace(column, coerce=True, prepare=prepare, nullable=column.nullable or bool(words))


def _number(column: ColumnProfile, dtype: pl.DataType | None, score: Score | None) -> Choice:
    from datacheck.schema import Column, Prepare

    reasons: list[str] = []
    points = column.points
    sentinels = sentinels_in(points)
    for sentinel in sentinels:
        points = points.where(points.values != sentinel.value)
        reasons.append(
            f"{sentinel.value:.10g} stands {sentinel.times} times, {sentinel.gap:.2g} ranges away "
            "from the rest: taken for missing"
        )
    numbers = column.numbers
    infinite = numbers is not None and bool(numbers.infinite_above + numbers.infinite_below)
    if infinite:
        reasons.append("there are infinite cells: treated as missing")
    empty = column.missing + sum(s.times for s in sentinels) + infinite
    if column.texts is not None:
        empty += sum(column.texts.words.values())
    if not len(points):
        reasons.append("no cell holds a value: nothing to prepare")
        return Choice(Column(name=column.name, dtype=dtype, nullable=True), tuple(reasons))
    mix = mix_in(points)
    if mix is not None:
        reasons.append(
            f"{mix.cells} cells look like another unit ({mix.conversion.name}): mend them, "
            "and suggest again"
        )
    shape = shape_of(points)
    impute, why = _imputation(shape, score, share=empty / max(column.rows, 1))
    reasons += why
    scale, because = _scaling(column, shape)
    reasons.append(because)
    whole = dtype is not None and dtype.is_integer()
    checks = _range(points, whole=whole)
    reasons.append("range: the data's, with room")
    missing_values: tuple[Any, ...] = tuple(int(s.value) if whole else s.value for s in sentinels)
    prepare = Prepare(
        missing_values=missing_values,
        infinite="missing" if infinite else "error",
        impute=impute,  # type: ignore[arg-type]
        scale=scale,  # type: ignore[arg-type]
    )
    declared = Column(
        name=column.name, dtype=dtype, nullable=bool(empty), checks=checks, prepare=prepare
    )
    return Choice(declared, tuple(reasons))


def _range(points: Any, *, whole: bool) -> tuple[Any, ...]:
    from datacheck.schema import Check

    ends = bounds_with_room(points, whole=whole)
    if ends is None:
        return ()
    low, high = (int(end) if whole else end for end in ends)
    return (Check(name="in_range", arguments={"min_value": low, "max_value": high}),)


def _imputation(shape: Shape, score: Score | None, *, share: float) -> tuple[str, list[str]]:
    if not share:
        return "none", ["nothing is missing: a missing cell is rejected"]
    why = []
    if share > MOSTLY_MISSING:
        why.append(f"{share:.0%} is missing: consider dropping the column")
    if score is not None:
        if score.warning:
            why.append(score.warning)
        return score.best, [f"{share:.1%} missing; {score.shown}", *why]
    if shape.word in ("few", "binary", "constant"):
        return "most_frequent", [f"{share:.1%} missing; few values, so the most frequent", *why]
    if shape.word == "skewed":
        return "median", [f"{share:.1%} missing; {_skew(shape)}, so the median", *why]
    return "mean", [f"{share:.1%} missing; roughly symmetric, so the mean", *why]


def _skew(shape: Shape) -> str:
    if shape.outliers and abs(shape.skew) <= 0.2:  # noqa: PLR2004 - skewed only by its outliers
        return f"outliers ({shape.outliers:.1%})"
    return f"skewed ({shape.skew:+.2f})"


def _scaling(column: ColumnProfile, shape: Shape) -> tuple[str, str]:
    numbers = column.numbers
    if (
        numbers is not None
        and numbers.whole == numbers.count
        and column.distinct >= 0.99 * numbers.count > 50  # noqa: PLR2004
        and "Int" in column.dtype
    ):
        return "none", "whole numbers that never repeat: an identifier is not scaled"
    return {
        "constant": ("none", "constant: there is nothing to scale"),
        "binary": ("none", "two values: left as they are"),
        "scaled": ("none", "scaled already"),
        "few": ("minmax", f"{column.distinct} different values: laid on 0 to 1"),
        "skewed": ("robust", f"{_skew(shape)}: scaled by the quartiles"),
        "even": ("minmax", "evenly spread between two ends: laid on 0 to 1"),
        "normal": ("zscore", "roughly normal: scaled by the standard deviation"),
    }[shape.word]


def _text(column: ColumnProfile, dtype: pl.DataType | None) -> Choice:
    from datacheck.schema import Check, Column, Prepare

    texts = column.texts
    words = sorted(texts.words) if texts is not None else []
    values = {t: n for t, n in (texts.values if texts else {}).items() if t not in words}
    reasons: list[str] = []
    checks: tuple[Any, ...] = ()
    total = sum(values.values())
    once = sum(count == 1 for count in values.values())
    listed = (
        texts is not None
        and texts.exact
        and 0 < len(values) <= CATEGORIES
        and once <= UNSEEN * total
        and total >= 5 * len(values)
    )
    if listed:
        checks = (Check(name="isin", arguments={"allowed_values": tuple(sorted(values))}),)
        reasons.append(f"{len(values)} categories, each seen often: a new one is rejected")
    else:
        forbidden = tuple(word for word in NOTHING if word not in words)
        checks = (Check(name="notin", arguments={"forbidden_values": forbidden}),)
        reasons.append(f"{column.distinct} different texts: any is allowed that says something")
    prepare = None
    if column.missing or words:
        impute = "most_frequent" if listed else "constant"
        fill = None if listed else "missing"
        prepare = Prepare(missing_values=tuple(words), impute=impute, fill_value=fill)  # type: ignore[arg-type]
        share = (column.missing + sum(texts.words.values() if texts else ())) / column.rows
        reasons.append(
            f"{share:.1%} missing; " + ("the most frequent" if listed else "the word 'missing'")
        )
    declared = Column(
        name=column.name, dtype=dtype, nullable=prepare is not None, checks=checks, prepare=prepare
    )
    return Choice(declared, tuple(reasons))


def _other(column: ColumnProfile, dtype: pl.DataType | None) -> Choice:
    from datacheck.schema import Column, Prepare

    prepare = None
    reasons = [f"{column.kind}: passes through"]
    if column.missing and column.kind == "boolean":
        prepare = Prepare(impute="most_frequent")
        reasons = [f"{column.missing / column.rows:.1%} missing; the most frequent"]
    declared = Column(name=column.name, dtype=dtype, nullable=bool(column.missing), prepare=prepare)
    return Choice(declared, tuple(reasons))
