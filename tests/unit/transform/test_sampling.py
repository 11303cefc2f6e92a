"""Samples that depend on what the rows hold, and on nothing else."""

import numpy as np

from datacheck.transform.sampling import Sample


def drawn(rows: np.ndarray, most: int, seed: int = 0) -> np.ndarray:
    sample = Sample(most, seed)
    sample.add(rows)
    return sample.rows


def test_order_and_parts_change_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1000, 3))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    rows[::50] = rows[0]
    whole = drawn(rows, 100)
    merged = Sample(100, 0)
    for part in np.split(rng.permutation(rows), [10, 10, 700]):
        other = Sample(100, 0)
        other.add(part)
        merged.merge(other)
    assert merged.rows.tobytes() == whole.tobytes()


def test_a_seed_draws_another_sample_and_each_row_is_as_likely() -> None:
    rows = np.arange(2000.0)[:, None]
    assert set(drawn(rows, 100, 1).ravel()) != set(drawn(rows, 100, 2).ravel())
    means = [drawn(rows, 100, seed).mean() for seed in range(200)]
    # The mean of 100 of 2000 has a standard deviation of 56; of 200 such means, 4.
    assert abs(np.mean(means) - 999.5) < 16


def test_rows_without_a_value_are_no_donors() -> None:
    rows = np.array([[np.nan, np.nan], [1.0, np.nan]])
    assert drawn(rows, 5).tolist()[0][0] == 1.0
    assert len(drawn(rows, 5)) == 1
    assert drawn(np.zeros((0, 2)), 5).shape == (0, 2)
