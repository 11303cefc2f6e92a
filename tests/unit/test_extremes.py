"""The ends of every dtype through every public function: a result, or datacheck's own error."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.schema import Column, Prepare, Schema

END = 2**63 - 1
TIMES = [END, -END, 0, None]
ENDS: dict[str, pl.Series] = {
    **{f"datetime {unit}": pl.Series(TIMES).cast(pl.Datetime(unit)) for unit in ("ms", "us", "ns")},
    **{
        f"instant {unit}": pl.Series(TIMES).cast(pl.Datetime(unit, "UTC"))
        for unit in ("ms", "us", "ns")
    },
    "instant of a zone": pl.Series(TIMES).cast(pl.Datetime("ns", "Europe/Berlin")),
    **{f"duration {unit}": pl.Series(TIMES).cast(pl.Duration(unit)) for unit in ("ms", "us", "ns")},
    "date": pl.Series([2**31 - 1, -(2**31), 0, None], dtype=pl.Int32).cast(pl.Date),
    "time": pl.Series([0, 86_399_999_999_999, 1, None]).cast(pl.Time),
    "int128": pl.Series([2**126, -(2**126), 0, None], dtype=pl.Int128),
    "uint64": pl.Series([2**64 - 1, 0, 1, None], dtype=pl.UInt64),
    "float32": pl.Series([3.4e38, -3.4e38, 1e-45, None], dtype=pl.Float32),
    "float64": pl.Series([1.7e308, -1.7e308, 5e-324, None]),
    "decimal": pl.Series([10, -10, 0, None]).cast(pl.Decimal(38, 10)),
    "binary": pl.Series([b"\xff", b"", b"a", None]),
    "null": pl.Series([None] * 4, dtype=pl.Null),
    "list": pl.Series([[END], [0], [], None]).cast(pl.List(pl.Datetime("us"))),
    "array": pl.Series([[1.0, float("inf")], [0, 1], None, [1, 1]], dtype=pl.Array(pl.Float64, 2)),
    "category": pl.Series(["", "a", None, "\0"], dtype=pl.Categorical),
    "object": pl.Series([object(), 1, None, "a"], dtype=pl.Object),
}
ENDS["struct"] = pl.DataFrame({"a": ENDS["date"], "b": ENDS["datetime us"]}).to_struct()
PREPARED = {
    "most frequent": Prepare(impute="most_frequent"),
    "none": Prepare(),
    "median": Prepare(impute="median", scale="robust"),
}


def judged(data: Any) -> None:
    report = dc.check(data)
    report.to_json()
    report._repr_html_()
    str(report)
    dc.check(data, target="x")


def served(data: Any, schema: Schema) -> None:
    transform = dc.fit(data, schema)
    out = transform.apply(data)
    assert dc.load(io.BytesIO(transform.to_bytes())) == transform
    transform.diff(transform, data)
    transform.matrix(data)
    transform.inverse(out)


def parted(data: Any, schema: Schema) -> None:
    for part in dc.split(data, schema):
        _ = part.collect() if isinstance(part, pl.LazyFrame) else part


@pytest.mark.parametrize("form", ["polars", "lazy"])
@pytest.mark.parametrize("name", ENDS)
def test_the_ends_of_a_dtype(name: str, form: str) -> None:
    frame = pl.DataFrame({"x": ENDS[name], "y": [1.0, 2.0, None, 4.0]})
    data = frame.lazy() if form == "lazy" else frame
    steps = [
        lambda: judged(data),
        lambda: dc.profile(data).to_json(),
        lambda: dc.compare(data, data),
        lambda: dc.repair(data, unsafe=True),
        lambda: dc.mutate(data, dc.suggest(data)),
    ]
    for prepared in PREPARED.values():
        filled = Column(name="y", nullable=True, prepare=Prepare(impute="median"))
        columns = (
            Column(name="x", nullable=True, unique=name != "object", prepare=prepared),
            filled,
        )
        schema = Schema(name="ends", columns=columns)
        steps += [
            lambda schema=schema: dc.validate(data, schema).to_json(),
            lambda schema=schema: parted(data, schema),
            lambda schema=schema: served(data, schema),
        ]
    for step in steps:
        with contextlib.suppress(dc.DatacheckError):
            step()
