"""The judge: a run is a list of steps, and it remembers which step made each row bad.

For every value of a run, and every row of it, one small integer says who made it bad: nobody, the
input, a weight, or else the step. A bad row inherits from its inputs; where no input was bad, the
step itself is the origin. At the end the outputs are asked. So what a mask throws away leaves no
trace, and a NaN that an infinity turned into is blamed on the step that made the infinity.

NaN and infinities are followed apart. No array is kept beyond the step that is being seen.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags
from datacheck.diagnosis.arrays import (
    bad_rows,
    by_row,
    cells_of,
    chosen,
    in_blocks,
    is_by_row,
    rows_first,
    vast_rows,
)
from datacheck.diagnosis.origin import CLEAN, Origin, Step
from datacheck.diagnosis.tables import (
    class_of,
    is_compare,
    is_drawn,
    is_elementwise,
    is_landmark,
    is_of_batch,
    is_recurrent,
    squares_inside,
)

#: What a constant without a name of its own is called.
CONSTANT = "a constant"

Ids = Sequence[tuple[Hashable, NDArray[Any]]]
Codes = NDArray[np.int32]


@dataclass
class _Mark:
    """Who made the rows of one value bad: NaN and infinities apart. A scalar code is all rows'."""

    nan: Codes
    inf: Codes
    batched: bool


class Judge:
    """Watches one run of `rows` rows.

    An adapter calls `start` for each input, `constant` for each weight, `see` for each step in
    order, and `ends` once for what the run gives.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.origins: list[Origin] = [Origin("clean")]
        self.steps: list[Step] = []
        #: Where bad rows vanish: by step and operand, who made them bad.
        self.vanished: dict[tuple[int, int], Codes] = {}
        #: Normalisations whose squares may overflow inside: by step, the rows.
        self.vast: dict[int, Flags] = {}
        #: Steps by which an answer is another one in other company, or when it is asked again.
        self.unsettled: list[Step] = []
        #: Steps to be watched, and whether each row of what they gave was bad.
        self.watched: dict[int, Flags] = {}
        #: Whether what the run gives has rows.
        self.by_row = False
        self._marks: dict[Hashable, _Mark] = {}
        self._constants: dict[Hashable, str] = {}

    def start(self, name: Hashable, array: NDArray[Any], label: str = "") -> None:
        """An input of the run, whose bad cells came in."""
        found = bad_rows(array, self.rows)
        if found is None:
            return
        code = self._new(Origin("input", name=label or str(name)))
        nan, inf, batched = found
        self._marks[name] = _Mark(nan * np.int32(code), inf * np.int32(code), batched)

    def constant(self, name: Hashable, array: NDArray[Any], label: str = "") -> None:
        """A weight. Infinities among zeros, or of the negative sign alone, are a mask."""
        self._constants[name] = label or str(name)
        if array.dtype.kind not in "fc":
            return
        nan, inf = np.isnan(array), np.isinf(array)
        if not nan.any() and not inf.any():
            return
        at = nan if nan.any() else inf
        weight = Origin("weight", name=label or str(name), value=float(array[at].reshape(-1)[0]))
        weight.places = {0: tuple(np.flatnonzero(at.reshape(-1))[:8].tolist())}
        meant = not nan.any() and (bool((array[inf] < 0).all()) or not array[~inf].any())
        code = self._new(weight)
        mask = self._new(Origin("mask", of=code)) if meant else code
        none = np.zeros((), np.int32)
        self._marks[name] = _Mark(
            none + np.int32(code if nan.any() else 0), none + np.int32(mask if inf.any() else 0),
            batched=False,
        )  # fmt: skip

    def see(self, step: Step, inputs: Ids, outputs: Ids) -> None:
        """One step, with what it was given and what it gave."""
        step = Step(step.op, step.name, step.layer, step.line, len(self.steps))
        self.steps.append(step)
        stored = all(name in self._constants for name, _ in inputs)
        label = self._constants[inputs[0][0]] if stored and inputs else step.label
        for name, array in outputs:
            if stored:
                self._constants[name] = label
            found = bad_rows(array, self.rows)
            if found is None:
                self._marks.pop(name, None)
            elif not inputs:
                self.constant(name, array, step.label)
            else:
                found = self._in_blocks(inputs, array, found)
                self._marks[name] = self._judged(step, inputs, array, found)
        if self._marks:
            self._note(step, inputs, outputs)
        of_batch = is_of_batch(step.op) and any(array.size for _, array in outputs[1:])
        if is_drawn(step.op) or self._sums_up(step, inputs, outputs):
            self.unsettled.append(step)
        if inputs and (squares_inside(step.op) or of_batch):
            vast = vast_rows(inputs[0][1], self.rows, axis=int(of_batch))
            self.vast |= {step.at: vast} if vast.any() else {}
            if step.at in self.watched:
                self.watched[step.at] = self.watched[step.at] | vast

    def _sums_up(self, step: Step, inputs: Ids, outputs: Ids) -> bool:
        """Whether what has no rows is made of what has: one number of all of them."""
        moving = [array for name, array in inputs if name not in self._constants]
        if not moving or class_of(step.op) == "test" or not is_by_row(moving[0].shape, self.rows):
            return False
        return is_of_batch(step.op) or not any(is_by_row(a.shape, self.rows) for _, a in outputs)

    def _in_blocks(self, inputs: Ids, array: NDArray[Any], found: Any) -> Any:
        """Read rows as repeated in blocks, where so alone they are those that came in bad."""
        other = in_blocks(array, self.rows)
        if other is None:
            return found
        known = np.zeros(self.rows, bool)
        for name, _ in inputs:
            if name in self._marks:
                mark = self._marks[name]
                known = known | (mark.nan != CLEAN) | (mark.inf != CLEAN)
        here, there = (each[0] | each[1] for each in (found, other))
        return other if (here & ~known).any() and not (there & ~known).any() else found

    def alias(self, name: Hashable, other: Hashable) -> None:
        """Another name of a value that has been seen."""
        if name in self._marks:
            self._marks[other] = self._marks[name]
        if name in self._constants:
            self._constants[other] = self._constants[name]

    def foreign(self, name: Hashable, array: NDArray[Any], step: Step) -> None:
        """A value that no step gave: a constant, or what code outside the framework has made."""
        found = bad_rows(array, self.rows)
        if found is None or not found[2] or not (found[0].any() or bool(np.isposinf(array).any())):
            self.constant(name, array, CONSTANT)
            return
        step = Step("foreign", step.name, step.layer, step.line, len(self.steps))
        self.steps.append(step)
        code = np.int32(self._fresh(step, [], array, found[0] | found[1]))
        self._marks[name] = _Mark(found[0] * code, found[1] * code, batched=True)
        if step.at in self.watched:
            self.watched[step.at] = found[0] | found[1]

    def ends(self, names: Sequence[Hashable], arrays: Sequence[NDArray[Any]] = ()) -> Codes:
        """By row, who made what the run gives bad.

        An infinity that a mask put there is meant, unless the row gives nothing else.
        """
        codes = np.zeros(self.rows, np.int32)
        for name, array in zip_longest(names, arrays):
            mark = self._marks.get(name)
            if mark is None:
                continue
            self.by_row |= mark.batched
            infs = self._unmasked(mark.inf)
            flat = None if array is None or not mark.batched else rows_first(array, self.rows)
            if flat is not None and np.any(mark.inf != infs):
                infs = np.where(np.isinf(flat).all(axis=1), self._unmeant(mark.inf), infs)
            for found in (mark.nan, infs):
                codes = np.where(codes == CLEAN, found, codes).astype(np.int32)
        return codes

    def own(self, codes: Codes) -> Flags:
        """Which codes are no other row's fault."""
        spoilt = [at for at, origin in enumerate(self.origins) if origin.kind == "spread"]
        found: Flags = (codes != CLEAN) & ~np.isin(codes, spoilt)
        return found

    def adopt(self, other: Judge, start: int) -> int:
        """Take over what another judge found of rows from `start` on: what its codes grow by."""
        shift = len(self.origins) - 1
        for origin in other.origins[1:]:
            for kept in (origin.operands, origin.places, origin.turned):
                moved: dict[int, Any] = {row + start: value for row, value in kept.items()}
                kept.clear()
                kept.update(moved)
            origin.of += shift if origin.of else 0
            self.origins.append(origin)
        end, count = start + other.rows, self.rows - start
        for at, rows in other.watched.items():
            self.watched[at][start:end] = rows[:count]
        for at, rows in other.vast.items():
            self.vast.setdefault(at, np.zeros(self.rows, bool))[start:end] = rows[:count]
        for key, codes in other.vanished.items():
            gone = self.vanished.setdefault(key, np.zeros(self.rows, np.int32))
            gone[start:end] = np.where(codes == CLEAN, CLEAN, codes + shift)[:count]
        self.steps, self.unsettled = self.steps or other.steps, self.unsettled or other.unsettled
        return shift

    def trim(self, rows: int) -> None:
        """Forget rows that an adapter has added at the end of the batch."""
        self.rows = rows
        self.watched = {at: found[:rows] for at, found in self.watched.items()}
        self.vanished = {key: found[:rows] for key, found in self.vanished.items()}
        self.vast = {at: found[:rows] for at, found in self.vast.items()}
        for origin in self.origins:
            for kept in (origin.operands, origin.places, origin.turned):
                for row in [row for row in kept if row >= rows]:
                    del kept[row]

    def _new(self, origin: Origin) -> int:
        self.origins.append(origin)
        return len(self.origins) - 1

    def _unmasked(self, codes: Codes) -> Codes:
        meant = [at for at, origin in enumerate(self.origins) if origin.kind == "mask"]
        return np.where(np.isin(codes, meant), CLEAN, codes).astype(np.int32)

    def _judged(self, step: Step, inputs: Ids, array: NDArray[Any], found: Any) -> _Mark:
        """Inherit, or blame the step."""
        nan, inf, batched = found
        kind = class_of(step.op)
        from_nan = self._inherited(inputs, array, "nan", step)
        from_inf = self._inherited(inputs, array, "inf", step)
        nans = np.where(nan, from_nan, CLEAN)
        turned = nan & (nans == CLEAN) & (self._unmasked(from_inf) != CLEAN)
        nans = np.where(turned, self._unmasked(from_inf), nans)
        self._turn(step, turned, nans)
        infs = np.where(inf, np.where(from_inf == CLEAN, from_nan, from_inf), CLEAN)
        if kind == "product":
            infs, nans = self._as_weights(infs), self._as_weights(nans)
            held = self._as_weights(np.asarray(from_inf))
            lost = nan & (nans == CLEAN) & (held != CLEAN)
            nans = np.where(lost, held, nans)
        if not batched and self._has_rows(inputs):
            nans, infs = self._mixed(step, inputs, nans, infs)
        fresh_nan, fresh_inf = nan & (nans == CLEAN), inf & (infs == CLEAN)
        if np.any(fresh_nan) or np.any(fresh_inf):
            of = self._spoilt(step, inputs) if np.any(fresh_nan) else CLEAN
            code = of or self._fresh(step, inputs, array, fresh_nan | fresh_inf)
            made = self._meant(code) if kind == "mask" else code
            nans = np.where(fresh_nan, code, nans)
            infs = np.where(fresh_inf, made, infs)
        return _Mark(nans.astype(np.int32), infs.astype(np.int32), batched)

    def _inherited(self, inputs: Ids, array: NDArray[Any], kind: str, step: Step) -> Any:
        """By row, the code of the first bad input; where several are, of one that is bad there."""
        codes: Any = np.zeros((), np.int32)
        taken = chosen(step.op, [value for _, value in inputs])
        marks = [
            (self._marks[name], value, cells)
            for (name, value), cells in zip(inputs, taken, strict=True)
            if name in self._marks and np.any(getattr(self._marks[name], kind))
        ]
        several = len(marks) > 1 and class_of(step.op) != "product"
        for mark, value, cells in marks:
            own = getattr(mark, kind)
            self._reach(own, step)
            if several:
                own = np.where(self._coincides(value, cells, array, kind), own, CLEAN)
            codes = np.where(codes == CLEAN, own, codes)
        for mark, _, _ in marks if several else ():
            codes = np.where(codes == CLEAN, getattr(mark, kind), codes)
        return codes

    def _reach(self, codes: Codes, step: Step) -> None:
        """Remember the first step that what came in has reached."""
        for code in np.unique(codes):
            origin = self.origins[int(code)]
            if origin.kind == "input" and origin.reached is None and is_landmark(step.op):
                origin.reached = step

    def _coincides(self, value: Any, cells: Any, array: NDArray[Any], kind: str) -> Any:
        """By row, whether a cell is bad in an operand and in what the step gave."""
        test = np.isnan if kind == "nan" else np.isinf
        try:
            both = np.broadcast_to(test(value) & cells, array.shape) & ~np.isfinite(array)
        except (ValueError, TypeError):
            return np.True_
        rows, _ = by_row(both, self.rows)
        return rows

    def _turn(self, step: Step, turned: Any, codes: Any) -> None:
        """Remember where infinities became NaN."""
        for row in np.flatnonzero(np.broadcast_to(turned, self.rows)):
            code = int(np.broadcast_to(codes, self.rows)[row])
            self.origins[code].turned.setdefault(int(row), step)

    def _as_weights(self, codes: Any) -> Any:
        """In a product an infinite constant is no mask but a weight."""
        for at, origin in enumerate(self.origins):
            if origin.kind == "mask" and origin.of and np.any(codes == at):
                codes = np.where(codes == at, origin.of, codes)
        return codes

    def _unmeant(self, codes: Codes) -> Codes:
        """Masks as the faults that they are where they leave nothing."""
        codes = self._as_weights(codes)
        for at, origin in enumerate(self.origins[:]):
            if origin.kind == "mask" and np.any(codes == at):
                codes = np.where(codes == at, self._new(Origin("op", step=origin.step)), codes)
        return codes

    def _has_rows(self, inputs: Ids) -> bool:
        return any(name in self._marks and self._marks[name].batched for name, _ in inputs)

    def _mixed(self, step: Step, inputs: Ids, nans: Any, infs: Any) -> tuple[Any, Any]:
        """A value without rows, made of rows of which some are bad: they spoil the batch."""
        of = CLEAN
        for name, _ in inputs:
            mark = self._marks.get(name)
            if mark is not None and mark.batched and of == CLEAN:
                bad = np.concatenate([mark.nan.reshape(-1), self._unmasked(mark.inf).reshape(-1)])
                of = int(bad[bad != CLEAN][0]) if np.any(bad) else CLEAN
        if of == CLEAN:
            return nans, infs
        code = np.int32(self._new(Origin("spread", step=step, of=of)))
        nans, infs = np.asarray(nans), np.asarray(infs)
        return np.where(np.any(nans), code, CLEAN), np.where(np.any(infs), code, CLEAN)

    def _spoilt(self, step: Step, inputs: Ids) -> int:
        """Where a step is not row-wise, a bad row of its input has spoilt rows that were well."""
        if is_elementwise(step.op) or not self._has_rows(inputs):
            return CLEAN
        moving = [name for name, _ in inputs if name not in self._constants]
        one = class_of(step.op) == "product" and len(moving) < 2  # noqa: PLR2004
        if one and not is_recurrent(step.op):
            return CLEAN
        code = int(np.max(self._mixed(step, inputs, np.ones(1), np.ones(1))[0]))
        return code if self.origins[code].kind == "spread" else CLEAN

    def _fresh(self, step: Step, inputs: Ids, array: NDArray[Any], fresh: Any) -> int:
        """The step itself is the origin; what it was given is kept."""
        origin = Origin("op", step=step, dtype=str(array.dtype))
        rows = np.flatnonzero(np.broadcast_to(fresh, self.rows))
        cells_of(origin, rows, array, inputs, self.rows)
        stored = [name in self._constants for name, _ in inputs]
        if class_of(step.op) == "divide" and stored[1:2] == [True]:
            origin.by_stored_zero = any(given.get("b") == 0 for given in origin.operands.values())
        if inputs and all(stored):
            origin.stored, origin.name = True, self._constants[inputs[0][0]]
        return self._new(origin)

    def _meant(self, code: int) -> int:
        origin = self.origins[code]
        return code if origin.kind == "spread" else self._new(Origin("mask", step=origin.step))

    def _note(self, step: Step, inputs: Ids, outputs: Ids) -> None:
        """Note where bad rows vanish, and how watched steps fared."""
        after, own = np.zeros(self.rows, bool), np.zeros(self.rows, bool)
        for name, _ in outputs:
            mark = self._marks.get(name)
            if mark is not None:
                after |= np.broadcast_to((mark.nan != CLEAN) | (mark.inf != CLEAN), self.rows)
                own |= np.broadcast_to(self.own(mark.nan) | self.own(mark.inf), self.rows)
        if step.at in self.watched:
            self.watched[step.at] = own
        # A value that is compared with itself is asked whether it is NaN.
        itself = is_compare(step.op) and len({name for name, _ in inputs}) < len(inputs)
        if class_of(step.op) == "test" or itself:
            return
        for at, (name, _) in enumerate(inputs):
            mark = self._marks.get(name)
            divisor = class_of(step.op) == "norm" or (at == 1 and class_of(step.op) == "divide")
            if mark is None or (name in self._constants and not divisor):
                continue
            codes = np.where(mark.nan != CLEAN, mark.nan, self._unmasked(mark.inf))
            gone = np.where(after, CLEAN, codes).astype(np.int32)
            if gone.any():
                self.vanished[step.at, at] = gone
