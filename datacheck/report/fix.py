"""A fix: a finding's remedy as data, which `datacheck.repairing` applies.

The vocabulary is small and frozen: a fix of any other kind cannot be made. What a fix says for
people is made from it, so that the sentence and the deed cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from datacheck.report.plain import plain
from datacheck.text import figure, some, undoing

Kind = Literal[
    "missing_values",  # declare that these values stand for none
    "number",  # declare how the numbers of a column of text are spelled
    "date_format",  # declare how the dates of a column of text are spelled
    "rescale",  # subtract an offset from these cells and divide them by a factor
    "spellings",  # map the spellings of a category to one
    "cast",  # give the column another dtype
    "drop_column",
    "drop_rows",  # leave out rows that repeat others, of the table or of a reference
    "role",  # say what the column is to a model
    "scale",  # choose another scaling
]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: What belongs to serving too, so that a schema repeats it; the others mend this table once.
DECLARED: frozenset[Kind] = frozenset(
    ("missing_values", "number", "date_format", "spellings", "cast", "role", "scale")
)

#: What says something of a column, and changes no cell.
SAID: frozenset[Kind] = frozenset(("role", "scale"))

#: What rows are looked for in that are to be dropped because another table has them.
REFERENCE = "reference"

#: So many spellings are named in a sentence.
_NAMED = 3

#: The formats of dates that every runtime reads.
_REPEATED = re.compile(r"%Y-%m-%d(?:[T ]%H:%M(?::%S(?:%\.f)?)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What would mend a finding.

    Parameters
    ----------
    kind
        What is to be done, a word of the vocabulary `KINDS`.
    safe
        Whether no cell that carries a value can lose it by this fix.
    column
        The column that it concerns; None where it concerns the table.
    arguments
        What the kind needs besides: plain data.
    """

    kind: Kind
    safe: bool
    column: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The fix as JSON can hold it."""
        return {
            "kind": self.kind,
            "safe": self.safe,
            "column": self.column,
            "arguments": plain(self.arguments),
        }

    @property
    def repeats(self) -> bool:
        """Whether a schema can say it, so that a transform repeats it when it serves.

        Text is read as a date where it is written year-month-day: a schema has no word for another
        order nor for a text with digits that stands for none, and a runtime in another language no
        reader for it. Such a column is mended once.
        """
        if self.kind == "date_format":
            words = not any(map(str.isdigit, "".join(self.arguments.get("values", ()))))
            return words and all(map(_REPEATED.fullmatch, self.arguments["formats"]))
        return self.kind in DECLARED

    @property
    def sentence(self) -> str:
        """What to do, for people.

        >>> Fix(kind="missing_values", safe=False, arguments={"values": [-999]}).sentence
        'If it stands for no value, declare missing_values: [-999].'
        >>> Fix(kind="rescale", safe=False, arguments={"factor": 0.1, "offset": 0.0}).sentence
        'Multiply these values by 10, if they are in another unit.'
        """
        return _SAID[self.kind](self)


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
    missing = fix.arguments.get("values")
    if missing and fix.repeats:
        dtype = fix.arguments["dtype"]
        return f"Declare dtype: {dtype} with coerce: true, and missing_values: {missing}."
    if missing:
        read += f", and {missing} as missing"
    if fix.repeats:
        return f"{read}."
    if fix.arguments["dtype"] == "Time":
        return f"{read}: this mends the table once."
    if not any("%d" in form for form in formats):
        return f"{read}, each month as its first day: this mends the table once."
    if missing and all(form.startswith("%Y-%m-%d") for form in formats):
        return f"{read}: a schema has no word for such texts, so this mends the table once."
    return (
        f"{read}, and write year-month-day where the rows come from: a schema reads that order "
        "alone, so this mends the table once."
    )


def _rescale(fix: Fix) -> str:
    factor, offset = fix.arguments["factor"], fix.arguments["offset"]
    if factor == 1 and offset:
        moved = f"Subtract {figure(offset)} from" if offset > 0 else f"Add {figure(-offset)} to"
        return f"{moved} these values, if they are in another unit."
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
