"""Leaks in disguise: in part of a cell, of one class, with holes and slips, as means of groups."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc

ROWS = 600
RNG = np.random.default_rng(11)
KINDS = RNG.integers(0, 3, ROWS)
SIZE = RNG.lognormal(3.0, 1.0, ROWS)
OTHER = RNG.normal(size=ROWS)
MIXED = RNG.permutation(ROWS)
NAMES = ["".join(each) for each in np.random.default_rng(2).choice(list("PQRSTUVW"), (ROWS, 6))]


def found(leak: pl.Series, target: pl.Series) -> dict[str | None, dc.Finding]:
    frame = pl.DataFrame({"other": OTHER, "leak": leak, "y": target})
    told = [f for f in dc.check(frame, target="y").findings if f.code == "target.leak"]
    return {f.column: f for f in told}


def letters(values: object) -> pl.Series:
    return pl.Series(["abc"[value] for value in values])  # type: ignore[attr-defined]


DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
PARTS = {
    "its first character": pl.Series(
        [f"{'KLM'[k]}{NAMES[i]}" for k, i in zip(KINDS, MIXED, strict=True)]
    ),
    "its last character": pl.Series(
        [f"{NAMES[i]}{'KLM'[k]}" for k, i in zip(KINDS, MIXED, strict=True)]
    ),
    "its letters": pl.Series([f"{'KLM'[k]}-{i:06d}" for k, i in zip(KINDS, MIXED, strict=True)]),
    "its first number": pl.Series(
        [f"call {k * 10_000 + i}: closed" for k, i in zip(KINDS, MIXED, strict=True)]
    ),
    "its weekday": pl.Series(
        [DAY + dt.timedelta(days=int(i) * 7 + int(k)) for k, i in zip(KINDS, MIXED, strict=True)]
    ).dt.date(),
    "its hour": pl.Series(
        [DAY + dt.timedelta(days=int(i), hours=int(k)) for k, i in zip(KINDS, MIXED, strict=True)]
    ),
    "its last digit": pl.Series([int(i) * 10 + int(k) for k, i in zip(KINDS, MIXED, strict=True)]),
}


@pytest.mark.parametrize("part", list(PARTS))
def test_a_part_of_a_cell_gives_the_target_away(part):
    [leak] = found(PARTS[part], letters(KINDS)).values()
    assert (leak.column, leak.evidence["by"]) == ("leak", part)
    assert not found(PARTS[part], letters(np.random.default_rng(5).permutation(KINDS)))


def test_an_amount_in_words_is_the_amount():
    leak = found(pl.Series([f"{size:.2f} EUR" for size in SIZE]), pl.Series(SIZE))["leak"]
    assert leak.evidence["by"] == "its first number"


ONE_CLASS = {
    "one-hot": pl.Series((KINDS == 1).astype(int)),
    "flag": pl.Series(KINDS != 1),
    "hole": pl.Series([None if k == 1 else x for k, x in zip(KINDS, OTHER, strict=True)]),
    "blank": pl.Series(["" if k == 1 else f"{x:.6f} m" for k, x in zip(KINDS, OTHER, strict=True)]),
    "zero": pl.Series(np.where(KINDS == 1, 0.0, OTHER)),
}


@pytest.mark.parametrize("how", list(ONE_CLASS))
def test_one_class_of_three_is_given_away(how):
    leak = found(ONE_CLASS[how], letters(KINDS))["leak"]
    assert leak.evidence["class"] == "b"
    assert 'whether y is "b"' in leak.message


def test_a_number_that_parts_one_class_from_the_others_is_honest():
    """As the petals of iris: a measurement may well tell one species."""
    assert not found(pl.Series(KINDS // 2 * 10 + OTHER), letters(KINDS))


def test_leaks_with_holes_and_slips_are_leaks():
    rng = np.random.default_rng(5)
    some = rng.random(ROWS)
    holes = np.where(some < 0.3, np.nan, SIZE * 2 + 1)
    assert list(found(pl.Series(holes), pl.Series(SIZE))) == ["leak"]
    slips = np.where(some < 0.02, rng.permutation(SIZE), SIZE) * -3
    leak = found(pl.Series(slips), pl.Series(SIZE))["leak"]
    assert leak.evidence["spared"] == 0.05
    renamed = np.where(some < 0.015, (KINDS + 1) % 3, KINDS)
    assert list(found(letters(renamed), letters(KINDS))) == ["leak"]
    # As good as this an honest feature may be.
    good = np.where(some < 0.1, rng.integers(0, 3, ROWS), KINDS)
    assert not found(letters(good), letters(KINDS))
    assert not found(pl.Series(SIZE + OTHER * SIZE.std() / 4), pl.Series(SIZE))


def test_other_names_for_counts_are_leaks():
    rng = np.random.default_rng(6)
    counts = rng.poisson(2.0, ROWS) ** 2
    names = counts * 7 % 101
    assert list(found(pl.Series(names), pl.Series(counts))) == ["leak"]
    assert not found(pl.Series(rng.permutation(names)), pl.Series(counts))


@pytest.mark.parametrize("target", ["class", "quantity"])
@pytest.mark.parametrize("decimals", [None, 3])
def test_means_of_the_target_by_group_are_made_of_it(target, decimals):
    group = np.random.default_rng(5).integers(0, ROWS // 4, ROWS)
    y = (KINDS == 1).astype(float) if target == "class" else SIZE
    means = (np.bincount(group, y, ROWS) / np.maximum(np.bincount(group, minlength=ROWS), 1))[group]
    made = pl.Series(means if decimals is None else np.round(means, decimals))
    labels = letters(KINDS) if target == "class" else pl.Series(y)
    leak = found(made, labels)["leak"]
    assert leak.evidence["by"] == "mean"
    # The means of other rows' targets are none of these.
    apart = np.random.default_rng(5).permutation(means)
    assert not found(pl.Series(apart), labels)
