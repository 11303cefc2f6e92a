"""Repeated rows, and rows that two tables share: the keys beside polars on the whole frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import ROWS as TABLE_A
from benchmarks.data import table_a
from benchmarks.harness import Against, Contestant, Row, within

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

TITLE = "what rows as rows cost"

#: Rows that are planted twice.
TWICE = 1_000


def planted(rows: int) -> pl.DataFrame:
    import polars as pl

    frame = table_a(rows - TWICE)
    return pl.concat([frame, frame.head(TWICE)]).rechunk()


def keyed(frame: pl.DataFrame) -> Any:
    from datacheck.rows.queries import LocalRows, kernel_for
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    table = LocalTable(open_source(frame))
    [kernel] = table.fold([kernel_for(table.dtypes, {})])
    return LocalRows(table, kernel)


def datacheck_repeats(rows: int) -> Callable[[], int]:
    from datacheck.rows.queries import RowQueries

    frame = planted(rows)
    names = frozenset(frame.columns)
    return lambda: keyed(frame).answers(RowQueries((names,))).repeats[names].count


def polars_repeats(rows: int) -> Callable[[], int]:
    frame = planted(rows)
    return lambda: int(frame.is_duplicated().sum()) // 2


def datacheck_shared(rows: int) -> Callable[[], int]:
    from datacheck.rows.queries import RowQueries

    frame = planted(rows)
    names, half = frozenset(frame.columns), frame.height // 2
    one, two = frame.head(half), frame.tail(frame.height - half)
    return lambda: keyed(two).answers(RowQueries(shared=(names,)), keyed(one)).shared[names].count


def differ(ours: Any, theirs: Any) -> str | None:
    return None if ours == theirs else f"{ours} and {theirs}"


ROWS = [
    Row(
        what="rows of table A that repeat an earlier one",
        ours=Contestant("datacheck, keys", datacheck_repeats),
        against=(Against(Contestant("polars is_duplicated", polars_repeats), within(1.5)),),
        size=TABLE_A,
        agree=differ,
    ),
    Row(
        what="rows of one half of table A that stand in the other",
        ours=Contestant("datacheck, keys", datacheck_shared),
        against=(Against(Contestant("polars is_duplicated", polars_repeats), within(1.5)),),
        size=TABLE_A,
        agree=differ,
    ),
]
