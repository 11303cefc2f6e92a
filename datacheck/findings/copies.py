"""Columns that say what another says: equal, a linear function of it, or its categories renamed.

No pair is compared that is no candidate: each column is brought to a form that its copies share,
and columns of one form are found by hashing (or, for the linear ones, by sorting a projection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.columns import doubles
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes_of
from datacheck.rows.roundings import last_place
from datacheck.text import figure, shown_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

#: Rows below which columns agree by chance.
ENOUGH = 20
#: How far, in parts of its range, a linear function may miss a column: rounding alone.
MISS = 1e-7
#: A column that was rounded has its last place within this part of its range; a line through
#: rounded points misses each by half of it, and a little more.
ROUNDED, _SLACK = 1e-3, 0.6
#: Categories that are renamed: at least two, at most this share of the rows distinct.
NAMES = 0.5


class Copy(NamedTuple):
    """A column that says what an earlier one says.

    Parameters
    ----------
    column, of
        Their names.
    kind
        ``equal``, ``linear`` or ``renamed``.
    factor, offset
        Of a linear one: column = of * factor + offset.
    miss
        By how much a cell of it may miss that: by rounding alone.
    """

    column: str
    of: str
    kind: str
    factor: float = 1.0
    offset: float = 0.0
    miss: float = 0.0


def copies(
    sample: pl.DataFrame, passed_over: Sequence[str] = (), names_alone: Sequence[str] = ()
) -> list[Copy]:
    """The columns of a sample that say what an earlier column says.

    Parameters
    ----------
    passed_over
        Columns that are not looked at.
    names_alone
        Columns that name things: they may be equal to others, and no more, as counters are alike.
    """
    if sample.height < ENOUGH:
        return []
    names = [n for n in sample.columns if n not in passed_over and can_be_told(sample[n].dtype)]
    coded = {n: cells for n, cells in codes_of(sample, names).items() if (cells != cells[0]).any()}
    found: dict[str, Copy] = {}
    for name, of in _equal(coded):
        found[name] = Copy(name, of, "equal")
    rest = {n: cells for n, cells in coded.items() if n not in found and n not in names_alone}
    for copy in _linear(sample, list(rest)):
        found.setdefault(copy.column, copy)
    rest = {name: cells for name, cells in rest.items() if name not in found}
    for name, of in _equal({n: _renumbered(cells) for n, cells in rest.items() if _few(cells)}):
        found[name] = Copy(name, of, "renamed")
    return [found[name] for name in names if name in found]


def _equal(forms: Mapping[str, NDArray[np.uint64]]) -> Iterator[tuple[str, str]]:
    """Columns of one form, each with the first of them."""
    known: dict[bytes, str] = {}
    from hashlib import blake2b

    for name, form in forms.items():
        digest = blake2b(np.ascontiguousarray(form).tobytes(), digest_size=16).digest()
        first = known.setdefault(digest, name)
        if first != name:
            yield name, first


def _few(cells: NDArray[np.uint64]) -> bool:
    """Whether cells are categories: their names may be others, and say the same."""
    kinds = len(np.unique(cells))
    return 1 < kinds <= NAMES * len(cells)


def _renumbered(cells: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each cell as the number of its category, in the order of first appearance."""
    _, first, inverse = np.unique(cells, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return order[inverse].astype(np.uint64)


def _linear(sample: pl.DataFrame, names: Sequence[str]) -> Iterator[Copy]:
    """Columns of numbers that are linear functions of an earlier one."""
    columns: dict[str, NDArray[np.float64]] = {}
    for name in names:
        if not sample[name].dtype.is_numeric():
            continue
        numbers = doubles(sample[name])
        seen = np.isfinite(numbers)
        if seen.sum() >= ENOUGH and len(np.unique(numbers[seen])) > _TWO:
            columns[name] = numbers
    weights = np.random.default_rng(0).standard_normal((2, sample.height))
    forms = [(*_form(numbers, weights), name) for name, numbers in columns.items()]
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


def _form(numbers: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[bytes, float, float]:
    """Where cells are missing, and two projections that no linear function changes."""
    from hashlib import blake2b

    seen = np.isfinite(numbers)
    holes = blake2b(np.packbits(seen).tobytes(), digest_size=16).digest()
    values, own = numbers[seen], weights[:, seen]
    own = own - own.mean(axis=1, keepdims=True)
    values = values / max(float(np.abs(values).max()), 1e-300)
    values = values - values.mean()
    size = float(np.sqrt((values * values).mean()))
    one, two = (np.abs((own * values).mean(axis=1)) / max(size, 1e-300)).tolist()
    return holes, one, two


def _fit(of: NDArray[np.float64], column: NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Factor and offset of a column as a linear function of another, and by how much it may miss.

    None where it is none.
    """
    seen = np.isfinite(of)
    x, y = of[seen], column[seen]
    width = float(y.max() - y.min())
    for line, miss in ((_through_ends, MISS * width), (_least_squares, _rounded(x, y, width))):
        with np.errstate(all="ignore"):
            factor, offset = line(x, y)
            missed = np.abs(x * factor + offset - y).max()
        if width > 0 and missed <= miss:
            return factor, offset, miss
    return None


def _through_ends(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    low, high = int(x.argmin()), int(x.argmax())
    factor = float((y[high] - y[low]) / (x[high] - x[low]))
    return factor, float(y[low] - factor * x[low])


def _least_squares(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    apart = x - x.mean()
    factor = float((apart * (y - y.mean())).sum() / (apart * apart).sum())
    return factor, float(y.mean() - factor * x.mean())


def _rounded(x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> float:
    """By how much a column may miss where it, or what it was made of, was rounded."""
    # Beside what has no more than a few digits everything is a line.
    parts = (last_place(y) / width, last_place(x) / float(np.ptp(x)))
    part = max((each for each in parts if each <= ROUNDED), default=0.0)
    return part * width * _SLACK


def copy_findings(found: Sequence[Copy], rows: int, ids: Collection[str] = ()) -> Iterator[Finding]:
    """``column.copy``; of what names things for information, as no model is fed it."""
    for copy in found:
        of = shown_name(copy.of)
        said = {
            "equal": f"It is equal to {of}",
            "linear": f"It is {figure(copy.factor)} times {of}"
            + (
                f" {'+' if copy.offset > 0 else '-'} {figure(abs(copy.offset))}"
                if copy.offset
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
            message=f"{said} in every row: it tells a model nothing new.",
            remedy=f"Drop one of the two, unless {of} is what a model is to predict.",
            fix=fixes.drop_column(copy.column),
            evidence=evidence,
        )
