"""Encodings of a group by the target: told by their arithmetic, and nothing honest is."""

import numpy as np
import pytest

from datacheck.findings.leak_means import Encoding, Encodings

ROWS, KINDS = 1200, 90


def table(seed: int, *, classes: bool) -> tuple[np.ndarray, np.ndarray]:
    """Groups of unequal size, and a target that depends on them."""
    random = np.random.default_rng(seed)
    groups = (random.random(ROWS) ** 2 * KINDS).astype(int)
    noisy = random.normal(size=KINDS)[groups] + random.normal(size=ROWS)
    return groups, (noisy > 0).astype(float) if classes else noisy


def made(groups: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """What users and libraries make of them."""
    rows, sums, middle = np.bincount(groups)[groups], np.bincount(groups, y)[groups], y.mean()
    weight = 1 / (1 + np.exp(-(rows - 20) / 10))
    return {
        "mean": sums / rows,
        "smoothed mean": (sums + 10 * middle) / (rows + 10),
        "smoothed mean, logistic": weight * sums / rows + (1 - weight) * middle,
        "mean of the others": np.where(rows > 1, (sums - y) / np.maximum(rows - 1, 1), middle),
    }


@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("digits", [None, 4])
def test_each_encoding_is_named(seed, classes, digits):
    groups, y = table(seed, classes=classes)
    kinds = {"city": groups.astype(np.uint64), "other": (groups % 7).astype(np.uint64)}
    told = Encodings([y], kinds.items())
    for name, feature in made(groups, y).items():
        rounded = feature if digits is None else feature.round(digits)
        found = told.of("x", rounded)
        assert found is not None, name
        assert found.by == name.split(",")[0]
        assert found.group in (None, "city")


@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_honest_features_of_groups_are_silent(seed, classes):
    groups, y = table(seed, classes=classes)
    random = np.random.default_rng(seed + 100)
    others = table(seed + 1, classes=classes)[1]
    fold = random.integers(0, 5, ROWS)
    folded = np.zeros(ROWS)
    for at in range(5):
        there, own = fold != at, fold == at
        sums = np.bincount(groups[there], y[there], minlength=KINDS) + y.mean()
        folded[own] = (sums / (np.bincount(groups[there], minlength=KINDS) + 1))[groups[own]]
    means = np.bincount(groups, y) / np.maximum(np.bincount(groups), 1)
    honest = {
        "a measurement of the group": random.normal(size=KINDS)[groups],
        "how many": np.bincount(groups)[groups].astype(float),
        "near the mean": (means + random.normal(size=KINDS)[: len(means)] / 10)[groups],
        "of another target": made(groups, others)["smoothed mean"],
        "made on other folds": folded,
        "the group": groups.astype(float),
        "the target before": np.roll(y, 1),
        "constant": np.full(ROWS, y.mean()),
    }
    told = Encodings([y], [("city", groups.astype(np.uint64))])
    assert {name: told.of(name, feature) for name, feature in honest.items()} == dict.fromkeys(
        honest
    )


def test_the_target_itself_is_no_mean_of_others():
    groups, _ = table(0, classes=True)
    # All rows of a group have one target.
    y = np.random.default_rng(0).normal(size=KINDS)[groups]
    assert Encodings([y], [("city", groups.astype(np.uint64))]).of("x", y) is None


def test_a_group_of_one_may_lack_its_others():
    groups, y = table(3, classes=False)
    feature = made(groups, y)["mean of the others"]
    feature[np.bincount(groups)[groups] == 1] = np.nan
    told = Encodings([y], [("city", groups.astype(np.uint64))])
    assert told.of("x", feature) == Encoding("mean of the others", "city")


def test_what_the_other_of_a_pair_has_is_honest():
    y = np.random.default_rng(0).normal(size=200)
    pairs, other = np.arange(200) // 2, y.reshape(-1, 2)[:, ::-1].ravel()
    assert Encodings([y], [("pair", pairs.astype(np.uint64))]).of("x", other) is None
