"""A table without rows comes out with the types that one with rows has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import DataError, SchemaError

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS, TEXTS = [1, 0, 1, None, 0], ["a", "b", "a", None, "b"]
DTYPES: dict[str, pl.Series] = {
    **{
        str(dtype): pl.Series("x", NUMBERS).cast(dtype)
        for dtype in (
            *(pl.Int8(), pl.Int64(), pl.UInt8(), pl.Float32(), pl.Float64(), pl.Boolean()),
            *(pl.Date(), pl.Time(), pl.Datetime("ms"), pl.Duration("ms"), pl.Decimal(10, 2)),
        )
    },
    **{
        str(dtype): pl.Series("x", TEXTS).cast(dtype)
        for dtype in (pl.String(), pl.Categorical(), pl.Enum(["a", "b"]))
    },
    "zoned": pl.Series("x", NUMBERS).cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Berlin"),
}
PREPARED = [
    "impute: most_frequent",
    "impute: none",
    "impute: median, scale: robust",
    "impute: median, power: sqrt, indicator: true",
    "encode: one_hot, impute: most_frequent",
    "encode: ordinal, impute: most_frequent",
    "impute: constant, fill_value: 1",
    "impute: constant, fill_value: 1.5",
    "impute: constant, fill_value: a",
]


@pytest.mark.parametrize("prepare", PREPARED)
def test_types_are_those_of_a_full_table(prepare: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\ncolumns:\n  x:\n    nullable: true\n    prepare: {"
        + prepare
        + "}\n"
    )
    fitted = 0
    for cells in DTYPES.values():
        frame = pl.DataFrame({"x": cells, "other": ["p", "q", "r", "s", "t"]})
        try:
            transform = dc.fit(frame, path)
        except (DataError, SchemaError):
            continue
        fitted += 1
        full: Any = transform.apply(frame)
        none = frame.head(0)
        assert transform.apply(none).schema == full.schema
        assert transform.apply(none.lazy()).collect().schema == full.schema
        assert transform.apply(frame.lazy()).collect_schema() == full.schema
    assert fitted >= 3
