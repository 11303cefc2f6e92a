"""What people write for units, and how many of its family's own unit each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: By what is measured: the words of each unit, and its size.
_FAMILIES: dict[str, dict[str, float]] = {
    "mass": {
        "mg": 1e-6,
        "g gr gram grams": 1e-3,
        "kg kgs kilo kilos kilogram kilograms": 1.0,
        "t tonne tonnes": 1e3,
        "oz ounce ounces": 0.028349523125,
        "lb lbs pound pounds": 0.45359237,
        "st stone": 6.35029318,
    },
    "length": {
        "mm millimetre millimetres millimeter millimeters": 1e-3,
        "cm centimetre centimetres centimeter centimeters": 1e-2,
        "m metre metres meter meters": 1.0,
        "km kilometre kilometres kilometer kilometers": 1e3,
        'in inch inches "': 0.0254,
        "ft foot feet '": 0.3048,
        "yd yard yards": 0.9144,
        "mi mile miles": 1609.344,
    },
    "time": {
        "ms": 1e-3,
        "s sec secs second seconds": 1.0,
        "min mins minute minutes": 60.0,
        "h hr hrs hour hours": 3600.0,
        "d day days": 86400.0,
        "wk week weeks": 604800.0,
    },
    "volume": {
        "ml millilitre millilitres milliliter milliliters": 1e-3,
        "cl": 1e-2,
        "dl": 1e-1,
        "l litre litres liter liters": 1.0,
        "gal gallon gallons": 3.785411784,
    },
    "speed": {
        "m/s": 1.0,
        "km/h kmh kph": 1 / 3.6,
        "mph": 0.44704,
        "kn kt knots": 1.852 / 3.6,
    },
    "power": {"w": 1.0, "kw": 1e3, "mw": 1e6, "hp": 745.69987158227022, "ps": 735.49875},
    "pressure": {"pa": 1.0, "hpa mbar": 100.0, "kpa": 1e3, "bar": 1e5, "psi": 6894.757293168},
    "data": {"b byte bytes": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
}
_SIZES = {
    word: (family, size)
    for family, units in _FAMILIES.items()
    for words, size in units.items()
    for word in words.split()
}


#: Scales of temperature, which count from zeros of their own.
_OF_TEMPERATURE = frozenset(["c", "f", "k", "celsius", "fahrenheit", "kelvin"])


def from_other_zeros(units: Iterable[str]) -> bool:
    """Whether units are scales of temperature, so that no factor turns one into another.

    >>> from_other_zeros(["°C", "°F"]), from_other_zeros(["kg", "lbs"])
    (True, False)
    """
    bare = (unit.lower().replace("degrees", "").strip(" °º.") for unit in units)
    return all(unit in _OF_TEMPERATURE for unit in bare)


def factors_of(units: Iterable[str]) -> dict[str, float] | None:
    """The factor that brings each unit to the first; None where one is unknown, or of another kind.

    >>> factors_of(["kg", "lbs"]), factors_of(["Kg", "g"])
    ({'kg': 1.0, 'lbs': 0.45359237}, {'Kg': 1.0, 'g': 0.001})
    >>> factors_of(["kg", "cm"]), factors_of(["kg", "boxes"])
    (None, None)
    """
    given = list(units)
    found = [_SIZES.get(unit.strip().strip(".").lower()) for unit in given]
    known = [each for each in found if each is not None]
    if not known or len(known) < len(given) or len({family for family, _ in known}) > 1:
        return None
    first = known[0][1]
    return {unit: size / first for unit, (_, size) in zip(given, known, strict=True)}
