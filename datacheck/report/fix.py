"""A fix: a finding's remedy as data, which `datacheck.repairing` applies.

The vocabulary is small and frozen: a fix of any other kind cannot be made. What a fix says for
people is made from it, so that the sentence and the deed cannot drift apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

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
        from datacheck.report.plain import plain

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
        order nor for a text among dates that stands for none, and a runtime in another language no
        reader for it. Such a column is mended once.
        """
        if self.kind == "date_format":
            plain = not self.arguments.get("values")
            return plain and all(map(_REPEATED.fullmatch, self.arguments["formats"]))
        return self.kind in DECLARED

    @property
    def sentence(self) -> str:
        """What to do, for people."""
        from datacheck.report.fixes import sentence

        return sentence(self)
