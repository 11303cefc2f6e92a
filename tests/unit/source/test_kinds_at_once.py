"""The kinds of many columns, tried together, are those of each column."""

from __future__ import annotations

import itertools

import polars as pl
import pytest

from datacheck import columns
from datacheck.source import celltypes
from datacheck.source.celltypes import KINDS, first_kinds, misfits

CELLS = [
    *("7", "-12", "007", "+7", "-0", " 7", "0.5", "1e5", "1e400", "9007199254740993", "NaN", "inf"),
    *("93E7", "true", "FALSE", "2024-02-29", "2023-02-29", "2024-02-29T12:30:00", "", None, "a"),
    *("2024-02-29 12:30:00.5", "2024-02-29T12:30:00Z", "2024-02-29 12:30:00Z", '"', "é"),
    *("3.9", "3.10", "3.05"),
]


def one_by_one(sample: pl.DataFrame, name: str) -> str | None:
    cells = sample[name].alias("cell").to_frame()
    if not cells.select((pl.col("cell") != "").any()).item():
        return celltypes._EMPTY
    for word, kind in KINDS.items():
        shown = kind.shown_by is None or kind.shown_by(filter(None, cells["cell"]))
        if shown and not cells.select(misfits(pl.col("cell"), kind).any()).item():
            return word
    return None


@pytest.mark.parametrize("together", [1, 7, 2**18])
def test_together_as_alone(monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(columns, "TOGETHER", together)
    pairs = itertools.combinations_with_replacement(CELLS, 2)
    sample = pl.DataFrame(
        {f"^{at}$": pl.Series(pair, dtype=pl.String) for at, pair in enumerate(pairs)}
    )
    found = first_kinds(sample, sample.columns, KINDS)
    assert {name: found.get(name) for name in sample.columns} == {
        name: one_by_one(sample, name) for name in sample.columns
    }


def test_no_rows() -> None:
    sample = pl.DataFrame(schema={"a": pl.String, "b": pl.String})
    assert set(first_kinds(sample, ["a", "b"], KINDS).values()) == {celltypes._EMPTY}
