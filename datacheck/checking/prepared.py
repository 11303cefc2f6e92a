"""What a transform makes of a table, as a profile: for the pages that show before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.errors import DataError

if TYPE_CHECKING:
    from datacheck.profiling.model import Profile
    from datacheck.source import Source


def prepared_profile(source: Source, transform: Any) -> Profile | str:
    """The profile of the prepared table; where the transform refuses it, why.

    Parameters
    ----------
    transform
        A `Transform`, or the path of a saved one.
    """
    from datacheck.fitted.transform import load
    from datacheck.profiling.measure import measure

    fitted = load(transform) if isinstance(transform, str | Path) else transform
    try:
        prepared = fitted.apply(source)
        return measure(prepared.lazy(), name=source.name, moments=False)
    except DataError as error:
        return " ".join(str(_with_rows(fitted, source, error)).split())


def _with_rows(fitted: Any, source: Source, error: DataError) -> DataError:
    """The refusal that names its rows, where it is cells that are refused."""
    try:
        found: DataError | None = fitted.refusal(source)
    except DataError:
        return error
    return found or error
