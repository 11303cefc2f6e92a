"""Labels that are likely wrong: planted ones come first, and right ones are left alone."""

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest
from sklearn import datasets

import datacheck as dc
from datacheck.errors import DatacheckError
from datacheck.findings.labels import estimated, suspects


def digits(rows: int = 500) -> tuple[pl.DataFrame, np.ndarray]:
    """Real labels, of which 5% are turned into another class."""
    frame = pl.from_pandas(datasets.load_breast_cancer(as_frame=True).frame).head(rows)
    frame = frame.select(cs.starts_with("worst"), "target")
    rng = np.random.default_rng(0)
    wrong = rng.choice(frame.height, frame.height // 20, replace=False)
    labels = frame["target"].to_numpy().copy()
    labels[wrong] = 1 - labels[wrong]
    return frame.with_columns(target=pl.Series(labels)), wrong


def test_planted_labels_come_first():
    frame, wrong = digits()
    report = dc.check(frame, target="target", labels=True)
    [found] = [f for f in report.findings if f.code == "label.suspect"]
    assert np.isin(found.rows, wrong).mean() >= 0.8
    assert len(wrong) / 2 <= found.count <= 3 * len(wrong)
    assert found.evidence["foretold"][0] == str(1 - found.values[0])
    assert len(wrong) / 2 <= found.evidence["estimate"] <= 3 * len(wrong)
    assert found.evidence["planted"] == len(wrong)
    assert 0.7 <= found.evidence["precision"] <= 1
    assert found.severity == "warning"
    assert "likely wrong" in found.message


@pytest.mark.parametrize("seed", range(4))
def test_of_labels_that_nothing_tells_no_more_than_a_guess_is_said(seed: int):
    rng = np.random.default_rng(seed)
    noise = pl.DataFrame({"x": rng.normal(size=300), "z": rng.normal(size=300)})
    report = dc.check(noise.with_columns(y=rng.choice(["no", "yes"], 300)), target="y", labels=True)
    found = [f for f in report.findings if f.code == "label.suspect"]
    assert all(f.severity == "info" and "perhaps wrong" in f.message for f in found)


def test_labels_are_looked_at_on_request_and_in_a_target_alone():
    frame, _ = digits(100)
    assert "label.suspect" not in {f.code for f in dc.check(frame, target="target").findings}
    with pytest.raises(DatacheckError, match="none is known"):
        dc.check(frame, labels=True)


def test_confident_learning_by_hand():
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95]])
    # Of the three of class 0, all are sure of a class, and one of the other.
    assert estimated(chances, np.array([0, 0, 1, 1, 0])) == 1
    rows, classes = suspects(chances, np.array([0, 0, 1, 1, 0]))
    assert (rows.tolist(), classes.tolist()) == ([4], [1])


def test_as_many_are_suspect_as_are_estimated_to_be_wrong_the_least_likely_first():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 300)
    chances = random.dirichlet(np.ones(3), 300) + 4 * np.eye(3)[labels]
    turned = np.arange(20)
    labels[turned] = (labels[turned] + 1) % 3
    chances /= chances.sum(axis=1, keepdims=True)
    rows, _ = suspects(chances, labels)
    assert set(rows) == set(turned)
    own = chances[rows, labels[rows]]
    assert (np.diff(own) >= 0).all()
    assert len(rows) <= estimated(chances, labels)
