"""Names that differ in case alone, in the engines that take them for one or for two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

if TYPE_CHECKING:
    from pathlib import Path


def fitted(*cells: str) -> dc.Transform:
    column = Column(name="k", prepare=read_prepare({"encode": "one_hot", "unknown": "zeros"}, "k"))
    return dc.fit(pl.DataFrame({"k": cells}), Schema(name="S", columns=(column,)))


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_these_engines_fold_the_letters_of_ascii_alone(dialect: str, tmp_path: Path) -> None:
    """They are asked themselves: `export` replays the golden rows in them."""
    path = tmp_path / "k.sql"
    fitted("\xc4", "\xe4", "\xdf", "ss", "K").export("sql", path, dialect=dialect)
    assert dc.verify(path).ok
    with pytest.raises(ArtefactError, match="'k_A' and 'k_a' have one name") as caught:
        fitted("A", "a").export("sql", tmp_path / "a.sql", dialect=dialect)
    assert "encode: ordinal" in str(caught.value)


@pytest.mark.parametrize(("dialect", "one"), [("postgresql", False), ("spark", True)])
def test_others_fold_all_letters_or_none(dialect: str, one: bool, tmp_path: Path) -> None:
    transform = fitted("\xc4", "\xe4")
    if one:
        with pytest.raises(ArtefactError, match="have one name"):
            transform.export("sql", tmp_path / "k.sql", dialect=dialect)
    else:
        transform.export("sql", tmp_path / "k.sql", dialect=dialect)
