"""One pass: exact counts, first rows, bounded memory, threads, and text as it stands in a file."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl
import pytest

from datacheck.schema import load_schema, prepare
from datacheck.source.model import Source
from datacheck.table import LocalTable
from datacheck.validation import judge, violations

if TYPE_CHECKING:
    from pathlib import Path

    from datacheck.report import Finding

BIG = 450_000


def lazily(frame: pl.LazyFrame, *, text: bool = False) -> Source:
    return Source("table", frame, text, "csv" if text else "lazy")


def in_memory(frame: pl.DataFrame) -> Source:
    return Source("table", frame.lazy(), False, "polars")


def schema(**columns: pa.Column) -> Any:
    return load_schema(pa.DataFrameSchema(columns))


def told(findings: list[Finding]) -> list[dict[str, Any]]:
    """As JSON has them: NaN equals NaN there."""
    return [each.to_dict() for each in findings]


def test_batches_and_memory_give_the_same_findings(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": range(BIG), "y": [None, 1.5, math.nan, math.inf, -2.0] * (BIG // 5)})
    path = tmp_path / "big.parquet"
    frame.write_parquet(path, row_group_size=70_000)
    declared = schema(
        x=pa.Column(int, [pa.Check.lt(BIG - 5), pa.Check.ne(300_000)], unique=True),
        y=pa.Column(float, [pa.Check.ge(0), pa.Check(lambda v: v < 1, element_wise=True)]),
    )
    whole = judge(LocalTable(in_memory(frame)), declared)
    streamed = judge(LocalTable(lazily(pl.scan_parquet(path))), declared)
    assert told(streamed.findings) == told(whole.findings)
    assert streamed.rows == BIG
    by_code = {found.code: found for found in whole.findings}
    assert by_code["schema.less_than"].rows == tuple(range(BIG - 5, BIG))
    assert by_code["schema.nullable"].evidence == {"null": BIG // 5, "nan": BIG // 5}
    assert by_code["numeric.infinite"].rows == tuple(range(3, 100, 5))
    assert by_code["schema.check"].count == 2 * BIG // 5


def test_a_lazy_frame_is_read_once() -> None:
    read: list[int] = []

    def note(batch: pl.DataFrame) -> pl.DataFrame:
        read.append(batch.height)
        return batch

    frame = pl.DataFrame({"x": [1.0, -1.0, None] * 1000, "k": range(3000)})
    counted = frame.lazy().map_batches(note, schema=frame.schema, streamable=True)
    declared = schema(
        x=pa.Column(float, [pa.Check.ge(0), pa.Check.le(0)]), k=pa.Column(int, unique=True)
    )
    assert len(violations(lazily(counted), declared)) == 3
    assert sum(read) == 3000


def test_only_the_columns_that_are_looked_at_are_read() -> None:
    def explode(_: pl.Series) -> pl.Series:
        raise AssertionError("a column that no rule looks at was computed")

    frame = pl.LazyFrame({"x": [1.0, 2.0]}).with_columns(
        y=pl.col("x").map_batches(explode, return_dtype=pl.Float64)
    )
    assert violations(lazily(frame), schema(x=pa.Column(float))) == []


def test_values_that_fail_most_often_are_told() -> None:
    frame = pl.DataFrame({"x": [9, 7, 9, 9, 7, 1]})
    [found] = violations(in_memory(frame), schema(x=pa.Column(int, pa.Check.lt(5))))
    assert found.evidence["top"] == [{"value": 9, "count": 3}, {"value": 7, "count": 2}]


def test_nothing_grows_with_the_failures() -> None:
    frame = pl.DataFrame({"x": range(BIG)})
    [found] = violations(lazily(frame.lazy()), schema(x=pa.Column(int, pa.Check.lt(0))))
    assert found.count == BIG
    assert found.rows == tuple(range(20))
    assert len(found.values) == 20


MEMORY = """
import resource, sys
import polars as pl
from datacheck.schema.model import Schema
from datacheck.source.model import Source
from datacheck.validation import violations
source = Source("t", pl.scan_parquet(sys.argv[1]), False, "parquet")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
violations(source, Schema.from_yaml("columns: {x: {in_range: {min_value: 0, max_value: 1}}}", "t"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_table_larger_than_what_is_kept_streams(tmp_path: Path) -> None:
    rows = 12_000_000
    path = tmp_path / "long.parquet"
    pl.select(x=pl.int_range(rows).cast(pl.Float64)).lazy().sink_parquet(
        path, row_group_size=200_000
    )
    run = [sys.executable, "-c", MEMORY, str(path)]
    grown = int(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert grown < rows * 8 // 2**20, "MiB: less than the one column of the table"


def test_threads_get_the_same_answers() -> None:
    frame = pl.DataFrame({"x": [1.0, -1.0, math.nan, None] * 500})
    declared = schema(
        x=pa.Column(float, [pa.Check.ge(0), pa.Check(lambda v: v < 1, element_wise=True)])
    )
    expected = told(violations(in_memory(frame), declared))
    tall = schema(x=pa.Column(float, pa.Check.ge(0)))

    def job(number: int) -> bool:
        if number % 3 == 0:
            return len(violations(lazily(frame.lazy()), tall)) == 2
        source = in_memory(frame) if number % 2 else lazily(frame.lazy())
        return told(violations(source, declared)) == expected

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(job, range(60)))


def test_an_empty_table_is_judged_by_its_columns() -> None:
    empty = pl.DataFrame(schema={"x": pl.String})
    declared = schema(x=pa.Column(float), y=pa.Column(float))
    for source in (in_memory(empty), lazily(empty.lazy())):
        assert [(each.code, each.column) for each in violations(source, declared)] == [
            ("schema.column_missing", "y"), ("schema.dtype", "x"),
        ]  # fmt: skip


def test_text_is_read_as_it_is_declared() -> None:
    frame = pl.DataFrame(
        {"x": ["1", "2.5e0", " 3 ", "n/a", "12 kg", None, "", "-999", "nan", "inf"]}
    )
    prepared = prepare(missing_values=[-999, "n/a"])
    declared = schema(x=pa.Column(float, pa.Check.lt(3), nullable=True, metadata=prepared))
    found = {each.code: each for each in violations(lazily(frame.lazy(), text=True), declared)}
    assert set(found) == {"schema.dtype", "schema.less_than", "numeric.infinite"}
    assert found["schema.dtype"].values == ("12 kg",)
    assert found["schema.dtype"].rows == (4,)
    assert found["schema.less_than"].values == (" 3 ", "inf")


def test_missing_text_is_counted_apart() -> None:
    frame = pl.DataFrame({"x": ["1", "n/a", None, "", "-999", "nan", "?"]})
    prepared = prepare(missing_values=[-999, "n/a"])
    declared = schema(x=pa.Column(float, metadata=prepared))
    found = {each.code: each for each in violations(lazily(frame.lazy(), text=True), declared)}
    assert found["schema.nullable"].evidence == {"null": 2, "nan": 1, "sentinel": 2}
    assert found["schema.nullable"].rows == (1, 2, 3, 4, 5)
    assert found["schema.dtype"].rows == (6,)


def test_text_has_no_dtype_of_its_own() -> None:
    frame = pl.LazyFrame({"x": [1, 2, 3]})
    declared = schema(x=pa.Column(float, nullable=True))
    assert violations(lazily(frame, text=True), declared) == []
    typed = violations(lazily(frame), declared)
    assert [each.code for each in typed] == ["schema.dtype"]


@pytest.mark.parametrize("text", [True, False])
def test_a_column_without_a_value_has_the_dtype_that_is_declared(text: bool) -> None:
    frame = lazily(pl.LazyFrame({"x": [None, None]}), text=text)
    assert violations(frame, schema(x=pa.Column(float, nullable=True))) == []
    assert violations(frame, schema(x=pa.Column(bool, nullable=True))) == []


def test_text_in_a_typed_source_is_a_dtype_error_that_counts_what_would_read() -> None:
    frame = pl.DataFrame({"x": ["1", "2", "x", None]})
    [found] = violations(in_memory(frame), schema(x=pa.Column(float, nullable=True)))
    assert found.code == "schema.dtype"
    assert found.evidence == {
        "found": "String", "declared": "Float64", "cells": 3, "cells_that_read_as_declared": 2,
    }  # fmt: skip
    assert found.count == 4


def test_names_that_look_like_rules_are_no_trouble() -> None:
    names = ["a|b", "a", "b.c", 'q"uote', "^", "schema.nullable", "0 count", "{x}", "$"]
    frame = pl.DataFrame({name: [1.0, None] for name in names})
    found = violations(
        in_memory(frame), load_schema(pa.DataFrameSchema({n: pa.Column(float) for n in names}))
    )
    assert [each.column for each in found] == names
    assert all(each.rows == (1,) for each in found)


def test_nanoseconds_are_compared_as_such() -> None:
    moments = pl.Series([1_000_000_000, 1_000_000_001]).cast(pl.Datetime("ns"))
    limit = moments.to_list()[0]
    assert limit == moments.to_list()[1], "Python's moments stop at microseconds"
    declared = schema(t=pa.Column(pl.Datetime("ns"), pa.Check.le(limit)))
    [found] = violations(in_memory(pl.DataFrame({"t": moments})), declared)
    assert found.rows == (1,)
