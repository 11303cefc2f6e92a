"""Who made rows bad: a step of a run, an input or a weight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Nobody made it bad.
CLEAN = 0


@dataclass(frozen=True)
class Step:
    """One operation of a run: what it is called, and where it stands."""

    op: str
    name: str
    layer: str = ""
    line: str = ""
    at: int = -1

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.layer or self.name or self.op

    @property
    def shown(self) -> str:
        """The same with its operation, and the line that runs it where that is known."""
        return f"{self.label} ({self.op})" + (f" at {self.line}" if self.line else "")


@dataclass
class Origin:
    """Who made rows bad."""

    #: ``input``, ``weight``, ``op``, ``mask`` (an infinity that is meant) or ``spread``.
    kind: str
    #: Of the input or the weight.
    name: str = ""
    #: The step, for ``op`` and ``spread``.
    step: Step | None = None
    #: By row: what the step was given at the row's first bad cell.
    operands: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: By row: the flat places of its bad cells in the step's output.
    places: dict[int, tuple[int, ...]] = field(default_factory=dict)
    width: int = 0
    dtype: str = ""
    value: float = float("nan")
    #: For ``spread``: the origin that one row had.
    of: int = CLEAN
    #: The step was given weights alone: what is wrong with it stands in the model.
    stored: bool = False
    #: It divides by a 0 that stands in the model.
    by_stored_zero: bool = False
    reached: Step | None = None
    #: By row: the step where its infinity became NaN.
    turned: dict[int, Step] = field(default_factory=dict)

    @property
    def op(self) -> str:
        """The operation of its step; empty where it has none."""
        return "" if self.step is None else self.step.op
