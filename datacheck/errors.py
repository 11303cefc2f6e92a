"""The errors that leave datacheck: one small tree, so that one `except` serves a caller.

Each message says what went wrong, what was found, what was expected and what to do, in that order.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

#: polars makes an error anew that was raised inside of an expression, and appends its expressions.
_POLARS_NOTE = "\n\nThis error occurred in the following"

_GOT, _EXPECTED = "  got: ", "  expected: "


class DatacheckError(Exception):
    """Anything that datacheck refuses to do.

    Parameters
    ----------
    what
        The problem, as one sentence.
    got, expected
        What was found, and what would have been accepted.
    todo
        The next step that mends it.
    """

    def __init__(self, what: str, *, got: str = "", expected: str = "", todo: str = "") -> None:
        self.what = what.partition(_POLARS_NOTE)[0]
        self.got, self.expected, self.todo = got, expected, todo
        super().__init__(str(self))

    def __str__(self) -> str:
        """What it says, from its parts: polars appends its whole query to an error's message."""
        return self.said()

    def said(self, *, values: bool = True) -> str:
        """The message; without `values`, what was found stays untold, but for the system's word.

        What was found may be a cell of a table, and what a table is held against its categories.
        """
        hidden: tuple[str, ...] = ()
        if not values and getattr(self.__cause__, "errno", None) is None:
            hidden = (_GOT, _EXPECTED) if isinstance(self, DataError) else (_GOT,)
        # What polars makes anew of an error of datacheck's has all of its lines here.
        lines = self.what.split("\n")
        lines += [_GOT + self.got] if self.got else []
        lines += [_EXPECTED + self.expected] if self.expected else []
        lines += [f"  to do: {self.todo}"] if self.todo else []
        return "\n".join(line for line in lines if not line.startswith(hidden))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as its parts: a pool of processes must get the error that its worker raised."""
        parts = self.what, self.got, self.expected, self.todo
        return _made_again, (type(self), *parts), dict(self.__dict__)


def _made_again(
    kind: type[DatacheckError], what: str, got: str, expected: str, todo: str
) -> DatacheckError:
    """An error of this kind, whatever its own constructor takes."""
    error = kind.__new__(kind)
    DatacheckError.__init__(error, what, got=got, expected=expected, todo=todo)
    return error


class SourceError(DatacheckError):
    """The input cannot be read, or the output cannot be written."""


class SchemaError(DatacheckError):
    """The declaration is wrong: an unknown key, a bad value, a check that cannot be written."""


class DataError(DatacheckError):
    """The data cannot be fitted or transformed: a missing column, a wrong type, a refused value."""


class PredictionError(DataError):
    """A guarded model has no finite answer for a row; `row` and `column` say where.

    `column` is None where no single column is to blame.
    """

    def __init__(
        self, what: str, *, row: int = -1, column: str | None = None, **parts: str
    ) -> None:
        self.row, self.column = row, column
        super().__init__(what, **parts)


class TrainingError(DatacheckError):
    """A guarded training was stopped; the model has its best weights back.

    `row` and `column` say where an input or a target is not finite, `step` how far it came, and
    `report` what was found; each is None where there is nothing to say.
    """

    row: int | None = None
    column: str | None = None
    step: int | None = None
    report: Any = None


class ArtefactError(DatacheckError):
    """A saved or exported artefact is broken, of an unknown version, or fails its golden rows."""


class FindingsError(DatacheckError):
    """`Report.raise_for` met findings at or above the severity that was asked for."""


class MissingExtraError(DatacheckError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the optional dependencies of the extra '{extra}'",
            todo=f"pip install 'datacheck-ml[{extra}]'",
        )


def is_panic(error: BaseException) -> bool:
    """Whether a library of Rust panicked: each has a class of its own for it, no `Exception`."""
    return type(error).__name__ == "PanicException"


def is_failure(error: BaseException) -> bool:
    """Whether someone else's code failed, and was not merely told to stop."""
    return isinstance(error, Exception) or is_panic(error)


def first_line(error: BaseException) -> str:
    """The first line of what an error of someone else's code says; its class where it says none."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


#: So many known words are listed, for one who meant another.
_LISTED = 20


def must_be_known(
    word: object,
    known: Collection[str],
    what: str,
    kind: type[DatacheckError] = DatacheckError,
) -> None:
    """Refuse what is none of the known words, naming the nearest; `what` says that there is none.

    >>> must_be_known("medain", ("mean", "median"), "There is no imputation 'medain'")
    Traceback (most recent call last):
    datacheck.errors.DatacheckError: There is no imputation 'medain'
      expected: mean, median
      to do: did you mean 'median' or 'mean'?
    """
    if word not in known:
        listed = ", ".join(map(str, known)) if len(known) <= _LISTED else ""
        near = did_you_mean(str(word), known)
        raise kind(what, expected="" if near.endswith(listed) else listed, todo=near)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Name the known words nearest to `name`, or all of them where none is near.

    >>> did_you_mean("nulable", ["nullable", "unique"])
    "did you mean 'nullable'?"
    >>> did_you_mean("AREA", ["area", "rooms"])
    "did you mean 'area'?"
    """
    from difflib import get_close_matches

    words = [str(word) for word in known]
    near = get_close_matches(name, words, n=2, cutoff=0.6)
    if not near and (same := name.casefold()) in (folded := [word.casefold() for word in words]):
        near = [words[folded.index(same)]]
    if near:
        return "did you mean " + " or ".join(f"'{word}'" for word in near) + "?"
    return "known: " + ", ".join(words) if words else "none is known"
