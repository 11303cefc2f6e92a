"""Whether one number is another that was rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datacheck.arrays import Flags, Floats


#: Decimals that are looked for; a number rounded to millions has minus six.
_DECIMALS = range(-6, 16)
#: A rounding moves no value further than this part of the column's spread: more would be a change.
MOST = 0.05
#: Beyond it the digits of a double tell no whole number from another.
_TELLING = 1e14
#: The last place of 32 bits, in parts of a value.
_FLOAT32 = 2.0**-24


def is_rounding(x: Floats, y: Floats, spread: float) -> Flags:
    """Whether one of two numbers is the other, rounded to some decimals or to 32 bits.

    `spread` is that of the column that they stand in.

    >>> import numpy as np
    >>> x = np.array([3.14159, 3.14159, 2.5, 0.1])
    >>> is_rounding(x, np.array([3.14, 3.15, 2.6, np.float32(0.1)]), 1.0).tolist()
    [True, False, False, True]
    """
    with np.errstate(all="ignore"):
        apart = np.abs(x - y)
        size = np.maximum(np.abs(x), np.abs(y))
        place = np.maximum(_places(x), _places(y))
        near = apart <= np.maximum(place / 2 * (1 + 1e-9) + 4e-16 * size, _FLOAT32 * size)
        result: Flags = near & (apart <= MOST * spread)
    return result


def last_place(values: Floats) -> float:
    """What the last decimal of a column stands for, or that of 32 bits; 0 where it has too many.

    >>> import numpy as np
    >>> last_place(np.array([1.25, 3.5, 7.0])), last_place(np.array([1 / 3, 0.5]))
    (0.01, 0.0)
    """
    seen = values[np.isfinite(values)]
    places = _places(seen)
    if len(seen) and (places > 0).all():
        return float(places.min())
    in_32_bits = bool((seen.astype(np.float32).astype(np.float64) == seen).all())
    return 4 * _FLOAT32 * float(np.abs(seen).max(initial=0.0)) if in_32_bits else 0.0


def _places(values: Floats) -> Floats:
    """What the last decimal of a number stands for; 0 where it has too many."""
    found = np.zeros(len(values))
    open_ = np.isfinite(values)
    for decimals in _DECIMALS:
        if not open_.any():
            break
        unit = 10.0**-decimals
        scaled = values * 10.0**decimals
        open_ &= np.abs(scaled) < _TELLING
        whole = open_ & (np.abs(scaled - np.round(scaled)) <= 4e-16 * np.abs(scaled))
        found[whole] = unit
        open_ &= ~whole
    return found
