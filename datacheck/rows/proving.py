"""Whether what a sample shows of two columns holds in every row of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.columns import doubles
from datacheck.rows.cells import codes
from datacheck.table import SeenWhole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from datacheck.table import Run

#: Pairs of categories that are kept; more are no renaming.
_MOST = 100_000


class RelationCheck(SeenWhole):
    """Which of some relations between columns hold in all rows so far, as a kernel.

    A claim is (column, of, kind, factor, offset, miss): ``equal``, ``renamed``, or ``linear`` with
    the most that it may miss by.
    """

    def __init__(self, claims: Sequence[tuple[str, str, str, float, float, float]]) -> None:
        self.claims = list(claims)
        self.columns = frozenset(name for claim in claims for name in claim[:2])
        self.holds = [True] * len(claims)
        self._pairs: list[set[tuple[int, int]]] = [set() for _ in claims]

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - few columns
        """See `Kernel`."""
        for place, (column, of, kind, factor, shift, miss) in enumerate(self.claims):
            if not self.holds[place]:
                continue
            if kind == "linear":
                x, y = (doubles(batch[name]) for name in (of, column))
                with np.errstate(all="ignore"):
                    near = np.abs(x * factor + shift - y) <= miss
                neither = ~np.isfinite(x) & ~np.isfinite(y)
                self.holds[place] = bool((near | neither).all())
                continue
            one, two = codes(batch[of]), codes(batch[column])
            if kind == "equal":
                self.holds[place] = bool((one == two).all())
            else:
                pairs = np.unique(np.stack([one, two]), axis=1)
                self._pairs[place] |= set(zip(*pairs.tolist(), strict=True))
                self._judge(place)

    def _judge(self, place: int) -> None:
        pairs = self._pairs[place]
        sides = {one for one, _ in pairs}, {two for _, two in pairs}
        alike = len(sides[0]) == len(sides[1]) == len(pairs)
        self.holds[place] = self.holds[place] and alike and len(pairs) <= _MOST

    def merge(self, other: RelationCheck) -> None:
        """See `Kernel`."""
        for place, holds in enumerate(other.holds):
            self.holds[place] = self.holds[place] and holds
            self._pairs[place] |= other._pairs[place]
            if self.claims[place][2] == "renamed":
                self._judge(place)
