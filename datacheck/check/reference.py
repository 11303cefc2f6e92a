"""What data is compared with: a table, a saved profile of one, or a fitted transform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.check.scales import changed_scales
from datacheck.errors import ArtefactError, SourceError
from datacheck.profile.model import ColumnProfile, Profile

if TYPE_CHECKING:
    from datacheck.report import Finding
    from datacheck.transform.ops import Program

#: What a transform's programs call a column's cells, as a profile calls them.
_KINDS = {"date": "time", "datetime": "time", "duration": "time"}


def changes(reference: Any, data: Profile) -> list[Finding]:
    """What a table shows against a reference.

    Parameters
    ----------
    reference
        A `Profile` or a `Transform`, or the path of a saved one; or whatever `read` takes.
    data
        The table's profile.

    Raises
    ------
    ArtefactError, SourceError
        Where the reference cannot be read.
    """
    from datacheck.findings import compare_profiles
    from datacheck.fitted import Transform

    known = _saved(reference) if isinstance(reference, str | Path) else reference
    if isinstance(known, Transform):
        found = compare_profiles(_fitted_profile(known), data)
        # Columns that were not fitted pass through a transform: they are no news.
        wanted = ("drift.column_missing", "drift.dtype")
        kept = [finding for finding in found if finding.code in wanted]
        return [*kept, *changed_scales(known.fitted.programs, data)]
    if not isinstance(known, Profile):
        known = _measured(known)
    return compare_profiles(known, data)


def _measured(data: Any) -> Profile:
    from datacheck.profile.measure import measure
    from datacheck.source import open_source

    source = open_source(data)
    return measure(source.frame, name=source.name)


def _saved(path: str | Path) -> Any:
    """A profile or a transform where the path is that of one; else the path."""
    from datacheck.fitted import load

    place = Path(path)
    if place.suffix == ".zip":
        return load(place)
    if place.suffix != ".json":
        return path
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{place} cannot be read", got=str(error)) from error
    try:
        document = json.loads(text)
    except ValueError:
        return path
    written = document.get("format") if isinstance(document, dict) else None
    if written == "datacheck.profile":
        return Profile.from_json(text)
    if written == "datacheck.transform":
        return load(place)
    if written is not None:
        raise ArtefactError(
            f"{place} is no reference",
            got=f"format {written}",
            expected="a table, a datacheck.profile or a datacheck.transform",
        )
    return path


def _fitted_profile(transform: Any) -> Profile:
    """What a transform knows of the table it was fitted on: its columns and their kinds."""
    return Profile(
        name="transform",
        rows=1,
        columns={p.column: _column(p) for p in transform.fitted.programs},
    )


def _column(program: Program) -> ColumnProfile:
    kind: Any = _KINDS.get(program.kind, program.kind)
    return ColumnProfile(program.column, program.dtype, kind, rows=1, null=0)
