"""Categories that are looked up by their hashes get the codes that a join gives them."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DataError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare
from datacheck.transform import lookup

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


@pytest.mark.parametrize("bits", [lookup._MOST_BITS, 2], ids=["apart", "meeting"])
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "rare", "filled"])
@pytest.mark.parametrize("kind", KINDS)
def test_many_cells_have_the_codes_of_few(
    kind: str, options: dict[str, Any], bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unseen = KINDS[kind]
    if kind == "text":
        options = {**options, "spellings": {"a": ["nan"]}, "missing_values": ["it's"]}
    transform = fitted([*known, *known[:9], None], options)
    monkeypatch.setattr(lookup, "_MOST_BITS", bits)
    for more in ([], [None], [None, *unseen]):
        few = pl.DataFrame({"c": pl.Series([*known, *more], strict=False)})
        times = lookup._MANY // few.height + 1
        many = pl.concat([few] * times, rechunk=True)
        assert many.height >= lookup._MANY > few.height
        assert transform.apply(many).equals(pl.concat([transform.apply(few)] * times))
        whole = transform.matrix(many).reshape(times, few.height, -1)
        assert (whole == transform.matrix(few)).all()


def test_what_is_refused_among_many_is_told() -> None:
    transform = fitted(["a", "b"], {"encode": "ordinal"})
    cells = ["a", "b"] * lookup._MANY
    for odd in ("c", None):
        with pytest.raises(DataError, match="1 cell of column 'c' is not one of the categories"):
            transform.matrix(pl.DataFrame({"c": [*cells, odd]}))


def fitted(cells: list[Any], options: dict[str, Any]) -> dc.Transform:
    column = Column(name="c", nullable=True, prepare=read_prepare(options, "c"))
    return dc.fit(pl.DataFrame({"c": cells}), Schema(name="S", columns=(column,)))
