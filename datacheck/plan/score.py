"""Which imputation guesses best: known cells are hidden, each way tried, the error measured.

Nothing here decides by taste: the error is the mean absolute one over the column's own standard
deviation, on the same hidden cells for every way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.columns import col
from datacheck.findings.statistics import column_alpha, rank_p
from datacheck.knn.neighbours import fill_matrix
from datacheck.ops import Donors
from datacheck.profiling.points import Points
from datacheck.source.collecting import collect
from datacheck.text import chance

#: Rows that the trial uses, and cells that are hidden of each column.
ROWS, HIDDEN = 4000, 400
#: What chooses the hidden cells.
_SEED = 0
SHARE = 0.1
NEIGHBORS = 5
#: Neighbours cost more than one number: they must be this much better.
BETTER = 0.9
#: Missingness is informative where the others' values differ by this much (P(x < y) from a half).
TELLING = 0.1
_LEAST = 20


@dataclass(frozen=True)
class Score:
    """How well each imputation guessed a column's hidden cells.

    `errors` has, by imputation, the mean absolute error in standard deviations of the column.
    `warning` says what missing cells have to do with another column; it is empty where nothing is
    seen.
    """

    errors: dict[str, float]
    hidden: int
    best: str
    warning: str = ""

    @property
    def shown(self) -> str:
        """The errors in one line."""
        told = ", ".join(f"{way} {error:.2f}" for way, error in self.errors.items())
        return f"error on {self.hidden} hidden cells, in standard deviations: {told}"


def scorecard(frame: pl.LazyFrame, wanted: Mapping[str, Sequence[float]]) -> dict[str, Score]:
    """Score the imputations of the columns `wanted`, on `ROWS` of the rows, spread evenly."""
    names, cells = _sampled(frame, wanted)
    scores = {}
    alpha = column_alpha(len(names) * max(len(wanted), 1))
    for name in wanted:
        if name not in names:
            continue
        place = names.index(name)
        rng = np.random.default_rng([_SEED, place])
        score = _score(cells, place, rng)
        if score is not None:
            warning = _informative(names, cells, place, alpha)
            scores[name] = Score(score.errors, score.hidden, score.best, warning)
    return scores


def _sampled(
    frame: pl.LazyFrame, wanted: Mapping[str, Sequence[float]]
) -> tuple[list[str], Floats]:
    """Names and cells, shape (rows, columns), of the columns of numbers; NaN where missing."""
    schema = frame.collect_schema()
    names = [name for name, dtype in schema.items() if dtype.is_numeric() or name in wanted]
    rows = int(collect(frame.select(pl.len())).item())
    step = max(1, rows // ROWS)
    numbers = [
        (col(name) if schema[name].is_numeric() else col(name).str.strip_chars())
        .cast(pl.Float64, strict=False)
        .replace(dict.fromkeys(wanted.get(name, ())))
        for name in names
    ]
    table = frame.select(numbers).gather_every(step).head(ROWS)
    cells = collect(table).to_numpy().astype(np.float64).copy()
    cells[~np.isfinite(cells)] = np.nan
    return names, cells


def _score(cells: Floats, place: int, rng: np.random.Generator) -> Score | None:
    column = cells[:, place]
    known = np.flatnonzero(~np.isnan(column))
    spread = float(np.std(column[known])) if len(known) else 0.0
    if len(known) < _LEAST or spread == 0:
        return None
    count = min(HIDDEN, max(1, round(SHARE * len(known))))
    hidden = np.sort(rng.choice(known, count, replace=False))
    kept = np.setdiff1d(known, hidden)
    truth = column[hidden]
    values, counts = np.unique(column[kept], return_counts=True)
    guesses = {
        "median": np.full(count, np.median(column[kept])),
        "mean": np.full(count, np.mean(column[kept])),
        "most_frequent": np.full(count, values[counts.argmax()]),
    }
    near = _neighbours(cells, place, hidden, kept)
    if near is not None:
        guesses["knn"] = near
    errors = {way: float(np.mean(np.abs(guess - truth))) / spread for way, guess in guesses.items()}
    plain = min(("median", "mean", "most_frequent"), key=errors.__getitem__)
    best = "knn" if errors.get("knn", np.inf) < BETTER * errors[plain] else plain
    return Score(errors, count, best)


def _neighbours(cells: Floats, place: int, hidden: Ints, kept: Ints) -> Floats | None:
    """The mean of the nearest rows, by nan-euclidean distance on standardised columns."""
    others = np.delete(cells, place, axis=1)
    if not others.shape[1]:
        return None
    seen = ~np.isnan(others)
    counts = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, others, 0.0).sum(axis=0) / counts
    spread = np.sqrt((np.where(seen, others - mean, 0.0) ** 2).sum(axis=0) / counts)
    scaled = (others - mean) / np.where(spread > 0, spread, 1.0)
    # The wanted column stands last; the rows that ask lack it, so it takes no part in distances.
    rows = np.column_stack([scaled, cells[:, place]])
    last = scaled.shape[1]
    asking = rows[hidden]
    asking[:, last] = np.nan
    donors = Donors(
        features=tuple(map(str, range(last + 1))),
        center=(0.0,) * (last + 1),
        inverse_scale=(1.0,) * (last + 1),
        n_neighbors=NEIGHBORS,
        weights="uniform",
        rows=rows[kept],
    )
    return fill_matrix(asking, donors, {last: float(np.median(cells[kept, place]))})[last]


def _informative(names: list[str], cells: Floats, place: int, alpha: float) -> str:
    """Name the column whose values differ most between rows with and without this cell."""
    missing = np.isnan(cells[:, place])
    worst, told = TELLING, ""
    for other, name in enumerate(names):
        if other == place:
            continue
        parts = [_points(cells[mask, other]) for mask in (missing, ~missing)]
        if min(part.total for part in parts) < _LEAST:
            continue
        superiority, p = rank_p(parts[1], parts[0])
        if p < alpha and abs(superiority - 0.5) > worst:
            worst = abs(superiority - 0.5)
            more = "higher" if superiority > 0.5 else "lower"  # noqa: PLR2004
            told = (
                f"missing where '{name}' is {more} ({chance(p)}): missingness is informative, "
                "consider a column that says it"
            )
    return told


def _points(values: Floats) -> Points:
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return Points(found, counts.astype(float), exact=True)
