"""Nothing found means looked at: a fault in a cell of any dtype is found, or the column is named.

Every leaf within lists, arrays and records is planted with a fault; what `check` finds must be of
that column, and what it never looks at must stand in `scope.unchecked`.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

import datacheck as dc

ROWS, AT = 60, 17
FLOATS = [at * 1.5 + 1 for at in range(ROWS)]
INTEGERS = [at % 9 for at in range(ROWS)]
DAY = dt.date(2020, 1, 1)

#: A dtype, cells, and by name what is planted.
LEAVES: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "Float64": (pl.Float64(), FLOATS, [None, math.nan, math.inf]),
    "Float32": (pl.Float32(), FLOATS, [None, math.nan, -math.inf]),
    "Int64": (pl.Int64(), INTEGERS, [None, -999, 2**62]),
    "UInt8": (pl.UInt8(), INTEGERS, [None]),
    "Int128": (pl.Int128(), INTEGERS, [None, -999]),
    "Decimal": (pl.Decimal(10, 2), INTEGERS, [None, -999]),
    "Boolean": (pl.Boolean(), [at % 2 == 0 for at in range(ROWS)], [None]),
    "String": (pl.String(), [f"t{at % 4}" for at in range(ROWS)], [None, "NA"]),
    "Categorical": (pl.Categorical(), [f"t{at % 4}" for at in range(ROWS)], [None]),
    "Enum": (pl.Enum(["a", "b"]), ["ab"[at % 2] for at in range(ROWS)], [None]),
    "Binary": (pl.Binary(), [b"a"] * ROWS, [None]),
    "Date": (pl.Date(), [DAY + dt.timedelta(at % 28) for at in range(ROWS)], [None]),
    "Time": (pl.Time(), [dt.time(at % 24) for at in range(ROWS)], [None]),
    "Duration": (pl.Duration("us"), [dt.timedelta(hours=at % 24) for at in range(ROWS)], [None]),
    "Datetime": (
        pl.Datetime("us"),
        [dt.datetime(2020, 1, 1, at % 24) for at in range(ROWS)],  # noqa: DTZ001
        [None],
    ),
}
WRAPS = {
    "struct": (lambda dtype: pl.Struct({"a": dtype}), lambda cell: {"a": cell}),
    "list": (pl.List, lambda cell: [cell, cell]),
    "array": (lambda dtype: pl.Array(dtype, 2), lambda cell: [cell, cell]),
}
PATHS = ["", "struct", "list", "array", "struct struct", "list struct", "struct list", "list list"]
PATHS += ["array array", "list struct list", "struct struct struct struct", "list list list list"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("leaf", LEAVES)
def test_a_planted_fault_is_found_or_the_column_is_named(leaf: str, path: str) -> None:
    for planted in LEAVES[leaf][2]:
        dtype, cells, _ = LEAVES[leaf]
        cells = [planted if at == AT else cell for at, cell in enumerate(cells)]
        for wrap in path.split():
            of_dtype, of_cell = WRAPS[wrap]
            dtype, cells = of_dtype(dtype), [of_cell(cell) for cell in cells]
        report = dc.check(pl.DataFrame({"c": pl.Series(cells, dtype=dtype)}))
        codes = {each.code for each in report.findings if (each.column or "").startswith("c")}
        found = {code for code in codes if code.startswith(("missing.", "numeric.", "outlier."))}
        assert found or "scope.unchecked" in codes, (planted, codes)


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_examined_is_named_though_nothing_is_wrong(leaf: str, path: str) -> None:
    dtype, cells, _ = LEAVES[leaf]
    for wrap in path.split():
        of_dtype, of_cell = WRAPS[wrap]
        dtype, cells = of_dtype(dtype), [of_cell(cell) for cell in cells]
    report = dc.check(pl.DataFrame({"c": pl.Series(cells, dtype=dtype)}))
    named = any(each.code == "scope.unchecked" for each in report.findings)
    assert named is (leaf == "Binary")
