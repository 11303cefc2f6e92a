"""`check` knows of its profile which rules hold, and finds what `validate` finds by itself."""

import datetime as dt
import math

import numpy as np
import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc
from datacheck.table import FEW_ROWS

ROWS = FEW_ROWS + 500
MANY = np.random.default_rng(4).normal(size=ROWS)
EXACT = 2**53
DAY = dt.date(2026, 1, 1)


def late(value: float, *, dtype: pl.DataType | None = None) -> pl.Series:
    """A column whose last cell alone is odd."""
    return pl.Series([*MANY[:-1].tolist(), value], dtype=dtype or pl.Float64, strict=False)


COLUMNS = {
    "obeys": (late(0.5), [pa.Check.in_range(-9, 9)], False),
    "null": (late(None), [pa.Check.in_range(-9, 9)], False),
    "nan": (late(math.nan), [pa.Check.lt(9), pa.Check.gt(-9)], False),
    "nan is missing": (late(math.nan), [pa.Check.lt(9)], True),
    "above": (late(math.inf), [pa.Check.le(1e300)], True),
    "below": (late(-math.inf), [pa.Check.ge(-1e300)], True),
    "at the bound": (late(9.0), [pa.Check.lt(9)], True),
    "at the closed bound": (late(9.0), [pa.Check.le(9)], True),
    "float32": (late(0.1, dtype=pl.Float32), [pa.Check.ge(0.1)], True),
    "nothing": (pl.Series([None, None], dtype=pl.Float64), [pa.Check.gt(0)], True),
    "only infinite": (pl.Series([math.inf, math.nan]), [pa.Check.gt(0), pa.Check.lt(9)], True),
    "rounded to the bound": (pl.Series([1, EXACT + 1]), [pa.Check.le(EXACT)], False),
    "whole at the bound": (pl.Series([1, EXACT]), [pa.Check.le(EXACT)], False),
    "unsigned": (pl.Series([1, 2**64 - 1], dtype=pl.UInt64), [pa.Check.lt(2**64 - 1)], False),
    "dates": (pl.Series([DAY, dt.date(1, 1, 1)]), [pa.Check.ge(DAY)], False),
    "decimal": (pl.Series(["0.1", "0.3"]).cast(pl.Decimal(9, 1)), [pa.Check.lt(0.3)], False),
    "text": (pl.Series(["5", "77"]), [pa.Check.str_length(1, 1), pa.Check.isin(["5", "6"])], False),
}


def broken(report: dc.Report) -> list[str]:
    return [repr(each) for each in report.findings if each.code.startswith("schema.")]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("whole", [True, False])
def test_a_check_finds_the_violations_that_validate_finds(name: str, *, whole: bool) -> None:
    cells, checks, nullable = COLUMNS[name]
    schema = pa.DataFrameSchema({"x": pa.Column(cells.dtype, checks, nullable=nullable)})
    table = pl.DataFrame({"x": cells})
    data = table if whole else pl.concat([table, table.head(1)]).lazy().slice(0, table.height)
    assert broken(dc.check(data, schema)) == broken(dc.validate(table, schema))


def test_a_default_stands_in_the_cells_that_are_judged() -> None:
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.lt(9), nullable=True, default=9.5)})
    table = pl.DataFrame({"x": [1.0, None]})
    assert [each.code for each in dc.validate(table, schema).findings] == ["schema.less_than"]
    found = [each for each in dc.check(table, schema).findings if each.code == "schema.less_than"]
    assert [each.rows for each in found] == [(1,)]


def test_what_is_declared_missing_is_counted_with_the_rest() -> None:
    schema = dc.load_schema(
        pa.DataFrameSchema(
            {
                "x": pa.Column(
                    float,
                    nullable=True,
                    metadata=dc.prepare(missing_values=[-999], impute="median"),
                )
            }
        )
    )
    cells = [*MANY.tolist(), -999.0, None, math.nan]
    found = {
        each.code: each.count for each in dc.check(pl.DataFrame({"x": cells}), schema).findings
    }
    missing = {code: count for code, count in found.items() if code.startswith("missing.")}
    assert missing == {"missing.null": 1, "missing.nan": 1, "missing.sentinel": 1}
