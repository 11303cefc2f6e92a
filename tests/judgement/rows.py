"""The tables that faults of rows are planted in; `make bench ONLY=planted` takes them too.

The environment of the benchmarks has no pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judgement.tables import table

if TYPE_CHECKING:
    import polars as pl

#: Tables with what a model of them would predict.
TARGETS = {
    "sklearn iris": "target",
    "sklearn wine": "target",
    "sklearn breast_cancer": "target",
    "sklearn diabetes": "target",
    "statsmodels anes96": "vote",
    "statsmodels fair": "affairs",
    "statsmodels heart": "survival",
    "statsmodels modechoice": "choice",
    "statsmodels randhie": "mdvis",
    "statsmodels star98": "NABOVE",
    "statsmodels ccard": "AVGEXP",
    "vega cars": "Origin",
    "results duration/tests/results/bmt.csv": "Status",
    "results genmod/tests/results/stata_lbw_glm.csv": "low",
}
#: Features of these tables that do give their target away.
TRUE_LEAKS = {
    # A birth weight is low where it is below 2,500 g, and the rows are numbered by it.
    "results genmod/tests/results/stata_lbw_glm.csv": {"bwt", "id"},
}


def mixed(name: str) -> pl.DataFrame:
    """At most 400 rows, no two alike."""
    rows = table(name).sample(fraction=1.0, shuffle=True, seed=4)
    return rows.unique(maintain_order=True).head(400)
