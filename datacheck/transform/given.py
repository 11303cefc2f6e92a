"""What a cell of one row may be: the same things that a column of a table may hold.

A row comes from a request, a driver or a dataframe, so numpy's and pandas' scalars are taken for
what they are. They are told by what they have, for importing them would cost more than the row.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Kinds whose cells are moments or spans of time.
TEMPORAL = ("date", "datetime", "duration", "time")
#: What most cells of a kind are, and need no look.
_PLAIN = {"text": str, "boolean": bool}


class Refused(ValueError):  # noqa: N818 - a verdict on a cell, not a fault of the program
    """A cell that may not pass. Its row has no result."""


def as_number(value: Any) -> float:
    """A cell of a numeric column as a double; raises `Refused` for anything else."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain and _numpy(value) not in ("i", "u", "f") and not hasattr(value, "is_nan"):
        raise Refused(f"it is {type(value).__name__}, the column was fitted on numbers")
    try:
        return float(value)
    except OverflowError:
        raise Refused("it is beyond the largest double") from None


def is_single(value: Any) -> bool:
    """Whether a cell is a float32, which compares as one in a table."""
    return type(value).__name__ == "float32"


def as_other(kind: str, value: Any, *, zoned: bool = False) -> Any:
    """A cell that is not missing, of a column of no numbers, as Python has it; raises `Refused`."""
    if type(value) is _PLAIN.get(kind):
        return value
    numpy = _numpy(value)
    if kind == "boolean" and numpy == "b":
        return bool(value)
    if kind == "integer":
        return _whole(value)
    if numpy in ("M", "m"):
        value = _moment(kind, value)
    if kind == "date" and hasattr(value, "to_pydatetime"):
        # A moment of pandas, which has no dates, may be the day that it begins.
        begins = value.tzinfo is None and value == value.normalize()
        value = value.to_pydatetime().date() if begins else value
    if not _is_of(kind, value):
        raise Refused(f"it is {type(value).__name__}, the column was fitted on {kind}")
    if kind == "text" and type(value) is not str:
        return str.__str__(value)  # of a subclass, such as a member of an enumeration
    if kind == "datetime" and (value.tzinfo is not None) is not zoned:
        have, lack = ("no time zone", "with one") if zoned else ("a time zone", "without")
        raise Refused(f"it has {have}, the column was fitted on moments {lack}")
    return value


def _whole(value: Any) -> int:
    """A cell of a column of whole numbers that are not computed with."""
    plain = isinstance(value, int) and not isinstance(value, bool)
    whole = value if plain else as_number(value)
    if whole != whole // 1:
        raise Refused("it is not a whole number")
    if not -(2**63) <= whole < 2**63:
        raise Refused("it is beyond the 64 bits of a signed integer")
    return int(whole)


def _numpy(value: Any) -> str:
    """The kind of a numpy scalar, as numpy has it; empty for an array, and anything else."""
    dtype = getattr(value, "dtype", None)
    scalar = getattr(value, "shape", None) == () and not hasattr(value, "__setitem__")
    kind = getattr(dtype, "kind", "") if scalar else ""
    return kind if isinstance(kind, str) else ""


def _moment(kind: str, value: Any) -> Any:
    """A numpy moment or span as Python has it, where microseconds hold it."""
    if kind == "date":
        return value.item() if value.dtype.str.endswith("[D]") else value
    if (kind == "duration") is not (_numpy(value) == "m"):
        return value
    plain = value.astype(f"{value.dtype.kind}8[us]")
    if plain != value:
        raise Refused("it is finer than a microsecond")
    return plain.item()


def _is_of(kind: str, value: Any) -> bool:
    """Whether a cell is what a column of this kind holds in Python."""
    if kind in ("text", "boolean"):
        return isinstance(value, str if kind == "text" else bool)
    import datetime as dt

    if kind == "date":
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if kind == "time":
        return isinstance(value, dt.time) and value.tzinfo is None
    return isinstance(value, dt.datetime if kind == "datetime" else dt.timedelta)
