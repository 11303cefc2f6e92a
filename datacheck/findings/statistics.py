"""The tests that the detectors decide by, on weighted points.

Each p-value holds for a few dozen rows and for millions: exact where counts are compared, and
asymptotic with a correction for small samples where distributions are.
"""

from __future__ import annotations

import math

import numpy as np

from datacheck.profiling.points import Points

#: Chance of a false alarm that a table, and that a column, may have.
TABLE_ALPHA, COLUMN_ALPHA = 0.015, 0.0015
_NEGLIGIBLE = 1e-16
#: The quartiles of a normal distribution are so many deviations apart.
NORMAL = 1.349
#: The distinct values that a test of tails needs, none above this part of the column.
UNTIED = 8
#: Kolmogorov's series is 1 to 1e-5 up to here, and converges slowly.
KOLMOGOROV = 0.3


def column_alpha(columns: int) -> float:
    """The level of a column's tests in a table of so many columns (Bonferroni)."""
    return min(COLUMN_ALPHA, TABLE_ALPHA / max(columns, 1))


def more_often(hits: int, rows: int, reference_hits: int, reference_rows: int) -> float:
    """One-sided p of Fisher's exact test that hits are more frequent here than in the reference.

    >>> round(more_often(5, 10, 0, 10), 4)
    0.0163
    """
    if not hits or not rows or not reference_rows:
        return 1.0
    total, everything = hits + reference_hits, rows + reference_rows
    if hits * everything <= total * rows:
        return 1.0
    term = math.exp(
        _log_choose(rows, hits)
        + _log_choose(reference_rows, reference_hits)
        - _log_choose(everything, total)
    )
    p, k = 0.0, hits
    while term > _NEGLIGIBLE * p and k <= min(total, rows):
        p += term
        term *= (rows - k) * (total - k) / ((k + 1) * (reference_rows - total + k + 1))
        k += 1
    return min(p, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def at_least(hits: int, expected: float) -> float:
    """P(N >= hits) for N ~ Poisson(expected).

    >>> round(at_least(1, 0.1), 4)
    0.0952
    """
    if hits <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if hits > expected:
        term = math.exp(hits * math.log(expected) - expected - math.lgamma(hits + 1))
        p, k = 0.0, hits
        while term > _NEGLIGIBLE * p:
            p += term
            k += 1
            term *= expected / k
        return min(p, 1.0)
    return 1.0


def distance(left: Points, right: Points) -> float:
    """Kolmogorov and Smirnov's distance: the largest gap between two distribution functions."""
    if not len(left) or not len(right):
        return 0.0
    where = np.concatenate([left.values, right.values])
    return float(np.abs(left.up_to(where) - right.up_to(where)).max())


def effective(left: Points, right: Points) -> float:
    """What turns a distance into units of a sample's own: the root of the effective size."""
    return math.sqrt(left.total * right.total / (left.total + right.total))


def distance_p(left: Points, right: Points, gap: float | None = None) -> float:
    """The p-value of the `distance` of two samples, which is `gap` where that is known.

    Kolmogorov's series with Stephens' correction for small samples ("EDF Statistics for Goodness
    of Fit", 1974); ties make it conservative.
    """
    size = effective(left, right)
    reach = (size + 0.12 + 0.11 / size) * (distance(left, right) if gap is None else gap)
    if reach < KOLMOGOROV:
        return 1.0
    series = sum((-1.0) ** (k - 1) * math.exp(-2 * (k * reach) ** 2) for k in range(1, 40))
    return min(max(2 * series, 0.0), 1.0)


def tails_p(left: Points, right: Points) -> float:
    """The p-value of Anderson and Darling's two-sample test, which weighs the tails.

    Scholz and Stephens, "K-Sample Anderson-Darling Tests", JASA 82, 1987. The statistic is a sum of
    squared normals weighted 1/(j(j+1)), whose tail is exp(-x)/sqrt(x) within 5% from x = 1 on.
    Columns of few values have another tail: 1 for them.
    """
    values, inverse = np.unique(np.concatenate([left.values, right.values]), return_inverse=True)
    n, m = left.total, right.total
    everything = n + m
    ours = np.bincount(inverse[: len(left)], left.weights, len(values))
    both = ours + np.bincount(inverse[len(left) :], right.weights, len(values))
    if len(values) < UNTIED or both.max() > everything / UNTIED:
        return 1.0
    reached = np.cumsum(both)[:-1]
    off = everything * np.cumsum(ours)[:-1] - n * reached
    terms = both[:-1] * off * off / (reached * (everything - reached))
    # Either sample is as far off as the other: 1/n + 1/m gathers both.
    statistic = float(terms.sum()) * (everything - 1) / (everything * n * m)
    return 1.0 if statistic < 1 else math.exp(-statistic) / math.sqrt(statistic)


def rank_p(left: Points, right: Points) -> tuple[float, float]:
    """Mann and Whitney's test: P(left < right) + half of the ties, and the two-sided p-value."""
    n, m = left.total, right.total
    steps = right.reached
    below = steps[np.searchsorted(right.values, left.values, side="left")]
    up_to = steps[np.searchsorted(right.values, left.values, side="right")]
    share = 1.0 - float((left.weights * (below + up_to) / 2).sum()) / (n * m)
    _, inverse = np.unique(np.concatenate([left.values, right.values]), return_inverse=True)
    ties = np.bincount(inverse, np.concatenate([left.weights, right.weights]))
    everything = n + m
    tied = float((ties**3 - ties).sum()) / (everything * max(everything - 1, 1))
    variance = (everything + 1 - tied) / (12 * n * m)
    if variance <= 0:
        return 0.5, 1.0
    z = max(abs(share - 0.5) - 0.5 / (n * m), 0.0) / math.sqrt(variance)
    return share, math.erfc(z / math.sqrt(2))


def chi_square_z(statistic: float, freedom: int) -> float:
    """A chi-square statistic as one of a standard normal: Wilson and Hilferty's cube root."""
    spread = 2 / (9 * freedom)
    root: float = (max(statistic, 0.0) / freedom) ** (1 / 3)
    return (root - (1 - spread)) / math.sqrt(spread)


def spread_of(points: Points) -> float:
    """A robust standard deviation: of the quartiles, or of wider quantiles where those tie."""
    lower, upper = points.quartiles
    if 0 < upper - lower < math.inf:
        return (upper - lower) / NORMAL
    for low, high, normal in ((0.1, 0.9, 2.563), (0.02, 0.98, 4.107)):
        wide = points.quantile(high) - points.quantile(low)
        if 0 < wide < math.inf:
            return wide / normal
    return float(points.values[-1] - points.values[0]) / 6 if len(points) > 1 else 0.0
