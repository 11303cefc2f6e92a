"""The real tables that the detectors are judged on: shipped inside packages, read without a net."""

from __future__ import annotations

import warnings
from functools import cache

import polars as pl

#: The thresholds were set while looking at these.
SEEN = (
    "sklearn iris",
    "sklearn wine",
    "sklearn diabetes",
    "statsmodels anes96",
    "statsmodels engel",
    "statsmodels fertility",
    "statsmodels interest_inflation",
    "statsmodels modechoice",
    "statsmodels nile",
    "statsmodels randhie",
    "statsmodels strikes",
    "statsmodels sunspots",
    "vega barley",
    "vega la-riots",
    "vega seattle-temps",
    "vega iowa-electricity",
)
#: These were held out.
HELD_OUT = (
    "sklearn breast_cancer",
    "statsmodels cancer",
    "statsmodels ccard",
    "statsmodels co2",
    "statsmodels elnino",
    "statsmodels fair",
    "statsmodels grunfeld",
    "statsmodels heart",
    "statsmodels macrodata",
    "statsmodels star98",
    "vega airports",
    "vega cars",
    "vega seattle-weather",
    "vega sf-temps",
    "vega stocks",
    "vega us-employment",
)
TABLES = {"seen": SEEN, "held out": HELD_OUT}
#: Longer tables are cut to this many rows, so that the suite stays quick.
MOST_ROWS = 4000


@cache
def table(name: str) -> pl.DataFrame:
    """One of the tables, by its package and name there."""
    package, name = name.split(" ")
    with warnings.catch_warnings():
        # The packages' readers use what their own dependencies have deprecated.
        warnings.simplefilter("ignore")
        return _READERS[package](name)


def _sklearn(name: str) -> pl.DataFrame:
    from sklearn import datasets

    return pl.from_pandas(getattr(datasets, f"load_{name}")(as_frame=True).frame)


def _statsmodels(name: str) -> pl.DataFrame:
    import statsmodels.datasets

    return pl.from_pandas(getattr(statsmodels.datasets, name).load_pandas().data)


def _vega(name: str) -> pl.DataFrame:
    from vega_datasets import local_data

    return pl.from_pandas(getattr(local_data, name.replace("-", "_"))())


_READERS = {"sklearn": _sklearn, "statsmodels": _statsmodels, "vega": _vega}


def halves(name: str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table split in two at random."""
    mixed = table(name).sample(fraction=1.0, shuffle=True, seed=seed).head(MOST_ROWS)
    middle = mixed.height // 2
    return mixed.head(middle), mixed.slice(middle)
