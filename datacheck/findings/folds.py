"""What models say of rows that they have not seen: the features, the folds, and the models.

A gradient-boosted model, shallow and slow on purpose: one that trusts single rows learns wrong
labels by heart. Where labels are doubted, random trees and a straight line have a say too, each as
far as it tells labels that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.columns import bare, doubles, is_text
from datacheck.errors import MissingExtraError

Maker = Callable[[int], Any]

FOLDS = 5
#: Of the folds, the trees and what is planted: the same table gives the same findings.
SEED = 0
#: Random trees: so many where rows are few, and fewer of a large table, whose trees are large.
_TREES, _LEAST_TREES, _GROWN = 200, 50, 1_000_000
#: A cell so many standard deviations away is as far as one may be.
_FAR = 20.0
#: How often the share of each model is drawn anew.
_ROUNDS = 100
_UNSURE = 1e-6
#: Cells up to which one thread is enough.
_SMALL = 2_000_000
#: Texts of more kinds than this say nothing that rows share.
MOST_KINDS = 200


def features(
    rows: pl.DataFrame, names: Sequence[str], most: int = MOST_KINDS
) -> tuple[Floats, list[str]]:
    """The features as numbers, shape (rows, columns), texts by category, and their names."""
    made: dict[str, Floats] = {}
    for name in names:
        cells, dtype = rows[name], rows[name].dtype
        if is_text(dtype):
            texts = bare(cells).cast(pl.String)
            kinds = texts.drop_nulls().unique().sort()
            if len(kinds) > most:
                continue
            cells = texts.replace_strict(
                kinds, range(len(kinds)), default=None, return_dtype=pl.Float64
            )
        elif not (dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean):
            continue
        numbers = doubles(cells)
        made[name] = np.where(np.isinf(numbers), np.nan, numbers)
    side_by_side = np.column_stack(list(made.values())) if made else np.zeros((rows.height, 0))
    return side_by_side, list(made)


def out_of_fold(
    cells: Floats,
    labels: Ints,
    what: str,
    held: Callable[[Any, Ints], None] | None = None,
    maker: Maker | None = None,
) -> Floats:
    """The chance of each class for each row, shape (rows, classes), by models that did not see it.

    Cells are of shape (rows, columns), and labels count from 0. `held` is called with each model
    and the rows that it has not seen; `maker` makes a model by how many rows it learns from, by
    default a boosted one. `what` is what a `MissingExtraError` says needs scikit-learn.
    """
    try:
        from sklearn.model_selection import StratifiedKFold
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtraError("sklearn", what) from error
    chances = np.zeros((len(labels), int(labels.max()) + 1))
    # Threads that wait for each other cost more than they gain where there is little to do.
    with threadpool_limits(1 if cells.size < _SMALL else None, "openmp"):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        for train, test in folds.split(cells, labels):
            model = (maker or _boosted)(len(train))
            # A column without a value here says nothing; scikit-learn's boosted trees fail on it.
            hollow = np.isnan(cells[train]).all(axis=0)
            seen = np.where(hollow, 0.0, cells) if hollow.any() else cells
            model.fit(seen[train], labels[train])
            chances[np.ix_(test, model.classes_)] = model.predict_proba(seen[test])
            if held is not None:
                held(model, test)
    return chances


def agreed(cells: Floats, labels: Ints, what: str) -> Floats:
    """As `out_of_fold`, by several models, each with the share that makes labels likeliest."""
    plain = standard(cells)
    every = [
        out_of_fold(seen, labels, what, maker=maker)
        for seen, maker in ((cells, _boosted), (plain, _trees), (plain, _line))
    ]
    own = np.maximum([each[np.arange(len(labels)), labels] for each in every], _UNSURE)
    shares = np.full(len(every), 1 / len(every))
    for _ in range(_ROUNDS):
        due = shares[:, None] * own
        shares = (due / due.sum(axis=0)).mean(axis=1)
    mixture: Floats = np.einsum("m,mrc->rc", shares, np.array(every))
    return mixture


def standard(cells: Floats) -> Floats:
    """Columns with mean 0 and deviation 1, none missing, and beside them which cells were.

    >>> import numpy as np
    >>> standard(np.array([[0.0], [4.0], [np.nan]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    seen = np.isfinite(cells)
    filled = np.where(seen, cells, 0.0)
    size = np.abs(filled).max(axis=0, initial=0.0)
    filled = filled / np.where(size > 0, size, 1.0)
    rows = np.maximum(seen.sum(axis=0), 1)
    filled = np.where(seen, filled - filled.sum(axis=0) / rows, 0.0)
    spread = np.sqrt((filled**2).sum(axis=0) / rows)
    scaled = np.clip(filled / np.where(spread > 0, spread, 1.0), -_FAR, _FAR)
    lacking = ~seen[:, ~seen.all(axis=0)]
    return np.column_stack([scaled, lacking])


def _boosted(rows: int) -> Any:  # noqa: ARG001 - as the others
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.1,
        max_leaf_nodes=8,
        min_samples_leaf=10,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )


def _trees(rows: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    many = min(_TREES, max(_LEAST_TREES, _GROWN // rows))
    return ExtraTreesClassifier(many, min_samples_leaf=2, random_state=SEED)


def _line(rows: int) -> Any:  # noqa: ARG001 - as the others
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)
