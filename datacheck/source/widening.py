"""Parts of one table whose columns differ in type, where one type holds what both hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from datacheck.columns import col, is_text
from datacheck.errors import SourceError
from datacheck.report.finding import Finding
from datacheck.source.collecting import collect
from datacheck.source.delimited import must_have_columns

#: Digits of a decimal that polars computes with.
DIGITS = 38


def agreed(paths: Sequence[str], schemas: Sequence[pl.Schema]) -> dict[str, pl.DataType]:
    """One type for each column of several files, in the first one's order, where there is one."""
    first = schemas[0]
    together = dict(first)
    for path, schema in zip(paths[1:], schemas[1:], strict=True):
        must_have_columns(paths[0], first.names(), path, schema.names())
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
    if one in (other, pl.Null):
        return other
    if other == pl.Null:
        return one
    if is_text(one) and is_text(other):
        return pl.String()
    return _numbers(one, other) or _moments(one, other) or _nested(one, other)


def _numbers(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    if one.is_integer() and other.is_integer():
        frame = pl.DataFrame(schema={"x": one}), pl.DataFrame(schema={"x": other})
        wide = pl.concat(frame, how="vertical_relaxed").schema["x"]
        return wide if wide.is_integer() else None
    if isinstance(one, pl.Decimal) and isinstance(other, pl.Decimal):
        scale = max(one.scale, other.scale)
        digits = scale + max(one.precision - one.scale, other.precision - other.scale)
        return pl.Decimal(digits, scale) if digits <= DIGITS else None
    both = all(dtype.is_integer() or dtype.is_float() for dtype in (one, other))
    return pl.Float64() if both else None


#: Units of time, the finest last.
_UNITS = ("ms", "us", "ns")


def _moments(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """Instants or spans in the finer of their units; of one time zone, or of none."""
    for kind in (pl.Datetime, pl.Duration):
        if isinstance(one, kind) and isinstance(other, kind):
            if getattr(one, "time_zone", None) != getattr(other, "time_zone", None):
                return None
            return max(one, other, key=lambda dtype: _UNITS.index(dtype.time_unit))
    return None


def _nested(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """Lists, and structs of the same fields, whose inner types are widened."""
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = wider(_inner(one), _inner(other))
        return None if inner is None else pl.List(inner)
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        fields, others = pl.Schema(one.to_schema()), pl.Schema(other.to_schema())
        if set(fields) == set(others):
            wide = {name: wider(dtype, others[name]) for name, dtype in fields.items()}
            if all(dtype is not None for dtype in wide.values()):
                return pl.Struct({n: dtype for n, dtype in wide.items() if dtype is not None})
    return None


def _inner(dtype: pl.List) -> pl.DataType:
    return pl.Series(dtype=dtype).explode(empty_as_null=False).dtype


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
    """Refuse cells that the wider type alters: an identifier as a double, a far year in nanos."""
    asked = [name for name, dtype in wanted.items() if _may_alter(schema[name], dtype)]
    if not asked:
        return
    back = (
        col(name).cast(wanted[name], strict=False).cast(schema[name], strict=False)
        for name in asked
    )
    kept = collect(
        scan.select(
            each.eq_missing(col(name)).all() for name, each in zip(asked, back, strict=True)
        ),
        path,
    )
    for name in asked:
        if not kept[name].item():
            kind = f"{wanted[name]}, as in another file of the table"
            raise _unlike(name, ("", kind), (path, f"{schema[name]} that it does not hold exactly"))


def _may_alter(own: pl.DataType, wide: pl.DataType) -> bool:
    if own in (wide, pl.Null):
        return False
    if isinstance(own, pl.List) and isinstance(wide, pl.List):
        return _may_alter(_inner(own), _inner(wide))
    if isinstance(own, pl.Struct) and isinstance(wide, pl.Struct):
        fields = pl.Schema(wide.to_schema())
        return any(
            _may_alter(dtype, fields[name]) for name, dtype in pl.Schema(own.to_schema()).items()
        )
    whole = own in (pl.Int64, pl.UInt64, pl.Int128, pl.UInt128) and wide.is_float()
    return whole or isinstance(own, pl.Datetime | pl.Duration)


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


def _unlike(name: str, one: tuple[str, object], other: tuple[str, object]) -> SourceError:
    where = f", as in {one[0]}" if one[0] else ""
    return SourceError(
        f"the files give column {name!r} different types",
        got=f"{other[1]} in {other[0]}",
        expected=f"{one[1]}{where}, or a type that can be widened to it without loss",
        todo="write the files with one type, or read the two groups apart",
    )
