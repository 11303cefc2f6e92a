"""Encodings: fitting, the matrix and one row of a table of numbers and text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from benchmarks.data import schema_path
from benchmarks.harness import Against, Contestant, Row, repeated, times_as_fast, within

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from benchmarks.harness import Timed
    from datacheck.schema import Schema

TITLE = "what encoding costs: 10 numbers and 10 text columns of 5 to 500 categories"

ROWS_B, FEW, MANY = 2_000_000, 10_000, 10_000
#: scikit-learn fits by transforming: 1,245 dense columns of more rows fill the memory.
DENSE = 200_000
NUMBERS = tuple(f"n{at}" for at in range(10))
TEXTS = tuple(f"t{at}" for at in range(10))
#: The share of missing cells.
HOLES = 0.05
#: Categories of each text column.
COUNTS = (5, 8, 14, 23, 38, 64, 107, 178, 298, 500)


@cache
def table_b(rows: int, counts: tuple[int, ...] = COUNTS) -> pl.DataFrame:
    """Lognormal numbers and text whose categories are as uneven as words, 5% missing."""
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(0)
    columns = {
        name: pl.Series(generator.lognormal(size=rows)).set(
            pl.Series(generator.random(rows) < HOLES), None
        )
        for name in NUMBERS
    }
    for name, count in zip(TEXTS, counts, strict=False):
        weights = 1 / np.arange(1, count + 1)
        codes = generator.choice(count, rows, p=weights / weights.sum())
        codes[:count] = range(min(count, rows))  # a smaller table has fewer of them
        words = pl.Series([f"category {at}" for at in range(count)])
        columns[name] = words.gather(codes).set(pl.Series(generator.random(rows) < HOLES), None)
    return pl.DataFrame(columns)


def encoded(encode: str) -> Schema:
    import datacheck as dc

    declared = dc.load_schema(
        schema_path(f"encode_{encode}_n", NUMBERS, "prepare: {impute: median, scale: zscore}")
    )
    from datacheck.schema import Column, Prepare

    texts = Prepare(impute="most_frequent", encode=encode, unknown="zeros")  # type: ignore[arg-type]
    more = tuple(Column(name=name, nullable=True, prepare=texts) for name in TEXTS)
    return replace(declared, columns=(*declared.columns, *more))


def pipeline(encode: str) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    encoder = (
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        if encode == "ordinal"
        else OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    parts = [("numbers", numbers, list(NUMBERS)), ("texts", texts, list(TEXTS))]
    return ColumnTransformer(parts, sparse_threshold=0)


def pandas_b(rows: int) -> Any:
    """The table as scikit-learn's users have it: objects, NaN for a missing text."""
    frame = table_b(rows).to_pandas()
    for name in TEXTS:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), float("nan"))
    return frame


def datacheck_fit(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame, schema = table_b(rows), encoded("one_hot")
    return lambda: list(dc.fit(frame, schema).feature_names_out)


def sklearn_fit(rows: int) -> Callable[[], Any]:
    frame = pandas_b(rows)

    def run() -> list[str]:
        names = pipeline("one_hot").fit(frame).get_feature_names_out()
        return [name.partition("__")[2] for name in names]

    return run


def same_names(ours: Any, theirs: Any) -> str | None:
    return None if ours == theirs else "in their features"


def datacheck_matrix(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table_b(rows)
    transform = dc.fit(frame, encoded("ordinal"))
    return lambda: _sums(transform.matrix(frame))


def sklearn_matrix(rows: int) -> Callable[[], Any]:
    frame = pandas_b(rows)
    fitted = pipeline("ordinal").fit(frame)
    return lambda: _sums(fitted.transform(frame))


def _sums(matrix: Any) -> list[float]:
    return [float(total) for total in matrix.sum(axis=0)]


def same_sums(ours: Any, theirs: Any) -> str | None:
    worst = max(abs(a - b) / (1 + abs(b)) for a, b in zip(ours, theirs, strict=True))
    return None if worst < 1e-6 else f"by {worst:.1e}"


def datacheck_one_row(rows: int) -> Timed:
    import datacheck as dc

    frame = table_b(rows)
    transform = dc.fit(frame, encoded("ordinal"))
    return repeated(partial(transform.apply_row, frame.row(0, named=True)), 2_000)


def sklearn_one_row(rows: int) -> Timed:
    frame = pandas_b(rows)
    fitted = pipeline("ordinal").fit(frame)
    return repeated(partial(fitted.transform, frame[:1]), 20)


def many_categories(count: int, rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table_b(rows, (count,)).select(TEXTS[0])
    schema = encoded("ordinal")
    alone = replace(schema, columns=tuple(c for c in schema.columns if c.name == TEXTS[0]))
    return lambda: dc.fit(frame, alone).matrix(frame).shape


def ten_thousand(rows: int) -> Callable[[], Any]:
    return many_categories(MANY, rows)


def one_thousand(rows: int) -> Callable[[], Any]:
    return many_categories(MANY // 10, rows)


ROWS = (
    Row(
        "fit: median, z-score; most frequent, one-hot",
        Contestant("datacheck", datacheck_fit),
        (Against(Contestant("ColumnTransformer, pandas", sklearn_fit), times_as_fast(5)),),
        DENSE,
        rounds=3,
        agree=same_names,
    ),
    Row(
        "matrix, ordinal",
        Contestant("datacheck", datacheck_matrix),
        (Against(Contestant("ColumnTransformer, pandas", sklearn_matrix), times_as_fast(5)),),
        ROWS_B,
        rounds=3,
        agree=same_sums,
    ),
    Row(
        "one row, ordinal",
        Contestant("datacheck", datacheck_one_row),
        (Against(Contestant("ColumnTransformer, pandas", sklearn_one_row), times_as_fast(100)),),
        FEW,
        rounds=5,
    ),
    Row(
        "fit and matrix of 10,000 categories",
        Contestant("datacheck", ten_thousand),
        (Against(Contestant("the same of 1,000", one_thousand), within(10)),),
        200_000,
        rounds=3,
    ),
)
