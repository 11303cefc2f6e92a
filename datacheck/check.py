"""The verbs that join rooms: validate, profile, check and compare, as users call them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datacheck.report import LISTED, Finding, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from datacheck.schema import Column
    from datacheck.source import Source

#: What a finding about the table says again of a violation that the schema has named already.
SAID_BY_SCHEMA = {
    "missing.null": ("schema.nullable",),
    "missing.nan": ("schema.nullable",),
    "missing.sentinel": ("schema.nullable",),
    "missing.text": ("schema.nullable", "schema.dtype"),
    "missing.all": ("schema.nullable",),
    "numeric.infinite": ("schema.infinite",),
    "type.numeric_text": ("schema.dtype",),
    "type.mixed": ("schema.dtype",),
}


def validate(data: Any, schema: Any) -> Report:
    """Judge a table by its schema alone, in one pass.

    Parameters
    ----------
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes.

    Returns
    -------
    Report
        Its findings are ``schema.*``.
    """
    from datacheck.schema import load_schema
    from datacheck.source import open_source
    from datacheck.validate import violations

    source = open_source(data)
    return _report(violations(source, load_schema(schema)), source)


def check(data: Any, schema: Any = None, reference: Any = None) -> Report:
    """Find what is wrong with a table.

    Parameters
    ----------
    data
        Whatever `read` takes.
    schema
        Whatever `load_schema` takes: its violations are found too, and what it declares decides
        how grave a missing or infinite value is.
    reference
        Whatever `compare` takes as its reference: what has changed since is found too.

    Returns
    -------
    Report
        One fault is said once: a null where the schema allows none is ``schema.nullable`` and
        not ``missing.null`` as well.
    """
    from datacheck.schema import load_schema
    from datacheck.source import open_source
    from datacheck.validate import violations

    source = open_source(data)
    if schema is None:
        return _report(table_findings(source, {}), source)
    declared = load_schema(schema)
    broken = violations(source, declared)
    columns = declared.columns_for(source.frame.collect_schema())
    return _report([*broken, *unsaid(table_findings(source, columns), broken)], source)


def table_findings(source: Source, columns: dict[str, Column]) -> list[Finding]:
    """What the table shows by itself, as grave as its declaration makes it."""
    return [weighed(found, columns.get(found.column or "")) for found in _basic(source, columns)]


def unsaid(findings: Iterable[Finding], broken: Iterable[Finding]) -> list[Finding]:
    """The findings that no violation of the schema has said already."""
    said = {(found.column, found.code) for found in broken}
    return [
        found
        for found in findings
        if not any((found.column, code) in said for code in SAID_BY_SCHEMA.get(found.code, ()))
    ]


def weighed(finding: Finding, column: Column | None) -> Finding:
    """The finding at the severity that the column's declaration gives it.

    Missing cells: an error where nothing takes care of them; a warning in a column that is
    declared nullable without an imputation; for information where an imputation is declared.
    Infinite ones: for information where the policy is not ``error``.
    """
    if column is None:
        return finding
    if finding.code in MISSING:
        return replace(finding, severity=_missing_severity(column))
    prepare = column.prepare
    if finding.code == "numeric.infinite" and prepare and prepare.infinite != "error":
        return replace(finding, severity="info")
    if finding.code == "outlier.value" and prepare and prepare.outliers != "keep":
        return replace(finding, severity="info")
    return finding


MISSING = ("missing.null", "missing.nan", "missing.sentinel", "missing.text")


def _missing_severity(column: Column) -> Severity:
    if column.prepare is not None and column.prepare.impute != "none":
        return "info"
    return "warning" if column.nullable else "error"


def _report(findings: Iterable[Finding], source: Source) -> Report:
    import polars as pl

    rows = source.frame.select(pl.len()).collect(engine="streaming").item()
    columns = len(source.frame.collect_schema())
    return Report(findings, name=source.name, rows=rows, columns=columns)


def _basic(source: Source, columns: dict[str, Column]) -> list[Finding]:
    """Missing and infinite cells, and values declared missing, in one pass."""
    import polars as pl

    schema = source.frame.collect_schema()
    masks = {
        (name, code): mask
        for name, dtype in schema.items()
        for code, mask in _masks(name, dtype, columns.get(name))
    }
    if not masks:
        return []
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    wanted = [
        expression
        for number, ((name, _), mask) in enumerate(masks.items())
        for expression in (
            mask.sum().alias(f"{number} count"),
            place.filter(mask).head(LISTED).implode().alias(f"{number} rows"),
            pl.col(name).filter(mask).head(LISTED).implode().alias(f"{number} values"),
        )
    ]
    row = source.frame.select(wanted).collect(engine="streaming").row(0, named=True)
    return [
        _sight(name, code, row[f"{number} count"], row[f"{number} rows"], row[f"{number} values"])
        for number, (name, code) in enumerate(masks)
        if row[f"{number} count"]
    ]


def _masks(name: str, dtype: pl.DataType, column: Column | None) -> Iterable[tuple[str, pl.Expr]]:
    import polars as pl

    cell = pl.col(name)
    yield "missing.null", cell.is_null()
    if dtype.is_float():
        yield "missing.nan", cell.is_nan().fill_null(value=False)
        yield "numeric.infinite", cell.is_infinite().fill_null(value=False)
    values = column.prepare.missing_values if column and column.prepare else ()
    if values and dtype.is_numeric():
        numbers = [value for value in values if not isinstance(value, str)]
        yield "missing.sentinel", cell.is_in(numbers).fill_null(value=False)
    elif values and dtype == pl.String:
        words = [str(value) for value in values]
        yield "missing.text", cell.is_in(words).fill_null(value=False)


def _sight(name: str, code: str, count: int, rows: list[int], values: list[Any]) -> Finding:
    message, remedy = SIGHTS[code]
    cells = "1 cell is" if count == 1 else f"{count:,} cells are"
    return Finding(
        code=code,
        severity="error",
        column=name,
        count=count,
        rows=tuple(rows),
        values=() if code in {"missing.null", "missing.nan"} else tuple(values),
        message=f"{cells} {message}.",
        remedy=remedy,
    )


_IMPUTE = "Declare an imputation, such as impute: median; or nullable: false, to reject such rows."

SIGHTS = {
    "missing.null": ("null", _IMPUTE),
    "missing.nan": ("NaN, which counts as missing", _IMPUTE),
    "missing.sentinel": ("a number that the schema declares missing", _IMPUTE),
    "missing.text": ("text that the schema declares missing", _IMPUTE),
    "numeric.infinite": (
        "infinite",
        "Find where it divides by zero or overflows; or declare infinite: missing or clip.",
    ),
}
