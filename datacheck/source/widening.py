"""Parts of one table whose columns differ in type, where one type holds what both hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from datacheck.columns import col, is_text
from datacheck.errors import SourceError
from datacheck.limits import EXACT_INTEGERS
from datacheck.report.finding import Finding
from datacheck.source.collecting import collect
from datacheck.source.delimited import differ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def agreed(paths: Sequence[str], schemas: Sequence[pl.Schema]) -> dict[str, pl.DataType]:
    """One type for each column of several files, in the first one's order.

    Raises
    ------
    SourceError
        The files hold other columns, or types that no type holds together.
    """
    first = schemas[0]
    together = dict(first)
    for path, schema in zip(paths[1:], schemas[1:], strict=True):
        differ(paths[0], first.names(), path, schema.names())
        for name, dtype in first.items():
            wide = wider(together[name], schema[name])
            if wide is None:
                raise _unlike(name, (paths[0], dtype), (path, schema[name]))
            together[name] = wide
    return together


def wider(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """The type that holds the values of both; None where there is none.

    >>> wider(pl.Int64(), pl.Float32()), wider(pl.Null(), pl.String()), wider(pl.Date(), pl.Int8())
    (Float64, String, None)
    """
    if one == other:
        return one
    if pl.Null in (one, other):
        return other if one == pl.Null else one
    if is_text(one) and is_text(other):
        return pl.String()
    if one.is_integer() and other.is_integer():
        return _integers(one, other)
    if all(dtype.is_integer() or dtype.is_float() for dtype in (one, other)):
        return pl.Float64()
    return None


def _integers(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    frame = pl.DataFrame(schema={"x": one}), pl.DataFrame(schema={"x": other})
    wide = pl.concat(frame, how="vertical_relaxed").schema["x"]
    return wide if wide.is_integer() else None


def widened(
    scan: pl.LazyFrame, schema: pl.Schema, wanted: Mapping[str, pl.DataType]
) -> pl.LazyFrame:
    """A part of the table with the types of the whole, strictly cast."""
    return scan.with_columns(
        col(name).cast(dtype) for name, dtype in wanted.items() if schema[name] != dtype
    )


def must_be_exact(
    path: str, scan: pl.LazyFrame, schema: pl.Schema, wanted: Mapping[str, pl.DataType]
) -> None:
    """Refuse integers beyond 2^53 that would become doubles: identifiers would be altered."""
    asked = [
        name
        for name, dtype in wanted.items()
        if dtype.is_float() and schema[name] in (pl.Int64, pl.UInt64, pl.Int128, pl.UInt128)
    ]
    if not asked:
        return
    ends = collect(
        scan.select(
            *(col(name).min().alias("<" + name) for name in asked),
            *(col(name).max().alias(">" + name) for name in asked),
        ),
        path,
    )
    for name in asked:
        low, high = ends["<" + name].item() or 0, ends[">" + name].item() or 0
        if max(-low, high) > EXACT_INTEGERS:
            kind = "a float, as in another file of the table"
            raise _unlike(name, (kind, wanted[name]), (path, schema[name]))


def notes(schemas: Sequence[pl.Schema], wanted: Mapping[str, pl.DataType]) -> tuple[Finding, ...]:
    """What is told of each column that was widened."""
    found = []
    for name, dtype in wanted.items():
        kinds = list(dict.fromkeys(str(schema[name]) for schema in schemas))
        if len(kinds) > 1:
            found.append(
                Finding(
                    code="source.widened",
                    severity="info",
                    column=name,
                    message=f"The files give it the types {', '.join(kinds)}; read as {dtype}.",
                    remedy="Write the files with one type, if the difference is not meant.",
                    evidence={"dtypes": kinds},
                )
            )
    return tuple(found)


def _unlike(name: str, one: tuple[str, pl.DataType], other: tuple[str, pl.DataType]) -> SourceError:
    return SourceError(
        f"the files give column {name!r} different types",
        got=f"{other[1]} in {other[0]}",
        expected=f"{one[1]}, as in {one[0]}, or a type that can be widened to it without loss",
        todo="write the files with one type, or read the two groups apart",
    )
