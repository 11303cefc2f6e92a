"""What the target shows by itself and against a reference: holes, rare classes, drift.

How a quantity that is to be predicted lies: ``target.scale``, what loss and scaling must heed.

A squared error is the far values' where a target spans decades; where most rows share a value, two
questions are asked in one; where it hardly varies for its size, an untrained model begins far away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.text import agree, figure, shown_value

#: A target of so few different whole numbers is one of classes, each this often on average.
CLASSES, REPEATED = 20, 5
#: A class with fewer rows than folds is in no part of some of them.
FOLDS = 5
#: A class is rare below this share of the commonest one's rows.
RARE = 0.2
#: What a target's own findings say better.
_SAID_BETTER = ("missing.null", "missing.nan", "scale.constant", "scale.degenerate")
_SHOWN = 5


def targets(profile: Profile) -> Iterator[ColumnProfile]:
    """The target's columns."""
    yield from (column for column in profile.columns.values() if column.role == "target")


def classes_of(column: ColumnProfile) -> dict[Any, int] | None:
    """The classes of a target with their rows, commonest first; None where it is a quantity."""
    texts, numbers = column.texts, column.numbers
    found: dict[Any, int] = {}
    if column.kind in ("text", "boolean") and texts is not None and texts.exact and texts.values:
        if len(texts.values) > CLASSES and is_number_but_one(texts.values):
            return None
        found = dict(texts.values)
    elif column.kind in ("boolean", "number") and numbers is not None and numbers.exact:
        if numbers.whole != numbers.count or len(numbers.values) > CLASSES:
            return None
        found = dict(zip(numbers.values.tolist(), numbers.value_counts.tolist(), strict=True))
        if column.kind == "number" and numbers.count < REPEATED * len(found):
            return None
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return dict(ordered) or None


def is_number_but_one(texts: Iterable[str]) -> bool:
    """Whether texts are numbers, but for one at most, that stands for none of them.

    >>> [is_number_but_one(texts) for texts in (["1.5", "NA", "7"], ["1", "a", "b"], ["NA"])]
    [True, False, False]
    """
    cells = pl.Series(list(texts), dtype=pl.String)
    numbers = cells.str.strip_chars().cast(pl.Float64, strict=False).is_not_null().sum()
    return numbers > 0 and numbers >= len(cells) - 1


def target_findings(profile: Profile) -> Iterator[Finding]:
    """``target.missing``, ``target.constant`` and ``target.imbalance``."""
    for column in targets(profile):
        yield from _missing(column)
        if column.missing < column.rows:
            if column.distinct == 1 and column.is_exact:
                yield Finding(
                    code="target.constant",
                    severity="error",
                    column=column.name,
                    count=column.count,
                    message="The target has one value only: there is nothing to learn.",
                    remedy="See what filtered the rows, or name another target.",
                    evidence={"where": {"is": "cell"}},
                )
            yield from _imbalance(column)


def _missing(column: ColumnProfile) -> Iterator[Finding]:
    if column.missing:
        yield Finding(
            code="target.missing",
            severity="error",
            column=column.name,
            count=column.missing,
            message=f"{agree(column.missing, 'row', 'has', 'have')} no target.",
            remedy="Leave these rows out of training; an imputed target is an invented answer.",
            evidence={"where": {"is": "missing"}, "share": column.missing / column.rows},
        )


def _imbalance(column: ColumnProfile) -> Iterator[Finding]:
    counts = classes_of(column)
    if counts is None or len(counts) < 2:  # noqa: PLR2004 - one class is a constant
        return
    if column.kind == "text" and len(counts) > column.rows / REPEATED:
        return
    few = {name: count for name, count in counts.items() if count < FOLDS}
    rare = few or {n: count for n, count in counts.items() if count < RARE * max(counts.values())}
    if not rare:
        return
    shown = ", ".join(f"{_class(n)} ({c:,})" for n, c in list(rare.items())[-_SHOWN:])
    more = f", and {len(rare) - _SHOWN} more" if len(rare) > _SHOWN else ""
    why = f"fewer than {FOLDS} rows" if few else f"less than {RARE:.0%} of the commonest one's"
    text = column.kind == "text"
    yield Finding(
        code="target.imbalance",
        severity="warning" if few else "info",
        column=column.name,
        count=sum(rare.values()),
        message=f"Classes with {why}: {shown}{more}.",
        remedy="Gather more of them, join them with others, or leave them out: no fold would hold "
        "each."
        if few
        else "Split by strata, and judge by a measure that counts the rare classes (not accuracy).",
        evidence={
            "where": {"texts" if text else "values": list(rare)},
            "counts": {_plain(name): count for name, count in counts.items()},
        },
    )


def _class(value: Any) -> str:
    return figure(value) if isinstance(value, float) else shown_value(value)


def _plain(value: Any) -> str:
    return figure(value) if isinstance(value, float) else str(value)


def target_drift(reference: Profile, data: Profile, drift: Iterable[Finding]) -> Iterator[Finding]:
    """``target.drift``: classes that the reference lacks, and shares or values that have moved."""
    shifted = {each.column: each for each in drift if each.code == "drift.shift"}
    for column in targets(data):
        before = reference.columns.get(column.name)
        if before is None:
            continue
        old, new = classes_of(before), classes_of(column)
        if old is not None and new is not None:
            fresh = {name: count for name, count in new.items() if name not in old}
            if fresh:
                yield _fresh(column, fresh)
        if column.name in shifted:
            yield _moved(column, shifted[column.name])


def _fresh(column: ColumnProfile, fresh: dict[Any, int]) -> Finding:
    shown = ", ".join(f"{_class(n)} ({c:,})" for n, c in list(fresh.items())[:_SHOWN])
    word = "texts" if column.kind == "text" else "values"
    return Finding(
        code="target.drift",
        severity="warning",
        column=column.name,
        count=sum(fresh.values()),
        message=f"Classes that the reference lacks, and no model of it predicts: {shown}.",
        remedy="Train with these classes, or set their rows aside.",
        evidence={"where": {word: list(fresh)}, "classes": list(fresh)},
    )


def _moved(column: ColumnProfile, shift: Finding) -> Finding:
    return Finding(
        code="target.drift",
        severity="warning",
        column=column.name,
        count=column.count,
        message="The target is distributed differently than in the reference: what a model has "
        "learned of how common its answers are no longer holds.",
        remedy="Find out why; weigh or calibrate the model anew, and split by strata.",
        evidence={key: value for key, value in shift.evidence.items() if key != "where"},
    )


def without_echoes_of_targets(
    found: Iterable[Finding], of_rows: Iterable[Finding]
) -> list[Finding]:
    """The findings but for those that a finding about the target says better."""
    better = {each.column for each in of_rows if each.code in ("target.missing", "target.constant")}
    return [each for each in found if each.column not in better or each.code not in _SAID_BETTER]


#: A target of fewer different values is no quantity to be scaled.
LEAST = 20
#: The far hundredth lies so many interquartile ranges from the middle (normal 1.7, exponential 3.6,
#: lognormal of deviation 1: 6.3).
FAR = 10.0
#: One value has this share of the rows.
COMMON = 0.25
#: The middle is so many times the interquartile range.
AWAY = 1000.0


def target_scales(profile: Profile) -> Iterator[Finding]:
    """``target.scale`` of each target that is a quantity."""
    for column in targets(profile):
        points = column.points
        if column.kind != "number" or classes_of(column) is not None or len(points) < LEAST:
            continue
        place = int(points.weights.argmax())
        common, value = float(points.weights[place]) / points.total, float(points.values[place])
        low, first, middle, third, high = points.quantiles([0.01, 0.25, 0.5, 0.75, 0.99])
        wide = third - first
        if points.exact and common >= COMMON:
            yield _finding(
                column,
                f"{common:.0%} of the rows have the target {figure(value)}, the others are spread: "
                "whether and how much are two questions.",
                "Predict first whether it is that value and then how much it is, or use a loss for "
                "such counts and amounts (Poisson, Tweedie).",
                {"how": "common", "value": value, "share": common},
                {"values": [value]},
            )
        elif wide > 0 and max(high - middle, middle - low) >= FAR * wide:
            times = max(high - middle, middle - low) / wide
            yield _finding(
                column,
                f"The far hundredth of the target lies {times:.0f} interquartile ranges from its "
                "middle: a squared error is theirs alone.",
                "Predict its logarithm (`power: log1p`; signed_log1p of both signs), or use "
                "an absolute error; scale it by its quartiles.",
                {"how": "far", "times": times},
                {"is": "cell"},
            )
        if wide > 0 and abs(middle) >= AWAY * wide:
            yield _finding(
                column,
                f"The target is about {figure(middle)} and varies by {figure(wide)}: an untrained "
                "model begins far from all of it.",
                "Scale it (`scale: robust`), and bring predictions back by `inverse`.",
                {"how": "away", "middle": middle, "range": wide},
                {"is": "cell"},
            )


def _finding(
    column: ColumnProfile,
    message: str,
    remedy: str,
    evidence: dict[str, Any],
    where: dict[str, Any],
) -> Finding:
    values = where.get("values")
    count = column.count
    if values is not None:
        count = round(evidence["share"] * column.points.total)
    return Finding(
        code="target.scale",
        severity="info",
        column=column.name,
        count=count,
        message=message,
        remedy=remedy,
        evidence={"where": where, **evidence},
    )
