"""A column of Python objects becomes one typed column, whatever stands in its cells.

The types that occur are counted first, by families; they decide, and not the first cell. None, NaN,
NA and NaT are missing in all of them. Where the cells are of one kind the column is of that kind.
Where they are not, or where no column can hold them, the column is read as far as it can be and a
finding says so: one odd column does not stop the others.
"""

from __future__ import annotations

import datetime as dt
import decimal
import numbers
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.columns import bare
from datacheck.gaps import is_gap, is_missing
from datacheck.limits import DEEPEST_CELL, is_deep
from datacheck.report.finding import LISTED, Finding
from datacheck.source.collecting import FOREIGN, reason
from datacheck.text import TOO_DEEP

#: What types of cells are to a column; a type is of the first family that it belongs to.
_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("boolean", (bool, np.bool_)),
    ("duration", (dt.timedelta, np.timedelta64)),  # to numpy, a span of its own is an integer
    ("integer", (int, np.integer)),
    ("number", (float, np.floating)),
    ("text", (str,)),
    ("decimal", (decimal.Decimal,)),
    ("datetime", (dt.datetime, np.datetime64)),
    ("date", (dt.date,)),
    ("time", (dt.time,)),
    ("binary", (bytes, bytearray)),
    ("record", (Mapping,)),
    ("list", (list, tuple, np.ndarray)),
)

#: Families whose cells no column can hold as what they are, but as their texts.
WRITTEN = "written "
#: Families of which nothing is known but that a cell is there.
UNKNOWN = "unknown "


def family_of(kind: type) -> str:
    """The family of a type of cells; of one that columns do not hold, how it can be told."""
    if is_gap(kind):
        return "missing"
    for family, types in _FAMILIES:
        if issubclass(kind, types):
            return family
    imaginary = issubclass(kind, numbers.Complex) and not issubclass(kind, numbers.Real)
    # A class that says how it is written (an id, a path, a period) means its text.
    plain: Any = object.__str__
    written = kind.__str__ is not plain and not imaginary
    return (WRITTEN if written else UNKNOWN) + kind.__qualname__


Families = dict[str, int]
Cells = Sequence[Any] | NDArray[Any]


class Read(NamedTuple):
    """A column that was read, and what has to be said of it."""

    series: pl.Series
    finding: Finding | None = None

    @property
    def unreadable(self) -> bool:
        """Whether the cells stand for themselves no more."""
        return self.finding is not None and self.finding.code == "type.unreadable"


def read_cells(name: str, cells: Cells) -> Read:
    """Read a column of Python objects: a list, or a numpy array of them."""
    if isinstance(cells, np.ndarray):
        quick = _quick(name, cells)
        if quick is not None:
            return Read(quick)
    families = _families(cells)
    missing = families.pop("missing", 0)
    try:
        series = _one_kind(name, cells, families, missing)
    except Exception as error:  # noqa: BLE001 - a cell's own class may raise anything
        return unreadable(name, cells, reason(error))
    if series is not None:
        return Read(series)
    if any(family.startswith(UNKNOWN) for family in families):
        return unreadable(name, cells, "")
    return _mixed(name, cells, families)


#: pandas' words for an array whose cells are of one kind, but for those that are missing.
_INFERRED = {"string": "text", "boolean": "boolean", "integer": "integer", "floating": "number"}


def _quick(name: str, cells: NDArray[Any]) -> pl.Series | None:
    """The usual column, which pandas tells in a fraction of the time of a count of types."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return None
    family = _INFERRED.get(pandas.api.types.infer_dtype(cells, skipna=True))
    try:
        if family == "number":
            return _numbers(name, cells)
        return None if family is None else _built(name, cells, family)
    except FOREIGN:
        return None  # the slower way says why


def unreadable(name: str, cells: Iterable[Any], why: str) -> Read:
    """A column of bytes that cannot be read: each is its cell's type, so holes stay known."""
    given = list(cells)
    marks = [None if is_missing(cell) else type(cell).__name__.encode() for cell in given]
    rows = list(islice((row for row, mark in enumerate(marks) if mark is not None), LISTED))
    kinds = Counter(mark.decode() for mark in marks if mark is not None)
    what = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
    finding = Finding(
        code="type.unreadable",
        severity="error",
        column=name,
        count=sum(kinds.values()),
        rows=tuple(rows),
        values=tuple(text_of(given[row])[:80] for row in rows),
        evidence={"found": dict(kinds), "error": why},
        message=f"The cells cannot be read ({what}){': ' if why else '.'}{why}",
        remedy="Convert the column to numbers, text, booleans, dates or durations, or leave it "
        "out: no model can be fed with it.",
    )
    return Read(pl.Series(name, marks, dtype=pl.Binary), finding)


def _families(cells: Cells) -> Families:
    """How many cells of each family there are; `tolist` is the quickest way through an array."""
    listed = cells.tolist() if isinstance(cells, np.ndarray) else cells
    families: Families = {}
    for kind, count in Counter(map(type, listed)).items():
        family = family_of(kind)
        families[family] = families.get(family, 0) + count
    return families


def _one_kind(name: str, cells: Cells, families: Families, missing: int) -> pl.Series | None:
    """The column where its cells are of one kind, NaN among them or not; else None."""
    rest = set(families) - {"number"}
    if not rest:
        return _numbers(name, cells) if families else pl.Series(name, [None] * len(cells), pl.Null)
    if len(rest) > 1:
        return None
    (family,) = rest
    floats = families.get("number", 0)
    try:
        series = _built(name, cells, family)
    except FOREIGN:
        if not floats or all(map(is_missing, _floats(cells))):
            raise
        return None
    if series is not None and series.null_count() < missing + floats:
        series = None  # some of the floats are no NaN
    if series is None and family == "integer":
        return _numbers(name, cells) if floats else None
    return series


def _floats(cells: Cells) -> Iterable[Any]:
    return (cell for cell in cells if isinstance(cell, float | np.floating))


def _built(name: str, cells: Cells, family: str) -> pl.Series | None:
    import pyarrow as pa

    if family.startswith(WRITTEN):
        if not all(map(is_missing, _floats(cells))):
            return None
        return pl.Series(name, [None if is_missing(c) else str(c) for c in cells], pl.String)
    if family.startswith(UNKNOWN):
        return None
    if family in _BY_HAND:
        return _BY_HAND[family](name, cells)
    if family in ("record", "list") and any(is_deep(cell, _within) for cell in cells):
        raise ValueError(f"{TOO_DEEP}: {DEEPEST_CELL} levels or more")
    dtype = _BY_ARROW.get(family)
    try:
        array = pa.array(cells, type=dtype, from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        if dtype is None:
            raise
        return None  # a float that is no NaN stands among them
    return pl.Series(name, array)


def _within(cell: Any) -> Iterable[Any]:
    """What a cell holds: it is not built to find out how deep it is."""
    if isinstance(cell, Mapping):
        return cell.values()
    return cell if isinstance(cell, list | tuple) else ()


#: Families that Arrow builds in one go, refusing a float that is no NaN, as these types.
_BY_ARROW = {"text": "large_string", "boolean": "bool", "date": "date32"}


def _numbers(name: str, cells: Cells) -> pl.Series | None:
    """Floats, with integers among them that a double can hold; all missing is no type yet."""
    import pyarrow as pa

    for holes in (False, True):  # NaN beside None, where there is no other hole
        try:
            series = pl.Series(name, pa.array(cells, type=pa.float64(), from_pandas=holes))
            break
        except (pa.ArrowTypeError, pa.ArrowInvalid, OverflowError):
            continue
    else:
        return None
    if bare(series).fill_nan(None).null_count() == len(series):
        return pl.Series(name, [None] * len(cells), pl.Null)
    return series


def _integers(name: str, cells: Cells) -> pl.Series | None:
    """Integers of 64 bits, or of 128 where they need them."""
    import pyarrow as pa

    try:
        return pl.Series(name, pa.array(cells, type=pa.int64(), from_pandas=True))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if not all(map(is_missing, _floats(cells))):
            return None
    except OverflowError:
        pass
    whole = [None if is_missing(cell) else int(cell) for cell in cells]
    return pl.Series(name, whole, strict=True)


def _moments(name: str, cells: Cells) -> pl.Series | None:
    """Datetimes, all with a time zone or none: Arrow would shift one kind beside the other."""
    import pyarrow as pa

    python = [c for c in cells if isinstance(c, dt.datetime) and not is_gap(type(c))]
    numpys = [c for c in cells if isinstance(c, np.datetime64)]
    if not python:  # numpy's, each of a unit of its own, or of none
        return pl.Series(name, _of_one_unit(cells, np.datetime64))
    zones = set(map(attrgetter("tzinfo"), python)) | ({None} if numpys else set())
    if None in zones and len(zones) > 1:
        return None
    if numpys:
        cells = [_of_python(c) if isinstance(c, np.datetime64) else c for c in cells]
    stamps = any(hasattr(kind, "nanosecond") for kind in set(map(type, python)))
    fine = stamps and any(getattr(cell, "nanosecond", 0) for cell in python)
    kind = pa.timestamp("ns" if fine else "us")
    series = pl.Series(name, pa.array(cells, type=kind, from_pandas=True))
    if not zones or None in zones:
        return series
    series = bare(series).dt.replace_time_zone("UTC").alias(name)
    keys = {getattr(zone, "key", None) or str(zone) for zone in zones}
    try:
        if len(keys) == 1:
            series = bare(series).dt.convert_time_zone(keys.pop()).alias(name)
    except pl.exceptions.PolarsError:
        pass  # an offset without a name: the same instants, in UTC
    return series


def _of_python(cell: np.datetime64) -> Any:
    """A moment of numpy's as Python has it; one that is finer, or beyond Python's, as it is."""
    fine = cell.astype("M8[us]")
    same = fine == cell and isinstance(fine.item(), dt.datetime)
    return fine.item() if same else None if np.isnat(cell) else cell


def _of_one_unit(cells: Cells, kind: type[np.datetime64 | np.timedelta64]) -> NDArray[Any]:
    """Moments or spans of numpy in the finest of their units; in seconds where none has one."""
    found = [kind("NaT" if is_missing(c) else getattr(c, "asm8", c)) for c in cells]  # pandas' asm8
    units = {cell.dtype for cell in found}
    known = [dtype for dtype in units if np.datetime_data(dtype)[0] != "generic"]
    return in_known_units(np.array(found, dtype=np.result_type(*(known or [kind(0, "s").dtype]))))


#: By kind and unit of numpy's moments and durations, the unit in which polars keeps them.
#: A duration in months or years has no length.
_FINE = {"ms": "ms", "us": "us"} | dict.fromkeys(("ns", "ps", "fs", "as"), "ns")
_UNITS = {
    "M": dict.fromkeys("YMWD", "D") | dict.fromkeys("hms", "ms") | _FINE,
    "m": dict.fromkeys("WDhms", "ms") | _FINE,
}


def in_known_units(cells: NDArray[Any]) -> NDArray[Any]:
    """Moments or durations in a unit that polars has; a `ValueError` if none holds all of them."""
    kind, unit = cells.dtype.kind, np.datetime_data(cells.dtype)[0]
    wanted = _UNITS[kind].get(unit)
    made = cells.astype(f"{kind}8[{wanted or unit}]")
    known = made[~np.isnat(made)]
    fits = wanted != "D" or bool((np.abs(known.view(np.int64)) < 2**31).all())
    if not (wanted and fits and np.array_equal(made.astype(cells.dtype), cells, equal_nan=True)):
        raise ValueError(f"numpy's {cells.dtype.str[1:]}")
    return made


def _spans(name: str, cells: Cells) -> pl.Series:
    """Durations; numpy's are each of a unit of its own, days among them, which Arrow has not."""
    import pyarrow as pa

    if any(isinstance(cell, np.timedelta64) for cell in cells):
        return pl.Series(name, _of_one_unit(cells, np.timedelta64))
    return pl.Series(name, pa.array(cells, from_pandas=True))


def _decimals(name: str, cells: Cells) -> pl.Series:
    """Decimals; as doubles, which everything is computed with, where no column can hold them."""
    import pyarrow as pa

    try:
        array = pa.array(cells, from_pandas=True)
        if pa.types.is_decimal256(array.type):
            array = array.cast(pa.decimal128(38, array.type.scale))
        return pl.Series(name, array)
    except FOREIGN:
        doubles = [None if is_missing(cell) else float(cell) for cell in cells]
        return pl.Series(name, doubles, dtype=pl.Float64)


_BY_HAND: dict[str, Callable[[str, Cells], pl.Series | None]] = {
    "integer": _integers,
    "datetime": _moments,
    "duration": _spans,
    "decimal": _decimals,
}


def _undecimal(cell: Any) -> float:
    """A decimal as the nearest double; as an integer where that has no fraction."""
    double = float(cell)
    return int(cell) if double.is_integer() else double


def _mixed(name: str, cells: Cells, families: Families) -> Read:
    """Cells of several kinds: dates beside datetimes as datetimes, anything else as text."""
    kinds = [None if is_missing(cell) else family_of(type(cell)) + _zone(cell) for cell in cells]
    known = [(cell, kind) for cell, kind in zip(cells, kinds, strict=True) if kind is not None]
    usual = Counter(kind for _, kind in known).most_common(1)[0][0]
    found = dict(Counter(type(cell).__name__ + _zone(cell) for cell, _ in known))
    rows = [row for row, kind in enumerate(kinds) if kind not in (None, usual)]
    texts = [
        None if kind is None else text_of(cell) for cell, kind in zip(cells, kinds, strict=True)
    ]
    finding = Finding(
        code="type.mixed",
        severity="warning",
        column=name,
        count=len(rows),
        rows=tuple(rows[:LISTED]),
        values=tuple(texts[row] for row in rows[:LISTED]),
        evidence={"found": found},
        message="The cells are of several types: "
        + ", ".join(f"{count:,} {kind}" for kind, count in islice(found.items(), 6))
        + ".",
        remedy="Make one type of them where the table is made.",
    )
    if set(families) <= {"integer", "number", "decimal"}:
        plain = [
            None if kind is None else _undecimal(cell) if kind == "decimal" else cell
            for cell, kind in zip(cells, kinds, strict=True)
        ]
        if (doubles := _numbers(name, plain)) is not None:
            return Read(doubles, finding)
    if set(families) == {"date", "datetime"}:
        moments = [
            dt.datetime.combine(cell, dt.time()) if family_of(type(cell)) == "date" else cell
            for cell in cells
        ]
        series = _moments(name, moments)
        if series is not None:
            return Read(series, finding)
    try:
        return Read(pl.Series(name, texts, dtype=pl.String), finding)
    except FOREIGN as error:
        return unreadable(name, cells, reason(error))


def _zone(cell: Any) -> str:
    return "" if getattr(cell, "tzinfo", None) is None else " of a time zone"


def text_of(cell: Any) -> str:
    """A cell as text that can be written; a class that is not able to say it is named."""
    try:
        return str(cell).encode("utf-8", "backslashreplace").decode()
    except Exception:  # noqa: BLE001 - the user's own class
        return type(cell).__name__
