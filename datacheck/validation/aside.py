"""Rows to be set apart for what they are beside others: one lazy expression for each reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import cols
from datacheck.errors import DatacheckError, must_be_known
from datacheck.rows.keys import halved, keys_of
from datacheck.rows.queries import key_columns, missing_key
from datacheck.schema import Schema
from datacheck.schema.compile import REASONS, ROW, returned
from datacheck.schema.roles import Named, declared_roles
from datacheck.source import Source, open_source
from datacheck.source.collecting import collect

#: Why a row may be set apart, besides what a schema declares.
ASIDE = ("row.duplicate", "row.conflict", "row.overlap")
_KEY = pl.Struct({"a": pl.UInt64, "b": pl.UInt64})


class AsidePlan(NamedTuple):
    """By which columns rows are compared that may be set apart."""

    #: Words of `ASIDE`, in its order.
    codes: tuple[str, ...] = ()
    #: All columns but the ids.
    rows: tuple[str, ...] = ()
    #: Those of a conflict.
    features: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    #: Of the table.
    dtypes: pl.Schema = pl.Schema()

    def in_both(self, known: Collection[str]) -> list[str]:
        """The columns that the reference has too; a `DatacheckError` where there is none."""
        both = [name for name in self.rows if name in known]
        if not both:
            raise DatacheckError("the table and the reference have no column in common")
        return both


def plan_aside(
    dtypes: pl.Schema,
    schema: Schema,
    codes: Sequence[str],
    reference: Any,
    target: str | Iterable[str] | None,
) -> AsidePlan:
    """By which columns rows are to be compared, for some words of `ASIDE`, by their roles."""
    for code in codes:
        must_be_known(code, ASIDE, f"no rows are set apart for {code!r}")
    if (reference is not None) != ("row.overlap" in codes):
        raise DatacheckError(
            "rows that stand in the reference too are set apart by row.overlap and a reference",
            got="one of the two",
            todo="give both or neither",
        )
    if not codes:
        return AsidePlan()
    roles = declared_roles(dtypes, schema, Named(target))
    # The number of a row that comes back tells it from every other.
    added = (ROW, REASONS) if returned(dtypes) else ()
    names = [name for name in key_columns(dtypes, roles) if name not in added]
    rows = [name for name in names if roles.get(name) != "id"]
    targets = [name for name in rows if roles.get(name) == "target"]
    features = [name for name in rows if roles.get(name) not in ("target", "weight")]
    if "row.conflict" in codes and not (targets and features):
        raise DatacheckError(
            "rows in conflict are those with the same features and another target; none is known",
            todo="name it with --target, or target=..., or role: target in the schema",
        )
    kept = tuple(code for code in ASIDE if code in codes)
    return AsidePlan(kept, tuple(rows), tuple(features), tuple(targets), dtypes)


def set_aside(plan: AsidePlan, reference: Any) -> dict[str, pl.Expr]:
    """By code, whether a row is to be set apart."""
    made = {
        "row.duplicate": lambda: ~_key(plan.rows).is_first_distinct(),
        "row.conflict": lambda: _conflicts(plan),
        "row.overlap": lambda: _in_reference(plan, reference),
    }
    return {code: made[code]() for code in plan.codes}


def _key(names: Collection[str], single: Collection[str] = ()) -> pl.Expr:
    """The key of each row by these columns."""
    keys = partial(_keys, single)
    return pl.struct(cols(names)).map_batches(keys, return_dtype=_KEY, is_elementwise=True)


def _keys(single: Collection[str], rows: pl.Series) -> pl.Series:
    cells = rows.struct.unnest()
    one, two = keys_of(cells, cells.columns, single=single)
    return pl.DataFrame({"a": one, "b": two}).to_struct(rows.name)


def _conflicts(plan: AsidePlan) -> pl.Expr:
    """The rows whose like has another target; those without one are in none."""
    target = _key(plan.targets).struct.field("a")
    known = target != missing_key(plan.targets) % 2**64
    kinds = pl.when(known).then(target).drop_nulls().n_unique().over(_key(plan.features))
    return known & (kinds > 1)


def _in_reference(plan: AsidePlan, reference: Any) -> pl.Expr:
    source = open_source(reference)
    return in_source(plan.in_both(source.frame.collect_schema()), source, plan.dtypes)


def in_source(both: Sequence[str], source: Source, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    """Whether a row stands in another table too, by columns that both have."""
    single = halved(dtypes, source.frame.collect_schema())
    keys = collect(source.frame.select(_key(both, single).alias("key")), source.name)
    source.must_be_whole(keys.height)
    there = keys["key"].struct.unnest().unique().with_columns(known=pl.lit(value=True))
    return pl.struct(cols(both)).map_batches(
        partial(_known, there, single), return_dtype=pl.Boolean, is_elementwise=True
    )


def _known(there: pl.DataFrame, single: Collection[str], rows: pl.Series) -> pl.Series:
    keys = _keys(single, rows).struct.unnest()
    found = keys.join(there, on=["a", "b"], how="left", maintain_order="left")
    return found["known"].fill_null(value=False).alias(rows.name)
