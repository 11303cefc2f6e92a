"""The refusal of a transform that holds what a target cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.errors import ArtefactError
from datacheck.ops import OPS

if TYPE_CHECKING:
    from datacheck.ops import Fitted, Op


def refuse(fitted: Fitted, refused: tuple[type[Op], ...], target: str) -> None:
    """Raise where a program holds one of these ops.

    Raises
    ------
    ArtefactError
        Naming the columns.
    """
    names = {kind: name for name, kind in OPS.items()}
    found = [
        f"{program.column!r} ({names[type(op)]})"
        for program in fitted.programs
        for op in program.ops
        if isinstance(op, refused)
    ]
    if found:
        raise ArtefactError(
            f"{target} cannot hold what some columns are prepared with",
            got=", ".join(found),
            todo="leave those columns out with columns=[...], or export to another target",
        )
