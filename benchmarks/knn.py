"""KNN imputation: every row a donor, or the default number of donors, beside scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import (
    Against,
    Contestant,
    Row,
    memory_at_most,
    memory_share,
    takes_at_most,
    times_as_fast,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "fit and fill by KNN, 20 columns, 5% missing"

COLUMNS = 20


def table(rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Lognormal columns that lean on each other, 5% of the cells missing."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(rows, 4)) @ rng.normal(size=(4, COLUMNS))
    cells = np.exp(0.5 * factors + 0.3 * rng.normal(size=(rows, COLUMNS)))
    cells[rng.random(cells.shape) < 0.05] = np.nan
    return cells


def exact(rows: int) -> Callable[[], Any]:
    """Every row is a donor."""
    return datacheck_knn(rows, max_donors=rows)


def condensed(rows: int) -> Callable[[], Any]:
    """The default number of donors."""
    return datacheck_knn(rows, max_donors=10_000)


def datacheck_knn(rows: int, max_donors: int) -> Callable[[], Any]:
    """Fit and fill the whole table in raw space, as scikit-learn does."""
    import polars as pl

    import datacheck as dc
    from datacheck.schema import Column, Knn, Prepare, Schema

    frame = pl.DataFrame(table(rows), schema=[f"c{i}" for i in range(COLUMNS)]).fill_nan(None)
    knn = Knn(space="raw", max_donors=max_donors)
    prepare = Prepare(impute="knn")
    columns = tuple(Column(name=name, nullable=True, prepare=prepare) for name in frame.columns)
    schema = Schema(name="knn", columns=columns, knn=knn)

    def run() -> float:
        filled = dc.fit(frame, schema).apply(frame)
        return float(filled.to_numpy().sum())

    return run


def sklearn_knn(rows: int) -> Callable[[], Any]:
    from sklearn.impute import KNNImputer

    cells = table(rows)
    return lambda: float(KNNImputer().fit_transform(cells).sum())


def same_sum(ours: Any, theirs: Any) -> str | None:
    """Whether the sums of all cells agree to 1e-9."""
    apart = abs(ours - theirs) / abs(theirs)
    return None if apart <= 1e-9 else f"sums are {apart:.1g} apart"


SKLEARN = Contestant("KNNImputer", sklearn_knn)
EXACT = Contestant("datacheck, all rows are donors", exact)
DEFAULT = Contestant("datacheck, 10,000 donors", condensed)

ROWS = (
    Row(
        "10,000 rows",
        EXACT,
        (Against(SKLEARN),),
        10_000,
        rounds=3,
        agree=same_sum,
    ),
    Row(
        "20,000 rows",
        EXACT,
        (Against(SKLEARN, times_as_fast(20)), Against(SKLEARN, memory_share(0.2))),
        20_000,
        rounds=3,
        agree=same_sum,
    ),
    Row("50,000 rows", EXACT, (Against(SKLEARN, times_as_fast(40)),), 50_000, rounds=1),
    Row("50,000 rows, condensed", DEFAULT, (Against(None),), 50_000, rounds=1),
    Row("100,000 rows", EXACT, (Against(None),), 100_000, rounds=1),
    Row("100,000 rows, condensed", DEFAULT, (Against(None),), 100_000, rounds=1),
    Row(
        "200,000 rows, condensed",
        DEFAULT,
        (Against(None, takes_at_most(600)), Against(None, memory_at_most(2))),
        200_000,
        rounds=1,
    ),
)
