"""Prepared columns put back among those of a pandas frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from datacheck.columns import bare


def with_columns(
    given: pd.DataFrame, result: pl.DataFrame, before: pl.DataFrame, order: list[str]
) -> pd.DataFrame:
    """A copy of the given frame, a result's columns in place of those they were made from."""
    places = {str(label): at for at, label in enumerate(given.columns)}
    levels = {str(name): level for level, name in enumerate(given.index.names) if name is not None}
    prepared = set(levels) & (set(result.columns) - set(places))
    order = [name for name in order if name not in prepared]
    columns: list[Any] = []
    found = [cells for _, cells in given.items()]
    made_of, made = {each.name: each for each in before}, {each.name: each for each in result}
    for name in order:
        cells = found[places[name]] if name in places else None
        if cells is None or (name in made and name not in made_of):
            columns.append(_plain(made[name]).array)
        elif name in made:
            columns.append(_like(made[name], made_of[name], cells))
        else:
            columns.append(cells)
    index: Any = given.index
    for name in prepared:
        index = _with_level(index, levels[name], result[name], before[name])
    if index is not given.index:
        columns = [getattr(cells, "array", cells) for cells in columns]
    series = [
        # pandas 3 would make text of objects that it is handed without a word.
        cells
        if _is_numbers(cells)
        else pd.Series(cells, index=index, copy=False, dtype=object if _is_objects(cells) else None)
        for cells in columns
    ]
    frame = pd.DataFrame(dict(enumerate(series)), index=index, copy=True)
    labels = [given.columns[places[name]] if name in places else name for name in order]
    same = len(labels) == len(places) and order == list(places)
    frame.columns = given.columns if same else _labels(given, labels)
    frame.attrs = dict(given.attrs)
    return frame


def taken(
    given: pd.DataFrame, rows: pl.Series, more: pl.DataFrame, drop: frozenset[str]
) -> pd.DataFrame:
    """Some rows of a frame, with columns added and columns left out; see `rows_of`."""
    kept = [at for at, name in enumerate(given.columns) if str(name) not in drop]
    made = rows_taken(given, rows, kept)
    for series in more:
        made[series.name] = _plain(series).set_axis(made.index)
    return made


def rows_taken(given: pd.DataFrame, rows: pl.Series, kept: list[int] | None = None) -> pd.DataFrame:
    """Some rows of a frame, and perhaps of its columns; numpy takes those of another byte order."""
    places = rows.to_numpy()
    kept = list(range(given.shape[1])) if kept is None else kept
    dtypes = [given.dtypes.iloc[at] for at in kept]
    swapped = [
        at for at, dtype in enumerate(dtypes) if isinstance(dtype, np.dtype) and not dtype.isnative
    ]
    native = given.copy(deep=False) if swapped else given
    for at in swapped:
        native.isetitem(kept[at], 0)
    made = native.iloc[places, kept].copy()
    for at in swapped:
        made.isetitem(at, given.iloc[:, kept[at]].to_numpy()[places])
    return made


def _is_objects(cells: Any) -> bool:
    return isinstance(cells, np.ndarray) and cells.dtype.char == "O"


def _is_numbers(cells: Any) -> bool:
    """Whether pandas takes an array as it is: a series for each column costs a wide frame more."""
    return isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf"


def _labels(given: pd.DataFrame, labels: list[Any]) -> pd.Index[Any]:
    made: pd.Index[Any] = pd.Index(labels, name=given.columns.name, tupleize_cols=False)
    return made


def _plain(series: pl.Series) -> pd.Series[Any]:
    """A column that was not given, in pandas' own types."""
    if series.dtype.is_nested():
        cells = np.empty(len(series), dtype=object)
        cells[:] = series.to_list()
        return pd.Series(cells)
    return series.alias("").to_pandas()


def _with_level(index: pd.Index[Any], level: int, after: pl.Series, before: pl.Series) -> Any:
    cells = _like(after, before, index.get_level_values(level).to_series())
    made = pd.Index(getattr(cells, "array", cells), name=index.names[level])
    if index.nlevels == 1:
        return made
    arrays = [index.get_level_values(at) if at != level else made for at in range(index.nlevels)]
    return pd.MultiIndex.from_arrays(arrays, names=index.names)


def _like(after: pl.Series, before: pl.Series, given: pd.Series[Any]) -> Any:
    """A prepared column in the type that it had, where its cells still are of that kind."""
    after, before, dtype = bare(after), bare(before), given.dtype
    objects = getattr(dtype, "char", "") == "O"
    typed = objects and not len(after) and after.dtype.is_numeric()
    if not typed and after.dtype == before.dtype and after.equals(before, null_equal=True):
        return given
    if isinstance(dtype, pd.CategoricalDtype) and after.dtype in (pl.String, pl.Categorical):
        return _categories_like(after, dtype)
    # Text that was read as moments: no cell is what it was.
    read = after.dtype.is_temporal() and not before.dtype.is_temporal()
    if objects and not read:
        return _objects_like(after, before, given)
    if read or (after.dtype != before.dtype and not _is_text_or_time(after.dtype)):
        return _plain(after).array
    try:
        return _cast(after, dtype)
    except (TypeError, ValueError, NotImplementedError):
        return _plain(after).array


def _is_text_or_time(dtype: pl.DataType) -> bool:
    return dtype == pl.String or dtype.is_temporal()


def _cast(after: pl.Series, dtype: Any) -> Any:
    """The cells in a pandas type that can hold them; an error of Python's where it cannot."""
    if after.dtype.is_float() and getattr(dtype, "kind", "") in "iub":
        raise TypeError  # integers that were read as the floats that are declared
    if isinstance(dtype, pd.SparseDtype):
        return pd.arrays.SparseArray(after.to_numpy(), dtype=dtype)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "__from_arrow__"):
        # From Arrow, so that NaN and NA stay apart.
        return dtype.__from_arrow__(after.alias("").to_arrow())
    if after.dtype.is_float() and getattr(dtype, "kind", "") == "f":
        return after.to_numpy().astype(dtype)  # a hole becomes NaN, which is all that it can be
    if after.dtype.is_integer() and dtype.kind == "f" and not after.null_count():
        return after.to_numpy()  # floats for the sake of holes, which are filled
    return _plain(after).astype(dtype).array


def _categories_like(after: pl.Series, dtype: pd.CategoricalDtype) -> Any:
    """Categories in the order that they had; a fill that is none of them comes last."""
    known = {str(category): place for place, category in enumerate(dtype.categories)}
    texts = after.cast(pl.String)
    new = [text for text in texts.unique(maintain_order=True) if text is not None]
    new = [text for text in new if text not in known]
    places = known | {text: len(known) + place for place, text in enumerate(new)}
    codes = texts.replace_strict(places, default=None, return_dtype=pl.Int64).fill_null(-1)
    categories = dtype.categories.append(pd.Index(new)) if new else dtype.categories
    return pd.Categorical.from_codes(
        codes.to_numpy(), categories=categories, ordered=bool(dtype.ordered)
    )


def _objects_like(after: pl.Series, before: pl.Series, given: pd.Series[Any]) -> Any:
    """The very objects, but for the cells that are no longer what they were."""
    plain = after.dtype.is_numeric() or after.dtype == pl.Boolean
    if plain and (after.dtype.is_float() or not after.null_count()):
        return _plain(after).array
    rows = after.ne_missing(before.cast(after.dtype)).arg_true()
    cells = given.to_numpy(dtype=object).copy()
    new = np.empty(len(rows), dtype=object)
    new[:] = after.gather(rows).to_list()
    cells[rows.to_numpy()] = new
    return cells
