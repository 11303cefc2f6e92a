"""The faults that are planted: what each does to a column, and what its right name is."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

Plant = Callable[[np.ndarray, np.random.Generator], np.ndarray]
#: A column of numbers takes part with so many finite values in a half, and distinct ones.
ROWS, DISTINCT = 25, 5


@dataclass(frozen=True)
class Fault:
    """A fault and its right name.

    Parameters
    ----------
    name
        Of the fault.
    plant
        Turns a column of the second half into a faulty one; None where it cannot.
    codes
        Any of these is the right name.
    evidence
        Numbers (within 1%) and words that the finding must say.
    """

    name: str
    plant: Callable[[pl.Series, np.random.Generator], pl.Series | None]
    codes: tuple[str, ...]
    evidence: Mapping[str, Any]

    def is_named_by(self, finding: Any) -> bool:
        """Whether a finding gives the fault its right name."""
        return finding.code in self.codes and all(
            _agrees(finding.evidence.get(key), value) for key, value in self.evidence.items()
        )


def _agrees(said: Any, value: Any) -> bool:
    if isinstance(value, float):
        return said is not None and abs(said - value) <= 0.01 * max(abs(value), 1e-300)
    return bool(said == value)


def _of_numbers(plant: Plant) -> Callable[[pl.Series, np.random.Generator], pl.Series | None]:
    def planted(column: pl.Series, rng: np.random.Generator) -> pl.Series | None:
        if not column.dtype.is_numeric():
            return None
        values = column.cast(pl.Float64).to_numpy()
        finite = values[np.isfinite(values)]
        if len(finite) < ROWS or len(np.unique(finite)) < DISTINCT:
            return None
        changed = plant(values.copy(), rng)
        return pl.Series(column.name, changed).fill_nan(None)

    return planted


def _some(values: np.ndarray, rng: np.random.Generator, share: float, least: int) -> np.ndarray:
    present = np.flatnonzero(np.isfinite(values))
    count = min(len(present), max(least, round(share * len(present))))
    return rng.choice(present, count, replace=False)


def _put(share: float, least: int, what: Callable[[np.ndarray, np.ndarray], Any]) -> Plant:
    """Replace some of the cells: `what` is given their values and the whole column's."""

    def plant(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        places = _some(values, rng, share, least)
        values[places] = what(values[places], values)
        return values

    return plant


def _spread(values: np.ndarray) -> float:
    low, high = np.nanquantile(values, [0.25, 0.75])
    return float(high - low) or float(np.nanstd(values))


def _outliers(reach: float) -> Plant:
    def plant(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        places = _some(values, rng, 0.04, 3)
        far = np.nanmedian(values) + rng.choice([-1, 1], len(places)) * reach * _spread(values)
        values[places] = far * rng.uniform(0.9, 1.3, len(places))
        return values

    return plant


def _minmax(values: np.ndarray, _: object) -> np.ndarray:
    return (values - np.nanmin(values)) / (np.nanmax(values) - np.nanmin(values))


def _zscore(values: np.ndarray, _: object) -> np.ndarray:
    return (values - np.nanmean(values)) / np.nanstd(values)


def _robust(values: np.ndarray, _: object) -> np.ndarray:
    return (values - np.nanmedian(values)) / _spread(values)


def _logarithm(values: np.ndarray, _: object) -> np.ndarray:
    return np.log(values - min(np.nanmin(values), 0.0) + 1.0)


def _ranks(values: np.ndarray, _: object) -> np.ndarray:
    ordered = np.sort(values[np.isfinite(values)])
    return np.where(np.isfinite(values), np.searchsorted(ordered, values) + 1.0, np.nan)


def _stuck(values: np.ndarray, _: object) -> np.ndarray:
    many = round(0.4 * len(values))
    values[:many] = np.nanmedian(values)
    return values


def _as_text(column: pl.Series, _: object) -> pl.Series | None:
    return column.cast(pl.String) if column.dtype.is_numeric() else None


def _words(word: str) -> Callable[[pl.Series, np.random.Generator], pl.Series | None]:
    def planted(column: pl.Series, rng: np.random.Generator) -> pl.Series | None:
        if column.dtype != pl.String or column.len() < ROWS:
            return None
        chosen = pl.Series(rng.random(column.len()) < 0.15)
        chosen[int(rng.integers(column.len()))] = True
        return pl.select(
            pl.when(chosen).then(pl.lit(word)).otherwise(column).alias(column.name)
        ).to_series()

    return planted


def _times(factor: float, offset: float = 0.0) -> Plant:
    return lambda values, _: values * factor + offset


def _unit(name: str, factor: float, offset: float = 0.0) -> Fault:
    evidence = {"factor": factor, **({"offset": offset} if offset else {})}
    return Fault(name, _of_numbers(_times(factor, offset)), ("drift.unit_change",), evidence)


def _mixed(factor: float, share: float = 0.3) -> Fault:
    plant = _put(share, 5, lambda cells, _: cells * factor)
    return Fault(f"mixed x{factor:g}", _of_numbers(plant), ("scale.unit_mix",), {"factor": factor})


def _sentinel(value: float) -> Fault:
    plant = _put(0.08, 4, lambda _, __: value)
    return Fault(f"sentinel {value:g}", _of_numbers(plant), ("missing.sentinel",), {"value": value})


def _scaled(scaler: str, plant: Plant) -> Fault:
    return Fault(scaler, _of_numbers(plant), ("drift.already_scaled",), {"scaler": scaler})


#: What the peers were tried with (see docs/findings.md).
LISTED = (
    _unit("x1000", 1000.0),
    _unit("x0.01", 0.01),
    _unit("x2.54", 2.54),
    _unit("F to C", 1 / 1.8, -32 / 1.8),
    _scaled("minmax", _minmax),
    _scaled("zscore", _zscore),
    _mixed(1000.0),
    _mixed(2.54),
    _sentinel(-999.0),
    _sentinel(9999.0),
    Fault(
        "nulls",
        _of_numbers(_put(0.25, 8, lambda _, __: np.nan)),
        ("drift.missing_rate", "missing.null"),
        {},
    ),
    Fault("outliers", _of_numbers(_outliers(20.0)), ("drift.outlier_rate", "outlier.value"), {}),
    Fault(
        "constant",
        _of_numbers(lambda values, _: np.full_like(values, np.nanmedian(values))),
        ("drift.constant",),
        {},
    ),
    Fault("infinite", _of_numbers(_put(0.02, 1, lambda _, __: np.inf)), ("numeric.infinite",), {}),
    Fault(
        "float32 overflow",
        _of_numbers(_put(0.02, 1, lambda _, __: 1e39)),
        ("numeric.float32_overflow",),
        {},
    ),
    Fault("numbers as text", _as_text, ("type.numeric_text", "drift.dtype"), {}),
    Fault("N/A in text", _words("N/A"), ("missing.text",), {}),
)
#: Others, which set no threshold.
FURTHER = (
    _unit("x0.001", 0.001),
    _unit("x0.4536", 0.45359237),
    _unit("x1.609", 1.609344),
    _unit("C to F", 1.8, 32.0),
    _unit("C to K", 1.0, 273.15),
    _scaled("robust", _robust),
    _mixed(0.01),
    _mixed(0.3048),
    _sentinel(-1e6),
    Fault(
        "far outliers", _of_numbers(_outliers(200.0)), ("drift.outlier_rate", "outlier.value"), {}
    ),
    Fault(
        "shift by 1.5 spreads",
        _of_numbers(lambda values, _: values + 1.5 * _spread(values)),
        ("drift.shift",),
        {},
    ),
    Fault("? in text", _words("?"), ("missing.text",), {}),
    Fault("blanks in text", _words(" "), ("missing.text",), {}),
)
_SHIFTED = ("drift.shift", "drift.outlier_rate", "outlier.value")
#: Others again, thought of later. `drift.shift` is the right name of what no
#: unit and no scaler explains.
INVENTED = (
    _unit("x10", 10.0),
    _unit("x100 (cents)", 100.0),
    _unit("x60 (hours)", 60.0),
    _unit("x1/12 (months)", 1 / 12),
    _mixed(10.0, 0.2),
    _mixed(1.609344),
    _mixed(0.45359237, 0.15),
    Fault(
        "mixed F to C",
        _of_numbers(_put(0.3, 5, lambda cells, _: (cells - 32) / 1.8)),
        ("scale.unit_mix",),
        {"factor": 1 / 1.8},
    ),
    _sentinel(99.0),
    _sentinel(-1.0),
    Fault(
        "zero for missing",
        _of_numbers(_put(0.25, 6, lambda _, __: 0.0)),
        ("missing.sentinel", "drift.shift"),
        {},
    ),
    Fault(
        "high outliers",
        _of_numbers(
            _put(0.04, 3, lambda cells, whole: np.nanmedian(whole) + 20 * _spread(whole) + cells)
        ),
        ("drift.outlier_rate", "outlier.value"),
        {},
    ),
    Fault("sign turned", _of_numbers(_times(-1.0)), ("drift.unit_change", "drift.shift"), {}),
    Fault(
        "sign turned in 3 of 10",
        _of_numbers(_put(0.3, 5, lambda cells, _: -cells)),
        ("scale.unit_mix", *_SHIFTED),
        {},
    ),
    Fault("logarithm", _of_numbers(_logarithm), ("drift.shift", "drift.already_scaled"), {}),
    Fault("ranks", _of_numbers(_ranks), ("drift.shift",), {}),
    Fault("stuck for 4 rows of 10", _of_numbers(_stuck), ("drift.shift", "drift.constant"), {}),
    Fault(
        "clipped to the middle half",
        _of_numbers(lambda values, _: np.clip(values, *np.nanquantile(values, [0.25, 0.75]))),
        ("drift.shift",),
        {},
    ),
    Fault(
        "noise of two spreads",
        _of_numbers(lambda values, rng: values + rng.normal(0, 2 * _spread(values), len(values))),
        _SHIFTED,
        {},
    ),
    Fault("null in text", _words("null"), ("missing.text",), {}),
)


def _behind(*units: str) -> Callable[[pl.Series, np.random.Generator], pl.Series | None]:
    """Units behind the numbers of a column, the last of them in one cell of five."""

    def planted(column: pl.Series, rng: np.random.Generator) -> pl.Series | None:
        if not column.dtype.is_numeric() or column.drop_nulls().n_unique() < 2 * DISTINCT:
            return None
        rarer = rng.random(column.len()) < 1 / 5
        cells = [
            None if cell is None else f"{cell:.6g} {units[-1] if rare else units[0]}"
            for cell, rare in zip(column.fill_nan(None).to_list(), rarer, strict=True)
        ]
        return pl.Series(column.name, cells, dtype=pl.String)

    return planted


def _apart_from_zero(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Zeros in a column of numbers that come nowhere near it; else no change."""
    finite = values[np.isfinite(values)]
    if finite.min() < 0.25 * np.median(finite) or finite.min() < np.ptp(finite) / 10:
        return values
    return _put(0.08, 4, lambda _, __: 0.0)(values, rng)


def _dates(form: str, odd: str = "") -> Callable[[pl.Series, np.random.Generator], pl.Series]:
    """A column of dates as text, some of them (of `odd`) no day."""

    def planted(column: pl.Series, rng: np.random.Generator) -> pl.Series:
        first = dt.date(2011, 3, 7)
        days = [first + dt.timedelta(days=int(n)) for n in rng.integers(0, 3000, column.len())]
        wrong = rng.random(column.len()) < 1 / 20
        wrong[rng.integers(column.len())] = True
        cells = [
            odd if odd and bad else day.strftime(form) for day, bad in zip(days, wrong, strict=True)
        ]
        return pl.Series(column.name, cells)

    return planted


def _spelled(change: Callable[[str], str]) -> Callable[..., pl.Series | None]:
    """Another spelling of the most frequent category, in one of its cells of five."""

    def planted(column: pl.Series, rng: np.random.Generator) -> pl.Series | None:
        if column.dtype != pl.String or column.len() < ROWS:
            return None
        usual = column.drop_nulls().mode().sort()[0]
        often = (column == usual).fill_null(value=False)
        if often.sum() < 2 * DISTINCT or len(usual) < len("abc") or change(usual) == usual:
            return None
        rare = often & pl.Series(rng.random(column.len()) < 1 / 5)
        rare[int(often.arg_true()[0])] = True
        return pl.select(
            pl.when(rare).then(pl.lit(change(usual))).otherwise(column).alias(column.name)
        ).to_series()

    return planted


def _nested(column: pl.Series, _: object) -> pl.Series | None:
    """A NaN inside the lists of a column of numbers."""
    if not column.dtype.is_numeric() or column.null_count() == column.len():
        return None
    cells = column.cast(pl.Float64).to_list()
    at = next(place for place, cell in enumerate(cells) if cell is not None)
    pairs = [[cell, float("nan") if place == at else 1.0] for place, cell in enumerate(cells)]
    return pl.Series(column.name, pairs)


#: What one table shows by itself in text, dates and nested cells.
ALONE = (
    Fault("zero out of place", _of_numbers(_apart_from_zero), ("missing.sentinel",), {}),
    Fault("kg behind", _behind("kg"), ("type.numeric_text",), {}),
    Fault("kg and lbs behind", _behind("kg", "lbs"), ("type.numeric_text",), {}),
    Fault("no such day", _dates("%Y-%m-%d", "2014-02-30"), ("type.date_text",), {}),
    Fault("no such day, month by name", _dates("%d %b %Y", "31 Jun 2014"), ("type.date_text",), {}),
    Fault("day of none in text", _dates("%d/%m/%Y", "31/12/9999"), ("missing.sentinel",), {}),
    Fault("case", _spelled(str.swapcase), ("text.variant",), {}),
    Fault("blank behind", _spelled(lambda text: f"{text} "), ("text.variant",), {}),
    Fault("NaN inside", _nested, ("missing.nan",), {}),
)
KINDS = {"listed": LISTED, "further": FURTHER, "invented": INVENTED}


def planted(
    name: str, seed: int, fault: Fault, second: pl.DataFrame, columns: int
) -> Iterator[pl.Series]:
    """Some columns of a table's second half with the fault in them, each alone."""
    rng = np.random.default_rng([zlib.crc32(f"{name} {fault.name}".encode()), seed])
    done = 0
    for place in rng.permutation(second.width):
        column = second.to_series(int(place))
        faulty = fault.plant(column, rng)
        if faulty is None or faulty.equals(column, null_equal=True):
            continue
        yield faulty
        done += 1
        if done == columns:
            return
