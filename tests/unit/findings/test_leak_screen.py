"""What is ruled out for many columns at once would not be told by any rule."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.findings import leaks


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


_NOISE = (0.0, 0.01, 0.05, 0.08, 0.12, 0.3, 0.6, 1.0, 3.0)


@pytest.mark.parametrize("rows", [130, 400])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("how", [*SHAPES, "two classes", "four classes", "rare class", "heavy"])
def test_the_screen_takes_no_leak_away(rows, seed, how, monkeypatch):
    rng = np.random.default_rng(seed)
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
    screened = told(frame)
    monkeypatch.setattr(leaks, "telling_nothing", lambda *_: {})
    assert screened == told(frame)


def test_columns_of_chance_are_ruled_out():
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({f"c{at}": rng.normal(size=200) for at in range(60)})
    looked_at = []
    for y in (rng.normal(size=200), rng.integers(0, 2, 200), rng.integers(0, 4, 200)):
        known = pl.repeat(value=True, n=200, eager=True)
        judge = (leaks.Quantity if y.dtype == float else leaks.Classes)(
            known, y if y.dtype == float else y.astype(np.uint64), np.arange(200)
        )
        looked_at.append(60 - len(leaks.telling_nothing(judge, frame, frame.columns)))
    assert max(looked_at) <= 3
    assert not leaks.telling_nothing(judge, frame.head(99), frame.columns)
