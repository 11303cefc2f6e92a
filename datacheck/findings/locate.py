"""Finds a finding's cells in the table: exact counts, the first rows, what stands there.

A detector sees a profile, not rows. It writes in the finding's evidence, under ``where``, which
cells it means; this module reads that and looks. The words are few, so that a saved report can be
read by a person and looked up again:

``is``: null, nan, missing, infinite, a cell, text that is (no) number;
``values``, ``texts``: exactly these; ``inside``, ``outside``: [low, high], of the finite cells;
``other_than``: finite, and another number than this;
``other_texts``: text that is none of these and no word for a missing value;
``beyond``: larger in magnitude; ``tiny``: smaller in magnitude, but not 0;
``decimals_beyond``: more decimals than so many;
``float32_step``: float32 moves the cell by more than this.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datacheck.columns import col
from datacheck.findings.cells import Lookup
from datacheck.findings.conversions import slack_of
from datacheck.profiling.nested import Path, paths_in
from datacheck.profiling.words import MISSING_WORDS
from datacheck.spelling import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from datacheck.findings.cells import Asked, Cells
    from datacheck.report.finding import Finding


def locate(findings: Iterable[Finding], frame: pl.LazyFrame) -> list[Finding]:
    """The findings with exact counts and their first rows and values, in one pass of `frame`.

    A finding without ``where``, or about a column that the table does not have, stays as it is.
    """
    from datacheck.source import open_source
    from datacheck.table import LocalTable

    findings = list(findings)
    table = LocalTable(open_source(frame))
    asked = masks(findings, table.dtypes)
    [lookup] = table.fold([Lookup(asked)]) if asked else [Lookup(asked)]
    return located(findings, lookup.found)


def masks(findings: Sequence[Finding], schema: pl.Schema) -> dict[int, Asked]:
    """By a finding's place, its column (or the path inside one) and which cells it means."""
    known: dict[str | None, tuple[str | Path, pl.DataType]] = {
        path.shown: (path, dtype) for ways in paths_in(schema).values() for path, dtype in ways
    }
    known.update({name: (name, dtype) for name, dtype in schema.items()})
    asked: dict[int, Asked] = {}
    for place, finding in enumerate(findings):
        if "where" in finding.evidence and finding.column in known:
            column, dtype = known[finding.column]
            mask = cell_mask(str(finding.column), finding.evidence["where"], dtype)
            asked[place] = (column, mask)
    return asked


def located(findings: Sequence[Finding], found: Mapping[int, Cells]) -> list[Finding]:
    """The findings with the cells that were found of them, by their places."""
    made = list(findings)
    for place, cells in found.items():
        finding = made[place]
        evidence = {key: value for key, value in finding.evidence.items() if key != "estimated"}
        made[place] = replace(
            finding, count=cells.count, rows=cells.rows, values=cells.values, evidence=evidence
        )
    return made


#: No integer literal of polars is as large.
_WIDE = 2.0**63


def cell_mask(name: str, where: Mapping[str, Any], dtype: pl.DataType) -> pl.Expr:
    """Which cells of a column of this dtype `where` means; null for some that it does not."""
    import polars as pl

    column = col(name)
    ((word, value),) = where.items()
    if word in _OF_TEXT or where == {"is": "missing word"}:
        return _OF_TEXT.get(word, _is)(column.cast(pl.String), value)
    if word == "is" and value in ("null", "cell"):
        return column.is_null() if value == "null" else column.is_not_null()
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        if word == "is":
            return _is(column.cast(pl.String), value)
        numbers = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    else:
        physical = column.to_physical() if dtype.is_temporal() else column
        if word == "is" and not dtype.is_numeric():
            return column.is_null()
        numbers = physical.cast(pl.Float64)
    if word == "beyond" and dtype.is_integer() and value < _WIDE:
        # Compared as integers: as doubles, 2**53 + 1 would look like 2**53.
        return (column > int(value)) | (column < -int(value))
    return _OF_NUMBERS[word](numbers, value)


def _is(cells: pl.Expr, kind: str) -> pl.Expr:
    import polars as pl

    bare = cells.str.strip_chars()
    number = bare.str.contains(NUMBER)
    word = bare.str.to_lowercase().is_in(list(MISSING_WORDS))
    return {
        "number as text": number,
        "text that is no number": ~number & ~word,
        "missing word": word,
        "missing": cells.is_null(),
        "nan": pl.lit(value=False),
        "infinite": pl.lit(value=False),
    }[kind]


def _number_is(numbers: pl.Expr, kind: str) -> pl.Expr:
    return {
        "nan": numbers.is_nan(),
        "infinite": numbers.is_infinite(),
        "missing": numbers.is_null() | numbers.is_nan(),
    }[kind]


def _float32_step(numbers: pl.Expr, step: float) -> pl.Expr:
    import polars as pl

    moved = (numbers.cast(pl.Float32, strict=False).cast(pl.Float64) - numbers).abs()
    return numbers.is_finite() & moved.is_finite() & (moved > step)


def _decimals_beyond(numbers: pl.Expr, places: int) -> pl.Expr:
    import polars as pl

    scaled = numbers * 10.0**places
    # As `conversions.on_grid` draws the line.
    room = pl.max_horizontal(scaled.abs(), 1.0) * slack_of(places)[0]
    return numbers.is_finite() & ((scaled - scaled.round()).abs() > room)


_OF_TEXT: dict[str, Callable[..., pl.Expr]] = {
    "texts": lambda cells, texts: cells.is_in(list(texts)),
    "other_texts": lambda cells, texts: ~cells.is_in(list(texts)) & ~_is(cells, "missing word"),
}
_OF_NUMBERS: dict[str, Callable[..., pl.Expr]] = {
    "is": _number_is,
    "other_than": lambda numbers, value: numbers.is_finite() & (numbers != float(value)),
    "values": lambda numbers, values: numbers.is_in([float(value) for value in values]),
    "inside": lambda numbers, ends: numbers.is_finite() & numbers.is_between(ends[0], ends[1]),
    "outside": lambda numbers, ends: (
        numbers.is_finite() & ~numbers.is_between(ends[0], ends[1], closed="both")
    ),
    "beyond": lambda numbers, size: numbers.is_finite() & (numbers.abs() > size),
    "tiny": lambda numbers, size: (numbers.abs() < size) & (numbers != 0),
    "decimals_beyond": _decimals_beyond,
    "float32_step": _float32_step,
}
