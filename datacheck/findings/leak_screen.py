"""Which columns of numbers cannot give a target away by their size: asked of many at once.

By whatever rule a number tells the target, rows that are next to each other by it have much the
same target. Where neighbours differ as rows drawn by chance do, no rule needs to be tried, and of
thousands of columns nearly all are so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.columns import cols, in_blocks
from datacheck.findings.leak_readings import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.findings.leak_rules import LeakRule

    Floats = NDArray[np.float64]

#: Fewer rows are too few for chance to be told.
LEAST_ROWS = 100
#: Columns whose values come about once each: no category, no group, no value among many.
DISTINCT = 0.75
#: The share of what chance makes neighbours differ: a rule that tells leaves less than half.
UNLIKE = 0.8


def telling_nothing(
    judge: LeakRule, sample: pl.DataFrame, names: Sequence[str]
) -> dict[str, Floats]:
    """Columns that no rule by value or size tells the target from, as numbers.

    Parameters
    ----------
    sample
        The rows that are judged.
    """
    if sample.height < LEAST_ROWS:
        return {}
    numbers = [name for name in names if sample[name].dtype.is_numeric()]
    found: dict[str, Floats] = {}
    for some in in_blocks(numbers, sample.height):
        found |= dict(_of_block(judge, sample, some))
    return found


def _of_block(
    judge: LeakRule, sample: pl.DataFrame, names: Sequence[str]
) -> Iterator[tuple[str, Floats]]:
    import polars as pl

    cells = sample.select(cols(names)).cast(pl.Float64).to_numpy().T
    whole = np.isfinite(cells).all(axis=1)
    order = np.argsort(cells, axis=1)
    ordered = np.take_along_axis(cells, order, axis=1)
    rows = cells.shape[1]
    distinct = 1 + (ordered[:, 1:] > ordered[:, :-1]).sum(axis=1)
    often = max(1, int(np.ceil(COMMON * rows)) - 1)
    common = (ordered[:, often:] == ordered[:, :-often]).any(axis=1)
    plain = whole & (distinct > DISTINCT * rows) & ~common
    plain[plain] = judge.unlike_neighbours(order[plain]) > UNLIKE
    for at in np.flatnonzero(plain):
        yield names[int(at)], cells[at]
