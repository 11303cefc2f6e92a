"""Findings inside nested cells: as of a flat column, under a path, with the table's rows."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import datacheck as dc

ROWS = 200
RNG = np.random.default_rng(0)
NORMAL = [float(value) for value in RNG.normal(50, 5, ROWS).round(3)]
#: What is wrong with a cell, by the code that tells it.
FAULTS = {
    "missing.nan": float("nan"),
    "missing.null": None,
    "numeric.infinite": float("inf"),
    "numeric.float32_overflow": 1e39,
    "outlier.value": -4000.0,
}


def nested(cells: list) -> dict[str, pl.Series]:
    """The same cells in each kind of nesting, by the path to them."""
    return {
        "s.y": pl.Series("s", [{"x": 1, "y": cell} for cell in cells]),
        "l.[]": pl.Series("l", [[good, cell] for good, cell in zip(NORMAL, cells, strict=True)]),
        "a.[]": pl.Series(
            "a",
            [[cell, good] for good, cell in zip(NORMAL, cells, strict=True)],
            dtype=pl.Array(pl.Float64, 2),
        ),
        "d.[].z": pl.Series("d", [[{"z": cell}] for cell in cells]),
    }


@pytest.mark.parametrize("path", nested(NORMAL))
@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_inside_is_told_as_in_a_flat_column(path, code):
    cells = list(NORMAL)
    for row in (17, 90):
        cells[row] = FAULTS[code]
    inside = dc.check(nested(cells)[path].to_frame())
    [told] = [f for f in inside.findings if f.code == code and f.column == path]
    flat = dc.check(pl.DataFrame({"y": cells}))
    [like] = [f for f in flat.findings if f.code == code]
    assert (told.count, told.rows, told.severity) == (2, (17, 90), like.severity)
    assert str(told.values) == str(like.values)
    assert told.fix is None


@pytest.mark.parametrize("path", nested(NORMAL))
def test_clean_cells_inside_are_no_finding_and_were_looked_at(path):
    report = dc.check(nested(NORMAL)[path].to_frame())
    assert not [f for f in report.findings if f.severity != "info"]
    assert (report.scope["nested"], report.scope["unchecked"]) == (1, 0)


def test_texts_inside_are_texts():
    tags = [{"tag": "N/A" if row % 10 == 0 else "north"} for row in range(ROWS)]
    [finding] = dc.check(pl.DataFrame({"p": tags})).at_least("warning")
    assert (finding.code, finding.column, finding.count) == ("missing.text", "p.tag", 20)


def test_what_no_detector_reads_is_named_by_its_path():
    frame = pl.DataFrame({"p": [{"raw": b"x", "y": y} for y in NORMAL], "b": [[b"x"]] * ROWS})
    named = [f.column for f in dc.check(frame).findings if f.code == "scope.unchecked"]
    assert named == ["p.raw", "b"]


def test_a_change_inside_is_told_against_a_reference_and_its_profile():
    before = pl.DataFrame({"p": [{"y": y} for y in NORMAL]})
    after = pl.DataFrame({"p": [{"y": y * 1000} for y in NORMAL]})
    for reference in (before, dc.profile(before)):
        [finding] = dc.compare(reference, after).findings
        assert (finding.code, finding.column) == ("drift.unit_change", "p.y")
    assert not dc.compare(before, before).findings


def test_a_reference_that_was_not_looked_into_says_nothing():
    frame = pl.DataFrame({"p": [{"y": y} for y in NORMAL]})
    document = dc.profile(frame).to_dict()
    del document["columns"][0]["inner"]
    old = dc.Profile.from_json(json.dumps(document))
    assert not dc.compare(old, frame).findings


def test_rows_are_those_of_the_file_and_what_is_accepted_of_a_column_holds_inside(tmp_path: Path):
    cells = [[] if row % 3 else [1.0, float("nan")] for row in range(ROWS)]
    path = tmp_path / "t.parquet"
    pl.DataFrame({"r": cells}).write_parquet(path, row_group_size=50)
    [finding] = [f for f in dc.check(path).findings if f.code == "missing.nan"]
    assert finding.rows[:3] == (0, 3, 6)
    again = dc.check(path, ignore=["missing.nan:r"])
    assert [f.accepted for f in again.findings if f.code == "missing.nan"] == [
        "ignored by the command"
    ]


def test_a_map_is_told_of_once(tmp_path: Path) -> None:
    """A missing one is not an empty one, however it comes: old versions of polars lose that."""
    cells = pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64()))
    table = pa.table({"m": cells})
    parquet, arrow = tmp_path / "t.parquet", tmp_path / "t.arrow"
    pq.write_table(table, parquet)
    with pa.ipc.new_file(arrow, table.schema) as writer:
        writer.write_table(table)
    for data in (table, table.slice(1), parquet, arrow):
        told = dc.check(data).findings
        assert len({found.code for found in told}) == len(told)
        (missing,) = (found for found in told if found.code == "missing.null")
        assert missing.count == 1
