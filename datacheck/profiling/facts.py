"""What detectors ask of a column, each fact found once: the next that asks is told it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar


class Known(Protocol):
    """What keeps the facts that are found of it."""

    @property
    def facts(self) -> dict[Any, Any]:
        """Each by the question that it answers."""


K = TypeVar("K", bound="Known")
F = TypeVar("F")


def fact(find: Callable[[K], F]) -> Callable[[K], F]:
    """Keep what is found of an object with it, to live and die with it; nobody may change it."""

    @wraps(find)
    def found(of: K) -> F:
        facts = of.facts
        if found not in facts:
            facts[found] = find(of)
        return facts[found]  # type: ignore[no-any-return]

    return found
