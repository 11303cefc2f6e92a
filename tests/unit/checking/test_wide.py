"""Wide tables: what is asked of polars, and of other engines, does not grow with the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.export.matrix import vector_part
from datacheck.export.sklearn.exporter import pipeline
from datacheck.export.sql import replay as replaying
from datacheck.export.sql.exporter import written
from datacheck.export.sql.options import Options
from datacheck.golden import cells
from datacheck.golden import choose as choosing
from datacheck.golden.compare import LEAST, document
from datacheck.golden.documents import decode
from datacheck.proof import proven
from datacheck.schema.model import Schema
from datacheck.transform import apply as applying

if TYPE_CHECKING:
    from collections.abc import Callable

NARROW, WIDE = 12, 96


def table(width: int, rows: int = 60) -> pl.DataFrame:
    draw = np.random.default_rng(0)
    cells = draw.lognormal(1, 1, (rows, width))
    cells[draw.random((rows, width)) < 0.05] = np.nan
    return pl.DataFrame(cells, schema=[f"c{at}" for at in range(width)]).fill_nan(None)


def schema(width: int) -> Schema:
    lines = ["schema_type: polars_dataframe", "name: W", "columns:"]
    prepare = "{missing_values: [-999], outliers: clip, impute: median, scale: robust}"
    lines += [
        f"  c{at}: {{dtype: Float64, nullable: true, ge: 0, prepare: {prepare}}}"
        for at in range(width)
    ]
    return Schema.from_yaml("\n".join(lines), "wide")


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each query that polars is asked, of a frame or of a column alone."""
    asked: list[str] = []
    collect = pl.LazyFrame.collect

    def counted(self: pl.LazyFrame, *args: Any, **options: Any) -> Any:
        asked.append("collect")
        return collect(self, *args, **options)

    def counted_eager(self: pl.LazyFrame, *args: Any, **options: Any) -> Any:
        asked.append("eager")
        return eager(self, *args, **options)

    monkeypatch.setattr(pl.LazyFrame, "collect", counted)
    if hasattr(pl.LazyFrame, "_collect_eager"):  # older versions collect frames too by `collect`
        eager = pl.LazyFrame._collect_eager
        monkeypatch.setattr(pl.LazyFrame, "_collect_eager", counted_eager)
    return asked


VERBS: dict[str, Callable[[pl.DataFrame, Any], Any]] = {
    "profile": lambda data, _: dc.profile(data),
    "validate": dc.validate,
    "check": lambda data, _: dc.check(data),
    "check a schema": dc.check,
    "compare": lambda data, _: dc.compare(data, data.reverse()),
    "split": lambda data, declared: [part.lazy().collect() for part in dc.split(data, declared)],
    "fit": dc.fit,
    "apply": lambda data, declared: dc.fit(data, declared).apply(data),
    "suggest": lambda data, _: dc.suggest(data),
    "suggest for a target": lambda data, _: dc.suggest(data, target="c0"),
    "repair": dc.repair,
}


@pytest.mark.parametrize("verb", VERBS)
def test_polars_is_asked_no_more_of_a_wide_table(verb: str, queries: list[str]) -> None:
    counts = []
    for width in (NARROW, WIDE):
        data, declared = table(width), schema(width)
        queries.clear()
        VERBS[verb](data, declared)
        counts.append(len(queries))
    assert counts[1] - counts[0] < (WIDE - NARROW) / 4, counts


@pytest.mark.parametrize("verb", ["profile", "check", "compare", "suggest"])
def test_polars_is_asked_no_more_of_a_wide_table_of_texts(verb: str, queries: list[str]) -> None:
    counts = []
    for width in (NARROW, WIDE):
        draw = np.random.default_rng(0)
        cells = {f"c{at}": draw.choice(["red", "green", "blue"], 60) for at in range(width)}
        queries.clear()
        VERBS[verb](pl.DataFrame(cells), None)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_scikit_learn_is_given_no_more_estimators_for_a_wide_table() -> None:
    def steps(width: int) -> int:
        made = pipeline(dc.fit(table(width), schema(width)).fitted)
        return made.__repr__(N_CHAR_MAX=10**6).count("SimpleImputer")

    assert steps(WIDE) == steps(NARROW)


def texts(width: int, rows: int = 60) -> pl.DataFrame:
    draw = np.random.default_rng(1)
    words = np.array(["a", "b", "c", None], object)
    made = {f"c{at}": words[draw.integers(0, 4, rows)].tolist() for at in range(width)}
    return pl.DataFrame(made, schema=dict.fromkeys(made, pl.String))


def texts_schema(width: int) -> Schema:
    lines = ["schema_type: polars_dataframe", "name: W", "columns:"]
    lines += [
        f"  c{at}: {{dtype: String, nullable: true, "
        f"prepare: {{impute: most_frequent, encode: {'none' if at % 3 else 'ordinal'}}}}}"
        for at in range(width)
    ]
    return Schema.from_yaml("\n".join(lines), "wide")


def test_encoded_columns_share_the_estimators_of_scikit_learn() -> None:
    def steps(width: int) -> int:
        fitted = dc.fit(texts(width), texts_schema(width)).fitted
        made = pipeline(vector_part(fitted, [f"c{at}" for at in range(0, width, 3)]))
        return made.__repr__(N_CHAR_MAX=10**6).count("OrdinalEncoder")

    assert steps(WIDE) == steps(NARROW) == 1


def test_no_query_counts_the_cells_of_a_column_alone(queries: list[str]) -> None:
    counts = []
    for width in (NARROW, WIDE):
        data, declared = texts(width), texts_schema(width)
        queries.clear()
        dc.fit(data, declared)
        counts.append(len(queries))
    # One for each encoding, which looks its codes up.
    assert counts[1] - counts[0] < (WIDE - NARROW), counts


def test_golden_rows_of_a_wide_table_are_made_as_they_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    invented = choosing.invented

    def counted(fitted: Any, step: int) -> Any:
        made.append(step)
        return invented(fitted, step)

    monkeypatch.setattr(choosing, "invented", counted)
    width = cells.WIDE + 1
    golden = dc.fit(table(width), schema(width)).fitted.golden
    assert len(golden) == LEAST
    assert len(made) <= LEAST


def test_a_row_that_is_refused_is_replayed_by_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = []
    eager = applying.apply_eager

    def counted(frame: pl.DataFrame, *args: Any, **options: Any) -> Any:
        widths.append(frame.width)
        return eager(frame, *args, **options)

    fitted = dc.fit(table(WIDE), schema(WIDE)).fitted
    refused = [row["refused"] for row in fitted.golden if "refused" in row]
    monkeypatch.setattr(applying, "apply_eager", counted)
    proven(fitted)
    assert refused
    assert widths == [WIDE, *[1] * len(refused)]


def test_duckdb_is_given_a_list_for_each_column_of_golden_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(replaying, "ask_engine", lambda _, text: asked.append(text) or [])
    golden = document(dc.fit(table(NARROW), schema(NARROW)).fitted)
    text = written(dc.fit(table(NARROW), schema(NARROW)).fitted, Options(), golden)
    rows = [{name: decode(cell) for name, cell in row["row"].items()} for row in golden["rows"]]
    run = replaying.replay(text)
    assert run is not None
    run(rows)
    assert asked[0].count("unnest(") == NARROW + 1
    assert "UNION ALL" not in asked[0]
