"""What an adapter offers: a model that can be run, and where it can, watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags
from datacheck.diagnosis.arrays import padded
from datacheck.diagnosis.judge import Judge

Arrays = list[NDArray[Any]]
Codes = NDArray[np.int32]
#: Operands of steps: the step's number, and which of its operands.
Places = Sequence[tuple[int, int]]
Substitute = Callable[[NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Input:
    """One input of a model; the shape of a row is None where it, or an axis of it, is left open."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: np.dtype[Any]
    #: The names of its columns, where the model knows them.
    columns: tuple[str, ...] = ()
    #: Whether it is a table, of numbers and text, and `dtype` that of its cells if it is an array.
    table: bool = False
    #: Whether the type is a guess, since the model does not say it.
    guessed: bool = False

    @property
    def width(self) -> int | None:
        """How many numbers one row has; None where that is open."""
        if self.shape is None or any(axis is None for axis in self.shape):
            return None
        return int(np.prod([axis or 0 for axis in self.shape], dtype=np.int64))


class Fed(Protocol):
    """Whatever has inputs, in Python or in JavaScript."""

    inputs: tuple[Input, ...]


class Model(Protocol):
    """A model as `diagnose` sees it.

    `runtime` is what runs it when it serves, `inputs` are in the order of the arrays that `run`
    takes, and `traces` says whether `trace` and `replaced` can be called: a callable shows no
    steps.
    """

    name: str
    runtime: str
    inputs: tuple[Input, ...]
    traces: bool

    def run(self, arrays: Arrays) -> Arrays:
        """What the model gives, as it serves: arrays whose first axis is the rows'."""

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """Run under a judge: what the model gives, and by row who made it bad."""

    def replaced(self, arrays: Arrays, places: Places, substitute: Substitute) -> Arrays | None:
        """Run with operands of steps replaced; None where that cannot be done."""


class Unseen:
    """A model that shows no steps."""

    traces = False

    def trace(self, arrays: Arrays, judge: Judge) -> tuple[Arrays, Codes]:
        """See `Model`: not to be called."""
        raise NotImplementedError

    def replaced(self, arrays: Arrays, places: Places, substitute: Substitute) -> Arrays | None:
        """See `Model`: not to be called."""
        raise NotImplementedError


def in_parts(
    arrays: Arrays, judge: Judge, size: int, trace: Callable[[Arrays, Judge], tuple[Arrays, Codes]]
) -> tuple[Arrays, Codes]:
    """Trace a model whose batch is fixed: a judge for each part, told to the one that was given."""
    rows = len(arrays[0])
    codes = np.zeros(rows, np.int32)
    ends: list[Arrays] = []
    for start in range(0, rows, size):
        own = Judge(size)
        own.watched = dict.fromkeys(judge.watched, np.zeros(size, bool))
        end, found = trace(part_of(arrays, start, size), own)
        ends.append([array[: rows - start] for array in end])
        shift = judge.adopt(own, start)
        codes[start : start + size] = np.where(found > 0, found + shift, 0)[: rows - start]
    return joined(ends), codes


def part_of(arrays: Arrays, start: int, size: int) -> Arrays:
    """So many rows from one on, the last of them repeated where there are fewer."""
    return [padded(array[start : start + size], size) for array in arrays]


def joined(parts: list[Arrays]) -> Arrays:
    """Arrays by part, one after the other."""
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def end_is_bad(ends: Arrays, rows: int) -> Flags:
    """By row, whether any number that the model gives is not finite."""
    bad = np.zeros(rows, bool)
    for end in ends:
        if end.dtype.kind in "fc" and end.size:
            cells = ~np.isfinite(end)
            if end.shape and end.shape[0] == rows:
                bad |= cells.reshape(rows, -1).any(axis=1)
            else:
                bad |= bool(cells.any())
    return bad


def answer_of(ends: Arrays, row: int) -> str:
    """What a model answered in a row, in words."""
    parts = [end[row].reshape(-1) for end in ends if end.ndim and len(end) > row]
    cells = np.concatenate(parts) if parts else np.zeros(0)
    shown = ", ".join(f"{cell:.4g}" for cell in cells[:4]).replace("nan", "NaN")
    return shown if len(cells) == 1 else f"[{shown}{', ...' if len(cells) > 4 else ''}]"  # noqa: PLR2004
