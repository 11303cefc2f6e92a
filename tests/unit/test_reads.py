"""How often a table is read: once, and once more for the rows of what was found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck import table as module
from datacheck.transform import tables

SCHEMA = """
schema_type: polars_dataframe
name: t
columns:
  a: {dtype: Float64, nullable: true, prepare: {impute: median, missing_values: [-999]}}
  b: {dtype: Float64, nullable: true}
"""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The columns of each pass over a source."""
    seen: list[list[str]] = []
    batches_of = module.batches_of

    def counted(frame: pl.LazyFrame, *args: Any, **words: Any) -> Iterator[pl.DataFrame]:
        seen.append(frame.collect_schema().names())
        return batches_of(frame, *args, **words)

    monkeypatch.setattr(module, "batches_of", counted)
    return seen


@pytest.fixture
def path(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    cells = draw.normal(size=(4_000, 2))
    cells[::7, 0] = np.nan
    path = tmp_path / "t.parquet"
    pl.DataFrame(cells, schema=["a", "b"]).write_parquet(path)
    return path


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "t.yaml"
    path.write_text(SCHEMA)
    return path


def test_a_table_that_is_held_is_read_once(path, schema, reads):
    dc.profile(path)
    assert len(reads) == 1
    dc.validate(path, schema)
    assert len(reads) == 2
    assert dc.check(path).findings
    assert len(reads) == 3
    assert dc.check(path, schema).findings
    assert len(reads) == 4
    dc.check(path, schema, reference=path)
    assert len(reads) == 6


def test_a_table_that_cannot_be_held_is_not_held_in_part(path, monkeypatch):
    held = []
    keeping = module.LocalTable._keeping
    monkeypatch.setattr(
        module.LocalTable, "_keeping", lambda *given: held.append(1) or keeping(*given)
    )
    numbers = 4_000 * 2 * 8
    for room, times in ((numbers, 1), (numbers - 1, 0)):
        monkeypatch.setattr(module, "MEMORY", room)
        held.clear()
        dc.profile(path)
        assert len(held) == times


def test_fit_reads_a_table_once_where_it_is_held(path, schema, reads, monkeypatch):
    monkeypatch.setattr(tables, "batches_of", module.batches_of)
    held = dc.fit(path, schema)
    assert reads == [["a", "b"]]
    monkeypatch.setattr(tables, "HELD", 1)
    assert dc.fit(path, schema) == held
    assert len(reads) > 2


def test_fit_leaves_out_columns_that_nobody_asks_for(path, schema, reads, monkeypatch):
    monkeypatch.setattr(tables, "batches_of", module.batches_of)
    wide = path.with_name("wide.parquet")
    pl.read_parquet(path).with_columns(pl.col("b").alias(name) for name in "cdef").write_parquet(
        wide
    )
    dc.fit(wide, schema)
    assert all("f" not in read for read in reads)


def test_a_larger_one_is_read_again_for_the_rows_of_findings_alone(
    path, schema, reads, monkeypatch
):
    monkeypatch.setattr(module, "MEMORY", 1)
    dc.profile(path)
    assert len(reads) == 1
    dc.check(path)
    assert reads[1:] == [["a", "b"], ["a"]]
    dc.check(path, schema)
    assert len(reads[3:]) <= 2
    assert dc.check(path, schema).to_dict()["findings"] == told(path, schema, monkeypatch)


def told(path: Path, schema: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(module, "MEMORY", 2**29)
    return dc.check(path, schema).to_dict()["findings"]
