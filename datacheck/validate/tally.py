"""What a scan remembers of each rule: exact counts and a bounded sample, however much fails."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from datacheck.report import LISTED

#: How many failing values are kept to tell which occur most often.
SAMPLED = 1_000
#: How many of the most frequent failing values are told.
TOP = 5

_PREFIXES = (4_096, 65_536)


@dataclass
class Tally:
    """One rule's failures so far."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    sample: list[Any] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    error: str = ""

    @property
    def values(self) -> tuple[Any, ...]:
        """The first failing values."""
        return tuple(self.sample[:LISTED])

    def add(self, mask: pl.Series, values: pl.Series | pl.DataFrame | None, offset: int) -> None:
        """Note the failures of one batch.

        Parameters
        ----------
        mask
            True where a row fails.
        values
            What to list for each row, aligned with `mask`; None for nothing.
        offset
            The position of the batch's first row.
        """
        failed = int(mask.sum() or 0)
        self.count += failed
        wanted = SAMPLED if values is not None else LISTED
        held = len(self.sample) if values is not None else len(self.rows)
        if not failed or held >= wanted:
            return
        places = _first(mask, min(failed, wanted - held))
        self.rows += [offset + place for place in places[: LISTED - len(self.rows)].to_list()]
        if isinstance(values, pl.DataFrame):
            self.sample += values[places].to_dicts()
        elif values is not None:
            self.sample += values.gather(places).to_list()

    def top(self) -> list[dict[str, Any]]:
        """The values that fail most often among those sampled, if any comes twice."""
        try:
            counted = Counter(self.sample).most_common(TOP)
        except TypeError:
            return []
        if not counted or counted[0][1] == 1:
            return []
        return [{"value": value, "count": count} for value, count in counted]


def _first(mask: pl.Series, wanted: int) -> pl.Series:
    """The first true positions: where many fail, they are near the start."""
    for size in _PREFIXES:
        if size >= len(mask):
            break
        places = mask.head(size).arg_true()
        if len(places) >= wanted:
            return places.head(wanted)
    return mask.arg_true().head(wanted)
