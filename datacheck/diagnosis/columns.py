"""Which columns of the table make a row fail: by replacement, and by place.

Replacement puts the typical value into one column at a time and looks whether the step recovers;
then the smallest set of columns by leaving out one at a time. Place serves where the typical row
fails as well (a scale of 0): a bad place of the step that only one column reaches is that column.

Trials: rows changed on purpose, sent through the model to see what that changes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags, Floats
from datacheck.diagnosis.arrays import rows_first
from datacheck.diagnosis.feed import Feed
from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Model, end_is_bad
from datacheck.diagnosis.origin import Origin
from datacheck.diagnosis.tables import mixes_a_row, word_of

#: More columns than these are not searched one by one.
WIDEST = 4096
#: How many trial rows a search may take.
BUDGET = 20_000
#: How many columns may reach a place that is to tell one.
FEW = 3


@dataclass(frozen=True)
class ResponsibleColumns:
    """Columns that make a row fail, and how they were found: ``place``, ``replacement``."""

    columns: tuple[int, ...]
    how: str


def responsible_inputs(trials: Trials, rows: Floats) -> list[ResponsibleColumns]:
    """Of rows whose inputs are not finite, the columns that a typical row fails with alone."""
    bad = ~np.isfinite(rows)
    patterns = [tuple(np.flatnonzero(row).tolist()) for row in bad]
    if trials.bad(trials.center[None])[0]:
        return [ResponsibleColumns(pattern, "input") for pattern in patterns]
    kinds = sorted(
        {(int(at), word_of(row[at])) for row in rows for at in np.flatnonzero(~np.isfinite(row))}
    )
    probes = np.repeat(trials.center[None], len(kinds), axis=0)
    for row, (at, word) in zip(probes, kinds, strict=True):
        row[at] = float(word)
    alone = dict(zip(kinds, trials.bad(probes), strict=True))
    out = []
    for row, pattern in zip(rows, patterns, strict=True):
        own = tuple(at for at in pattern if alone[at, word_of(row[at])])
        out.append(ResponsibleColumns(own or pattern, "input" if own else "together"))
    return out


class ColumnSearch:
    """Finds the columns behind rows that fail at step `at`; None where the model shows none."""

    def __init__(self, trials: Trials, at: int | None) -> None:
        self._trials, self._at = trials, at
        self.center_fails = bool(trials.bad(trials.center[None], at=at)[0])

    def of(self, rows: Floats) -> list[ResponsibleColumns | None]:
        """The columns of each row, None where none was found."""
        width = rows.shape[1]
        if self.center_fails or width > WIDEST:
            return [None] * len(rows)
        most = max(1, BUDGET // max(width, 1))
        found = self._one_by_one(rows[:most])
        sets: list[ResponsibleColumns | None] = []
        for row, single in zip(rows[:most], found, strict=True):
            sets.append(single or self._smallest(row))
        return sets + self._like_others(rows[most:], sets)

    def _one_by_one(self, rows: Floats) -> list[ResponsibleColumns | None]:
        count, width = rows.shape
        tried = np.repeat(rows, width, axis=0)
        at = np.tile(np.arange(width), count)
        tried[np.arange(len(tried)), at] = self._trials.center[at]
        fixed = ~self._trials.bad(tried, at=self._at).reshape(count, width)
        out: list[ResponsibleColumns | None] = []
        for row, good in zip(rows, fixed, strict=True):
            columns = np.flatnonzero(good)
            own = self._farthest(row, columns) if len(columns) else ()
            out.append(ResponsibleColumns(own, "replacement") if own else None)
        return out

    def _farthest(self, row: Floats, columns: NDArray[Any]) -> tuple[int, ...]:
        """Of columns each of which mends the row: all that are not finite, else the farthest."""
        far = self._trials.distance(row)[columns]
        if np.isinf(far).any():
            return tuple(columns[np.isinf(far)].tolist())
        return (int(columns[int(far.argmax())]),)

    def _smallest(self, row: Floats) -> ResponsibleColumns | None:
        """The smallest set of columns that mends the row together."""
        order = np.argsort(-self._trials.distance(row), kind="stable")
        if self._bad_without(row, order):
            return None
        low, high = 1, len(order)
        while low < high:
            middle = (low + high) // 2
            if self._bad_without(row, order[:middle]):
                low = middle + 1
            else:
                high = middle
        kept = order[:low].tolist()
        for column in reversed(kept[:]):
            others = [at for at in kept if at != column]
            if len(kept) > 1 and not self._bad_without(row, others):
                kept = others
        return ResponsibleColumns(tuple(sorted(kept)), "replacement")

    def _bad_without(self, row: Floats, columns: Sequence[int] | NDArray[Any]) -> bool:
        changed = row.copy()
        changed[columns] = self._trials.center[columns]
        return bool(self._trials.bad(changed[None], at=self._at)[0])

    def _like_others(
        self, rows: Floats, found: Sequence[ResponsibleColumns | None]
    ) -> list[ResponsibleColumns | None]:
        """Rows beyond the budget: of the sets that others had, the first that mends them."""
        out: list[ResponsibleColumns | None] = [None] * len(rows)
        left = np.arange(len(rows))
        for each in dict.fromkeys(one for one in found if one is not None):
            if not len(left):
                break
            changed = rows[left].copy()
            changed[:, list(each.columns)] = self._trials.center[list(each.columns)]
            good = ~self._trials.bad(changed, at=self._at)
            for at in left[good]:
                out[int(at)] = each
            left = left[~good]
        return out


def by_place(trials: Trials, origin: Origin, row: Floats) -> dict[int, tuple[int, ...]]:
    """By place of the step's operand, the few columns that reach it."""
    step, width = origin.step, len(row)
    if step is None or width > WIDEST or origin.width > WIDEST or mixes_a_row(step.op):
        return {}
    base = np.where(np.isfinite(row), row, trials.center)
    probes = np.repeat(base[None], width + 1, axis=0)
    for at in range(width):
        other = trials.center[at]
        probes[at + 1, at] = other if other != base[at] else base[at] + trials.spread[at]
    seen: list[NDArray[Any]] = []

    def look(value: NDArray[Any]) -> NDArray[Any]:
        seen.append(value)
        return value

    reach: dict[int, set[int]] = {}
    for operand in range(2):
        try:
            trials.model.replaced(trials.feed.arrays(probes), [(step.at, operand)], look)
        except IndexError:
            break
    for value in filter(np.ndim, seen):
        flat = rows_first(value, len(probes)) if len(value) == len(probes) else value[: width + 1]
        flat = None if flat is None else flat.reshape(len(flat), -1)[: width + 1]
        if flat is None or len(flat) != width + 1 or flat.shape[1] != origin.width:
            continue
        moved = flat[1:] != flat[:1]
        if flat.dtype.kind in "fc":
            moved &= ~(np.isnan(flat[1:]) & np.isnan(flat[:1]))
        for column, place in zip(*np.nonzero(moved), strict=True):
            reach.setdefault(int(place), set()).add(int(column))
    return {place: tuple(sorted(columns)) for place, columns in reach.items()}


#: Cells in one batch of trials.
CELLS = 4_000_000
#: Rows, evenly spaced, that say what is typical; up to twice as many.
TYPICAL = 1_024


@contextmanager
def quiet() -> Iterator[None]:
    """Let a model and its arithmetic warn of nothing: what is not finite is looked for."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Trials:
    """Runs changed rows of a feed through its model; `center` and `spread` are of usual rows."""

    def __init__(self, model: Model, feed: Feed, center: Floats, spread: Floats) -> None:
        self.model, self.feed, self.center, self.spread = model, feed, center, spread

    @classmethod
    def of(cls, model: Model, feed: Feed, failed: Flags, reference: Floats | None) -> Trials:
        """Trials around the rows that have not failed, and around all of a reference."""
        own = known = feed.cast()
        good = ~failed
        if reference is not None:
            known = np.vstack([reference, known])
            good = np.r_[np.ones(len(reference), bool), good]
        center, spread = typical(known, good)
        table = any(given.table for given in feed.inputs)
        for at in range(len(center)) if table else feed.words:
            # A cell that a row was answered with: between two lies another category.
            cells = np.sort(own[~failed & np.isfinite(own[:, at]), at])
            if len(cells):
                values, times = np.unique(cells, return_counts=True)
                middle = cells[len(cells) // 2]
                center[at] = values[times.argmax()] if at in feed.words else middle
        return cls(model, feed, center, spread)

    def bad(self, rows: Floats, *, at: int | None = None) -> Flags:
        """By row, whether its answer is not finite; or what step `at` gave, where one is named."""
        if not len(rows):
            return np.zeros(0, bool)
        size = max(1, CELLS // max(rows.shape[1], 1) // 8)
        parts = [self._bad(rows[start : start + size], at) for start in range(0, len(rows), size)]
        return np.concatenate(parts)

    def _bad(self, rows: Floats, at: int | None) -> Flags:
        arrays = self.feed.arrays(rows)
        if not self.model.traces:
            return end_is_bad(self.model.run(arrays), len(rows))
        judge = Judge(len(rows))
        if at is None:
            _, codes = self.model.trace(arrays, judge)
            return judge.own(codes)
        judge.watched[at] = np.zeros(len(rows), bool)
        self.model.trace(arrays, judge)
        return judge.watched[at]

    def alone(self, row: Floats) -> bool:
        """Whether a row fails, or is refused, in no other company than its own copy."""
        try:
            ends = self.model.run(self.feed.arrays(np.stack([row, row])))
        except Exception:  # noqa: BLE001 - whatever a model raises
            return True
        return bool(end_is_bad(ends, 2).any())

    def distance(self, row: Floats) -> Floats:
        """By column, how far a row is from the typical one; what is not finite is farthest."""
        far = np.abs(row - self.center) / self.spread
        return np.where(np.isfinite(far), far, np.inf)


def evenly(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows, or numbers of rows, evenly spaced: enough of them to say what is typical."""
    return rows[:: max(1, len(rows) // TYPICAL)]


def typical(cast: Floats, good: Flags) -> tuple[Floats, Floats]:
    """A typical row and the spread around it, of rows that predict a number where there are any."""
    finite = np.isfinite(cast).all(axis=1)
    chosen = cast[good & finite] if (good & finite).any() else cast[finite]
    chosen = evenly(chosen)
    # Of rows without holes the median is found for all columns at once.
    median = np.median if len(chosen) else np.nanmedian
    if not len(chosen):
        chosen = np.where(np.isfinite(cast), cast, np.nan)
    center = median(chosen, axis=0)
    spread = median(np.abs(chosen - center), axis=0)
    wide = np.nanstd(chosen, axis=0)
    center = np.where(np.isfinite(center), center, 0.0)
    spread = np.where(spread > 0, spread, np.where(wide > 0, wide, np.abs(center) * 1e-3 + 1e-9))
    return center, np.where(np.isfinite(spread), spread, 1.0)


#: How many rows are run alone.
TRIED = 64


def culprits(trials: Trials, matrix: Floats, bad: Flags) -> list[int]:
    """The rows that fail by themselves, where others fail in their company; else none."""
    rows = np.flatnonzero(bad)
    odd = ~np.isfinite(matrix[rows]).all(axis=1)
    if odd.any() and not odd.all():
        healthy = matrix[rows[~odd][:TRIED]]
        if not trials.bad(healthy).any():
            return [int(row) for row in rows[odd]]
    tried = np.concatenate([rows[odd], rows[~odd]])[:TRIED]
    alone = [int(row) for row in tried if trials.alone(matrix[row])]
    return alone if len(alone) < len(tried) else []
