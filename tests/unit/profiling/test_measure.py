"""Profiles of whole tables: against numpy, in memory and batch by batch, saved and merged."""

import json

import numpy as np
import polars as pl
import pytest

from datacheck import table as module
from datacheck.errors import ArtefactError, DataError
from datacheck.profiling.column import LEVELS
from datacheck.profiling.measure import measure, profiled
from datacheck.profiling.model import Profile
from datacheck.source import collecting, open_source
from datacheck.table import LocalTable


def long_table(rows: int = 120_000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    wide = rng.lognormal(3, 1.5, rows)
    wide[rng.random(rows) < 0.02] = -999.0
    return pl.DataFrame(
        {
            "wide": pl.Series(wide).set(pl.Series(rng.random(rows) < 0.05), None),
            "narrow": 1e9 + rng.normal(size=rows),
            "few": rng.integers(0, 7, rows),
            "word": rng.choice(["a", "b", "N/A"], rows),
            "day": pl.Series(rng.integers(0, 20_000, rows)).cast(pl.Date),
        }
    )


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return long_table()


def test_quantiles_are_numpys_in_memory(table):
    profile = measure(table.lazy())
    for name in ("wide", "narrow", "few"):
        values = table[name].drop_nulls().to_numpy()
        assert profile.columns[name].quantiles == tuple(np.quantile(values, LEVELS).tolist())
        assert profile.columns[name].mean == pytest.approx(values.mean(), rel=1e-12)


def test_batches_give_the_same_state_with_close_quantiles(table, monkeypatch):
    whole = measure(table.lazy())
    monkeypatch.setattr(module, "MEMORY", 1)
    seen: list[int] = []
    documents = []
    for cells in (50_000, 170_000):
        monkeypatch.setattr(collecting, "BATCH_CELLS", cells)
        streamed = profiled(LocalTable(open_source(table.lazy()), seen.append))
        documents.append(streamed.to_json())
    assert documents[0] == documents[1]
    assert seen[-1] == table.height
    for name in ("wide", "narrow"):
        one, other = whole.columns[name], streamed.columns[name]
        values = np.sort(table[name].drop_nulls().to_numpy())
        assert (one.mean, one.std) == (other.mean, other.std)
        assert other.quantiles[0] == values[0]
        assert other.quantiles[-1] == values[-1]
        for level, quantile in zip(LEVELS, other.quantiles, strict=True):
            rank = np.searchsorted(values, quantile, side="right") / len(values)
            low = np.searchsorted(values, quantile, side="left") / len(values)
            assert low - 0.03 <= level <= rank + 0.03
        assert one.frequent == other.frequent
    assert whole.columns["wide"].frequent[0] == (
        -999.0,
        int((table["wide"] == -999.0).sum()),
    )


def test_profiles_add_up(table):
    parts = measure(table.head(50_000).lazy()) + measure(table.slice(50_000).lazy())
    whole = measure(table.lazy())
    assert parts.rows == whole.rows
    for name, column in whole.columns.items():
        other = parts.columns[name]
        assert (column.missing, column.distinct) == (other.missing, other.distinct)
        assert (column.mean, column.std) == (other.mean, other.std)
        if column.numbers is not None:
            assert np.array_equal(column.numbers.bin_counts, other.numbers.bin_counts)
            assert column.numbers.lowest == other.numbers.lowest
    assert parts.gaps.patterns == whole.gaps.patterns


def test_profiles_of_other_columns_do_not_add_up():
    one, other = (measure(pl.DataFrame({name: [1]}).lazy()) for name in "ab")
    with pytest.raises(DataError, match="same columns"):
        one + other


def test_a_saved_profile_reads_back_the_same(table):
    profile = measure(table.lazy(), name="long")
    text = profile.to_json()
    again = Profile.from_json(text)
    assert again.to_json() == text
    assert again.columns["wide"].quantiles == profile.columns["wide"].quantiles
    assert str(profile).count("\n") == table.width + 2
    assert max(map(len, str(profile).splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not whole JSON"),
        ("[]", "not a profile"),
        ('{"format": "datacheck.profile", "version": 9}', "a version that this datacheck does not"),
        ('{"format": "datacheck.profile", "version": 1}', "got: the document: no 'name'"),
    ],
)
def test_what_is_no_profile_is_refused(text, said):
    with pytest.raises(ArtefactError, match=said):
        Profile.from_json(text)


def test_every_kind_of_column():
    table = pl.DataFrame(
        {
            "flag": [True, None, False],
            "number as text": ["1.5", " 2 ", "n/a"],
            "dressed": ["1,234", "$5", "45 %"],
            "category": pl.Series(["x", "y", "x"], dtype=pl.Categorical),
            "list": [[1], None, [2, 3]],
            "nothing": [None, None, None],
            "decimal": pl.Series([1, 2, 3], dtype=pl.Decimal(10, 2)),
        }
    )
    columns = measure(table.lazy()).columns
    assert [column.kind for column in columns.values()] == [
        "boolean", "text", "text", "text", "other", "other", "number",
    ]  # fmt: skip
    assert columns["flag"].numbers.values.tolist() == [0.0, 1.0]
    assert columns["number as text"].numbers.values.tolist() == [1.5, 2.0]
    assert columns["number as text"].texts.words == {"n/a": 1}
    assert sorted(columns["dressed"].numbers.values.tolist()) == [5.0, 45.0, 1234.0]
    assert columns["category"].most_frequent == (("x", 2),)
    assert (columns["list"].null, columns["nothing"].null) == (1, 3)
    assert columns["decimal"].mean == 2.0
    json.loads(measure(table.lazy()).to_json())


def test_empty_tables_have_profiles():
    empty = pl.DataFrame(schema={"a": pl.Float64, "b": pl.String})
    profile = measure(empty.lazy())
    assert (profile.rows, list(profile.columns)) == (0, ["a", "b"])
    assert profile.columns["a"].quantiles is None
    assert (profile + profile).rows == 0


def test_many_different_texts_are_bounded():
    table = pl.DataFrame({"id": [f"row {i}" for i in range(20_000)]})
    column = measure(table.lazy()).columns["id"]
    assert not column.is_exact
    assert len(column.texts.values) <= 4096
    assert column.distinct == pytest.approx(20_000, rel=0.1)


def test_patterns_of_holes_are_bounded_and_add_up():
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(14)]
    cells = pl.DataFrame(rng.random((4000, 14)), schema=names).with_columns(
        pl.when(pl.col(name) >= 0.5).then(name).alias(name) for name in names
    )
    whole = measure(cells.lazy()).gaps
    parts = measure(cells.head(1500).lazy()) + measure(cells.slice(1500).lazy())
    assert len(whole.patterns) <= 512
    assert parts.gaps.threshold == whole.threshold
    assert parts.gaps.patterns == whole.patterns
