"""A draft of `suggest` accepts the table that it was made of, whatever stands in that."""

from __future__ import annotations

from unittest import mock

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datacheck as dc
from datacheck.plan.choose import NOTHING
from datacheck.profiling import texts

#: Families of cells, by a number.
FAMILIES = {
    "names": lambda n: ["Rex", "Ada", "Tom", "Mia", "Kim"][n % 5] + chr(97 + n % 26) * (n % 4),
    "categories": lambda n: ["red", "green", "blue"][n % 3],
    "codes": lambda n: ["BW", "MZ", "ZA", "DE", "FR"][n % 5],
    "days": lambda n: f"2021-{n % 12 + 1:02}-{n % 28 + 1:02}",
    "days of the South": lambda n: f"{n % 28 + 1:02}/{n % 12 + 1:02}/2021",
    "whole": str,
    "small": lambda n: str(n % 4),
    "decimal": lambda n: f"{n / 7:.3f}",
    "comma": lambda n: f"{n},5",
    "thousands": lambda n: f"{1000 + 37 * n:,}",
    "currency": lambda n: f"${n * 13:,}.50",
    "percent": lambda n: f"{n % 90}.5%",
    "measures": lambda n: f"{n}.5 kg",
    "truths": lambda n: ["yes", "no"][n % 2],
    "keys": lambda n: f"ID-{n:06}",
}
#: What stands among them once or so.
ODD = (*NOTHING, "None", "nan", "Unknown", "-999", "9999", "31/12/9999", "2021-02-30", "<0.5")
ODD += (
    "inf",
    "1e400",
    "Red",
    "red ",
    "two",
    "12 lbs",
    "(5)",
    "#DIV/0!",
    "Nan",
    "x",
    "0",
    "true",
    "99:99",
)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> list[str | None]:
    family = FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))]
    start = draw(st.integers(0, 500))
    spread = draw(st.sampled_from([1, 3, 7]))
    cells: list[str | None] = [family(start + spread * at) for at in range(rows)]
    odd = st.tuples(st.integers(0, rows - 1), st.sampled_from([*ODD, None]))
    for place, cell in draw(st.lists(odd, max_size=4)):
        cells[place] = cell
    return cells


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(st.sampled_from([1, 5, 40, 120]))
    made = draw(st.lists(columns(rows), min_size=1, max_size=3))
    return pl.DataFrame(
        {f"c{place}": cells for place, cells in enumerate(made)},
        schema={f"c{place}": pl.String for place in range(len(made))},
    )


def holds(source: object, kept: int) -> None:
    with mock.patch.object(texts, "KEPT", kept):
        draft = dc.suggest(source)
    report = dc.validate(source, draft)
    assert report.findings == (), [(f.code, f.column, f.values, f.message) for f in report.findings]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(tables(), st.sampled_from([8, 64, texts.KEPT]), st.booleans())
def test_a_draft_accepts_its_own_table(tmp_path, frame, kept, written):
    """Also of more different texts than are kept."""
    source: object = frame
    if written:
        source = tmp_path / "table.csv"
        frame.write_csv(source)
    holds(source, kept)


@pytest.mark.parametrize("kept", [8, texts.KEPT])
@pytest.mark.parametrize("odd", ODD)
def test_a_draft_knows_a_cell_that_stands_once(odd, kept):
    made = {name: [*map(family, range(40)), odd] for name, family in FAMILIES.items()}
    holds(pl.DataFrame(made), kept)


def test_what_is_forbidden_is_counted_as_a_word():
    seen = texts.Texts()
    seen.add(pl.Series(NOTHING))
    assert set(seen.words) == set(NOTHING)
