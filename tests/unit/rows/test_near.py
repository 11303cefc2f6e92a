"""Rows that are one but for a cell or a rounding: all of them, and no others."""

import numpy as np
import polars as pl
import pytest

from datacheck.rows.near import Near, is_rounding, last_place, near_rows
from datacheck.source import open_source
from datacheck.table import LocalTable


def found(
    frame: pl.DataFrame, other: pl.DataFrame | None = None, **spreads: float
) -> dict[str | None, Near]:
    tables = [None if each is None else LocalTable(open_source(each)) for each in (frame, other)]
    near = near_rows(tables[0], frame.columns, spreads, tables[1])
    return {each.column: each for each in near}


def by_hand(rows: list[tuple], others: list[tuple] | None = None) -> dict[int, set[int]]:
    """By row, the columns in which alone it differs from an earlier one, or from one of others."""
    near: dict[int, set[int]] = {}
    for at, row in enumerate(rows):
        before = rows[:at] if others is None else others
        if row in before:
            continue
        for one in before:
            apart = [place for place in range(len(row)) if row[place] != one[place]]
            if len(apart) == 1:
                near.setdefault(at, set()).add(apart[0])
    return near


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("width", [3, 4, 7])
def test_all_pairs_by_hand_find_the_same_rows(seed: int, width: int):
    rng = np.random.default_rng(seed)
    cells = [rng.integers(0, 4, (60, width)) for _ in range(2)]
    frames = [pl.DataFrame(each, schema=[f"c{i}" for i in range(width)]) for each in cells]
    rows = [frame.rows() for frame in frames]
    for other, known in ((None, None), (frames[1], rows[1])):
        told: dict[int, set[int]] = {}
        for column, near in found(frames[0], other).items():
            for row, like in zip(near.rows.tolist(), near.like.tolist(), strict=True):
                told.setdefault(row, set()).add(int(column[1:]))
                one = (known or rows[0])[like]
                assert sum(x != y for x, y in zip(one, rows[0][row], strict=True)) == 1
        assert told == by_hand(rows[0], known)


def table(rows: int = 2_000) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    cells = {f"x{at}": rng.normal(size=rows) * 10.0**at for at in range(-2, 4)}
    return pl.DataFrame(cells | {"kind": rng.choice(list("abc"), rows)})


ROUNDINGS = {
    "three digits": lambda: pl.selectors.float().round_sig_figs(3),
    "six digits": lambda: pl.selectors.float().round_sig_figs(6),
    "three decimals": lambda: pl.selectors.float().round(3),
    "32 bits": lambda: pl.selectors.float().cast(pl.Float32).cast(pl.Float64),
}


@pytest.mark.parametrize("name", list(ROUNDINGS))
def test_rows_that_were_rounded_are_found_among_others(name: str):
    frame = table()
    spreads = {column: float(frame[column].std()) for column in frame.columns[:-1]}
    again = frame.slice(500, 40).with_columns(ROUNDINGS[name]())
    [near] = found(pl.concat([frame, again]), **spreads).values()
    assert near.column is None
    assert near.rows.tolist() == list(range(2_000, 2_040))
    assert near.like.tolist() == list(range(500, 540))
    [near] = found(again, frame, **spreads).values()
    assert near.like.tolist() == list(range(500, 540))
    assert not found(frame, **spreads)


def test_what_is_near_and_not_rounded_is_another():
    x = np.array([1.2345678, 1.2345678, 100.0, np.inf, np.nan])
    y = np.array([1.2345679, 1.2345, 101.0, 1.0, 1.0])
    assert not is_rounding(x, y, 10.0).any()
    assert last_place(np.array([12300.0, 400.0])) == 100.0


@pytest.mark.parametrize("cells", [["x"] * 40, [True] * 40, [None] * 40, [[1.0]] * 40])
def test_numbers_that_are_something_else_in_the_other_table_are_rounded_nowhere(cells: list):
    one = pl.DataFrame({"a": cells, "b": range(40), "c": ["k", "l"] * 20})
    other = one.with_columns(pl.int_range(40).cast(pl.Float64).alias("a"))
    for frame, before in ((one, other), (other, one)):
        assert None not in found(frame, before, a=11.5, b=11.5)
