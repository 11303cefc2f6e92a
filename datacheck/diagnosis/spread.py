"""Whether one row spoils others: a row is run in no other company than its own copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datacheck.diagnosis.trials import Flags, Matrix, Trials

#: How many rows are run alone.
TRIED = 64


def culprits(trials: Trials, matrix: Matrix, bad: Flags) -> list[int]:
    """The rows that fail by themselves, where others fail in their company alone; else none.

    Rows whose own inputs are not finite are tried first.
    """
    rows = np.flatnonzero(bad)
    odd = ~np.isfinite(matrix[rows]).all(axis=1)
    if odd.any() and not odd.all():
        healthy = matrix[rows[~odd][:TRIED]]
        if not trials.bad(healthy).any():
            return [int(row) for row in rows[odd]]
    tried = np.concatenate([rows[odd], rows[~odd]])[:TRIED]
    alone = [int(row) for row in tried if trials.alone(matrix[row])]
    return alone if len(alone) < len(tried) else []
