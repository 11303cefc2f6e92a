"""Rows that are named as statistics of those above them are told, if they hold them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.source import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RNG = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {
        "site": [f"S{n % 5}" for n in range(40)],
        "temp": RNG.normal(15, 3, 40).round(2),
        "count": RNG.integers(0, 90, 40),
    }
)
NUMBERS = TABLE[["temp", "count"]]


def told(path: Path, **words: Any) -> list[tuple[int, tuple[int, ...]]]:
    notes = open_source(path, **words).notes
    return [(note.count, note.rows) for note in notes if note.code == "source.total"]


def below(*named: tuple[str, Callable[[pd.DataFrame], pd.Series[Any]]]) -> pd.DataFrame:
    rows = [{"site": name, **how(NUMBERS).round(3)} for name, how in named]
    return pd.concat([TABLE, pd.DataFrame(rows)], ignore_index=True)


def parted(name: str, how: str) -> pd.DataFrame:
    """Each site's rows, and below them one that sums them up."""
    parts = []
    for site, rows in TABLE.groupby("site"):
        last = {"site": name.format(site), **getattr(rows[["temp", "count"]], how)().round(3)}
        parts += [rows, pd.DataFrame([last])]
    return pd.concat(parts, ignore_index=True)


ENDS = {
    "mean": below(("Mean", pd.DataFrame.mean)),
    "average": below(("Average:", pd.DataFrame.mean)),
    "moyenne": below(("Moyenne", pd.DataFrame.mean)),
    "block": below(
        *((name, getattr(pd.DataFrame, name)) for name in ("min", "max", "mean", "std", "median"))
    ),
    "total and mean": below(("Total", pd.DataFrame.sum), ("Mean", pd.DataFrame.mean)),
}


@pytest.mark.parametrize("name", ENDS)
def test_statistics_at_the_end(name: str, tmp_path: Path) -> None:
    table = ENDS[name]
    rows = tuple(range(40, len(table)))
    table.to_csv(tmp_path / "t.csv", index=False)
    assert told(tmp_path / "t.csv") == [(len(rows), rows)]
    table.to_csv(tmp_path / "eu.csv", index=False, sep=";", decimal=",")
    assert told(tmp_path / "eu.csv", separator=";", decimal=",") == [(len(rows), rows)]
    table.to_excel(tmp_path / "t.xlsx", index=False, engine="xlsxwriter")
    assert told(tmp_path / "t.xlsx") == [(len(rows), rows)]


def test_describe_beneath_its_table(tmp_path: Path) -> None:
    pd.concat([NUMBERS, NUMBERS.describe()]).to_csv(tmp_path / "t.csv")
    assert told(tmp_path / "t.csv") == [(8, tuple(range(40, 48)))]


@pytest.mark.parametrize(("name", "how"), [("Subtotal", "sum"), ("{} total", "sum")])
@pytest.mark.parametrize("grand", [False, True])
def test_sums_among_the_rows(name: str, how: str, grand: bool, tmp_path: Path) -> None:
    table = parted(name, how)
    if grand:
        last = pd.DataFrame([{"site": "Grand total", **NUMBERS.sum()}])
        table = pd.concat([table, last], ignore_index=True)
    rows = tuple(np.flatnonzero(~table["site"].isin(TABLE["site"])).tolist())
    table.to_csv(tmp_path / "t.csv", index=False)
    assert told(tmp_path / "t.csv") == [(len(rows), rows)]


def test_a_short_table_with_its_total(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("item,qty,price\napple,3,1.5\npear,4,2.25\nTotal,7,3.75\n")
    assert told(path) == [(1, (2,))]
    # Called a sum and no more, and last of all: a whole number of two digits will do,
    path.write_text("item,qty\napple,3\npear,9\nTotal,12\n")
    assert told(path) == [(1, (2,))]
    # one of a digit may be the sum of others by chance,
    path.write_text("item,qty\napple,1\npear,3\nTotal,4\n")
    assert not told(path)
    # and among the rows it may be a name.
    path.write_text("item,qty\napple,3\npear,9\nTotal,12\nplum,5\n")
    assert not told(path)


def test_means_among_the_rows(tmp_path: Path) -> None:
    parted("Mean of {}", "mean").to_csv(tmp_path / "t.csv", index=False)
    assert told(tmp_path / "t.csv") == [(5, (8, 17, 26, 35, 44))]


def test_names_alone_say_nothing(tmp_path: Path) -> None:
    words = ["poor", "average", "good", "max", "total"]
    TABLE.assign(site=[words[n % 5] for n in range(40)]).to_csv(tmp_path / "t.csv", index=False)
    assert not told(tmp_path / "t.csv")


def test_one_that_does_not_hold_spares_all(tmp_path: Path) -> None:
    table = parted("Subtotal", "sum")
    table.loc[8, "temp"] += 1
    table.to_csv(tmp_path / "t.csv", index=False)
    assert not told(tmp_path / "t.csv")


@pytest.mark.parametrize("cells", [[-1, 0, 1], [-2, -1, 1, 3], [0.5, -0.5, 0.25]])
def test_signed_numbers_that_cancel_out_have_no_total(cells: list[float], tmp_path: Path) -> None:
    for seed in range(20):
        column = np.random.default_rng(seed).choice(cells, 20)
        frame = pd.DataFrame({"a": [*column, column.sum()], "b": np.arange(21)})
        frame.to_csv(tmp_path / "t.csv", index=False)
        assert not told(tmp_path / "t.csv")


NUMBER = st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 3).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "mean", "total"]), NUMBER), min_size=3))
def test_chance_makes_no_statistic(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]]
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text("name,x\n" + "".join(f"{name},{x}\n" for name, x in rows))
    with warnings.catch_warnings(action="error"):
        for count, _ in told(path):
            assert count <= len(rows)
