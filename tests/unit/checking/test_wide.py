"""Wide tables: what is asked of polars, and of other engines, does not grow with the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.export.sklearn.exporter import pipeline
from datacheck.schema.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.schema import Schema

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
    return read_yaml("\n".join(lines), "wide")


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

    eager = pl.LazyFrame._collect_eager
    monkeypatch.setattr(pl.LazyFrame, "collect", counted)
    monkeypatch.setattr(pl.LazyFrame, "_collect_eager", counted_eager)
    return asked


VERBS: dict[str, Callable[[pl.DataFrame, Schema], Any]] = {
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


def test_scikit_learn_is_given_no_more_estimators_for_a_wide_table() -> None:
    def steps(width: int) -> int:
        made = pipeline(dc.fit(table(width), schema(width)).fitted)
        return made.__repr__(N_CHAR_MAX=10**6).count("SimpleImputer")

    assert steps(WIDE) == steps(NARROW)
