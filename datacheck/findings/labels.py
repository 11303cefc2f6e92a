"""Labels that are likely wrong: ``label.suspect``, on request.

Each row's label is foretold by a gradient-boosted model that has not seen the row (five folds). By
confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in
Dataset Labels", JAIR 70, 2021), a label is suspect where another class is foretold with at least
the confidence that rows of that class have on average.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.errors import DatacheckError, MissingExtraError
from datacheck.findings.targets import classes_of
from datacheck.report.finding import LISTED, Finding
from datacheck.text import shown_name, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.model import Profile

    Floats = NDArray[np.float64]

#: Rows that take part in a larger table, spread evenly.
MOST_ROWS = 50_000
FOLDS = 5
#: Cells up to which one thread is enough.
_SMALL = 2_000_000
#: Classes with fewer rows are left out; so are texts of more kinds than this.
LEAST_CLASS, MOST_KINDS = 10, 200
_NOT_FEATURES = ("id", "target", "weight", "ignore")


def suspect_labels(
    frame: pl.LazyFrame, profile: Profile, roles: Mapping[str, str], *, seed: int = 0
) -> list[Finding]:
    """The labels of each target of classes that out-of-fold predictions call wrong.

    Parameters
    ----------
    frame, profile
        The table.
    roles
        What its columns are declared to be: one is a target.
    seed
        Of the folds.

    Returns
    -------
    list of Finding
        ``rows`` are the most suspect first, ``values`` their labels, and the evidence has
        the labels that are foretold.

    Raises
    ------
    DatacheckError
        Where no target is known.
    MissingExtraError
        Without scikit-learn.
    """
    targets = [name for name, role in roles.items() if role == "target" and name in profile.columns]
    if not targets:
        raise DatacheckError(
            "suspect labels are looked for in a target, and none is known",
            todo="name it with --target, or target=..., or role: target in the schema",
        )
    found = []
    for target in targets:
        counts = classes_of(profile.columns[target])
        kept = [name for name, count in (counts or {}).items() if count >= LEAST_CLASS]
        names = [
            name
            for name, column in profile.columns.items()
            if column.role not in _NOT_FEATURES and roles.get(name) not in _NOT_FEATURES
        ]
        if len(kept) > 1 and (finding := _suspects(frame, target, names, seed)) is not None:
            found.append(finding)
    return found


def _suspects(frame: pl.LazyFrame, target: str, names: Sequence[str], seed: int) -> Finding | None:
    import polars as pl

    from datacheck.columns import col, cols
    from datacheck.source.collecting import collect
    from datacheck.text import unused

    present = [name for name in frame.collect_schema() if name in names]
    row = unused("row", [*present, target])
    table = frame.select(cols([*present, target])).with_row_index(row)
    table = table.filter(col(target).is_not_null())
    rows = collect(table)
    step = max(1, -(-rows.height // MOST_ROWS))
    rows = rows.gather_every(step)
    given = rows[target].cast(pl.String)
    often = given.value_counts()
    known = often.filter(often["count"] >= LEAST_CLASS)[target].sort().to_list()
    rows = rows.filter(given.is_in(known))
    if len(known) < 2 or not present:  # noqa: PLR2004 - one class has no other
        return None
    labels = rows[target].cast(pl.String).replace_strict(known, range(len(known))).to_numpy()
    cells = _features(rows, present)
    if not cells.shape[1]:
        return None
    chances = _out_of_fold(cells, labels, seed)
    wrong, others = confident(chances, labels)
    if not len(wrong):
        return None
    first = wrong[:LISTED]
    return Finding(
        code="label.suspect",
        severity="warning",
        column=target,
        count=len(wrong),
        rows=tuple(int(each) for each in rows[row].to_numpy()[first]),
        values=tuple(rows[target][first.tolist()].to_list()),
        message=f"{told(len(wrong), 'label', 'is', 'are')} likely wrong: a model that has not seen "
        "the row predicts another class; the most suspect are listed first.",
        remedy=f"Look at the rows, and correct {shown_name(target)} or leave them out.",
        evidence={
            "foretold": [known[at] for at in others[:LISTED]],
            "share": len(wrong) / rows.height,
            "looked_at": rows.height,
            "accuracy": float((chances.argmax(axis=1) == labels).mean()),
        },
    )


def _features(rows: pl.DataFrame, names: Sequence[str]) -> Floats:
    """The features as numbers: texts as the number of their category, others as they are."""
    import polars as pl

    columns = []
    for name in names:
        cells, dtype = rows[name].alias("cell"), rows[name].dtype
        if dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean:
            columns.append(cells.to_physical().cast(pl.Float64))
        elif isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
            texts = cells.cast(pl.String)
            if texts.n_unique() <= MOST_KINDS:
                kinds = texts.drop_nulls().unique().sort()
                order = range(len(kinds))
                numbers = texts.replace_strict(kinds, order, default=None, return_dtype=pl.Float64)
                columns.append(numbers)
    made = [each.fill_null(float("nan")).to_numpy() for each in columns]
    return np.column_stack(made) if made else np.zeros((rows.height, 0))


def _out_of_fold(cells: Floats, labels: NDArray[np.int64], seed: int) -> Floats:
    """The chance of each class for each row, by models that have not seen the row."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.model_selection import StratifiedKFold
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtraError("sklearn", "finding suspect labels") from error
    cells = np.where(np.isinf(cells), np.nan, cells)
    # Threads that wait for each other cost more than they gain where there is little to do.
    with threadpool_limits(1 if cells.size < _SMALL else None, "openmp"):
        return _by_folds(cells, labels, seed, HistGradientBoostingClassifier, StratifiedKFold)


def _by_folds(
    cells: Floats, labels: NDArray[np.int64], seed: int, classifier: Any, folds: Any
) -> Floats:
    chances = np.zeros((len(labels), int(labels.max()) + 1))
    for train, test in folds(FOLDS, shuffle=True, random_state=seed).split(cells, labels):
        # Shallow and slow: a model that trusts single rows learns wrong labels by heart.
        model = classifier(
            max_iter=60,
            learning_rate=0.1,
            max_leaf_nodes=8,
            min_samples_leaf=10,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )
        model.fit(cells[train], labels[train])
        chances[np.ix_(test, model.classes_)] = model.predict_proba(cells[test])
    return chances


def confident(
    chances: Floats, labels: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows whose label is suspect, the most suspect first, and the class that is foretold.

    Parameters
    ----------
    chances
        Shape (rows, classes), out of fold.
    labels
        Shape (rows,).
    """
    classes = chances.shape[1]
    usual = np.array([chances[labels == at, at].mean() for at in range(classes)])
    sure = np.where(chances >= usual, chances, -1.0)
    best = sure.argmax(axis=1)
    rows = np.arange(len(labels))
    suspect = np.flatnonzero((sure[rows, best] >= 0) & (best != labels))
    margin = chances[suspect, best[suspect]] - chances[suspect, labels[suspect]]
    order = np.argsort(-margin, kind="stable")
    return suspect[order], best[suspect[order]]
