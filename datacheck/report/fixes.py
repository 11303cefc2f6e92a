"""Makes fixes, one function a kind, and says each in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.report.fix import Fix
from datacheck.text import figure, some, undoing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: What `drop_shared` says that rows are looked for in.
REFERENCE = "reference"
#: So many spellings are named in a sentence.
_NAMED = 3


def declare_missing(column: str, values: Sequence[Any], *, dtype: str | None = None) -> Fix:
    """Take these values for missing. Never safe: a cell that held something holds nothing then.

    Parameters
    ----------
    dtype
        What the rest of a column of text reads as.
    """
    rest = {"dtype": dtype} if dtype else {}
    arguments = {"values": list(values), **rest}
    return Fix(kind="missing_values", safe=False, column=column, arguments=arguments)


def declare_number(
    column: str, *, missing: Sequence[str] = (), dtype: str = "Float64", **spelling: Any
) -> Fix:
    """Read text as numbers, spelled as the fields of `datacheck.schema.declare.Number` say.

    Parameters
    ----------
    missing
        Texts among them that stand for none: with any, the fix is not safe.
    """
    arguments = {"dtype": dtype, "number": spelling, "values": list(missing)}
    return Fix(kind="number", safe=not missing, column=column, arguments=arguments)


def declare_dates(
    column: str, formats: Sequence[str], dtype: str, *, missing: Sequence[str] = ()
) -> Fix:
    """Read text as dates or moments; the first format that fits a cell is taken.

    Parameters
    ----------
    missing
        Texts among them that stand for none: with any, the fix is not safe.
    """
    arguments = {"formats": list(formats), "dtype": dtype, "values": list(missing)}
    return Fix(kind="date_format", safe=not missing, column=column, arguments=arguments)


def rescale(column: str, where: Mapping[str, Any], factor: float, offset: float = 0.0) -> Fix:
    """Divide the cells that `where` means (as `findings.locate` reads it) by a factor.

    The offset is subtracted before. Never safe: it rests on a guess of what the cells measure.
    """
    arguments = {"where": dict(where), "factor": factor, "offset": offset}
    return Fix(kind="rescale", safe=False, column=column, arguments=arguments)


def map_spellings(column: str, spellings: Mapping[str, Sequence[str]], *, safe: bool = True) -> Fix:
    """Write each category one way. Safe where only case, blanks or the letters' coding differ."""
    mapped = {category: sorted(spellings[category]) for category in sorted(spellings)}
    return Fix(kind="spellings", safe=safe, column=column, arguments={"spellings": mapped})


def cast(column: str, dtype: str, *, safe: bool = True) -> Fix:
    """Give the column a dtype that reads each of its cells."""
    return Fix(kind="cast", safe=safe, column=column, arguments={"dtype": dtype})


def drop_column(column: str, *, safe: bool = False) -> Fix:
    """Leave the column out. Safe where no cell of it holds a value."""
    return Fix(kind="drop_column", safe=safe, column=column)


def drop_rows(columns: Sequence[str] | None = None, *, differ: Sequence[str] = ()) -> Fix:
    """Leave out rows that repeat an earlier one, in these columns or in all.

    Parameters
    ----------
    differ
        Columns in which rows of one group must differ: groups that agree there are left whole.
    """
    rest = {"differ": list(differ)} if differ else {}
    arguments = {"columns": None if columns is None else list(columns), **rest}
    return Fix(kind="drop_rows", safe=False, arguments=arguments)


def drop_shared(columns: Sequence[str]) -> Fix:
    """Leave out rows that are in the reference too, by these columns: those there come first."""
    return Fix(kind="drop_rows", safe=False, arguments={"columns": list(columns), "of": REFERENCE})


def set_role(column: str, role: str) -> Fix:
    """Declare what the column is to a model."""
    return Fix(kind="role", safe=True, column=column, arguments={"role": role})


def choose_scale(column: str, scale: str) -> Fix:
    """Declare another scaling."""
    return Fix(kind="scale", safe=True, column=column, arguments={"scale": scale})


def sentence(fix: Fix) -> str:
    """Say a fix to people.

    >>> sentence(declare_missing("mass", [-999]))
    'If it stands for no value, declare missing_values: [-999].'
    >>> sentence(rescale("length", {"inside": [17.9, 23.1]}, 0.1))
    'Multiply these values by 10, if they are in another unit.'
    """
    return _SAID[fix.kind](fix)


def _missing(fix: Fix) -> str:
    shown = ", ".join(_value(value) for value in fix.arguments["values"])
    many = "they stand" if len(fix.arguments["values"]) > 1 else "it stands"
    return f"If {many} for no value, declare missing_values: [{shown}]."


def _value(value: Any) -> str:
    return figure(value) if isinstance(value, float) else repr(value)


def _number(fix: Fix) -> str:
    spelled = fix.arguments["number"]
    shown = ", ".join(f"{key}: {_flow(value)}" for key, value in spelled.items())
    read = f"dtype: {fix.arguments['dtype']}"
    also = f", and missing_values: {fix.arguments['values']}" if fix.arguments["values"] else ""
    if not shown:
        return f"Declare {read} with coerce: true{also}."
    return f"Declare {read} and number: {{{shown}}}{also}."


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {figure(each)}" for key, each in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _dates(fix: Fix) -> str:
    formats = fix.arguments["formats"]
    shown = formats[0] if len(formats) == 1 else " or ".join(formats)
    read = f"Read it as {fix.arguments['dtype']} ({shown})"
    if missing := fix.arguments.get("values"):
        read += f", and {missing} as missing"
    if fix.repeats:
        return f"{read}."
    if fix.arguments["dtype"] == "Time":
        return f"{read}: this mends the table once."
    if not any("%d" in form for form in formats):
        return f"{read}, each month as its first day: this mends the table once."
    if fix.arguments.get("values") and all(form.startswith("%Y-%m-%d") for form in formats):
        return f"{read}: a schema has no word for such texts, so this mends the table once."
    return (
        f"{read}, and write year-month-day where the rows come from: a schema reads that order "
        "alone, so this mends the table once."
    )


def _rescale(fix: Fix) -> str:
    factor, offset = fix.arguments["factor"], fix.arguments["offset"]
    after = f" after subtracting {figure(offset)}" if offset else ""
    verb, _, number = undoing(factor).partition(" ")
    return f"{verb.capitalize()} these values {number}{after}, if they are in another unit."


def _spellings(fix: Fix) -> str:
    mapped = fix.arguments["spellings"]
    told = [
        f"{category!r} for {', '.join(map(repr, others))}" for category, others in mapped.items()
    ]
    return f"Write each one way: {some(told, _NAMED, '; ')}."


def _dropped(fix: Fix) -> str:
    if fix.arguments.get("of") == REFERENCE:
        return "Drop the rows that are in the reference too."
    if fix.arguments.get("differ"):
        return "Keep the first row of those in conflict."
    return "Drop the rows that repeat others."


_SAID: dict[str, Callable[[Fix], str]] = {
    "missing_values": _missing,
    "number": _number,
    "date_format": _dates,
    "rescale": _rescale,
    "spellings": _spellings,
    "cast": lambda fix: f"Declare dtype: {fix.arguments['dtype']} with coerce: true.",
    "drop_column": lambda _: "Drop the column.",
    "drop_rows": _dropped,
    "role": lambda fix: f"Declare role: {fix.arguments['role']}.",
    "scale": lambda fix: f"Declare scale: {fix.arguments['scale']}.",
}
