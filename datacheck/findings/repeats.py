"""Rows that are one: repeated in a table, in conflict about the target, shared with a reference.

Counts are exact, whoever counted, and the ``values`` of these findings are rows: those that the
listed ones are like. How grave they are is a matter of chance: rows of a few
categories repeat of themselves, a row of measurements does not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from datacheck.findings.moments import units_a_day
from datacheck.findings.roles import says_id
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix
from datacheck.rows.repeats import DuplicateRows
from datacheck.severity import Severity
from datacheck.text import agree, shown_name, some

#: Columns depend on each other, so rows agree more often than if they did not: that the chance of
#: independent columns to this power would bring them is told (set on the tables of the census).
#: What independent columns bring by themselves is not.
DEPENDENCE = 0.5
#: Pairs of copies for each row that is one: 1 in a table that holds all rows twice, 1.5 thrice.
_COPIES = 1.5
#: A share of pairs that is rounding alone.
_NONE = 1e-12
#: So many names are said in a message.
_NAMED = 3


def agreement(column: ColumnProfile) -> float:
    """The share of the pairs of rows that agree in a column; without bias, so 0 where none do."""
    rows = column.rows
    if rows < 2:  # noqa: PLR2004 - there is no pair
        return 0.0
    texts, numbers = column.texts, column.numbers
    alike = float(column.missing * (column.missing - 1))
    if column.kind == "text" and texts is not None and texts.count:
        kept = sum(texts.values.values())
        # Where not all texts are kept, those with the smallest hashes stand for the others.
        pairs = sum(count * (count - 1) for count in texts.values.values())
        alike += pairs * texts.count / max(kept, 1)
    elif numbers is not None and numbers.count and numbers.exact:
        weights = column.points.weights
        alike += float((weights * (weights - 1)).sum())
    elif numbers is not None and numbers.count:
        alike += sum(count * (count - 1.0) for _, count in column.frequent)
        alike += numbers.count * max(numbers.count / max(column.distinct, 1) - 1, 0.0)
    return alike / (rows * (rows - 1))


def chance(profile: Profile, names: Iterable[str], known: float = 0.0) -> float:
    """The chance that two rows, not `known` to be copies, agree in columns as if independent."""
    shares = [agreement(profile.columns[name]) - known for name in names if name in profile.columns]
    if not shares or min(shares) <= _NONE:
        return 0.0
    return math.exp(sum(map(math.log, shares)))


def duplicates(
    profile: Profile,
    repeats: Mapping[frozenset[str], DuplicateRows],
    ids: Collection[str],
    twice: Collection[str] = (),
) -> Iterator[Finding]:
    """``row.duplicate``, by all columns and by all but the ids; `twice` prove nothing more."""
    for names, found in _growing(repeats):
        without = [name for name in ids if name not in names]
        columns = [name for name in profile.columns if name in names]
        whole = len(columns) == len(profile.columns)
        fix = fixes.drop_rows(None if whole else columns)
        severity = _gravity(found, _pairs(profile), profile, set(names).difference(twice))
        if severity is None:
            continue
        yield Finding(
            code="row.duplicate",
            severity=severity,
            count=found.count,
            rows=found.rows,
            values=found.like,
            message=f"{agree(found.count, 'row', 'repeats', 'repeat')} an earlier one"
            f"{_but(without)}{chance_said(severity)}.",
            remedy=f"{fix.sentence[:-1]}, unless each stands for a thing of its own; a test set "
            "must not share rows with the training set.",
            fix=_unless_chance(fix, severity),
            evidence={
                "where": {"equal": "all" if not without else "all but", "but": without},
                "share": found.count / profile.rows,
            },
        )


def repeated_ids(
    profile: Profile, name: str, found: DuplicateRows, whole: int, *, declared: bool
) -> Iterator[Finding]:
    """``row.duplicate`` of an id that an earlier row has, unless `whole` rows repeat with it."""
    column = profile.columns[name]
    if found.count <= whole or found.count >= column.rows / 2:
        return
    sure = declared or says_id(name)
    yield Finding(
        code="row.duplicate",
        severity="warning" if sure else "info",
        column=name,
        count=found.count,
        rows=found.rows,
        values=found.like,
        message=f"{agree(found.count, 'row', 'has', 'have')} an identifier that an earlier row "
        "has, and other cells.",
        remedy="Find out which of the rows is right; or declare role: group, if it names several "
        "rows, and split by it.",
        evidence={"share": found.count / profile.rows},
    )


def conflicts(
    profile: Profile,
    found: DuplicateRows,
    features: Collection[str],
    targets: Sequence[str],
    twice: Collection[str] = (),
) -> Iterator[Finding]:
    """``row.conflict``: the same features with different targets."""
    severity = _gravity(found, _pairs(profile), profile, set(features).difference(twice))
    if severity is None:
        return
    told_by = [name for name in profile.columns if name in features]
    fix = fixes.drop_rows(told_by, differ=targets)
    yield Finding(
        code="row.conflict",
        severity=severity,
        count=found.count,
        rows=found.rows,
        values=found.like,
        message=f"{agree(found.count, 'row', 'has', 'have')} the features of another row and "
        f"another {_listed(targets)}{chance_said(severity)}.",
        remedy="Find out which of the targets is right; where both are, a feature is missing that "
        "tells the rows apart, and no model can.",
        fix=_unless_chance(fix, severity),
        evidence={
            "targets": list(targets),
            "share": found.count / profile.rows,
        },
    )


def overlaps(
    profile: Profile,
    rows: int,
    found: Mapping[frozenset[str], DuplicateRows],
    ids: Collection[str],
    twice: Collection[str] = (),
) -> Iterator[Finding]:
    """``row.overlap``: rows that stand in the reference too, which has so many `rows`."""
    for names, same in _growing(found):
        without = [name for name in ids if name not in names and name in profile.columns]
        severity = _gravity(same, float(profile.rows) * rows, profile, set(names).difference(twice))
        if severity is None:
            continue
        shared = fixes.drop_shared([name for name in profile.columns if name in names])
        yield Finding(
            code="row.overlap",
            severity=severity,
            count=same.count,
            rows=same.rows,
            values=same.like,
            message=f"{agree(same.count, 'row', 'is', 'are')} in the reference too"
            f"{_but(without)}{chance_said(severity)}.",
            remedy="If the reference is the training set, take them out of one of the two: a model "
            "is not tested by rows that it has seen.",
            fix=_unless_chance(shared, severity),
            evidence={
                "but": without,
                "share": same.count / profile.rows,
                "reference_rows": rows,
            },
        )


def is_itself(same: DuplicateRows, rows: tuple[int, int]) -> bool:
    """Whether a table is its own reference, row by row: then nothing is shared that should not."""
    in_order = all(like <= row for row, like in zip(same.rows, same.like, strict=True))
    return same.count == rows[0] == rows[1] and in_order


def on_both_sides(
    profile: Profile, name: str, role: str, same: DuplicateRows, *, declared: bool
) -> Iterator[Finding]:
    """``row.overlap`` of a column: ids or groups that the reference has too."""
    if same.count:
        what = "groups" if role == "group" else "ids"
        yield Finding(
            code="row.overlap",
            severity="warning" if declared else "info",
            column=name,
            count=same.count,
            rows=same.rows,
            values=same.like,
            message=f"{agree(same.count, 'row', 'has', 'have')} {what} that the reference has too.",
            remedy=f"Split by {'group' if role == 'group' else 'id'}: what a model knows of one "
            "row of it, it knows of the others.",
            evidence={"share": same.count / max(profile.rows, 1)},
        )


def before_its_end(
    reference: ColumnProfile, data: ColumnProfile, *, of_others: str | None = None
) -> Iterator[Finding]:
    """``row.overlap`` of a time: rows that lie before the end of the reference.

    `of_others` is a column of groups of which none is on both sides.
    """
    old, new = reference.numbers, data.numbers
    if old is None or new is None or not old.count or not new.count:
        return
    there, here = _unit(reference), _unit(data)
    if reference.kind != data.kind or not there or not here:
        return
    end, start = old.highest[0][0] * here / there, new.lowest[0][0]
    if start < end:
        apart = of_others is not None
        yield Finding(
            code="row.overlap",
            severity="info" if apart else "warning",
            column=data.name,
            count=new.count,
            message=f"Rows lie before the end of the reference, none of them of a "
            f"{shown_name(str(of_others))} that it has."
            if apart
            else "Rows lie before the end of the reference: what is to be predicted has been seen.",
            remedy="Nothing, if what happens to one says nothing of the others at that time; else "
            "split by time too."
            if apart
            else "Split by time: the test set begins where the training set ends.",
            evidence={"where": {"inside": [start, math.nextafter(end, -math.inf)]}, "end": end},
        )


def _unit(column: ColumnProfile) -> float:
    """How many of what a column counts make a day, or 1 of a number; 0 where it is no moment."""
    return 1.0 if column.kind == "number" else units_a_day(column.dtype)


def _pairs(profile: Profile) -> float:
    return profile.rows * (profile.rows - 1) / 2


def _gravity(
    found: DuplicateRows, pairs: float, profile: Profile, names: Iterable[str]
) -> Severity | None:
    """A warning, unless chance may bring it; None where it is no more than chance."""
    if not found.count:
        return None
    copies: float = found.pairs
    if found.count > profile.rows / 2:
        # Where most rows repeat they are of few kinds, unless each was taken twice or thrice.
        copies = min(found.pairs, _COPIES * found.count)
    return gravity_of(found.count, pairs, chance(profile, names, copies / max(pairs, 1.0)))


def gravity_of(count: int, pairs: float, by_chance: float) -> Severity | None:
    """How grave so many rows are, where two agree with this chance; None where that is why."""
    if pairs * by_chance >= count / 2:
        return None
    return "info" if pairs * by_chance**DEPENDENCE >= count / 2 else "warning"


def _unless_chance(fix: Fix, severity: Severity) -> Fix | None:
    """The fix, unless chance may explain the rows: then it is no fault of theirs."""
    return fix if severity == "warning" else None


def chance_said(severity: Severity) -> str:
    """What a message adds where chance may be why."""
    if severity != "info":
        return ""
    return "; with so few different values, chance alone may bring that"


def _growing(
    found: Mapping[frozenset[str], DuplicateRows],
) -> Iterator[tuple[frozenset[str], DuplicateRows]]:
    """What fewer and fewer columns find, where it is more rows than more columns have found."""
    before = 0
    for names, same in sorted(found.items(), key=lambda pair: -len(pair[0])):
        if same.count > before:
            before = same.count
            yield names, same


def _but(without: Sequence[str]) -> str:
    return f" in all columns but {_listed(without)}" if without else ""


def _listed(names: Sequence[str]) -> str:
    return some(names, _NAMED, shown=shown_name)
