"""Texts of several columns that are counted together: what each shows alone, in a few queries."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.profiling import texts
from datacheck.profiling.measure import measure
from datacheck.profiling.texts import Texts, tallied_together

CELL = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "NA", "1", " 2.5", "1,000", "-3", "yes", "Yes ", "é"]),
    st.text(),
)
COLUMN = st.lists(CELL, max_size=12)


@settings(max_examples=100, deadline=None)
@given(columns=st.lists(COLUMN, max_size=6), size=st.integers(1, 20))
def test_columns_show_together_what_each_shows_alone(
    columns: list[list[str | None]], size: int
) -> None:
    cells = [pl.Series("cells", column, dtype=pl.String) for column in columns]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "TOGETHER", size)
        together = list(tallied_together(cells))
    assert len(together) == len(cells)
    for column, tallied in zip(cells, together, strict=True):
        alone, beside = Texts(), Texts()
        numbers = alone.add(column), beside.add(column, tallied)
        assert alone == beside
        assert sorted(numbers[0].rows()) == sorted(numbers[1].rows())


def test_the_queries_of_texts_do_not_grow_with_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    told = texts._told

    def counted(*args: object, **options: object) -> object:
        asked.append(1)
        return told(*args, **options)

    monkeypatch.setattr(texts, "_told", counted)
    table = pl.DataFrame({f"c{at}": ["a", "b", None, "a"] for at in range(500)})
    profile = measure(table.lazy())
    assert len(asked) == 1
    assert all(c.texts.values == {"a": 2, "b": 1} for c in profile.columns.values() if c.texts)


def test_values_stay_a_sample_once_there_are_too_many() -> None:
    many = pl.Series("cells", [f"t{at}" for at in range(3 * texts.KEPT)])
    whole, parts = Texts(), Texts()
    whole.add(many)
    for start in range(0, len(many), 1000):
        parts.add(many[start : start + 1000])
    assert not whole.exact
    assert whole.threshold == parts.threshold
    assert whole.values == parts.values
