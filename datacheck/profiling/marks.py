"""Which values of a column a finding means, as far as its evidence says it of values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Marks:
    """The guilty values.

    Parameters
    ----------
    where
        A finding's evidence under ``where``: see `findings.locate`.
    values
        Values that are guilty besides: those that a finding lists.
    """

    where: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[Any, ...] = ()

    @staticmethod
    def of_finding(where: Mapping[str, Any] | None, values: Iterable[Any]) -> Marks:
        """Those that a finding's evidence names; else the values that it lists."""
        return Marks(where) if where and next(iter(where)) in _WAYS else Marks({}, tuple(values))

    def of(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these values are guilty."""
        guilty = np.isin(values, self._numbers)
        for word, bound in self.where.items():
            if word in _NUMBERS:
                guilty |= _NUMBERS[word](values, bound)
        return guilty

    def names(self, text: str) -> bool:
        """Whether a text is guilty."""
        return text in self.values or text in self.where.get("texts", ())

    @property
    def _numbers(self) -> list[float]:
        return [
            float(value)
            for value in self.values
            if isinstance(value, int | float) and not isinstance(value, bool) and _is_double(value)
        ]


def _is_double(value: float) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except OverflowError:
        return False


_NUMBERS: dict[str, Callable[[NDArray[np.float64], Any], NDArray[np.bool_]]] = {
    "values": lambda values, those: np.isin(values, [float(each) for each in those]),
    "inside": lambda values, ends: (values >= ends[0]) & (values <= ends[1]),
    "outside": lambda values, ends: (values < ends[0]) | (values > ends[1]),
    "beyond": lambda values, size: np.abs(values) > size,
    "tiny": lambda values, size: (np.abs(values) < size) & (values != 0),
}
_WAYS = {*_NUMBERS, "texts"}
