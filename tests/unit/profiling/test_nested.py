"""The cells inside nested columns, and the rows that they stand in."""

import polars as pl
import pytest

from datacheck.profiling.measure import measure
from datacheck.profiling.model import Profile
from datacheck.profiling.nested import cells_at, paths_in

FRAME = pl.DataFrame(
    {
        "position": [{"x": 1.0, "tags": ["a", "b"]}, None, {"x": None, "tags": []}],
        "readings": [[1.0, None], [], None],
        "grid": pl.Series([[[1, 2], [3, 4]]] * 3, dtype=pl.Array(pl.Array(pl.Int64, 2), 2)),
        "grid.[]": ["a column of its own"] * 3,
        "plain": [1, 2, 3],
    }
)
CELLS = {
    "position.x": ([1.0, None], [0, 2]),
    "position.tags.[]": (["a", "b"], [0, 0]),
    "readings.[]": ([1.0, None], [0, 0]),
    "grid.[].[]": ([1, 2, 3, 4] * 3, [0] * 4 + [1] * 4 + [2] * 4),
}


def test_every_innermost_field_and_element_has_a_path():
    shown = [path.shown for ways in paths_in(FRAME.schema).values() for path, _ in ways]
    assert shown == list(CELLS)


def test_a_path_that_is_a_columns_name_is_written_otherwise():
    frame = pl.DataFrame({"a": [{"b": 1}], "a.b": [2]})
    [(path, _)] = paths_in(frame.schema)["a"]
    assert path.shown == "a['b']"


@pytest.mark.parametrize("shown", CELLS)
def test_cells_come_with_their_rows_and_a_null_holds_none(shown):
    [path] = [p for ways in paths_in(FRAME.schema).values() for p, _ in ways if p.shown == shown]
    [(cells, rows)] = cells_at(FRAME[path.column], [path])
    assert (cells.to_list(), rows.tolist()) == CELLS[shown]


def test_a_profile_knows_them_adds_them_up_and_is_saved_with_them():
    whole = measure(FRAME.lazy())
    inside = whole.inside.columns
    assert list(inside) == list(CELLS)
    assert (inside["readings.[]"].rows, inside["readings.[]"].null) == (2, 1)
    assert inside["grid.[].[]"].quantiles[4] == 2.5
    assert Profile.from_json(whole.to_json()) == whole
    parts = measure(FRAME.head(1).lazy()) + measure(FRAME.tail(2).lazy())
    both = parts.inside.columns
    assert [(c.rows, c.null, c.distinct) for c in both.values()] == [
        (c.rows, c.null, c.distinct) for c in inside.values()
    ]
