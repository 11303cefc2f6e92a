"""Rows that are one: by any columns, however the table is cut, stored or read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from datacheck.rows import keys, repeats
from datacheck.rows.cells import codes
from datacheck.rows.keys import RowKeys
from datacheck.rows.queries import LocalRows, RowQueries, kernel_for
from datacheck.source import open_source
from datacheck.table import LocalTable

ONE = [
    (pl.Series([0.0]), pl.Series([-0.0])),
    (pl.Series([3]), pl.Series([3.0])),
    (pl.Series([3], dtype=pl.UInt8), pl.Series([3.0], dtype=pl.Float32)),
    (pl.Series([None], dtype=pl.Float64), pl.Series([float("nan")])),
    (pl.Series([None], dtype=pl.String), pl.Series([None])),
    (pl.Series([True]), pl.Series([1])),
    (pl.Series([2**63], dtype=pl.UInt64), pl.Series([float(2**63)])),
    (pl.Series([2**60 + 1]), pl.Series([2**60 + 1], dtype=pl.Int128)),
    (pl.Series([Decimal("1.50")]), pl.Series([1.5])),
    (pl.Series(["a"]), pl.Series(["a"], dtype=pl.Categorical)),
    (pl.Series([date(2020, 1, 2)]), pl.Series([datetime(2020, 1, 2, tzinfo=UTC)])),
    (
        pl.Series([datetime(2020, 1, 2, 3, tzinfo=UTC)], dtype=pl.Datetime("ms", "UTC")),
        pl.Series([datetime(2020, 1, 2, 3, tzinfo=UTC)], dtype=pl.Datetime("ns", "UTC")),
    ),
]
OTHERS = [
    (pl.Series([2**53]), pl.Series([2**53 + 1])),
    (pl.Series([2**53 + 1]), pl.Series([float(2**53)])),
    (pl.Series(["3"]), pl.Series([3])),
    (pl.Series([""]), pl.Series([None], dtype=pl.String)),
    (pl.Series([0.0]), pl.Series([None], dtype=pl.Float64)),
    (pl.Series([Decimal("0.1")]), pl.Series([Decimal("0.10000000000000000001")])),
    (pl.Series([timedelta(days=1)]), pl.Series([date(1970, 1, 2)])),
    (pl.Series([[1, 2]]), pl.Series([[2, 1]])),
]


@pytest.mark.parametrize(("left", "right"), ONE)
def test_cells_that_are_one_have_one_code(left, right):
    assert codes(left)[0] == codes(right)[0]


@pytest.mark.parametrize(("left", "right"), OTHERS)
def test_other_cells_have_others(left, right):
    assert codes(left)[0] != codes(right)[0]


def coarse(seed: int, rows: int, columns: int) -> pl.DataFrame:
    """Rows of which many are one."""
    rng = np.random.default_rng(seed)
    cells = {f"c{at}": rng.integers(0, 4, rows).astype(float) for at in range(columns)}
    frame = pl.DataFrame(cells)
    return frame.with_columns(c0=pl.when(pl.col("c0") > 0).then(pl.col("c0")))


def seen(frame: pl.DataFrame, roles: dict[str, str] | None = None) -> LocalRows:
    table = LocalTable(open_source(frame))
    [kernel] = table.fold([kernel_for(table.dtypes, roles or {})])
    return LocalRows(table, kernel)


def by_hand(frame: pl.DataFrame, names: list[str]) -> list[int]:
    known: set[tuple[object, ...]] = set()
    return [
        place
        for place, row in enumerate(frame.select(names).rows())
        if row in known or known.add(row)
    ]


@pytest.fixture(params=["at once", "by parts"])
def parts(request, monkeypatch):
    if request.param == "by parts":
        monkeypatch.setattr(repeats, "AT_ONCE", 64)
        monkeypatch.setattr(repeats, "PART", 64)
        monkeypatch.setattr(keys, "HELD", 100)
        monkeypatch.setattr(keys, "PART", 37)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("seed", range(4))
def test_repeats_by_any_columns_are_those_that_python_counts(seed):
    frame = coarse(seed, 700, 4 + seed)
    sets = tuple(frozenset(names) for names in (frame.columns, ["c0", "c2"], ["c1"]))
    answers = seen(frame, {"c1": "id"}).answers(RowQueries(sets))
    for names in sets:
        expected = by_hand(frame, sorted(names))
        assert answers.repeats[names].count == len(expected)
        sizes = frame.group_by(sorted(names)).len()["len"].to_list()
        assert answers.repeats[names].pairs == sum(size * (size - 1) // 2 for size in sizes)
        assert list(answers.repeats[names].rows) == expected[:20]
        firsts = [frame.select(sorted(names)).row(row) for row in answers.repeats[names].like]
        assert firsts == [frame.select(sorted(names)).row(row) for row in expected[:20]]


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("seed", range(4))
def test_conflicts_are_those_that_python_counts(seed):
    frame = coarse(seed, 300, 4)
    answers = seen(frame, {"c3": "target"}).answers(
        RowQueries(conflicts=(frozenset({"c1", "c2"}), frozenset({"c3"})))
    )
    targets: dict[tuple[object, ...], set[object]] = {}
    for row in frame.select("c1", "c2", "c3").rows():
        targets.setdefault(row[:2], set()).add(row[2])
    expected = [
        place for place, row in enumerate(frame.select("c1", "c2").rows()) if len(targets[row]) > 1
    ]
    found = answers.conflicts
    sizes = frame.group_by("c1", "c2").len()["len"].to_list()
    assert found.pairs == sum(size * (size - 1) // 2 for size in sizes)
    assert (found.count, list(found.rows)) == (len(expected), expected[:20])
    for row, like in zip(found.rows, found.like, strict=True):
        assert frame.row(row)[1:3] == frame.row(like)[1:3]
        assert frame.row(row)[3] != frame.row(like)[3]


def test_a_row_without_a_target_conflicts_with_none():
    frame = pl.DataFrame({"a": [1, 1, 2, 2], "y": [0, None, 1, 0]})
    answers = seen(frame, {"y": "target"}).answers(
        RowQueries(conflicts=(frozenset({"a"}), frozenset({"y"})))
    )
    assert (answers.conflicts.count, answers.conflicts.rows) == (2, (2, 3))


@pytest.mark.usefixtures("parts")
def test_shared_rows_are_found_whatever_the_order_of_the_columns():
    reference, data = coarse(1, 500, 6), coarse(2, 400, 6)
    turned = data.select(pl.all().reverse()).select(reversed(data.columns))
    names = frozenset(data.columns)
    answers = seen(turned).answers(RowQueries(shared=(names,)), seen(reference))
    rows = set(reference.rows())
    expected = [at for at, row in enumerate(turned.select(data.columns).rows()) if row in rows]
    assert answers.shared[names].count == len(expected)
    assert list(answers.shared[names].rows) == expected[:20]
    for row, like in zip(answers.shared[names].rows, answers.shared[names].like, strict=True):
        assert turned.select(data.columns).row(row) == reference.row(like)


def test_keys_do_not_depend_on_batches():
    frame = coarse(5, 900, 3)
    whole, cut = (RowKeys({"all": frame.columns}) for _ in range(2))
    whole.add(frame, 0, map)
    for start in range(0, 900, 113):
        cut.add(frame.slice(start, 113), start, map)
    for left, right in zip(whole.of("all"), cut.of("all"), strict=True):
        assert (left == right).all()


def test_a_million_pairs_of_close_rows_stay_apart():
    grid = np.stack(np.meshgrid(*[np.arange(11)] * 5), axis=-1).reshape(-1, 5)
    frame = pl.DataFrame(grid, schema=list("abcde"))
    names = frozenset("abcde")
    assert not seen(frame).answers(RowQueries((names,))).repeats[names].count
