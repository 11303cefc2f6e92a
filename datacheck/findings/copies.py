"""Columns that say what another says: equal, a linear function of it, or its categories renamed.

No pair is compared that is no candidate: each column is brought to a form that its copies share,
and columns of one form are found by hashing (or, for the linear ones, by sorting a projection).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.arrays import Floats, Keys
from datacheck.columns import doubles, in_blocks
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes_of
from datacheck.rows.near import last_place
from datacheck.text import figure, shown_name

#: Rows below which columns agree by chance.
ENOUGH = 20
#: How far, in parts of its range, a linear function may miss a column: rounding alone.
MISS = 1e-7
#: A column that was rounded has its last place within this part of its range; a line through
#: rounded points misses each by half of it, and a little more.
ROUNDED, _SLACK = 1e-3, 0.6
#: Where most cells lie, and by how much of their span a line may miss these: -999 in both of two
#: columns of zeros and ones is far enough off for any line.
_MIDDLE, _MOST_OF_ALL = (0.05, 0.95), 0.1
#: Categories that are renamed: at least two, at most this share of the rows distinct.
NAMES = 0.5


class Copy(NamedTuple):
    """A column that says what an earlier one says."""

    column: str
    of: str
    #: ``equal``, ``linear`` or ``renamed``.
    kind: str
    #: Of a linear one: column = of * factor + offset.
    factor: float = 1.0
    offset: float = 0.0
    #: By how much a cell of it may miss that: by rounding alone.
    miss: float = 0.0


def copies(
    sample: pl.DataFrame, passed_over: Sequence[str] = (), names_alone: Sequence[str] = ()
) -> list[Copy]:
    """The columns of a sample that say what an earlier one says; `names_alone` may be equal."""
    if sample.height < ENOUGH:
        return []
    passed, alone = set(passed_over), set(names_alone)
    names = [n for n in sample.columns if n not in passed and can_be_told(sample[n].dtype)]
    coded = {n: cells for n, cells in codes_of(sample, names).items() if (cells != cells[0]).any()}
    found: dict[str, Copy] = {}
    for name, of in _equal(coded):
        found[name] = Copy(name, of, "equal")
    rest = {n: cells for n, cells in coded.items() if n not in found and n not in alone}
    for copy in _linear(sample, list(rest)):
        found.setdefault(copy.column, copy)
    rest = {name: cells for name, cells in rest.items() if name not in found}
    few = _few(rest.values())
    named = {
        n: _renumbered(cells)
        for (n, cells), is_few in zip(rest.items(), few, strict=True)
        if is_few
    }
    for name, of in _equal(named):
        found[name] = Copy(name, of, "renamed")
    return [found[name] for name in names if name in found]


def _equal(forms: Mapping[str, Keys]) -> Iterator[tuple[str, str]]:
    """Columns of one form, each with the first of them."""
    known: dict[bytes, str] = {}
    for name, form in forms.items():
        first = known.setdefault(_digest(form), name)
        if first != name:
            yield name, first


def _digest(form: NDArray[Any]) -> bytes:
    return blake2b(form.tobytes(), digest_size=16).digest()


def _few(columns: Iterable[Keys]) -> Iterator[bool]:
    """Whether the cells of each column are categories, whose names may be others."""
    for some in _blocks(columns):
        kinds = np.count_nonzero(np.diff(np.sort(some, axis=1), axis=1), axis=1) + 1
        yield from ((kinds > 1) & (kinds <= NAMES * some.shape[1])).tolist()


def _blocks(columns: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Columns of one length below each other, a column a row: short ones at once."""
    every = list(columns)
    for some in in_blocks(every, len(every[0]) if every else 0):
        yield np.stack(some)


def _renumbered(cells: Keys) -> Keys:
    """Each cell as the number of its category, in the order of first appearance."""
    _, first, inverse = np.unique(cells, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return order[inverse].astype(np.uint64)


def _linear(sample: pl.DataFrame, names: Sequence[str]) -> Iterator[Copy]:
    """Columns of numbers that are linear functions of an earlier one."""
    numeric = [name for name in names if sample[name].dtype.is_numeric()]
    numbers = {name: doubles(sample[name]) for name in numeric}
    columns = {
        name: numbers[name]
        for name, varied in zip(numeric, _varied(numbers.values()), strict=True)
        if varied
    }
    holed = list(_holes(columns.values()))
    often = Counter(holed)
    # Copies have the same holes.
    columns = {n: c for (n, c), own in zip(columns.items(), holed, strict=True) if often[own] > 1}
    weights = np.random.default_rng(0).standard_normal((2, sample.height))
    forms = [
        (*form, name) for form, name in zip(_forms(columns.values(), weights), columns, strict=True)
    ]
    place = {name: at for at, name in enumerate(columns)}
    forms.sort(key=lambda form: (form[0], form[1], place[form[3]]))
    last: list[tuple[bytes, float, float, str]] = []
    for holes, projected, again, name in forms:
        # Only what lies next to it by the projection can be a copy; by another one chance is rare.
        last = [e for e in last if e[0] == holes and abs(e[1] - projected) <= _NEAR]
        for _, _, beside, other in last:
            if abs(beside - again) > _NEAR:
                continue
            first, second = sorted((name, other), key=place.__getitem__)
            fitted = _fit(columns[first], columns[second])
            if fitted is not None:
                yield Copy(second, first, "linear", *fitted)
                break
        else:
            last.append((holes, projected, again, name))


_TWO = 2
_NEAR = 1e-4


def _varied(columns: Iterable[Floats]) -> Iterator[bool]:
    """Whether each column has enough numbers, and more than two of them differ."""
    for some in _blocks(columns):
        ascending = np.sort(np.where(np.isfinite(some), some, np.nan), axis=1)
        different = np.count_nonzero(ascending[:, 1:] > ascending[:, :-1], axis=1) + 1
        enough = np.count_nonzero(np.isfinite(some), axis=1) >= ENOUGH
        yield from (enough & (different > _TWO)).tolist()


def _holes(columns: Iterable[Floats]) -> Iterator[bytes]:
    """Where the cells of each column are missing."""
    for some in _blocks(columns):
        yield from (_digest(each) for each in np.packbits(np.isfinite(some), axis=1))


def _forms(columns: Iterable[Floats], weights: Floats) -> Iterator[tuple[bytes, float, float]]:
    """Where cells are missing, and two projections that no linear function changes."""
    for some in _blocks(columns):
        seen = np.isfinite(some)
        whole = seen.all(axis=1)
        together = iter(_projected(some[whole], weights))
        for at, is_whole in enumerate(whole.tolist()):
            here = seen[at]
            alone = None if is_whole else _projected(some[at : at + 1, here], weights[:, here])[0]
            yield _digest(np.packbits(here)), *(alone or next(together))


def _projected(columns: Floats, weights: Floats) -> list[tuple[float, float]]:
    """Two projections of each column, of shape (columns, rows), that no linear function changes."""
    own = weights - weights.mean(axis=1, keepdims=True)
    values = columns / np.maximum(np.abs(columns).max(axis=1, keepdims=True), 1e-300)
    values -= values.mean(axis=1, keepdims=True)
    size = np.maximum(np.sqrt((values * values).mean(axis=1)), 1e-300)
    one, two = (np.abs((each * values).mean(axis=1)) / size for each in own)
    return list(zip(one.tolist(), two.tolist(), strict=True))


def _fit(of: Floats, column: Floats) -> tuple[float, float, float] | None:
    """Factor, offset and room of a column as a linear function of another; None if it is none."""
    seen = np.isfinite(of)
    x, y = of[seen], column[seen]
    width = float(y.max() - y.min())
    for line, miss in ((_through_ends, MISS * width), (_least_squares, _rounded(x, y, width))):
        factor, offset = line(x, y)
        missed = np.abs(x * factor + offset - y)
        if width > 0 and missed.max() <= miss and not _by_its_ends_alone(missed, y):
            return factor, offset, miss
    return None


def _by_its_ends_alone(missed: Floats, y: Floats) -> bool:
    """Whether a line misses most cells by what they span, so that a few far ones made it."""
    low, high = np.quantile(y, _MIDDLE)
    within = (y >= low) & (y <= high)
    return bool(high > low and missed[within].max() > _MOST_OF_ALL * (high - low))


def _through_ends(x: Floats, y: Floats) -> tuple[float, float]:
    low, high = int(x.argmin()), int(x.argmax())
    factor = float((y[high] - y[low]) / (x[high] - x[low]))
    return factor, float(y[low] - factor * x[low])


def _least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    apart = x - x.mean()
    factor = float((apart * (y - y.mean())).sum() / (apart * apart).sum())
    return factor, float(y.mean() - factor * x.mean())


def _rounded(x: Floats, y: Floats, width: float) -> float:
    """By how much a column may miss where it, or what it was made of, was rounded."""
    # Beside what has no more than a few digits everything is a line.
    parts = (last_place(y) / width, last_place(x) / float(np.ptp(x)))
    part = max((each for each in parts if each <= ROUNDED), default=0.0)
    return part * width * _SLACK


def copy_findings(
    found: Sequence[Copy], rows: int, ids: Collection[str] = (), numbers: Collection[str] = ()
) -> Iterator[Finding]:
    """``column.copy``; of what names things, or counts its categories, for information."""
    for copy in found:
        of = shown_name(copy.of)
        counts = copy.kind == "renamed" and copy.column in numbers
        each, new = (
            ("value", "a tree learns nothing new from it, though a linear model may")
            if copy.of in numbers
            else ("category", "but for their order, it tells a model nothing new")
        )
        said = {
            "equal": f"It is equal to {of}",
            "linear": f"It is {figure(copy.factor)} times {of}"
            + (
                f" {'+' if copy.offset > 0 else '-'} {figure(abs(copy.offset))}"
                if abs(copy.offset) > copy.miss
                else ""
            ),
            "renamed": f"It has other names for the categories of {of}",
        }[copy.kind]
        evidence: dict[str, object] = {"of": copy.of, "kind": copy.kind}
        if copy.kind == "linear":
            evidence |= {"factor": copy.factor, "offset": copy.offset}
        yield Finding(
            code="column.copy",
            severity="warning" if copy.kind == "equal" and copy.column not in ids else "info",
            column=copy.column,
            count=rows,
            message=f"It has one value for each {each} of {of}, and no two share it: {new}."
            if counts
            else f"{said} in every row: it tells a model nothing new.",
            remedy=f"Drop one of the two, unless {of} is what a model is to predict.",
            fix=None if counts else fixes.drop_column(copy.column),
            evidence=evidence,
        )
