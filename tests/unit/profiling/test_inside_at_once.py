"""What lies inside many short columns is measured at once, and comes to what each alone does."""

import datetime as dt
import json
import random

import polars as pl
import pytest

from datacheck.profiling.column_state import states_of
from datacheck.profiling.measure import ProfileKernel

CELLS = {
    "numbers": [0.0, -0.0, 3.5, 3.5, float("nan"), float("inf"), -1e300, None],
    "integers": [2**60, -(2**53) - 1, 5, 0, None],
    "truths": [True, False, None],
    "days": [dt.date(2020, 1, 1), dt.date(1969, 7, 20), None],
    "texts": ["1", " 2.5", "$3", "NA", "x", "", None],
}


def nested(rows: int, seed: int) -> pl.DataFrame:
    """Lists and records of each kind of cells, some of them missing or empty."""
    pick = random.Random(seed)

    def lists(cells):
        return [pick.choice([None, [], pick.choices(cells, k=3)]) for _ in range(rows)]

    def records(cells):
        return [pick.choice([None, {"x": pick.choice(cells)}]) for _ in range(rows)]

    columns = {f"{kind} list": lists(cells) for kind, cells in CELLS.items()}
    columns |= {f"{kind} record": records(cells) for kind, cells in CELLS.items()}
    return pl.DataFrame({name: pl.Series(cells, strict=False) for name, cells in columns.items()})


@pytest.mark.parametrize("rows", [1, 2, 30, 400, 2000])
def test_cells_inside_many_columns_are_measured_as_those_of_each_alone(rows):
    frame = nested(rows, seed=rows)
    together, alone = (ProfileKernel(frame.schema, moments=True) for _ in range(2))
    together.add(frame, 7, map)
    alone.measured = states_of(frame.schema, moments=True)
    for name, column in alone.measured.items():
        column.add(frame[name], 7)
    alone.rows, alone.gaps, alone.places = together.rows, together.gaps, together.places
    found, expected = (json.loads(each.profile("t").to_json()) for each in (together, alone))
    found.pop("created", None)
    expected.pop("created", None)
    assert found == expected
