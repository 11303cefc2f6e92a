"""Labels that are likely wrong: ``label.suspect``, on request.

Each row's label is foretold by models that have not seen the row (five folds; `folds.agreed`). How
many are wrong is estimated by confident learning (Northcutt, Jiang and Chuang, "Confident Learning:
Estimating Uncertainty in Dataset Labels", JAIR 70, 2021): where another class is foretold with at
least the confidence that rows of that class have on average. So many labels are suspect, those
whose chance is least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Indices, Ints
from datacheck.columns import bare
from datacheck.errors import DatacheckError
from datacheck.findings.folds import SEED, agreed, features
from datacheck.findings.targets import classes_of
from datacheck.profiling.model import Profile
from datacheck.report.finding import LISTED, Finding
from datacheck.text import agree, shown_name

#: Rows that take part in a larger table.
MOST_ROWS = 50_000
#: Classes with fewer rows are left out.
LEAST_CLASS = 10
#: So many labels are planted wrong to see how well wrong ones are found: this share, at most these.
PLANTED, MOST_PLANTED = 0.05, 100
#: Labels are called likely wrong where of the first of the list so many are, on trial.
LIKELY = 0.5
_NOT_FEATURES = ("id", "target", "weight", "ignore")


def targets_of(profile: Profile, roles: Mapping[str, str]) -> list[str]:
    """The targets whose labels can be looked at; a `DatacheckError` says that none is known."""
    found = [name for name, role in roles.items() if role == "target" and name in profile.columns]
    if not found:
        raise DatacheckError(
            "suspect labels are looked for in a target, and none is known",
            todo="name it with --target, or target=..., or role: target in the schema",
        )
    return found


def suspect_labels(
    places: Ints, rows: pl.DataFrame, profile: Profile, roles: Mapping[str, str]
) -> list[Finding]:
    """The labels of each target of classes that out-of-fold predictions call wrong.

    `places` are the numbers of the rows, ascending. In a finding ``rows`` are the most suspect
    first, ``values`` their labels, and the evidence has the labels that are foretold, an estimate
    of how many are wrong, and how well labels that were planted wrong were found. Errors as of
    `targets_of` and `out_of_fold`.
    """
    found = []
    for target in targets_of(profile, roles):
        counts = classes_of(profile.columns[target])
        kept = [name for name, count in (counts or {}).items() if count >= LEAST_CLASS]
        names = [
            name
            for name, column in profile.columns.items()
            if column.role not in _NOT_FEATURES and roles.get(name) not in _NOT_FEATURES
        ]
        present = [name for name in rows.columns if name in names]
        if len(kept) > 1:
            finding = _suspects(places, rows, target, present)
            found += [finding] if finding is not None else []
    return found


def _suspects(
    places: Ints, rows: pl.DataFrame, target: str, names: Sequence[str]
) -> Finding | None:
    given = bare(rows[target]).cast(pl.String)
    often = given.drop_nulls().value_counts()
    known = often.filter(often["count"] >= LEAST_CLASS)[""].sort().to_list()
    seen = given.is_in(known).fill_null(value=False)
    rows, places = rows.filter(seen), places[seen.to_numpy()]
    if len(known) < 2:  # noqa: PLR2004 - one class has no other
        return None
    labels = bare(rows[target]).cast(pl.String).replace_strict(known, range(len(known))).to_numpy()
    # Names that begin alike are often alike: a maker's cars.
    cells, used = features(rows, names, most=rows.height)
    if not used:
        return None
    chances = agreed(cells, labels, "finding suspect labels")
    wrong, others = suspects(chances, labels)
    if not len(wrong):
        return None
    first = wrong[:LISTED]
    tried = _tried(cells, labels, np.setdiff1d(np.arange(len(labels)), wrong))
    likely = tried.get("precision", 0.0) >= LIKELY
    return Finding(
        code="label.suspect",
        severity="warning" if likely else "info",
        column=target,
        count=len(wrong),
        rows=tuple(int(each) for each in places[first]),
        values=tuple(rows[target][first.tolist()].to_list()),
        message=_message(len(wrong), tried, likely=likely),
        remedy=f"Look at the rows, and correct {shown_name(target)} or leave them out."
        if likely
        else f"Most of them may be right: look at the first, or add columns that tell "
        f"{shown_name(target)}.",
        evidence={
            "foretold": [known[at] for at in others[:LISTED]],
            "share": len(wrong) / rows.height,
            "looked_at": rows.height,
            "estimate": estimated(chances, labels),
            "accuracy": float((chances.argmax(axis=1) == labels).mean()),
            **tried,
        },
    )


def _tried(cells: Floats, labels: Ints, trusted: Ints) -> dict[str, Any]:
    """How many of the most suspect labels are planted ones, where some are planted."""
    random = np.random.default_rng(SEED)
    many = min(MOST_PLANTED, int(PLANTED * len(labels)), len(trusted))
    if not many:
        return {}
    turned = random.choice(trusted, many, replace=False)
    kinds = int(labels.max()) + 1
    planted = labels.copy()
    planted[turned] = (labels[turned] + random.integers(1, kinds, many)) % kinds
    chances = agreed(cells, planted, "finding suspect labels")
    found, _ = suspects(chances, planted)
    # What was suspect before may be wrong as well: it counts neither way.
    judged = found[np.isin(found, trusted)][:many]
    return {
        "planted": many,
        "precision": float(np.isin(judged, turned).mean()) if len(judged) else 0.0,
    }


def _message(count: int, tried: Mapping[str, Any], *, likely: bool) -> str:
    other = "a model that has not seen the row predicts another class"
    if likely:
        return (
            f"{agree(count, 'label', 'is', 'are')} likely wrong: {other}; the most suspect are "
            "listed first."
        )
    trial = "none could be planted on trial"
    if tried:
        trial = (
            f"on trial, {tried['precision']:.0%} of the first of its list were labels planted wrong"
        )
    return f"{agree(count, 'label', 'is', 'are')} perhaps wrong: {other}; but {trial}."


def estimated(chances: Floats, labels: Ints) -> int:
    """How many labels are wrong: the confident joint, calibrated to the classes' rows (eq. 3)."""
    usual = np.array([chances[labels == at, at].mean() for at in range(chances.shape[1])])
    confident = np.where(chances >= usual, chances, -1.0)
    best = confident.argmax(axis=1)
    sure = confident[np.arange(len(labels)), best] >= 0
    wrong = 0.0
    for at in range(chances.shape[1]):
        own = labels == at
        counted = own & sure
        if counted.any():
            wrong += own.sum() * float((best[counted] != at).mean())
    return round(wrong)


def suspects(chances: Floats, labels: Ints) -> tuple[Indices, Indices]:
    """The rows whose label is suspect, the most suspect first, and the class that is foretold.

    They are as many as are estimated to be wrong, by the chance of the label that was given: it
    ranks planted ones better than the margin does, or than confidence put first.
    """
    own, best = chances[np.arange(len(labels)), labels], chances.argmax(axis=1)
    least = np.argsort(own, kind="stable")[: estimated(chances, labels)]
    wrong = least[best[least] != labels[least]]
    return wrong, best[wrong]
