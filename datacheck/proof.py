"""Golden rows put to the proof: of a fit before it is handed out, and of any artefact since."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from datacheck.golden.compare import Mismatch
    from datacheck.golden.unreached import Unreached
    from datacheck.ops import Fitted
    from datacheck.report import Finding, Report

#: Where the cells of golden rows come from.
GOLDEN = ("cells", "synthetic")


def check_golden(golden: str) -> None:
    """Refuse a word for where the cells of golden rows come from that is none of `GOLDEN`."""
    from datacheck.errors import DataError, must_be_known

    must_be_known(golden, GOLDEN, f"Golden rows cannot be made of {golden!r}", DataError)


def proven(fitted: Fitted) -> Fitted:
    """The transform, once its two runtimes here have replayed its golden rows."""
    found = _replayed(fitted)
    for mismatch in found:
        from datacheck.errors import ArtefactError

        raise ArtefactError(
            "The fitted transform does not reproduce its own golden rows",
            got=str(mismatch),
            expected="the same bits from a table and from a row",
            todo="declare the column otherwise (its dtype, missing_values or fill_value), and "
            "report this with the schema",
        )
    return fitted


def _replayed(fitted: Fitted) -> Iterator[Mismatch]:
    """What differs when the golden rows go through alone, and as one table."""
    from functools import partial

    from datacheck.golden.compare import exactness, mismatches, padded
    from datacheck.golden.replay import replay_frame, replay_rows

    golden: dict[str, Any] = {**exactness(fitted), "rows": padded(fitted.golden)}
    yield from mismatches(golden, partial(replay_rows, fitted))
    refused = [row.get("refused") for row in golden["rows"]]
    yield from mismatches(golden, partial(replay_frame, fitted, refused=refused))


def verify(path: str | Path, **options: Any) -> Report:
    """Replay the golden rows of a saved or exported artefact in its own runtime.

    Returns
    -------
    Report
        With one ``verify.mismatch`` finding for each column that differs; where every cell has the
        very bits that were fitted, nothing, but for ``scope.unchecked`` of a column with more
        categories than its golden rows hold.

    Raises
    ------
    ArtefactError
        If the artefact cannot be read.
    MissingExtraError
        If its runtime is not installed.
    """
    from datacheck import export
    from datacheck.golden.compare import Mismatch
    from datacheck.golden.unreached import Unreached, unreached
    from datacheck.ops import origins
    from datacheck.report import Finding, Report
    from datacheck.report.redacted import called_by_category

    fitted = _saved(path)
    if fitted is None:
        told = export.verify(os.path.expanduser(path), **options)  # noqa: PTH111
    else:
        told = [*_saved_mismatches(fitted, path), *unreached(fitted)]
    found = [each for each in told if isinstance(each, Mismatch)]
    columns = dict.fromkeys(mismatch.column for mismatch in found)
    findings = []
    for column in columns:
        cells = [mismatch for mismatch in found if mismatch.column == column]
        findings.append(
            Finding(
                code="verify.mismatch",
                severity="error",
                column=column,
                count=len(cells),
                rows=tuple(cell.row for cell in cells[:20]),
                values=tuple(cell.got for cell in cells[:20]),
                evidence={"expected": [cell.expected for cell in cells[:20]]},
                message="the golden rows do not come out as they were fitted",
                remedy="do not serve this artefact; export it again, and verify it where it runs",
            )
        )
    findings += [_unchecked(each) for each in told if isinstance(each, Unreached)]
    named = {each.column: each.of for each in found if each.column and each.of}
    if fitted is not None:
        named = origins(fitted.programs)
    findings = called_by_category(findings, named)
    return Report(findings, name=str(path), rows=None, columns=len(columns))


def _unchecked(unreached: Unreached) -> Finding:
    """``scope.unchecked``: categories that no golden row holds."""
    from datacheck.report import Finding

    column, missed, of = unreached
    return Finding(
        code="scope.unchecked",
        severity="info",
        column=column,
        count=missed,
        evidence={"categories": of},
        message=f"{missed:,} of {of:,} categories and spellings stand in no golden row: what "
        "becomes of them was not replayed",
        remedy="where that matters, apply the transform to rows that hold them, and compare",
    )


def _saved(path: str | Path) -> Fitted | None:
    """The transform that a path has saved; None of what was exported."""
    from pathlib import Path

    from datacheck import export
    from datacheck.errors import ArtefactError
    from datacheck.transform.store import load_file

    if not isinstance(path, str | os.PathLike):
        raise ArtefactError(
            "this is not the path of an artefact",
            got=type(path).__qualname__,
            expected="the path of what `save` or `export` wrote",
        )
    path = os.path.expanduser(path)  # noqa: PTH111 - raises nothing
    return load_file(path) if export.target_of(Path(path)) is None else None


def _saved_mismatches(fitted: Fitted, path: str | Path) -> Iterator[Mismatch]:
    """What differs in a saved transform, replayed row by row and as one table."""
    from datacheck.errors import ArtefactError, SchemaError
    from datacheck.golden.compare import too_few

    yield from too_few(len(fitted.golden))
    try:
        yield from _replayed(fitted)
    except SchemaError as error:
        raise ArtefactError(
            f"{path} names a dtype that there is not",
            got=error.what,
            todo="use the file as `fit` wrote it",
        ) from error
