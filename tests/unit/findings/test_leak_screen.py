"""What is ruled out for many columns at once would not be told by any rule."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.findings import leaks
from datacheck.findings.leak_readings import readings


def told(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    found = [f for f in dc.check(frame, target="y").findings if f.code == "target.leak"]
    return [(f.column, f.count, f.message, str(f.evidence)) for f in found]


SHAPES = {
    "line": lambda x: 3 * x,
    "wave": lambda x: np.sin(9 * x),
    "valley": lambda x: (x - 0.3) ** 2,
    "steps": lambda x: np.floor(8 * x) * np.where(np.floor(8 * x) % 2, 1, -1),
    "far": lambda x: np.exp(6 * x**3),
    "peak": lambda x: 1 / (0.001 + (x - 0.2) ** 2),
}


def columns(target: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Features with more and more noise: leaks, near leaks, honest ones."""
    rows = len(target)
    spread = float(np.std(target))
    cells = {f"noise {n}": target + rng.normal(size=rows) * spread * n for n in _NOISE}
    slips = rng.random(rows) < 0.04
    cells |= {
        "chance": rng.normal(size=rows),
        "slips": np.where(slips, rng.permutation(target), 2 * target)
        + rng.normal(size=rows) * 1e-9,
        "ranks": np.argsort(np.argsort(target + rng.normal(size=rows) * 1e-6)).astype(float),
        "digits": rng.permutation(rows) * 10.0 + (target > np.median(target)),
        "rounded": (target + rng.normal(size=rows) * spread * 0.05).round(2),
    }
    return cells


def texts(frame: pl.DataFrame, rng: np.random.Generator) -> list[pl.Expr]:
    """The same as categories, as text with a number in it, as text that is one but for a word."""
    numbers = ["x", "noise 0.01", "noise 0.12"]
    ids = pl.Series(rng.integers(0, 10**6, frame.height)).cast(pl.String)
    word = pl.Series(rng.random(frame.height) < 0.1)
    every = []
    for name in numbers:
        cells = pl.col(name)
        kind = cells.rank().floordiv(max(1, frame.height // 7)).cast(pl.Int64).cast(pl.String)
        written = cells.round(3).cast(pl.String)
        every += [
            ("k" + kind).alias(f"{name} kind"),
            (kind.str.replace_all(r"\d", "") + ids).alias(f"{name} id"),
            ("id" + ids + " is " + written + " kg").alias(f"{name} inside"),
            pl.when(word).then(pl.lit("n/a")).otherwise(written).alias(f"{name} written"),
            pl.when(cells > cells.median()).then(cells).alias(f"{name} gone"),
        ]
    return every


def holed(frame: pl.DataFrame, rng: np.random.Generator) -> list[pl.Expr]:
    """The same with cells missing, few or many."""
    gone = [pl.Series(rng.random(frame.height) < share) for share in (0.05, 0.4, 0.7)]
    return [
        pl.when(~gone[at % 3]).then(pl.col(name)).alias(f"{name} holed")
        for at, name in enumerate(frame.columns[:-1])
    ]


def nothing_is_known(_judge, _encodings, read):
    return np.zeros(len(read), bool), np.zeros(len(read), bool)


_NOISE = (0.0, 0.01, 0.05, 0.08, 0.12, 0.3, 0.6, 1.0, 3.0)


@pytest.mark.parametrize("rows", [130, 400])
@pytest.mark.parametrize("how", [*SHAPES, "two classes", "four classes", "rare class", "heavy"])
def test_the_screen_takes_no_leak_away(rows, how, monkeypatch):
    rng = np.random.default_rng(rows)
    x = rng.random(rows)
    if how in SHAPES:
        y = SHAPES[how](x)
    elif how == "heavy":
        y = rng.standard_cauchy(rows)
    else:
        share = {"two classes": [0.5, 0.5], "four classes": [0.25] * 4, "rare class": [0.9, 0.1]}
        y = rng.choice(len(share[how]), rows, p=share[how]).astype(np.int64)
    cells = {"x": x, **columns(y.astype(float), rng), "kind": rng.integers(0, 9, rows), "y": y}
    frame = pl.DataFrame(cells).with_columns(pl.col("digits").cast(pl.Int64))
    frame = frame.with_columns(texts(frame, rng)).with_columns(holed(frame, rng))
    screened = told(frame)
    monkeypatch.setattr(leaks, "telling_nothing", nothing_is_known)
    assert screened == told(frame)


def test_features_of_chance_are_ruled_out():
    rng = np.random.default_rng(2)
    chance = {f"c{at}": rng.normal(size=200) for at in range(60)}
    chance |= {f"k{at}": rng.choice(list("abcdef"), 200) for at in range(60)}
    chance |= {f"t{at}": [f"item {x:.4f}" for x in rng.random(200)] for at in range(20)}
    frame = pl.DataFrame(chance)
    read = [(n, each) for n, found in readings(frame, frame.columns).items() for each in found]
    for y in (rng.normal(size=200), rng.integers(0, 2, 200), rng.integers(0, 4, 200)):
        known = pl.repeat(value=True, n=200, eager=True)
        judge = (leaks.Quantity if y.dtype == float else leaks.Classes)(
            known, y if y.dtype == float else y.astype(np.uint64), np.arange(200)
        )
        untold, unmade = leaks.telling_nothing(judge, leaks.Encodings(judge.numbered(), ()), read)
        assert unmade.all()
        assert (~untold).sum() <= 8
        assert all(judge.tells(each.kinds, each.numbers) is None for _, each in read)


def test_of_few_rows_no_number_is_ruled_out():
    frame = pl.DataFrame({"x": np.random.default_rng(0).normal(size=99)})
    known = pl.repeat(value=True, n=99, eager=True)
    judge = leaks.Quantity(known, np.arange(99.0), np.arange(99))
    [[value]] = readings(frame, ["x"]).values()
    untold, _ = leaks.telling_nothing(judge, None, [("x", value)])
    assert not untold.any()
