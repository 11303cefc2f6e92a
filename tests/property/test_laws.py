"""Two laws of what is said of a table.

*Advice is harmless*: each finding's fix, one by one, and the reading that `suggest` drafts, is
applied as it stands. Then no cell that carried a value has lost it (a safe fix), or it is in the
log (an unsafe one); the finding is gone; no new error has come.

*A verdict says what it looked at*: every column was examined, is ignored, or is named.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.checking.declared import Declared
from datacheck.checking.repairing import repaired
from datacheck.report.fix import KINDS
from datacheck.source import open_source
from datacheck.spelling import number_in
from datacheck.table import LocalTable
from datacheck.validation.judge import planned
from tests.judgement.tables import table

ROWS = 120
REAL = (
    "vega cars",
    "vega airports",
    "vega la-riots",
    "statsmodels anes96",
    "statsmodels heart",
    "statsmodels macrodata",
    "sklearn wine",
    "results genmod/tests/results/epil.csv",
)


def said(finding):
    """What makes two findings one: a column may have two sentinels."""
    return finding.code, finding.column, str(finding.evidence.get("where"))


def carried(frame: pl.DataFrame, name: str) -> pl.Series:
    """Which cells carry a value."""
    cells = frame[name]
    held = cells.is_not_null()
    return held & cells.is_not_nan().fill_null(value=True) if cells.dtype.is_float() else held


def where_they_stood(left, finding, log, rows):
    """Of a table that has lost rows, which cells are left by the rows as they were."""
    if finding.fix.kind != "drop_rows":
        return left
    gone = set(log["row"].to_list())
    cells = iter(left.to_list())
    return pl.Series([row not in gone and next(cells) for row in range(rows)], dtype=pl.Boolean)


def harmless(frame: pl.DataFrame) -> int:
    """Apply each fix alone; how many there were."""
    source = open_source(frame)
    report = dc.check(source)
    errors = {said(f) for f in report.findings if f.severity == "error"}
    tried = [finding for finding in report.findings if finding.fix is not None]
    for finding in tried:
        only = dc.Report([finding], name="t", rows=frame.height, columns=frame.width)
        work = repaired(source, only, unsafe=True)
        assert not work.table.declined, (finding.code, finding.column, work.table.declined)
        after = work.table.frame.collect()
        logged = set(work.table.log.select("row", "column").rows())
        for name in frame.columns:
            before = carried(frame, name)
            left = carried(after, name) if name in after.columns else before & False
            left = where_they_stood(left, finding, work.table.log, frame.height)
            lost = {(row, name) for row in (before & ~left).arg_true().to_list()}
            assert lost <= logged, (finding.code, name)
            assert not (lost and finding.fix.safe), (finding.code, name)
        again = dc.check(work.mended(source), work.schema)
        left_over = {said(f) for f in again.findings}
        assert said(finding) not in left_over, finding
        fresh = {said(f) for f in again.findings if f.severity == "error"} - errors
        assert not fresh, (finding.code, finding.column, fresh)
    return len(tried)


def reads_without_loss(frame: pl.DataFrame) -> None:
    """The reading that `suggest` drafts takes no value away but those that it says are none."""
    draft = dc.suggest(frame)
    report = dc.validate(frame, draft)
    assert report.findings == (), [(f.code, f.column, f.values) for f in report.findings]
    read = Declared(*planned(LocalTable(open_source(frame)), draft), draft).view.of(frame)
    for column in draft.columns:
        lost = carried(frame, column.name) & ~carried(read, column.name)
        missing = () if column.prepare is None else column.prepare.missing_values
        gone = {_meant(cell) for cell in frame[column.name].filter(lost).to_list()}
        assert gone <= set(map(_meant, missing)), (column.name, gone)


def _meant(cell: object) -> object:
    """The number that a cell spells, however it does; else the cell as text."""
    number = number_in(str(cell))
    return str(cell) if number is None else number[0]


def looked_at(frame: pl.DataFrame) -> None:
    report = dc.check(frame)
    named = [f for f in report.findings if f.code == "scope.unchecked"]
    assert sum(report.scope.values()) == frame.width
    assert report.scope["unchecked"] <= len(named) + sum(
        frame[name].null_count() == frame.height for name in frame.columns
    )


@pytest.mark.parametrize("name", REAL)
def test_the_laws_hold_of_real_tables(name):
    frame = table(name).head(400)
    harmless(frame)
    reads_without_loss(frame)
    looked_at(frame)


def planted() -> dict[str, pl.Series]:
    """Columns with a fault each."""
    rng = np.random.default_rng(0)
    normal = rng.normal(180, 7, ROWS).round(1)
    some = np.arange(ROWS) % 11 == 3
    text = normal.astype(str).astype(object)
    columns = {
        "sentinel": np.where(some, -999.0, normal),
        "two units": np.where(some, np.round(normal / 1000, 4), normal),
        "two units of both signs": np.where(some, (normal - 180) * 1000, normal - 180).round(1),
        "hundredths": np.where(some, normal.round() / 100, normal.round()),
        "word": np.where(some, "NA", text),
        "certain": np.where(some, "#DIV/0!", text),
        "guess": np.where(some, "not weighed", text),
        "censored": np.where(some, "<0.5", text),
        "flag": np.array(["Y", "N", "1", "0"] * (ROWS // 4), dtype=object),
        "floor": np.array(["1", "2", "3", "G", "B"] * (ROWS // 5), dtype=object),
        "country": np.array(["NA", "BW", "MZ", "ZA"] * (ROWS // 4), dtype=object),
        "size": np.array(["NA", "small", "medium"] * (ROWS // 3), dtype=object),
        "plain text": text,
        "thousands": np.array([f"{1000 + 37 * i:,}" for i in range(ROWS)], dtype=object),
        "currency": np.array([f"${1000.5 + 37 * i:,.2f}" for i in range(ROWS)], dtype=object),
        "dates in text": np.array(
            [f"{i % 28 + 1:02}/{i % 12 + 1:02}/2021" for i in range(ROWS)], object
        ),
        "days in text": np.array(
            [f"2021-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)], object
        ),
        "months by name": np.array(
            [f"{i % 28 + 1} Mar {2000 + i % 20}" for i in range(ROWS)], object
        ),
        "made-up day": np.where(
            some, "31/12/9999", [f"{i % 28 + 1:02}/{i % 12 + 1:02}/2021" for i in range(ROWS)]
        ),
        "zeros for a day": np.where(
            some, "0000-00-00", [f"2021-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)]
        ),
        "words among days": np.where(
            some, "NA", [f"2021-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(ROWS)]
        ),
        "days as numbers": 20_210_001 + 100 * (np.arange(ROWS) % 12 + 1) + np.arange(ROWS) % 28,
        "euros": np.array([f"1.{i:03},50 €" for i in range(ROWS)], dtype=object),
        "rupees": np.array([f"₹ {i % 7}2,34,{i:03}" for i in range(ROWS)], dtype=object),
        "printed blanks": np.array([f"{i}.5\u00a0" for i in range(ROWS)], dtype=object),
        "sentinel in currency": np.where(some, "$9,999.00", [f"${v:,.2f}" for v in normal]),
        "spelled": np.where(
            some, "male ", np.array(["Male", "Female", "Male"] * (ROWS // 3), object)
        ),
        "misread": np.where(some, "ZÃ¼rich", np.array(["Zürich", "Bern"] * (ROWS // 2), object)),
        "in words": np.where(some, "two", np.array(["1", "2", "3"] * (ROWS // 3), object)),
        "two text units": np.where(some, "30.5 lbs", [f"{v} kg" for v in normal]),
        "constant text": np.full(ROWS, "same", dtype=object),
        "slip": np.where(np.arange(ROWS) == 7, 0.018, normal / 100),
        "percent": np.array([f"{i % 60 + 0.5}%" for i in range(ROWS)], dtype=object),
        "accounts": np.array([f"({1000.5 + 37 * i:,.2f})" for i in range(ROWS)], dtype=object),
        "comma": np.array([f"{i},5" for i in range(ROWS)], dtype=object),
        "comma and NA": np.where(some, "NA", [f"{i},5" for i in range(ROWS)]),
        "postcode": np.array([f"{10115 + 37 * i}" for i in range(ROWS)], dtype=object),
        "id": 1577802054274481874 + np.arange(ROWS) * 7919 * 10**9,
        "constant": np.full(ROWS, 7.0),
        "zeros": np.where(some, normal, 0.0),
        "long": 2**60 + 2**40 * rng.integers(0, 5, ROWS),
        "infinite": np.where(some, np.inf, normal),
    }
    made = {name: pl.Series(name, list(cells), strict=False) for name, cells in columns.items()}
    made["empty"] = pl.Series("empty", [None] * ROWS, dtype=pl.String)
    made["nested"] = pl.Series("nested", [[1.0, 2.0]] * ROWS)
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=37 * i % 900) for i in range(ROWS)]
    made["date"] = pl.Series(np.where(some, dt.date(9999, 12, 31), days).tolist())
    made["moment"] = pl.Series(np.where(some, dt.date(1900, 1, 1), days).tolist()).cast(
        pl.Datetime("ns", "Europe/Berlin")
    )
    made["lasts"] = pl.Series([dt.timedelta(minutes=(7 * i) % 50 + 1) for i in range(ROWS)])
    made["bytes"] = pl.Series("bytes", [b"x"] * ROWS)
    return {name: cells.alias(name) for name, cells in made.items()}


PLANTED = planted()
BESIDE = pl.Series("x", [i % 17 / 4 for i in range(ROWS)])


@pytest.mark.parametrize("name", PLANTED)
def test_the_laws_hold_of_each_planted_fault(name):
    frame = pl.DataFrame([PLANTED[name], BESIDE])
    harmless(frame)
    looked_at(frame)
    reads_without_loss(frame)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(PLANTED)), min_size=2, max_size=5, unique=True))
def test_the_laws_hold_of_faults_together(names):
    frame = pl.DataFrame([*(PLANTED[name] for name in names), BESIDE])
    harmless(frame)
    looked_at(frame)


def test_every_kind_of_fix_is_tried():
    tables = [pl.DataFrame([cells, BESIDE]) for cells in PLANTED.values()]
    repeated = pl.DataFrame({"x": [i // 2 / 4 for i in range(ROWS)], "c": ["a", "a"] * (ROWS // 2)})
    assert harmless(repeated)
    found = [f.fix for each in (*tables, repeated) for f in dc.check(each).findings]
    assert {fix.kind for fix in found if fix is not None} == set(KINDS)


def test_there_is_advice_to_be_tried():
    assert harmless(pl.DataFrame(list(PLANTED.values()))) >= 10
