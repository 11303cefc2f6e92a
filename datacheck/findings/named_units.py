"""Two units in a column whose name says what it measures: ``scale.unit_mix``, as a question.

Two populations of a temperature that a conversion to Fahrenheit makes one may be two units, though
no digit tells: the name leaves so few conversions that a match is seldom chance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from datacheck.findings.conversions import CONVERSIONS, Conversion
from datacheck.findings.statistics import distance_p
from datacheck.profiling.points import Points

#: By what a name says, the units that it is measured in.
_MEASURED = (
    (r"\w*temperat\w*|temp|celsius|fahrenheit", ("Celsius", "Fahrenheit", "kelvin")),
    (r"weight|mass|gewicht|poids|peso|wt|kgs?|lbs?", ("kilograms", "pounds")),
    (r"height|stature|gr[oö](?:ss|ß)e|h[oö]he|taille|altura|cm|ht", ("centimetres", "inches")),
    (r"dist|distance|distanz|entfernung|distancia|km|miles?", ("kilometres", "miles")),
    (r"dur|duration|elapsed|time|dauer|dur[ée]e|minut\w*|mins?|hours?", ("minutes", "hours")),
    (r"speed|velocity|geschwindigkeit|vitesse|kmh|mph", ("miles per hour", "kilometres per hour")),
)
_NAMES = tuple(
    (re.compile(rf"(?:^|[^a-z])(?:{words})(?![a-z]{{3}})", re.IGNORECASE), units)
    for words, units in _MEASURED
)
_HOURS = Conversion("hours to minutes", 60.0, rarity=1)
_KNOWN = (*CONVERSIONS, _HOURS, _HOURS.inverse)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Rows of which something can be told; cells and different values that each population has.
ROWS, CELLS, DISTINCT = 50, 10, 3
#: So many cells may stand between the two, of those of the smaller.
BETWEEN = 0.1
#: The two are one once the conversion is undone: by their shapes at this level, by their middles in
#: standard errors, which must be so small a part of the way between them; and by their widths.
ALIKE, ERRORS, PRECISE, WIDER = 0.01, 2.5, 0.08, 0.15


def units_said_by(name: str) -> tuple[Conversion, ...]:
    """The conversions between the units of what a name says.

    >>> [c.name for c in units_said_by("bodyWeight")]
    ['pounds to kilograms', 'kilograms to pounds']
    >>> units_said_by("attempt"), units_said_by("color")
    ((), ())
    """
    parted = _HUMP.sub("_", name)
    said = next((units for shape, units in _NAMES if shape.search(parted)), ())
    if not said:
        return ()
    return tuple(c for c in _KNOWN if set(c.name.split(" to ")) <= set(said))


def mix_said_by(name: str, points: Points) -> tuple[Points, Conversion] | None:
    """The smaller population, and the conversion that makes it like the other; None without one."""
    if points.total < ROWS or len(points) < 2 * DISTINCT:
        return None
    for conversion in units_said_by(name):
        for minority, majority in _sides(points, conversion):
            if _are_one(majority, minority, conversion):
                return minority, conversion
    return None


def _sides(points: Points, conversion: Conversion) -> Iterator[tuple[Points, Points]]:
    """The smaller and the larger population, if they part between a middle and its conversion."""
    rest = points
    for _ in range(2):
        middle = rest.quantile(0.5)
        ends = np.array([middle])
        there = float(conversion.there(ends)[0])
        if not middle or there == middle:
            return
        part = math.sqrt(middle * there) if min(middle, there) > 0 else (middle + there) / 2
        above = points.values >= part
        rest = points.where(~above if there > middle else above)
        if rest.total < points.total / 2:
            return
    minority = points.where(above if there > middle else ~above)
    room = abs(there - middle) / 12
    crowd = points.inside(part - room, part + room).total
    large = min(minority.total, rest.total) >= CELLS and len(minority) >= DISTINCT
    if large and crowd <= BETWEEN * minority.total:
        yield minority, rest


def _spread(points: Points) -> float:
    low, high = points.quantiles([0.1, 0.9])
    return high - low


def _are_one(majority: Points, minority: Points, conversion: Conversion) -> bool:
    undone = minority.moved(conversion.back(minority.values))
    spreads = [_spread(side) for side in (majority, minority, undone)]
    if min(spreads) <= 0:
        return False
    size = 1 / majority.total + 1 / minority.total
    error = 1.25 * spreads[0] / 2.56 * math.sqrt(size)
    middles = [side.quantile(0.5) for side in (majority, undone)]
    away = abs(float(conversion.back(np.array([middles[0]]))[0]) - middles[0])
    near = abs(middles[0] - middles[1]) <= ERRORS * error <= ERRORS * PRECISE * away
    wider = [abs(math.log(spread / spreads[0])) for spread in spreads[1:]]
    as_wide = wider[1] < wider[0] and wider[1] <= WIDER + 2 / math.sqrt(minority.total)
    return near and as_wide and distance_p(majority, undone) >= ALIKE
