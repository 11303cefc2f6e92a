"""What is said of a leak: the finding of each way in which a feature gives a target away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import figure, shown_name, shown_value

if TYPE_CHECKING:
    import polars as pl

    from datacheck.findings.leak_pairs import Pair
    from datacheck.findings.leak_rules import Told
    from datacheck.profiling.column import ColumnProfile
    from datacheck.profiling.model import Profile

#: What `Leak.by` calls a feature that takes another one.
PAIR = "with another"
_MEANS = {
    "mean": "the mean of {of} over the very rows that have it",
    "smoothed mean": "the mean of {of} over the rows of a {group}, drawn to the mean of all rows",
    "mean of the others": "the mean of {of} over the other rows of the same {group}, which tells "
    "the row's own",
}
_SUBJECTS = {"value": "The column alone", "missing": "Whether a cell is missing"}


class Leak(NamedTuple):
    """A way in which the target is given away."""

    #: The feature; None for the order of the rows.
    column: str | None
    #: ``value``, ``missing``, ``order``, the kind of mean, or the part of a cell that does.
    by: str
    #: ``AUC`` (of the class that is told worst) or ``R2``, on the half that was held back.
    measure: str
    told: Told
    #: A row of the one class that is told, among all that are judged.
    row: int | None = None
    #: The column by whose values means were made.
    group: str | None = None
    #: The other feature that it takes, and how.
    pair: Pair | None = None


def leak_finding(profile: Profile, target: str, sample: pl.DataFrame, leak: Leak) -> Finding:
    """``target.leak`` of a sample's target."""
    of = shown_name(target)
    score, told = leak.told.score, f"{leak.measure} {leak.told.score:.4f}"
    held = "on rows that the rule was not made on"
    evidence: dict[str, Any] = {
        "by": leak.by,
        "target": target,
        "measure": leak.measure,
        "score": score,
    }
    if leak.column is None:
        return Finding(
            code="target.leak",
            severity="info",
            count=profile.rows,
            message=f"The order of the rows gives {of} away ({told} {held}).",
            remedy="Shuffle the rows before they are split, and feed no number of a row.",
            evidence=evidence,
        )
    subject = _SUBJECTS.get(leak.by, f"I{leak.by[1:]} alone")
    more = "" if leak.by == "its letters" else "s"
    what = f"{subject} give{more} {of} away"
    if leak.row is not None:
        evidence["class"] = sample[target][leak.row]
        what = f"{subject} tell{more} whether {of} is {shown_value(evidence['class'])}"
    if leak.told.spared:
        evidence["spared"] = leak.told.spared
        held = f"{held}, but for {leak.told.spared:.0%} of them"
    column = profile.columns[leak.column]
    message = f"{what} ({told} {held})."
    if leak.by in _MEANS:
        group = "group" if leak.group is None else shown_name(leak.group)
        message = f"Each of its values is {_MEANS[leak.by].format(of=of, group=group)}."
        evidence |= {} if leak.group is None else {"group": leak.group}
    if leak.pair is not None:
        return _of_pair(column, leak.pair, of, evidence)
    fix = fixes.drop_column(leak.column)
    return Finding(
        code="target.leak",
        severity="warning",
        column=leak.column,
        count=column.missing if leak.by == "missing" else column.count,
        message=message,
        remedy="See whether it is known before the target is; if not, a model must not have it: "
        f"{fix.sentence[0].lower()}{fix.sentence[1:]}",
        fix=fix,
        evidence={"where": {"is": "missing" if leak.by == "missing" else "cell"}, **evidence},
    )


def _of_pair(column: ColumnProfile, pair: Pair, of: str, evidence: dict[str, Any]) -> Finding:
    made = f"{shown_name(pair.first)} {pair.sign} {shown_name(pair.second)}"
    made = made if pair.factor == 1 else f"({made}) times {figure(pair.factor)}"
    return Finding(
        code="target.leak",
        severity="warning",
        column=pair.first,
        count=column.count,
        message=f"{of} is {made} in every row.",
        remedy="See which of the two is known before the target is; a model must not have both.",
        evidence={
            "where": {"is": "cell"},
            **evidence,
            "with": pair.second,
            "sign": pair.sign,
            "factor": pair.factor,
        },
    )
