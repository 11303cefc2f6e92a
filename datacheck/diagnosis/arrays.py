"""Which rows of an array are bad, wherever its rows stand, and what a step was given there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags
from datacheck.diagnosis.origin import Origin
from datacheck.diagnosis.tables import class_of, is_of_batch

#: How many bad cells of a row are remembered by their place.
PLACES = 16


def bad_rows(array: NDArray[Any], rows: int) -> tuple[Any, Any, bool] | None:
    """Which rows hold NaN and which an infinity; None where a finite sum shows that all is."""
    if array.dtype.kind not in "fc" or array.size == 0:
        return None
    with np.errstate(all="ignore"):
        wide = np.float64 if array.dtype == np.float64 else np.float32
        if np.isfinite(array.sum(dtype=wide)):
            return None
        nan, inf = np.isnan(array), np.isinf(array)
    if not nan.any() and not inf.any():
        return None
    by_nan, batched = by_row(nan, rows)
    by_inf, _ = by_row(inf, rows)
    return by_nan, by_inf, batched


def by_row(cells: Flags, rows: int) -> tuple[Any, bool]:
    """Whether any cell of each row holds; one answer for all where no axis is the rows'."""
    by_rows = rows_first(cells, rows)
    return (np.asarray(cells.any()), False) if by_rows is None else (by_rows.any(axis=1), True)


def in_blocks(array: NDArray[Any], rows: int) -> tuple[Any, Any, bool] | None:
    """The bad rows of an array that holds every row again and again along its first axis."""
    shape = array.shape
    flattened = bool(shape) and shape[0] > rows > 1 and shape[0] % rows == 0
    if not flattened or (len(shape) > 1 and shape[1] == rows):
        return None
    blocks = array.reshape(shape[0] // rows, rows, -1)
    return np.isnan(blocks).any(axis=(0, 2)), np.isinf(blocks).any(axis=(0, 2)), True


def chosen(op: str, values: list[NDArray[Any]]) -> list[Any]:
    """By operand, the cells that a step takes of it: a `where` takes what its condition says."""
    taken: list[Any] = [np.True_] * len(values)
    three = 3
    if class_of(op) == "mask" and len(values) == three and values[0].dtype == np.bool_:
        taken[1:] = [values[0], ~values[0]]
    return taken


def _without_ones(shape: tuple[int, ...], rows: int) -> tuple[int, ...]:
    """The shape without axes of length 1 before the rows': some batch normalisations add them."""
    first = next((at for at, axis in enumerate(shape) if axis != 1), 0)
    return shape if rows == 1 else shape[first:]


def is_by_row(shape: tuple[int, ...], rows: int) -> bool:
    """Whether an array of this shape has rows: an axis as long as they are many."""
    return rows > 1 and any(axis and axis % rows == 0 for axis in shape)


def rows_first(array: NDArray[Any], rows: int) -> NDArray[Any] | None:
    """The array as [rows, cells], rows along the first or second axis or its blocks; or None."""
    array = array.reshape(_without_ones(array.shape, rows))
    shape = array.shape
    if shape and shape[0] == rows:
        return array.reshape(rows, -1)
    if len(shape) > 1 and shape[1] == rows:
        return np.moveaxis(array, 1, 0).reshape(rows, -1)
    if len(shape) > 1 and shape[0] and rows > 1 and shape[0] % rows == 0:
        return array.reshape(rows, -1)
    if len(shape) == 3 and shape[1] and rows > 1 and shape[1] % rows == 0:  # noqa: PLR2004
        return np.moveaxis(array, 1, 0).reshape(rows, -1)
    return None


def cells_of(
    origin: Origin, rows: NDArray[Any], array: NDArray[Any], inputs: Sequence[Any], height: int
) -> None:
    """Note what the step was given at the first bad cell of each row, and where these are."""
    flat = rows_first(array, height)
    whole = array.reshape(1, -1) if flat is None else flat
    origin.width = whole.shape[1] if array.ndim else 1
    spread = [_like(value, array, height) for _, value in inputs]
    statistics = _variances(origin.op, inputs)
    for row in rows.tolist():
        at = 0 if flat is None else row
        bad = np.flatnonzero(~np.isfinite(whole[at]))
        if not len(bad):
            continue
        place = int(bad[0])
        origin.places[row] = tuple(bad[:PLACES].tolist())
        given: dict[str, Any] = {"result": float(whole[at, place]), "place": place}
        largest = float("-inf")
        for name, (value, own), (_, raw) in zip("abcdefgh", spread, inputs, strict=False):
            if own and raw.dtype.kind != "O":
                given[name] = float(np.real(value[at, place]))
            part = value[at] if own or value.shape[0] > at else value[0]
            if raw.dtype.kind == "f" and part.size:
                largest = max(largest, _largest(part))
        given["largest"] = largest
        if statistics is not None:
            channel = _channel(array, place, len(statistics))
            given |= {"variance": float(statistics[channel]), "channel": channel}
        origin.operands[row] = given


def _variances(op: str, inputs: Sequence[Any]) -> NDArray[Any] | None:
    """The stored variances of a batch normalisation: the last of its vectors."""
    if not is_of_batch(op):
        return None
    vectors = [value for _, value in inputs[1:] if value.ndim == 1 and value.dtype.kind == "f"]
    return vectors[-1] if len(vectors) > 1 else None


def _channel(array: NDArray[Any], place: int, channels: int) -> int:
    """The channel of a flat place in a row: along the second axis, or the last."""
    shape = array.shape[1:]
    axis = 0 if shape and shape[0] == channels else len(shape) - 1
    return int(np.unravel_index(place, shape)[axis]) % channels


def _largest(part: NDArray[Any]) -> float:
    """The largest magnitude, or -inf where nothing else stands there."""
    if np.isneginf(part).all():
        return float("-inf")
    finite = part[np.isfinite(part)]
    if np.isposinf(part).any() or not finite.size:
        return float("inf")
    return float(np.abs(finite.astype(np.float64)).max())


def _like(value: NDArray[Any], array: NDArray[Any], height: int) -> tuple[NDArray[Any], bool]:
    """An operand as [rows, cells] of the output where it stretches to it; else as it is."""
    try:
        same = np.broadcast_to(value, array.shape)
    except ValueError:
        own = rows_first(value, height)
        return (value.reshape(1, -1) if own is None else own), False
    flat = rows_first(same, height)
    return (same.reshape(1, -1) if flat is None else flat), True


def vast_rows(array: NDArray[Any], rows: int, axis: int = 0) -> Flags:
    """By row, whether it is finite and a sum of squares along an axis may be beyond the type."""
    out = np.zeros(rows, bool)
    limit = _root_of_largest(array, axis)
    if limit and np.abs(array).max() > limit:
        flat = rows_first(array, rows)
        if flat is not None:
            sizes = np.abs(flat).max(axis=1)
            out = (sizes > limit) & np.isfinite(sizes)
    return out


def shrunk(array: NDArray[Any], axis: int = 0) -> NDArray[Any]:
    """Rows, or channels, by a power of two smaller where the sum of their squares may overflow."""
    others = tuple(at for at in range(array.ndim) if at != axis)
    sizes = np.abs(array).max(axis=others, keepdims=True)
    scale = np.exp2(-np.ceil(np.log2(np.maximum(sizes / _root_of_largest(array, axis), 1))))
    out: NDArray[Any] = (array * scale).astype(array.dtype)
    return out


def _root_of_largest(array: NDArray[Any], axis: int) -> float:
    """So large may the cells of a row or channel be; 0 where, as of halves, it is not asked."""
    if array.dtype.kind != "f" or array.itemsize < 4 or array.ndim < 2 or not array.size:  # noqa: PLR2004
        return 0.0
    cells = array.size // array.shape[axis]
    return float(np.sqrt(float(np.finfo(array.dtype).max) / cells)) / 4


def padded(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """The last row repeated up to a number of rows."""
    missing = rows - len(array)
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)]) if missing else array


def wide(array: NDArray[Any]) -> NDArray[Any]:
    """An array as numpy knows numbers: bfloat16 and float8 are none of its own types."""
    narrow = array.dtype.kind == "V" and "float" in array.dtype.name
    return array.astype(np.float32) if narrow else array


def as_array(value: Any) -> NDArray[Any]:
    """An array, or a tensor of any framework, as an array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float().numpy() if "bfloat16" in str(value.dtype) else value.numpy()
    return np.atleast_1d(wide(np.asarray(value)))
