"""What a gradient-boosted model says of rows that it has not seen: the features, and the folds.

Shallow and slow on purpose: a model that trusts single rows learns wrong labels by heart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.columns import bare, doubles
from datacheck.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]

FOLDS = 5
#: Cells up to which one thread is enough.
_SMALL = 2_000_000
#: Texts of more kinds than this say nothing that rows share.
MOST_KINDS = 200


def features(rows: pl.DataFrame, names: Sequence[str]) -> tuple[Floats, list[str]]:
    """The features as numbers, shape (rows, columns), and which columns they are.

    Texts become the number of their category; what is neither number, moment nor text of few kinds
    is left out.
    """
    import polars as pl

    made: dict[str, Floats] = {}
    for name in names:
        cells, dtype = rows[name], rows[name].dtype
        if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
            texts = bare(cells).cast(pl.String)
            kinds = texts.drop_nulls().unique().sort()
            if len(kinds) > MOST_KINDS:
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
    labels: Labels,
    seed: int,
    what: str,
    held: Callable[[Any, NDArray[np.int64]], None] | None = None,
) -> Floats:
    """The chance of each class for each row, shape (rows, classes), by models that did not see it.

    Parameters
    ----------
    cells, labels
        Shapes (rows, columns) and (rows,); labels count from 0.
    seed
        Of the folds.
    what
        Needs scikit-learn: an error says so.
    held
        Called with each model and the rows that it has not seen.

    Raises
    ------
    MissingExtraError
        Without scikit-learn.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.model_selection import StratifiedKFold
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtraError("sklearn", what) from error
    chances = np.zeros((len(labels), int(labels.max()) + 1))
    # Threads that wait for each other cost more than they gain where there is little to do.
    with threadpool_limits(1 if cells.size < _SMALL else None, "openmp"):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(cells, labels):
            model = HistGradientBoostingClassifier(
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
            if held is not None:
                held(model, test)
    return chances
