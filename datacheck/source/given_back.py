"""A result given back as the kind that was handed in, all that was not prepared untouched.

A column that no transform speaks of does not pass through polars: it is taken from what was
given, object for object. A prepared one takes the type that it had, where its cells still are of
that kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.columns import bare, cols, named
from datacheck.source.as_pandas_wrote import adjusted
from datacheck.source.collecting import collect
from datacheck.source.model import Source

if TYPE_CHECKING:
    import pyarrow as pa


def give_back(
    frame: pl.LazyFrame, source: Source, *, alone: bool = False, rows: pl.LazyFrame | None = None
) -> Any:
    """Give a result back as the kind that was handed in.

    Its rows are as in the source, or those of `rows`: one column, the positions of the source's
    rows that the result still has. Where the source was narrowed, its other columns are put beside
    the result, unless that is wanted `alone`, in its own order.

    A polars frame, a pandas DataFrame (with the same index) and a pyarrow Table come back as such;
    a path or a database gives a LazyFrame, any other object a polars DataFrame. Columns stand in
    the order in which they were given; new ones where they stand in the result, after the column
    before them.
    """
    if not source.in_memory:
        return frame
    result = collect(frame, source.name)
    if source.given is None:
        return result.to_arrow() if source.kind == "pyarrow" else result
    given, before = source.given, collect(source.frame, source.name)
    if rows is not None:
        kept = collect(rows, source.name).to_series()
        given, before = _rows(source, kept), before[kept]
    order = _order(source, result, before, alone)
    if source.kind == "pandas":
        from datacheck.source.to_pandas import with_columns

        return with_columns(given, result, before, order)
    made = _arrow_table if source.kind == "pyarrow" else _polars_frame
    return made(given, result, before, order)


def _order(source: Source, result: pl.DataFrame, before: pl.DataFrame, alone: bool) -> list[str]:  # noqa: FBT001
    """The columns of what is given back, in their order."""
    if alone:
        return result.columns
    given = _names(source)
    present = set(given)
    known = [name for name in before.columns if name in present]
    following: dict[str | None, str | None] = dict(zip([None, *known], [*known, None], strict=True))
    gone = set(known) - set(result.columns)
    # After which column, as given, each of the result stands; one that is gone leaves its place.
    groups: dict[str | None, list[str]] = {name: [] for name in following}
    at: str | None = None
    for name in result.columns:
        if name in groups:
            at = name
        elif following[at] in gone:
            at = following[at]
        groups[at].append(name)
    first = groups.pop(None)
    rest = [each for name in given for each in groups.get(name, [name])]
    return [*first, *rest] if known else [*rest, *first]


def _names(source: Source) -> list[str]:
    if source.kind == "pandas":
        return [str(name) for name in source.given.columns]
    return list(source.given.column_names if source.kind == "pyarrow" else source.given.columns)


def rows_of(source: Source, rows: pl.Series, more: pl.DataFrame, drop: frozenset[str]) -> Any:
    """Some rows of what was given as its kind, by their positions, with columns more and less."""
    if source.kind == "pandas":
        from datacheck.source.to_pandas import taken

        return taken(source.given, rows, more, drop)
    if source.kind == "pyarrow":
        table = _rows(source, rows)
        table = table.drop_columns([name for name in table.column_names if name in drop])
        for column in more:
            table = table.append_column(column.name, _array(column))
        return table
    given: pl.DataFrame = source.given
    return (
        given.drop(named(name for name in drop if name in given.columns))[rows]
        .with_columns(more.get_columns())
        .lazy()
    )


def _rows(source: Source, rows: pl.Series) -> Any:
    """Some rows of what was given, with all that stands beside them."""
    if source.kind == "pandas":
        from datacheck.source.to_pandas import rows_taken

        return rows_taken(source.given, rows)
    if source.kind == "pyarrow":
        import pyarrow as pa

        table = source.given
        columns = [_taken(column, _array(rows)) for column in table.columns]
        return pa.table(columns, schema=table.schema)
    return source.given[rows]


def _taken(column: pa.ChunkedArray, rows: pa.Array) -> Any:
    import pyarrow as pa

    try:
        return column.take(rows)
    except pa.ArrowNotImplementedError:  # of some types pyarrow takes no rows
        cells = column.to_pylist()
        return pa.array([cells[row] for row in rows.to_pylist()], type=column.type)


def _polars_frame(
    given: pl.DataFrame, result: pl.DataFrame, before: pl.DataFrame, order: list[str]
) -> pl.DataFrame:
    made_of = {column.name: column for column in before}
    changed = [
        column
        for column in result
        if column.name not in made_of or not _is_same(column, made_of[column.name])
    ]
    return given.with_columns(changed).select(cols(order))


def _is_same(after: pl.Series, before: pl.Series) -> bool:
    return after.dtype == before.dtype and after.equals(before, null_equal=True)


def _arrow_table(
    given: pa.Table, result: pl.DataFrame, before: pl.DataFrame, order: list[str]
) -> pa.Table:
    import pyarrow as pa

    columns, fields = [], []
    made, made_of = ({each.name: each for each in frame} for frame in (result, before))
    places = {name: place for place, name in enumerate(given.column_names)}
    for name in order:
        if name not in places or (name in made and name not in made_of):
            column = _array(made[name])
            field = pa.field(name, column.type)
        else:
            column, field = given.column(places[name]), given.schema.field(places[name])
            if name in made and not _is_same(made[name], made_of[name]):
                column = _like(made[name], made_of[name], column)
                field = pa.field(name, column.type, metadata=field.metadata)
        columns.append(column)
        fields.append(field)
    metadata = adjusted(given.schema.metadata, {field.name: field.type for field in fields})
    return pa.table(columns, schema=pa.schema(fields, metadata=metadata))


def _array(series: pl.Series) -> pa.Array:
    """A column for Arrow; polars panics over names that hold a NUL."""
    return series.alias("").to_arrow()


def _like(after: pl.Series, before: pl.Series, given: pa.ChunkedArray) -> pa.Array:
    """A prepared column in the Arrow type that it had, where its kind is the same."""
    import pyarrow as pa

    if pa.types.is_dictionary(given.type) and after.dtype in (pl.Categorical, pl.String):
        return _categories_like(after, given)
    array = _array(after)
    if after.dtype == before.dtype and before.dtype != pl.Null:
        try:
            return array.cast(given.type)
        except pa.ArrowException:  # a fill that the type cannot hold
            return array
    return array


def _categories_like(after: pl.Series, given: pa.ChunkedArray) -> pa.DictionaryArray:
    """Categories in the order that they had; a fill that is none of them comes last."""
    import pyarrow as pa

    known = given.combine_chunks()
    known = known.chunk(0) if isinstance(known, pa.ChunkedArray) else known
    categories = [str(value) for value in known.dictionary.to_pylist()]
    texts = bare(after).cast(pl.String)
    new = [text for text in texts.unique(maintain_order=True) if text is not None]
    categories += [text for text in new if text not in categories]
    places = {text: place for place, text in enumerate(categories)}
    codes = texts.replace_strict(places, default=None, return_dtype=pl.Int32)
    values = pa.array(categories, type=given.type.value_type)
    return pa.DictionaryArray.from_arrays(
        _array(codes).cast(given.type.index_type), values, ordered=given.type.ordered
    )
