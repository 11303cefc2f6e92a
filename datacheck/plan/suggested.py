"""A schema that says why: its reasons become comments where it is written."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datacheck.schema import Schema

if TYPE_CHECKING:
    from datacheck.plan.score import Score

_WIDE = 96


@dataclass(frozen=True, kw_only=True, eq=False)
class Suggested(Schema):
    """A schema that `suggest` wrote.

    Parameters
    ----------
    reasons
        By column, why it is declared as it is.
    scores
        By column, how well each imputation guessed hidden cells; empty where none was tried.
    """

    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    scores: dict[str, Score] = field(default_factory=dict, compare=False)

    def to_yaml(self) -> str:
        """The schema as YAML, each column under its reasons."""
        text = super().to_yaml()
        lines, out, place, inside = text.splitlines(), [], 0, False
        for line in lines:
            if line and not line.startswith(" "):
                inside = line == "columns:"
            elif inside and line[2:3] != " " and not line.startswith("  : "):
                out += self._comments(place, "  ")
                place += 1
            out.append(line)
        return "\n".join(out) + "\n"

    def _to_script(self) -> str:
        """The schema as Python, each column under its reasons."""
        out, place = [], 0
        for line in super()._to_script().splitlines():
            bare = line.lstrip(" ")
            column = self.columns[place].name if place < len(self.columns) else None
            if column is not None and bare.startswith(f"{column!r}: "):
                out += self._comments(place, " " * (len(line) - len(bare)))
                place += 1
            out.append(line)
        return "\n".join(out) + "\n"

    def _comments(self, place: int, indent: str) -> list[str]:
        reasons = self.reasons.get(self.columns[place].name, ())
        return [
            f"{indent}# {line}"
            for reason in reasons
            for line in textwrap.wrap(" ".join(reason.split()), _WIDE - len(indent))
        ]
