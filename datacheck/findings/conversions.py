"""The conversions of units that people mix up, and which of them a number is near."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.profiling.points import Points
from datacheck.profiling.where import COARSE, slack_of


class Conversion(NamedTuple):
    """``data = factor * reference + offset``."""

    #: From what to what.
    name: str
    factor: float
    offset: float = 0.0
    #: How rarely it is met: 0 for the usual powers of ten, 1 for the usual units, up to 3; a rarer
    #: one needs better evidence.
    rarity: int = 0

    def back(self, values: Floats) -> Floats:
        """What the values were before the conversion."""
        return (values - self.offset) / self.factor

    def there(self, values: Floats) -> Floats:
        """What the values become."""
        return values * self.factor + self.offset

    @property
    def aside(self) -> str:
        """From what to what, behind a factor; nothing where the factor says it."""
        return "" if self.name.startswith("times ") else f" ({self.name})"

    @property
    def inverse(self) -> Conversion:
        """The other way."""
        there, _, back = self.name.partition(" to ")
        return Conversion(
            f"{back} to {there}", 1 / self.factor, -self.offset / self.factor, self.rarity
        )


_ONE_WAY = (
    Conversion("inches to centimetres", 2.54, rarity=1),
    Conversion("feet to metres", 0.3048, rarity=1),
    Conversion("pounds to kilograms", 0.45359237, rarity=1),
    Conversion("miles to kilometres", 1.609344, rarity=1),
    Conversion("Celsius to Fahrenheit", 1.8, 32.0, 1),
    Conversion("Celsius to kelvin", 1.0, 273.15, 1),
    Conversion("Fahrenheit to kelvin", 1 / 1.8, 459.67 / 1.8, 2),
    Conversion("minutes to seconds", 60.0, rarity=2),
    Conversion("hours to seconds", 3600.0, rarity=2),
    Conversion("days to hours", 24.0, rarity=2),
    Conversion("days to seconds", 86400.0, rarity=2),
    Conversion("years to months", 12.0, rarity=2),
    Conversion("years to days", 365.25, rarity=2),
    Conversion("weeks to days", 7.0, rarity=3),
    Conversion("inches to millimetres", 25.4, rarity=2),
    Conversion("yards to metres", 0.9144, rarity=3),
    Conversion("ounces to grams", 28.349523125, rarity=2),
    Conversion("pounds to grams", 453.59237, rarity=2),
    Conversion("gallons to litres", 3.785411784, rarity=2),
    Conversion("metres per second to kilometres per hour", 3.6, rarity=2),
    Conversion("miles per hour to metres per second", 0.44704, rarity=2),
    Conversion("knots to kilometres per hour", 1.852, rarity=3),
    Conversion("kilocalories to kilojoules", 4.184, rarity=3),
    Conversion("radians to degrees", 180 / math.pi, rarity=2),
    Conversion("psi to kilopascals", 6.894757, rarity=3),
    Conversion("mmHg to kilopascals", 0.133322368, rarity=3),
    Conversion("acres to hectares", 0.40468564224, rarity=3),
    Conversion("square feet to square metres", 0.09290304, rarity=2),
    Conversion("bytes to kibibytes", 1 / 1024, rarity=3),
    Conversion("bytes to mebibytes", 1 / 1048576, rarity=3),
    Conversion("mmol/L of glucose to mg/dL", 18.016, rarity=3),
    Conversion("mmol/L of cholesterol to mg/dL", 38.67, rarity=3),
    Conversion("mg/dL of creatinine to umol/L", 88.42, rarity=3),
)
_USUAL = {1, 2, 3, 6, 9}
_TENS = tuple(
    Conversion(f"times 10^{power}", 10.0**power, rarity=int(abs(power) not in _USUAL))
    for power in range(-9, 10)
    if power
)
#: Every conversion, each way.
CONVERSIONS: tuple[Conversion, ...] = (
    *_TENS,
    *_ONE_WAY,
    *(conversion.inverse for conversion in _ONE_WAY),
)
#: Those of a factor alone.
FACTORS: tuple[Conversion, ...] = tuple(c for c in CONVERSIONS if not c.offset)
#: A column has the decimals of this share of it; beyond so many, digits are of a computation.
DECIMALS, MOST_DECIMALS = 0.98, 6
#: Values on which all grids are looked at together.
_FEW = 2**10
#: Data have a reference's decimals where so many of the cells do; a conversion would have left no
#: more than so many of them there.
ON_GRID, OFF_GRID = 0.95, 0.5


def decimals_of(points: Points) -> int | None:
    """The decimals that all but a few of the cells are written with; None where too many."""
    return places_held(points.values, points.weights)


def places_held(
    values: Floats, weights: Floats, share: float = DECIMALS, most: int = MOST_DECIMALS
) -> int | None:
    """The decimals that hold at least a share of the values; None where `most` do not."""
    total = float(weights.sum())
    grids = _is_whole(values, *_rulers(most)) if len(values) <= _FEW else None
    for places in range(most + 1):
        on = on_grid(values, places) if grids is None else grids[places]
        if float(weights[on].sum()) >= share * total:
            return places
    return None


@lru_cache
def _rulers(most: int) -> tuple[Floats, ...]:
    """What `on_grid` asks by, for 0 to `most` places: each of shape (most + 1, 1)."""
    places = range(most + 1)
    slack, limits = zip(*map(slack_of, places), strict=True)
    return tuple(np.array([each]).T for each in ([10.0**at for at in places], slack, limits))


def on_grid(values: Floats, places: int) -> Flags:
    """Which values are decimal numbers of at most so many places."""
    return _is_whole(values, 10.0**places, *slack_of(places))


def _is_whole(values: Floats, power: Any, slack: Any, limit: Any) -> Flags:
    """Which values are whole numbers below a limit, once multiplied by a power of ten."""
    scaled = values * power  # what overflows is on no grid
    size = np.abs(scaled)
    near = np.abs(scaled - np.rint(scaled)) <= slack * np.maximum(size, 1.0)
    return np.asarray(near & (size < limit))


def near_grids(values: Floats, coarsest: int, finest: int) -> Flags:
    """Which values may be on a grid of these decimals: the others are on none of them."""
    size = np.abs(values)
    near = size <= 2 * slack_of(coarsest)[0] * 10.0**-coarsest
    for places in {min(COARSE, finest), finest}:
        scaled = size * 10.0**places  # what overflows is on no grid
        near |= np.abs(scaled - np.rint(scaled)) <= 2 * slack_of(places)[0] * scaled
    return near


def shared_places(data: Points, places: int | None) -> int | None:
    """The decimals that a reference has, where the data have no more; else None."""
    if places is None:
        return None
    on = data.held(on_grid(data.values, places))
    return places if on >= ON_GRID * data.total else None


def refuted(conversion: Conversion, reference: Points, shared: int | None) -> bool:
    """Whether digits speak against a conversion: it would have left more than the data show.

    Of whole numbers 2.54 times as large hardly one is whole. Data that have no more decimals than
    their reference (`shared_places`) were never converted, or rounded afterwards.
    """
    if shared is None:
        return False
    left = on_grid(conversion.there(reference.values), shared)
    return reference.held(left) < OFF_GRID * reference.total


def snapped(back: Floats, reference: Points, places: int | None) -> Floats:
    """Undone values without their rounding errors, which would break ties with the reference's."""
    if places is not None:
        near = np.rint(back * 10.0**places) / 10.0**places
        return np.where(on_grid(back, places), near, back)
    found = np.searchsorted(reference.values, back)
    for place in (found - 1, found):
        value = reference.values[np.clip(place, 0, len(reference) - 1)]
        back = np.where(np.abs(back - value) <= 1e-9 * np.abs(value), value, back)
    return back
