"""Holes of dates, moments, times and spans are filled alike wherever the transform is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400_000_000
SPANS = pl.Series([0, 3 * DAY + 1, 10 * DAY, None, 40 * DAY + 999_999, 10 * DAY, None])
KINDS: dict[str, tuple[Any, str | int]] = {
    "date": (pl.Date, "2001-02-03"),
    "moment": (pl.Datetime("us"), "2001-02-03T04:05:06.000007"),
    "zoned": (pl.Datetime("us", "Europe/Berlin"), "2001-02-03T04:05:06+01:00"),
    "span": (pl.Duration("us"), 123_456_789),
    "time": (pl.Time, "23:59:59.999999"),
}
#: A hole is filled with the middle, the usual value or a declared one, and leaves its mark.
HOWS = ("median", "mean", "most_frequent", "constant")


def column(kind: str) -> pl.Series:
    dtype = KINDS[kind][0]
    if dtype == pl.Date:
        return (SPANS // DAY).cast(pl.Int32).cast(dtype)
    if dtype == pl.Time:
        return ((SPANS % DAY) * 1000).cast(dtype)
    return SPANS.cast(dtype)


def fitted(kinds: tuple[str, ...]) -> tuple[dc.Transform, pl.DataFrame]:
    table, columns = {}, []
    for kind in kinds:
        for how in HOWS:
            name = f"{kind} {how}"
            table[name] = column(kind)
            options: dict[str, Any] = {"impute": how, "indicator": True}
            if how == "constant":
                options["fill_value"] = KINDS[kind][1]
            columns.append(Column(name=name, nullable=True, prepare=read_prepare(options, name)))
    frame = pl.DataFrame(table)
    return dc.fit(frame, Schema(name="S", columns=tuple(columns))), frame


def test_every_runtime_fills_every_kind(tmp_path: Path) -> None:
    transform, table = fitted(tuple(KINDS))
    out = transform.apply(table)
    assert not any(out.null_count().row(0))
    assert [transform.apply_row(row) for row in table.to_dicts()] == out.to_dicts()
    filled = out["span median"][3]
    assert filled == table["span median"].median()
    for kind in KINDS:
        assert out[f"{kind} median"].dtype == KINDS[kind][0]
        assert out[f"{kind} median_missing"].to_list() == [0, 0, 0, 1, 0, 0, 1]
    transform.export("javascript", tmp_path / "moments")
    transform.export("sql", tmp_path / "moments.sql", dialect="duckdb")
    transform.save(tmp_path / "moments.json")
    for name in ("moments", "moments.sql", "moments.json"):
        assert dc.verify(tmp_path / name).ok


def test_what_an_engine_has_no_type_for_is_refused_by_name(tmp_path: Path) -> None:
    dates, _ = fitted(("date",))
    dates.export("sql", tmp_path / "dates.sql", dialect="sqlite")
    assert dc.verify(tmp_path / "dates.sql").ok
    spans, _ = fitted(("span",))
    with pytest.raises(ArtefactError, match="sqlite has no type for column 'span median'"):
        spans.export("sql", tmp_path / "spans.sql", dialect="sqlite")
    bare = Schema(name="S", columns=(Column(name="span", prepare=read_prepare({}, "span")),))
    kept = dc.fit(pl.DataFrame({"span": SPANS.cast(pl.Duration("us"))}), bare)
    with pytest.raises(ArtefactError, match="sqlite has no type for column 'span'"):
        kept.export("sql", tmp_path / "spans.sql", dialect="sqlite")


@pytest.mark.parametrize("impute", ["median", "mean"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["span", "moment", "zoned"])
def test_a_middle_between_two_units_is_the_lower_one(
    kind: str, unit: Any, impute: str, tmp_path: Path
) -> None:
    zone = "Asia/Kathmandu" if kind == "zoned" else None
    dtype = pl.Duration(unit) if kind == "span" else pl.Datetime(unit, zone)
    step = {"ms": 1, "us": 1, "ns": 1000}[unit]  # Python holds no nanoseconds
    cells = pl.Series("a", [-1 * step, 0, None, -1 * step, 0] * 6, dtype=pl.Int64).cast(dtype)
    plan = Column(name="a", nullable=True, prepare=read_prepare({"impute": impute}, "a"))
    transform = dc.fit(cells.to_frame(), Schema(name="S", columns=(plan,)))
    out = transform.apply(cells.to_frame())["a"]
    assert out.dtype == dtype
    assert out[2] == cells[0] == transform.apply_row({"a": None})["a"]
    for to, name in (("javascript", "a"), ("sql", "a.sql")):
        transform.export(to, tmp_path / name)
        assert dc.verify(tmp_path / name).ok
