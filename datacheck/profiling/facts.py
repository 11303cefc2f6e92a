"""What detectors ask of a column, each fact found once: the next that asks is told it."""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from datacheck.spelling import number_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.profiling.texts import Texts

    class Known(Protocol):
        """What keeps the facts that are found of it."""

        @property
        def facts(self) -> dict[Any, Any]:
            """Each by the question that it answers."""


K = TypeVar("K", bound="Known")
F = TypeVar("F")
#: Digits, and the marks that stand between them in numbers, dates and times.
_DIGITS = re.compile(r"-?[0-9][0-9.:/-]*")


def fact(find: Callable[[K], F]) -> Callable[[K], F]:
    """Keep what is found of an object with it, to live and die with it; nobody may change it."""

    @wraps(find)
    def found(of: K) -> F:
        facts = of.facts
        if found not in facts:
            facts[found] = find(of)
        return facts[found]  # type: ignore[no-any-return]

    return found


@fact
def numbers_of(texts: Texts) -> dict[str, tuple[float, str]]:
    """The texts that are numbers, each with its number and how it is written."""
    found = ((text, number_in(text)) for text in texts.values)
    return {text: number for text, number in found if number is not None}


@fact
def worded(texts: Texts) -> list[str]:
    """The texts that have a letter, a blank, or another mark than those of digits."""
    return [text for text in texts.values if _DIGITS.fullmatch(text) is None]
