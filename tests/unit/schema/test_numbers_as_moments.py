"""A number is no moment: it says neither its unit nor since when it counts."""

from pathlib import Path

import polars as pl
import pytest

import datacheck as dc


@pytest.mark.parametrize("number", [20_240_131, 45_322, 1_706_659_200, 1_706_659_200_000])
@pytest.mark.parametrize(
    "dtype",
    ["Date", "Datetime(time_unit='us', time_zone=None)", "Duration(time_unit='us')", "Time"],
)
def test_a_number_does_not_hold_what_is_declared_a_moment(
    number: int, dtype: str, tmp_path: Path
) -> None:
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\nname: s\ncolumns:\n"
        f'  when: {{dtype: "{dtype}", nullable: true, coerce: true}}\n'
    )
    table = pl.DataFrame({"when": [number, None]})
    table.write_csv(tmp_path / "t.csv")
    for data in (table, table.cast(pl.Float64), tmp_path / "t.csv"):
        assert [f.code for f in dc.validate(data, schema).findings] == ["schema.dtype"]
