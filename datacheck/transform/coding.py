"""What an encoded column makes of each value that it knows, in one step."""

from __future__ import annotations

from datacheck.ops import Encode, Fill, Missing, Replace, first, missing_op, spellings_of
from datacheck.transform.cell import encoding
from datacheck.transform.given import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from datacheck.ops import Op, Program, Scalar

#: The types of the cells that an encoded column of each kind holds.
TYPES: dict[str, type] = {"text": str, "boolean": bool, "integer": int}


def known_codes(program: Program) -> dict[Scalar | None, int | None]:
    """The code, None to refuse the row, of each value that the program knows, and of None."""
    encode = first(program.ops, Encode) or Encode((), (), None, None)
    spellings, declared = spellings_of(program), missing_op(program)
    kind, code = TYPES[program.kind], coder(program.ops)
    values = (*encode.categories, *spellings, *spellings.values(), *declared.values)
    return {None: code(None)} | {value: code(value) for value in values if type(value) is kind}


def coder(ops: Sequence[Op]) -> Callable[[Any], int | None]:
    """What gives the code that a cell ends with, as its kind has it; None where it is refused."""
    steps: list[Callable[[Any], Any]] = []
    for op in ops:
        if isinstance(op, Replace):
            steps.append(_meant(dict(zip(reversed(op.old), reversed(op.new), strict=True))))
        elif isinstance(op, Missing):
            steps.append(_meant(dict.fromkeys(op.values)))
        elif isinstance(op, Fill):
            steps.append(_meant({None: op.value}))
        elif isinstance(op, Encode):
            steps.append(encoding(op))
            break

    def code(value: Any) -> int | None:
        try:
            for step in steps:
                value = step(value)
            return int(value)
        except Refused:
            return None

    return code


def _meant(known: dict[Any, Any]) -> Callable[[Any], Any]:
    return lambda value: known.get(value, value)
