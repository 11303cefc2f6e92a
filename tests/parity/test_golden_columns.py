"""Golden rows are worked out column by column: to the bit what each row gives alone, op by op."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from datacheck.golden.choose import golden_rows

from .cases import CASES, Case, with_golden
from .test_random import transforms

if TYPE_CHECKING:
    from typing import Any

    from datacheck.ops import Fitted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_op_and_every_odd_value(case: Case) -> None:
    """Refusals, infinities, missing cells, categories, dates, neighbours: in any order of rows."""
    rows = list(case.rows)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        alone = with_golden(case.fitted, tuple(rows)).golden
        assert repr(golden_rows(case.fitted, rows)) == repr(list(alone))
    fair = [row for row, out in zip(rows, alone, strict=True) if "out" in out]
    alone = with_golden(case.fitted, tuple(fair)).golden
    assert repr(golden_rows(case.fitted, fair)) == repr(list(alone))


@settings(max_examples=200, deadline=None)
@given(made=transforms())
def test_any_transform(made: tuple[Fitted, list[dict[str, Any]]]) -> None:
    transform, rows = made
    alone = with_golden(transform, tuple(rows)).golden
    assert repr(golden_rows(transform, rows)) == repr(list(alone))
