"""Which of the fitted columns are prepared, which must be there, and where what they give stands.

A target and a column that is not required may be absent: the one is left out then, the other is
missing, and stands where the fitted table had it.
"""

from __future__ import annotations

from datacheck.errors import DataError, did_you_mean, must_be_known
from datacheck.ops import KnnFill, first, outputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from datacheck.ops import Fitted, Program


#: How much of a list of columns an error shows.
_LISTED = 2000


def chosen(fitted: Fitted, columns: Sequence[str] | None) -> tuple[Program, ...]:
    """The programs to run, in the order asked for; `DataError` for an unknown or repeated name."""
    if columns is None:
        return fitted.programs
    known = {program.column: program for program in fitted.programs}
    names = [columns] if isinstance(columns, str) else list(columns)
    for name in names:
        must_be_known(name, known, f"The transform has no column {name!r}", DataError)
    if len(set(names)) < len(names):
        raise DataError("A column is named twice", got=", ".join(map(repr, names)))
    return tuple(known[name] for name in names)


def present(
    programs: Sequence[Program],
    names: Collection[str],
    fitted: Fitted,
    what: str,
    *,
    asked: bool,
    passing: bool = False,
) -> list[Program]:
    """The programs that run on what is there, without absent targets unless `asked` for."""
    kept = [p for p in programs if asked or p.role != "target" or p.column in names]
    needed = [*(p for p in kept if p.required), *beside(fitted, kept)]
    absent = [p.column for p in needed if p.column not in names]
    if absent:
        near = did_you_mean(absent[0], set(map(str, names)) - {p.column for p in fitted.programs})
        hint = f"{near} " if near.startswith("did") else ""
        raise DataError(
            f"{what} lacks columns that the transform was fitted on: "
            + ", ".join(map(repr, absent))[:_LISTED],
            got="columns " + (", ".join(map(repr, names))[:_LISTED] or "none"),
            todo=f"{hint}add them; None stands for a missing value. Or fit again with a schema "
            "that leaves them out, or declares them required: false",
        )
    if passing:
        must_not_collide(names, programs)
    return kept


def beside(fitted: Fitted, programs: Sequence[Program]) -> list[Program]:
    """Those that neighbours are sought by, which must be there though they are not asked for."""
    if fitted.donors is None or not any(first(p.ops, KnnFill) for p in programs):
        return []
    features = set(fitted.donors.features) - {program.column for program in programs}
    return [p for p in fitted.programs if p.column in features and p.required]


def must_not_collide(names: Iterable[str], programs: Sequence[Program]) -> None:
    """Raise `DataError` where a column has a name of its own that the transform gives a cell."""
    fitted = {program.column for program in programs}
    made = {name for program in programs for name in outputs(program)} - fitted
    twice = [name for name in names if name in made]
    if twice:
        raise collision(twice)


def collision(names: Iterable[str]) -> DataError:
    """The error for columns whose names the transform gives its own cells."""
    return DataError(
        "The data has columns of the names that the transform gives its own",
        got=", ".join(map(repr, names))[:_LISTED],
        todo="rename them, or leave them out: they were not there when it was fitted",
    )


def arranged(names: Iterable[str], programs: Sequence[Program]) -> list[str]:
    """The names that are there, each absent column after the one that it followed in the fit."""
    there = dict.fromkeys(names)
    last: str | None = None
    absent: dict[str | None, list[str]] = {}
    for program in programs:
        if program.column in there:
            last = program.column
        else:
            absent.setdefault(last, []).append(program.column)
    if not absent:
        return list(there)
    order = absent.get(None, [])
    return order + [each for name in there for each in (name, *absent.get(name, ()))]
