"""KNN imputation: against scikit-learn in raw space, and a slow and plain reference elsewhere."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import KNNImputer

import datacheck as dc
from datacheck.knn import neighbours
from datacheck.knn.neighbours import fill_matrix, fill_row
from datacheck.ops import Donors
from datacheck.schema import Column, Prepare, Schema

FALLBACK = -77.0


def donors_of(rows: np.ndarray, k: int, weights: str) -> Donors:
    features = tuple(f"f{j}" for j in range(rows.shape[1]))
    count = len(features)
    return Donors(features, (0.0,) * count, (1.0,) * count, k, weights, rows)


def fill_all(rows: np.ndarray, donors: Donors) -> np.ndarray:
    fills = fill_matrix(rows, donors, dict.fromkeys(range(rows.shape[1]), FALLBACK))
    filled = rows.copy()
    for j, column in fills.items():
        filled[:, j] = np.where(np.isnan(rows[:, j]), column, rows[:, j])
    return filled


def slow_fill(row: np.ndarray, target: int, donors: Donors) -> float:
    """The definition in ops.py, one pair and one feature at a time."""
    found = []
    for at, donor in enumerate(np.asarray(donors.rows)):
        both = [j for j in range(len(row)) if not math.isnan(row[j]) and not math.isnan(donor[j])]
        if both and not math.isnan(donor[target]):
            total = 0.0
            for j in both:
                difference = row[j] - donor[j]
                total += difference * difference
            found.append((total * (len(row) / len(both)), at, donor[target]))
    found = sorted(found)[: donors.n_neighbors]
    if not found:
        return FALLBACK
    if donors.weights == "uniform":
        weights = [1.0] * len(found)
    elif found[0][0] == 0.0:
        weights = [float(squared == 0.0) for squared, _, _ in found]
    else:
        weights = [1.0 / math.sqrt(squared) for squared, _, _ in found]
    total = weight_sum = 0.0
    for weight, (_, _, value) in zip(weights, found, strict=True):
        total += weight * value
        weight_sum += weight
    return total / weight_sum


@st.composite
def tables(draw: st.DrawFn, elements: st.SearchStrategy[float]) -> np.ndarray:
    rows, features = draw(st.integers(1, 14)), draw(st.integers(1, 5))
    cells = draw(
        st.lists(elements | st.just(math.nan), min_size=rows * features, max_size=rows * features)
    )
    return np.array(cells).reshape(rows, features)


@settings(max_examples=200)
@given(
    tables(st.floats(-100, 100) | st.integers(-3, 3).map(float)),
    st.integers(1, 6),
    st.sampled_from(["uniform", "distance"]),
)
def test_every_pattern_of_holes_has_the_reference_bits(
    rows: np.ndarray, k: int, weights: str
) -> None:
    donors = donors_of(rows, k, weights)
    filled = fill_all(rows, donors)
    for i, j in zip(*np.nonzero(np.isnan(rows)), strict=True):
        assert filled[i, j] == slow_fill(rows[i], j, donors)
        query = [None if math.isnan(cell) else float(cell) for cell in rows[i]]
        assert fill_row(query, j, donors, FALLBACK) == filled[i, j]


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from(["uniform", "distance"]))
def test_scikit_learn_agrees_in_raw_space(seed: int, k: int, weights: str) -> None:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(5, 60), rng.integers(2, 6)
    # Reals that keep apart in each feature: no ties, and no pair so near that scikit-learn, which
    # subtracts squares, loses the digits of its distance.
    apart = np.tile(np.arange(height, dtype=float)[:, None], width)
    whole = rng.permuted(apart + rng.uniform(-0.4, 0.4, apart.shape), axis=0) * (4.0 / height)
    rows = whole.copy()
    rows[rng.random(rows.shape) < rng.random() * 0.6] = np.nan
    empty = np.isnan(rows).all(axis=0)  # scikit-learn drops such columns
    rows[:, empty] = whole[:, empty]
    filled = fill_all(rows, donors_of(rows, k, weights))
    expected = KNNImputer(n_neighbors=k, weights=weights).fit_transform(rows)
    reached = filled != FALLBACK  # scikit-learn takes the mean there
    np.testing.assert_allclose(filled[reached], expected[reached], rtol=0, atol=1e-9)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.normal(size=(300, 8)),
        lambda rng: rng.lognormal(sigma=3.0, size=(300, 8)),
        lambda rng: rng.integers(0, 3, size=(300, 8)).astype(float),
        lambda rng: np.round(rng.normal(size=(300, 8)), 1) + 1.7e9,
        lambda rng: rng.normal(size=(300, 8)) * 10.0 ** np.arange(-12, 12, 3),
        lambda rng: rng.normal(size=(300, 8)) * 1e140,
        lambda rng: np.repeat(rng.normal(size=(7, 8)), 43, axis=0),
    ],
    ids=["normal", "heavy", "ties", "offset", "scales", "huge", "duplicates"],
)
def test_the_shortlist_leaves_out_none_that_counts(
    make: object, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortlist's answer against measuring every pair, bit for bit."""
    rng = np.random.default_rng(11)
    rows = make(rng)  # type: ignore[operator]
    rows[rng.random(rows.shape) < 0.15] = np.nan
    rows[3] = np.nan
    donors = donors_of(rows, 5, weights)
    assert len(rows) ** 2 > neighbours.DIRECT_PAIRS
    shortlisted = fill_all(rows, donors)
    monkeypatch.setattr(neighbours, "DIRECT_PAIRS", len(rows) ** 2)
    assert fill_all(rows, donors).tobytes() == shortlisted.tobytes()


def test_a_large_offset_is_right_where_scikit_learn_is_not() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(2000, 3))
    rows = np.column_stack([truth, truth.sum(axis=1)])
    rows[:300, 3] = np.nan
    offset = rows.copy()
    offset[:, 0] += 1.7e9
    ours = fill_all(offset, donors_of(offset, 5, "uniform"))[:300, 3]
    plain = fill_all(rows, donors_of(rows, 5, "uniform"))[:300, 3]
    theirs = KNNImputer().fit_transform(offset)[:300, 3]
    wrong = np.abs(theirs - plain) > 1e-9
    assert np.mean(np.abs(ours - plain) > 1e-9) < 0.02  # rounding of the offset may break a tie
    assert wrong.mean() > 0.5


def test_a_row_has_its_bits_in_any_batch() -> None:
    rng = np.random.default_rng(9)
    rows = rng.normal(size=(900, 6))
    rows[rng.random(rows.shape) < 0.1] = np.nan
    donors = donors_of(rows, 4, "distance")
    whole = fill_all(rows, donors)
    for size in (1, 7, 400):
        part = fill_all(rows[:size], donors)
        assert part.tobytes() == whole[:size].tobytes()


def test_no_donor_in_reach_takes_the_fallback() -> None:
    donors = donors_of(np.array([[1.0, math.nan], [math.nan, 5.0]]), 2, "uniform")
    assert fill_row([None, None], 0, donors, FALLBACK) == FALLBACK
    assert fill_row([None, 5.0], 0, donors, FALLBACK) == FALLBACK
    assert fill_row([1.0, None], 1, donors, FALLBACK) == FALLBACK


def test_progress_counts_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    frame = pl.DataFrame(rng.normal(size=(3_000, 3)), schema=["a", "b", "c"])
    frame = frame.with_columns(a=pl.when(frame["a"] > 0).then("a"))
    columns = tuple(Column(name=n, nullable=True, prepare=Prepare(impute="knn")) for n in "abc")
    transform = dc.fit(frame, Schema(name="knn", columns=columns))
    monkeypatch.setattr(neighbours, "BLOCK_CELLS", 3_000 * 100)
    for data in (frame, frame.lazy()):
        seen: list[int] = []
        transform.apply(data, progress=seen.append).lazy().collect()
        assert seen == sorted(seen)
        assert seen[-1] == frame.height
        assert len(seen) > 10


def test_a_column_alone_needs_the_features_that_find_its_neighbours() -> None:
    frame = pl.DataFrame({"a": [1.0, None, 3.0, 4.0], "b": [1.0, 2.0, 3.0, 4.0]})
    columns = (
        Column(name="a", nullable=True, prepare=Prepare(impute="knn")),
        Column(name="b", nullable=True, prepare=Prepare(impute="median")),
    )
    transform = dc.fit(frame, Schema(name="knn", columns=columns))
    for _ in range(3):  # a row that lacks one after rows that have it
        whole = {"a": None, "b": 4.0}
        assert transform.apply_row(whole, columns=["a"]) == {"a": transform.apply_row(whole)["a"]}
        with pytest.raises(dc.DatacheckError, match="'b'"):
            transform.apply_row({"a": None}, columns=["a"])
    with pytest.raises(dc.DatacheckError, match="'b'"):
        transform.apply(frame.select("a"), columns=["a"])
