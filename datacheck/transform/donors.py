"""Which rows of the fitted table become donors, and what keeping only some of them costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from datacheck.arrays import Floats
from datacheck.errors import DataError
from datacheck.knn.neighbours import fill_matrix
from datacheck.ops import Affine, Clip, Donors, Power, Program, first, knn_fills
from datacheck.report import Finding
from datacheck.schema import Knn
from datacheck.transform.arrays import run
from datacheck.transform.cell import unpower
from datacheck.transform.tables import FitTable

#: The most that donors may take in an artefact, in bytes.
BUDGET = 256 * 2**20
#: Rows whose cells are hidden to measure what condensing costs, and how many times the kept
#: donors they are compared with.
HIDDEN, FULLER = 200, 2


def choose_donors(
    programs: Sequence[Program], table: FitTable, knn: Knn
) -> tuple[Donors, list[Finding]]:
    """Take the rows, or a seeded choice with what it costs, that others may borrow from."""
    numbers = {p.column: p for p in programs if p.kind == "number" and p.role == "feature"}
    features = tuple(numbers) if knn.features is None else tuple(knn.features)
    fallbacks = {column: op.fallback for column, op in knn_fills(programs).items()}
    _check_features(features, numbers, fallbacks)
    spaces = [_space(numbers[name], knn.space) for name in features]

    def in_space(raw: Floats) -> Floats:
        columns = []
        for values, name, (center, inverse_scale) in zip(raw.T, features, spaces, strict=True):
            clips = [op for op in numbers[name].ops if isinstance(op, Clip)]
            columns.append((run(values, clips) - center) * inverse_scale)
        return np.column_stack(columns)

    alone = [_alone(name) for name in fallbacks] if len(features) == 1 else []
    rows = in_space(table.sample(features, knn.max_donors + HIDDEN, knn.seed))
    rows, hidden = rows[: knn.max_donors], rows[knn.max_donors :]
    donors = Donors(
        features=features,
        center=tuple(center for center, _ in spaces),
        inverse_scale=tuple(inverse_scale for _, inverse_scale in spaces),
        n_neighbors=knn.n_neighbors,
        weights=knn.weights,
        rows=np.asfortranarray(rows),
    )
    _check_budget(rows, features)
    if not len(hidden):
        return donors, alone
    more = in_space(table.sample(features, FULLER * knn.max_donors, knn.seed + 1))
    return donors, alone + _cost(donors, hidden, more, fallbacks)


def _alone(column: str) -> Finding:
    return Finding(
        code="knn.alone",
        severity="warning",
        column=column,
        message=f"neighbours of {column!r} cannot be sought, since no other feature says which "
        "rows are near: its median fills it",
        remedy="prepare other numeric columns, name them in knn: {features: [...]}, or declare "
        "impute: median",
    )


def _check_features(
    features: Sequence[str], numbers: Mapping[str, Program], fallbacks: Mapping[str, float]
) -> None:
    unknown = [name for name in features if name not in numbers]
    left_out = [name for name in fallbacks if name not in features]
    if unknown or left_out:
        raise DataError(
            "knn features must be prepared numeric columns, and hold every column that knn fills",
            got=", ".join(map(repr, unknown + left_out)),
            expected=", ".join(map(repr, numbers)),
            todo="mend `features` under the table's prepare.knn, or leave it out to use them all",
        )


def _check_budget(rows: Floats, features: Sequence[str]) -> None:
    if rows.nbytes > BUDGET:
        raise DataError(
            f"{len(rows)} donors of {len(features)} features take {rows.nbytes / 2**20:.0f} MiB",
            expected=f"at most {BUDGET // 2**20} MiB in an artefact",
            todo="lower max_donors or name fewer features under the table's prepare.knn",
        )


def _cost(
    donors: Donors, hidden: Floats, more: Floats, fallbacks: Mapping[str, float]
) -> list[Finding]:
    """What the kept donors miss on hidden cells, beside what a fuller set of donors misses.

    The error is the root mean square of (imputed - true) over the standard deviation of the true
    cells: 1 is what the mean would do.
    """
    own = {row.tobytes() for row in hidden}
    fuller = donors._replace(rows=more[[row.tobytes() not in own for row in more]])
    findings = []
    for column, fallback in fallbacks.items():
        at = donors.features.index(column)
        known = hidden[~np.isnan(hidden[:, at])]
        truth = known[:, at].copy()
        spread = float(truth.std()) if len(truth) else 0.0
        if not spread:
            continue
        asked = known.copy()
        asked[:, at] = np.nan
        errors = [
            float(np.sqrt(np.mean((fill_matrix(asked, each, {at: fallback})[at] - truth) ** 2)))
            / spread
            for each in (donors, fuller)
        ]
        findings.append(_condensed(column, donors, errors, len(truth), len(fuller.rows)))  # type: ignore[arg-type]
    return findings


def _condensed(
    column: str, donors: Donors, errors: Sequence[float], cells: int, fuller: int
) -> Finding:
    kept: Floats = donors.rows  # type: ignore[assignment]  # ops.py keeps numpy out of its types
    return Finding(
        code="knn.condensed",
        severity="info",
        column=column,
        count=cells,
        evidence={
            "donors": len(kept),
            "error": errors[0],
            "more_donors": fuller,
            "error_with_more": errors[1],
        },
        message=f"{len(kept)} donors impute hidden cells with an error of {errors[0]:.3g} "
        f"standard deviations; {fuller} would with {errors[1]:.3g}",
        remedy="raise max_donors under the table's prepare.knn if the difference matters",
    )


def _space(program: Program, space: str) -> tuple[float, float]:
    """Center and inverse scale that bring a column to the donors' space."""
    affine, raised = first(program.ops, Affine), first(program.ops, Power)
    if space == "raw" or affine is None:
        return 0.0, 1.0
    if raised is None:
        return affine.center, affine.inverse_scale
    # Before its power a column is as wide as the power's center and one scale beyond it.
    center = unpower(raised.function, affine.center)
    width = unpower(raised.function, affine.center + affine.scale) - center
    return (center, 1.0 / width) if 0.0 < width < math.inf else (0.0, 1.0)
