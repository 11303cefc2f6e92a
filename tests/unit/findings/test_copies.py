"""Copies are found among all columns at once as they are in few."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from datacheck import columns
from datacheck.findings import copies as module
from datacheck.findings.copies import copies


def table() -> pl.DataFrame:
    random = np.random.default_rng(5)
    made: dict[str, pl.Series] = {}
    for at in range(60):
        cells = random.normal(size=80) * 10.0 ** random.uniform(-3, 5)
        if at % 3 == 1:
            cells[random.random(80) < 0.2] = np.nan
        if at % 3 == 2:
            cells = random.integers(0, 4, 80) * 1.0
        made[f"c{at}"] = pl.Series(cells)
        if at % 4 == 0:
            made[f"equal {at}"] = pl.Series(cells)
            made[f"linear {at}"] = pl.Series(cells * 1.8 + 32)
            made[f"renamed {at}"] = pl.Series([f"<{each}>" for each in cells.tolist()])
    made["constant"] = pl.Series([1.0] * 80)
    made["nothing"] = pl.Series([np.nan] * 80)
    return pl.DataFrame(made)


def test_at_once_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = table()
    at_once = copies(sample)
    assert {found.kind for found in at_once} == {"equal", "linear", "renamed"}
    monkeypatch.setattr(columns, "TOGETHER", 1)
    assert copies(sample) == at_once


def test_a_line_is_projected_as_what_it_is_drawn_through() -> None:
    random = np.random.default_rng(1)
    weights = random.standard_normal((2, 50))
    column = random.normal(size=50)
    holed = np.where(random.random(50) < 0.2, np.nan, column)
    forms = list(module._forms([column, column * -3 + 7, holed, holed * 1e200], weights))
    for one, other in ((0, 1), (2, 3)):
        assert forms[one][0] == forms[other][0]
        assert forms[one][1:] == pytest.approx(forms[other][1:], rel=1e-9)
    assert forms[0][0] != forms[2][0]
