"""Threads that may all call polars."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor


def threads(workers: int | None = None) -> ThreadPoolExecutor:
    """A pool of threads: one for each processor, unless `workers` says how many.

    polars resolves numpy when something first asks for it, and two threads that ask at once break
    it (polars 2.1: `TypeError: 'module' object does not support item assignment`), so it is asked
    for here, before there are threads.

    >>> with threads(2) as pool:
    ...     list(pool.map(abs, [-1, -2]))
    [1, 2]
    """
    import numpy as np
    import polars as pl

    pl.Series(np.zeros(0))
    return ThreadPoolExecutor(workers or os.cpu_count())
