"""Categories of a table get the codes that those of a row get, however many there are."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DataError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

#: Cells of a table that is computed in several pieces.
MANY = 5_000
WORDS = ["", "a", "it's", "\U0001f427", "of twelve ..", "longer than what stands in a view", "nan"]
KINDS: dict[str, tuple[list[Any], list[Any]]] = {
    "text": ([*WORDS, *(f"category {at}" for at in range(400))], ["unseen", "another unseen one"]),
    "integer": (list(range(-200, 200)), [10**12, -(10**12)]),
    "boolean": ([True, False], []),
}
OPTIONS: list[dict[str, Any]] = [
    {"encode": "ordinal", "unknown": "zeros"},
    {"encode": "one_hot", "unknown": "infrequent", "max_categories": 20, "drop": "first"},
    {"encode": "ordinal", "unknown": "zeros", "impute": "most_frequent", "indicator": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "rare", "filled"])
@pytest.mark.parametrize("kind", KINDS)
def test_many_cells_have_the_codes_of_rows(kind: str, options: dict[str, Any]) -> None:
    known, unseen = KINDS[kind]
    if kind == "text":
        options = {**options, "spellings": {"a": ["nan"]}, "missing_values": ["it's"]}
    transform = fitted([*known, *known[:9], None], options)
    for more in ([], [None], [None, *unseen]):
        few = pl.DataFrame({"c": pl.Series([*known, *more], strict=False)})
        rows = [transform.apply_row(row) for row in few.rows(named=True)]
        times = MANY // few.height + 1
        many = pl.concat([few] * times)
        assert transform.apply(many).rows(named=True) == rows * times
        whole = transform.matrix(many).reshape(times, few.height, -1)
        assert (whole == transform.matrix(few)).all()


def test_what_is_refused_among_many_is_told() -> None:
    transform = fitted(["a", "b"], {"encode": "ordinal"})
    cells = ["a", "b"] * MANY
    for odd in ("c", None):
        with pytest.raises(DataError, match="1 cell of column 'c' is not one of the categories"):
            transform.matrix(pl.DataFrame({"c": [*cells, odd]}))


def fitted(cells: list[Any], options: dict[str, Any]) -> dc.Transform:
    column = Column(name="c", nullable=True, prepare=read_prepare(options, "c"))
    return dc.fit(pl.DataFrame({"c": cells}), Schema(name="S", columns=(column,)))
