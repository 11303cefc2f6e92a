"""What a report without values still says: datacheck's own words are no cells."""

import polars as pl

import datacheck as dc
from datacheck.report.redacted import HIDDEN


def test_null_and_the_reason_of_an_identifier_are_said():
    table = pl.DataFrame(
        {
            "order_id": [f"K{n}7" for n in range(40)],
            "price": [None, *(n * n / 8 for n in range(39))],
        }
    )
    told = {f.code: f for f in dc.check(table).without_values().findings}
    missing = told["missing.null"]
    assert missing.message == "1 of 40 cells is null."
    assert HIDDEN not in missing.remedy
    assert HIDDEN not in told["column.identifier"].message


def test_a_cell_that_says_null_is_not():
    table = pl.DataFrame({"price": [*map(str, range(100, 140)), "null", "null"]})
    told = {f.code: f for f in dc.check(table).without_values().findings}
    assert "'null'" not in told["missing.text"].message
