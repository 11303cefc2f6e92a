"""The numbers of a row as one straight function: a loop would cost as much again as what it does.

It is compiled from one pattern a column. What a transform holds, names and numbers, is given to it
and is no part of its text.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

from datacheck.ops import (
    UNSCALED,
    Affine,
    Cast,
    Clip,
    Fill,
    Missing,
    first,
    numbers_of,
    refuses_missing,
)
from datacheck.transform.given import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from datacheck.ops import Program

    #: Column; declared missing numbers; bounds with what stands beyond them, or None; what a
    #: missing cell becomes (None: it stays missing; `_NOTHING`: it is refused); center; 1 / scale.
    Straight = tuple[str, frozenset[float], Sequence[float | None] | None, Any, float, float]

#: So many columns are compiled into one function.
_TOGETHER = 64
#: In the place of a fill: a missing cell is refused.
_NOTHING = object()


def straight(program: Program) -> Straight | None:
    """A program as `unrolled` takes it; None for one of another shape."""
    if program.kind != "number":
        return None
    missing, clip = first(program.ops, Missing), first(program.ops, Clip)
    fill, scaling = first(program.ops, Fill), first(program.ops, Affine)
    affine = scaling or UNSCALED
    # A cell that a leading `Cast` would read is text or a boolean, which goes op by op.
    known = [op for op in (missing, clip, fill, scaling) if op is not None]
    if (
        missing is None
        or missing.infinite != "refuse"
        or [*known, program.ops[-1]]
        != [op for at, op in enumerate(program.ops) if at or not isinstance(op, Cast)]
    ):
        return None
    filled: Any = None
    if fill is not None:
        filled = (float(fill.value) - affine.center) * affine.inverse_scale
    if filled is not None and filled - filled != 0.0:
        return None
    if filled is None and refuses_missing(program):
        filled = _NOTHING
    sentinels = frozenset(numbers_of(missing))
    return program.column, sentinels, clip, filled, affine.center, affine.inverse_scale


def unrolled(columns: Sequence[Straight], *, narrow: bool) -> Callable[[dict[str, Any]], None]:
    """What puts the prepared numbers in the place of a row's cells; odd ones raise midway."""
    starts = range(0, len(columns), _TOGETHER)
    runs = [_together(columns[start : start + _TOGETHER], narrow=narrow) for start in starts]
    if len(runs) == 1:
        return runs[0]

    def run(out: dict[str, Any]) -> None:
        for each in runs:
            each(out)

    return run


def _together(columns: Sequence[Straight], *, narrow: bool) -> Callable[[dict[str, Any]], None]:
    """A function for a few columns: to compile one takes the square of their number."""
    names = ("name", "sentinels", "lower", "upper", "below", "above", "filled", "center", "inverse")
    known: dict[str, Any] = {"number": _number, "Refused": Refused, "nan": float("nan")}
    lines: list[str] = []
    for at, (column, sentinels, clip, filled, *scaling) in enumerate(columns):
        bounds = [known["nan"] if bound is None else bound for bound in clip or [None] * 4]
        values = (column, sentinels, *bounds, filled, *scaling)
        known |= {f"{name}{at}": value for name, value in zip(names, values, strict=True)}
        steps = _steps(filled, narrow=narrow, clipped=clip is not None, listed=bool(sentinels))
        lines += (line.replace("@", str(at)) for line in steps)
    made, cells = (
        "".join(each.replace("@", str(at)) for at in range(len(columns)))
        for each in ("y@,", "out[name@],")
    )
    if narrow:
        single = Struct(f"{len(columns)}f")
        known |= {"pack": single.pack, "unpack": single.unpack}
        lines += [f"made = unpack(pack({made}))", "total = sum(made)"]
        lines += ["if total - total != 0.0: raise Refused", f"{cells} = made"]
    else:
        lines.append(f"{cells} = {made}")
    body = "".join(f"\n  {line}" for line in lines)
    made_by = _compiled(f"def make({', '.join(known)}):\n def run(out):{body}\n return run")
    run: Callable[[dict[str, Any]], None] = made_by(**known)
    return run


@lru_cache(maxsize=_TOGETHER)
def _compiled(text: str) -> Callable[..., Any]:
    """The function of a text; columns of the same ops have the same, once for all transforms."""
    compiled: dict[str, Any] = {}
    exec(text, compiled)  # noqa: S102 - made here, of the pattern below and of whole numbers
    made: Callable[..., Any] = compiled["make"]
    return made


def _steps(filled: Any, *, narrow: bool, clipped: bool, listed: bool) -> Iterator[str]:
    """The lines of one column, whose place stands as ``@``; what is missing is NaN until filled."""
    yield "x = out[name@]"
    yield "if type(x) is not float: x = nan if x is None else number(x)"
    if clipped:
        if listed:
            yield "if x in sentinels@: x = nan"
        yield "if x - x != 0.0 and x == x: raise Refused"
        yield "if x < lower@: x = below@"
        yield "elif x > upper@: x = above@"
    yield "if x != x:" if clipped or not listed else "if x != x or x in sentinels@:"
    yield "  raise Refused" if filled is _NOTHING else "  y@ = filled@"
    yield "else:"
    yield "  y@ = (x - center@) * inverse@"
    if not narrow:  # else all are looked at together
        yield "  if y@ - y@ != 0.0: raise Refused"


def _number(value: Any) -> float:
    if type(value) is int:
        return float(value)
    raise Refused
