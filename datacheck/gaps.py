"""Which Python object is a missing cell: of a row, a dict or a dataframe alike.

Types are told by their names, since importing whose they are would cost more than a row.
"""

from __future__ import annotations

#: The types of None, of pandas' NA and NaT, and of numpy's masked cell, and whose they are.
_GAPS = ("NoneType", "NAType", "NaTType", "MaskedConstant")
_OWNERS = ("builtins", "pandas", "numpy")


def is_gap(kind: type) -> bool:
    """Whether each object of a type is a missing cell.

    >>> is_gap(type(None)), is_gap(float)
    (True, False)
    """
    return kind.__name__ in _GAPS and kind.__module__.partition(".")[0] in _OWNERS


def is_missing(cell: object) -> bool:
    """Whether a cell is None, NaN, NA or NaT, whoever's.

    >>> [is_missing(cell) for cell in (None, float("nan"), 0.0, "", "nan", [])]
    [True, True, False, False, False, False]
    """
    if isinstance(cell, float):
        return cell != cell  # noqa: PLR0124 - NaN alone differs from itself
    if isinstance(cell, int | str):
        return False
    return is_gap(type(cell)) or _is_nan(cell)


def _is_nan(cell: object) -> bool:
    if hasattr(cell, "__setitem__"):  # an array of one NaN is none
        return False
    try:
        if hasattr(cell, "is_nan"):  # a Decimal, whose signalling NaN does not compare
            return bool(cell.is_nan())
        return bool(cell != cell)  # noqa: PLR0124
    except Exception:  # noqa: BLE001 - a class that raises
        return False
