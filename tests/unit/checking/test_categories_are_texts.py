"""A column of categories is told, read and mended as the column of text that it might have been."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 120


def drawn(texts: list[str], chances: list[float] | None = None) -> list[str]:
    return np.random.default_rng(7).choice(texts, ROWS, p=chances).tolist()


NUMBERS = np.random.default_rng(8).normal(50, 10, ROWS).round(1).tolist()
DAYS = [dt.date(2023, 1, 1) + dt.timedelta(days=13 * at % 300) for at in range(ROWS)]
COLUMNS: dict[str, list[str | None]] = {
    "numbers": [str(n) for n in NUMBERS],
    "numbers with holes": [None if at % 9 == 0 else str(n) for at, n in enumerate(NUMBERS)],
    "numbers with words": ["n/a" if at % 15 == 0 else str(n) for at, n in enumerate(NUMBERS)],
    "sentinels": ["-999" if at % 15 == 0 else str(n) for at, n in enumerate(NUMBERS)],
    "money": [f"$ {100 * n:,.2f}" for n in NUMBERS],
    "decimal commas": [f"{n:.1f}".replace(".", ",") for n in NUMBERS],
    "units": [f"{n:.1f} kg" for n in NUMBERS],
    "days": [str(day) for day in DAYS],
    "days with points": [f"{day:%d.%m.%Y}" for day in DAYS],
    "times": [f"{at % 24:02d}:{7 * at % 60:02d}" for at in range(ROWS)],
    "categories": drawn(["red", "green", "blue"]),
    "spellings": drawn(["Red", "red ", "RED", "green", "blue"], [0.5, 0.05, 0.05, 0.25, 0.15]),
    "blanks": drawn(["a", "b", "", " "], [0.5, 0.4, 0.05, 0.05]),
    "garbled": drawn(["caf\u00c3\u00a9", "tea", "milk"]),
    "truths": drawn(["true", "false"]),
    "mixed": drawn(["1", "2", "x"], [0.45, 0.45, 0.1]),
    "one": ["x"] * ROWS,
    "ids": [f"A{at:05d}" for at in range(ROWS)],
}


def told(report: dc.Report) -> list[tuple[Any, ...]]:
    return sorted((f.code, f.column, f.count, str(f.severity)) for f in report.findings)


def texts(frame: pl.DataFrame) -> dict[str, list[str | None]]:
    return {name: frame[name].cast(pl.String).to_list() for name in frame.columns}


def seen(cells: list[str | None], dtype: pl.DataType) -> dict[str, Any]:
    frame = pl.DataFrame({"x": pl.Series(cells, dtype=dtype), "y": pl.arange(ROWS, eager=True)})
    schema = dc.suggest(frame)
    column = schema.columns[0]
    found: dict[str, Any] = {
        "check": told(dc.check(frame)),
        "draft": (column.checks, column.prepare, column.coerce, column.nullable),
        "validate": told(dc.validate(frame, schema)),
        "check by the draft": told(dc.check(frame, schema)),
        "split": [part.collect().height for part in dc.split(frame.lazy(), schema)],
        "compare": told(dc.compare(frame[: ROWS // 2], frame[ROWS // 2 :])),
    }
    for unsafe in (False, True):
        repaired, log = dc.repair(frame, unsafe=unsafe)
        found[f"repair {unsafe}"] = texts(repaired), log.filter(pl.col("row") >= 0).to_dicts()
        if "x" in repaired.columns and repaired["x"].dtype == pl.String:
            assert dtype == pl.String, "categories stay categories"
    transform = dc.fit(frame, schema)
    found["apply"] = texts(transform.apply(frame))
    found["apply_row"] = transform.apply_row(frame.row(3, named=True))
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_categories_are_texts(name: str) -> None:
    cells = COLUMNS[name]
    try:
        as_text = seen(cells, pl.String())
    except dc.SchemaError as error:  # nothing of it is prepared
        with pytest.raises(dc.SchemaError, match=str(error).split("\n")[0]):
            seen(cells, pl.Categorical())
        return
    known = pl.Enum(sorted({text for text in cells if text is not None}))
    for dtype in (pl.Categorical(), known):
        assert seen(cells, dtype) == as_text


def test_a_repaired_column_keeps_its_categories_and_their_order() -> None:
    colors = pl.Enum(["green", "Red", "RED", "blue"])
    cells = pl.Series(["Red"] * 60 + ["RED"] * 4 + ["green", "blue"] * 30, dtype=colors)
    repaired, log = dc.repair(pl.DataFrame({"x": cells}))
    assert repaired["x"].dtype == colors
    assert repaired["x"].value_counts(sort=True)["count"].to_list() == [64, 30, 30]
    assert log.height == 4


DECLARED = """
name: Colors
columns:
  x:
    dtype: {dtype}
    coerce: true
    isin: [Red, blue]
    prepare: {{spellings: {{Red: [RED, red]}}}}
"""


@pytest.mark.parametrize("declared", ["String", "Categorical", "Enum(categories=['Red', 'blue'])"])
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["RED", "blue", "?", "Red"])])
def test_declared_spellings_are_read(declared: str, dtype: pl.DataType, tmp_path: Path) -> None:
    path = tmp_path / "colors.yaml"
    path.write_text(DECLARED.format(dtype=declared))
    frame = pl.DataFrame({"x": pl.Series(["RED", "blue", "Red"], dtype=dtype)})
    assert dc.validate(frame, path).ok
    odd = pl.DataFrame({"x": pl.Series(["RED", "?", "Red"], dtype=dtype)})
    [found] = dc.validate(odd, path).findings
    assert found.rows == (1,)
