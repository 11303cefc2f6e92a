"""Faults of rows planted into real tables with targets: all are found, and nothing else is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from tests.judgement.rows import TARGETS, TRUE_LEAKS, mixed


def count_of(report: dc.Report, code: str) -> list[int]:
    return [f.count for f in report.findings if f.code == code and f.column is None]


@pytest.mark.parametrize("name", list(TARGETS))
def test_planted_rows_are_counted_and_leaks_named(name):
    target, rows = TARGETS[name], mixed(name)
    clean = dc.check(rows, target=target)
    leaked = {f.column for f in clean.findings if f.code == "target.leak"}
    assert leaked == TRUE_LEAKS.get(name, set())

    # A measurement of its own makes each row one, so that no repeat is chance.
    marked = rows.with_columns(weighed=pl.Series(np.random.default_rng(0).normal(size=rows.height)))
    many = rows.height // 10
    twice = pl.concat([marked, marked.head(many)])
    assert count_of(dc.check(twice), "row.duplicate") == [many]
    changed = marked.head(many).with_columns(weighed=pl.col("weighed") + 1e-9)
    assert not count_of(dc.check(pl.concat([marked, changed])), "row.duplicate")

    half = marked.height // 2
    test = pl.concat([marked.slice(half), marked.slice(3, many)])
    assert count_of(dc.compare(marked.head(half), test), "row.overlap") == [many]

    other = marked[target].shift(1).fill_null(marked[target][-1])
    turned = marked.with_columns(other.alias(target)).filter(other != marked[target]).head(many)
    conflicts = dc.check(pl.concat([marked, turned]), target=target)
    assert count_of(conflicts, "row.conflict") == [2 * turned.height]


def encodings(target: np.ndarray) -> dict[str, pl.Series]:
    """Means of a target by the values of a column: those that leak, and one made on other folds."""
    rng, rows = np.random.default_rng(3), len(target)
    place, fold = rng.integers(0, rows // 8, rows), rng.integers(0, 4, rows)
    many, sums = np.bincount(place), np.bincount(place, target)
    folded = np.zeros(rows)
    for at in range(4):
        there = fold != at
        means = (np.bincount(place[there], target[there], len(many)) + target.mean()) / (
            np.bincount(place[there], minlength=len(many)) + 1
        )
        folded[~there] = means[place[~there]]
    others = (sums[place] - target) / np.maximum(many[place] - 1, 1)
    made = {
        "place": place,
        "mean": (sums / np.maximum(many, 1))[place],
        "drawn": ((sums + 5 * target.mean()) / (many + 5))[place],
        "others": np.where(many[place] > 1, others, target.mean()),
        "folded": folded,
    }
    return {name: pl.Series(cells) for name, cells in made.items()}


@pytest.mark.parametrize("name", list(TARGETS))
def test_planted_leaks_and_copies_are_named(name):
    target, rows = TARGETS[name], mixed(name)
    y = rows[target]
    ranks = y.rank("dense").cast(pl.Float64)
    noise = pl.Series(np.random.default_rng(1).uniform(-0.2, 0.2, rows.height))
    known = {target, *TRUE_LEAKS.get(name, ())}
    numbers = [name for name in rows.columns if rows[name].dtype.is_numeric()]
    first = next(n for n in numbers if n not in known and rows[n].n_unique() > 2)
    rng = np.random.default_rng(2)
    few = ranks.n_unique() < 20
    size = ranks * 10 + noise
    planted = rows.with_columns(
        code=ranks * 7 % 23 if few else ranks * 3,
        monotone=size,
        worded=pl.format("{} EUR", size.round(1)),
        holes=pl.when(pl.Series(rng.random(rows.height) >= 0.2)).then(size),
        # An AUC of 0.95 (of neighbouring classes), or such a correlation.
        honest=ranks * (2.33 if few else 3.0 / ranks.std()) + rng.normal(size=rows.height),
        **encodings(ranks.to_numpy() == 1 if few else y.cast(pl.Float64).to_numpy()),
        again=pl.col(first),
        line=pl.col(first) * 2.54 + 1,
    )
    if few:
        named = pl.Series(["CAFBDEGHIJKLMNOPQRS"[int(rank)] for rank in ranks])
        numbers = pl.Series(rng.permutation(rows.height))
        planted = planted.with_columns(ident=pl.format("{}{}", named, numbers))
    report = dc.check(planted, target=target)
    leaks = {f.column for f in report.findings if f.code == "target.leak"}
    made = {"code", "monotone", "worded", "holes", *(("ident",) if few else ())}
    made |= {"mean", "drawn", "others"}
    assert leaks == made | TRUE_LEAKS.get(name, set())
    copies = {f.column: f.evidence["of"] for f in report.findings if f.code == "column.copy"}
    assert copies.get("again") == first
    assert copies.get("line") == first
