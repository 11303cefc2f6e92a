"""Rows, leaks and copies planted into real tables: who finds them, beside deepchecks.

The tables are those of tests/judgement, and so is what is planted: a tenth of the rows twice, a
tenth with another target, a tenth of the reference, a code of the target, a copy. Every contestant
is given the same files and says yes or no to each; what it says of the tables as they came is a
false alarm, but for two features that do give their target away.
"""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Contestant, answer, made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

    #: Of a table, its reference and its target: the kinds that are found.
    Finder = Callable[[Any, Any, str], set[str]]

TITLE = "planted rows, leaks and copies in real tables: found, and raised in vain"
KINDS = ("duplicates", "conflicts", "overlap", "leak", "copy")
ENVIRONMENT = ".venv-deepchecks"


def prepared() -> Path:
    """The tables as files: written once, the same for all."""
    return made_once("planted", _planted)


def _planted(folder: Path) -> Iterator[dict[str, Any]]:
    from tests.judgement.rows import TARGETS, TRUE_LEAKS, mixed

    for name, target in TARGETS.items():
        rows = mixed(name)
        marked = rows.drop(TRUE_LEAKS.get(name, ())).with_columns(weighed=_noise(rows.height))
        half, many = marked.height // 2, marked.height // 10
        train, test = marked.head(half), marked.slice(half)
        other = marked[target].shift(1).fill_null(marked[target][-1])
        turned = marked.with_columns(other.alias(target)).filter(other != marked[target]).head(many)
        ranks = test[target].rank("dense")
        first = next(n for n in test.columns if test[n].dtype.is_numeric() and n != target)
        made = {
            "clean": test,
            "duplicates": _with(test, test.head(many)),
            "conflicts": _with(marked, turned),
            "overlap": _with(test, train.head(many)),
            "leak": test.with_columns(planted=ranks * 7 % 23 if ranks.n_unique() < 20 else ranks),
            "copy": test.with_columns(planted=test[first]),
        }
        for kind, frame in made.items():
            stem = f"{name.replace(' ', '_').replace('/', '_')}"
            frame.write_parquet(folder / f"{stem}_{kind}.parquet")
            train.write_parquet(folder / f"{stem}_train.parquet")
            reference = f"{stem}_train.parquet" if kind == "overlap" else None
            file = f"{stem}_{kind}.parquet"
            yield {"file": file, "reference": reference, "kind": kind, "target": target}


def _noise(rows: int) -> pl.Series:
    import numpy as np
    import polars as pl

    return pl.Series(np.random.default_rng(0).normal(size=rows))


def _with(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return pl.concat([rows, more])


def datacheck_finds(_: int) -> Callable[[], Any]:
    import datacheck as dc

    kinds = {
        "row.duplicate": "duplicates",
        "row.conflict": "conflicts",
        "row.overlap": "overlap",
        "target.leak": "leak",
        "column.copy": "copy",
    }

    def found(data: Path, reference: Path | None, target: str) -> set[str]:
        report = dc.check(data, reference=reference, target=target)
        told = [f for f in report.findings if f.severity != "info"]
        return {kinds[f.code] for f in told if f.code in kinds}

    return lambda: _judged(found)


def deepchecks_finds(_: int) -> Callable[[], Any]:
    import pandas as pd
    from deepchecks.core.errors import DeepchecksBaseError
    from deepchecks.tabular import Dataset, checks

    def found(data: Path, reference: Path | None, target: str) -> set[str]:
        rows = pd.read_parquet(data)
        dataset = Dataset(rows, label=target)
        said = set()
        # Their conditions as they are by default, where there is a default.
        asked = {
            "duplicates": (checks.DataDuplicates(), "ratio_less_or_equal", (0,)),
            "conflicts": (
                checks.ConflictingLabels(),
                "ratio_of_conflicting_labels_less_or_equal",
                (0,),
            ),
            "leak": (checks.FeatureLabelCorrelation(), "feature_pps_less_than", ()),
            "copy": (
                checks.FeatureFeatureCorrelation(),
                "max_number_of_pairs_above_threshold",
                (),
            ),
        }
        for kind, (check, condition, limit) in asked.items():
            judged = getattr(check, f"add_condition_{condition}")(*limit)
            # Conflicts are looked for among classes alone: it raises for a quantity.
            with suppress(DeepchecksBaseError):
                if not judged.run(dataset).passed_conditions():
                    said.add(kind)
        if reference is not None:
            mix = checks.TrainTestSamplesMix().add_condition_duplicates_ratio_less_or_equal(0)
            train = Dataset(pd.read_parquet(reference), label=target)
            if not mix.run(train, dataset).passed_conditions():
                said.add("overlap")
        return said

    return lambda: _judged(found)


def _judged(found: Finder) -> dict[str, list[int]]:
    """By kind: planted, found, and raised in tables without it."""
    warnings.simplefilter("ignore")
    folder = prepared()
    counts = {kind: [0, 0, 0, 0] for kind in KINDS}
    for each in json.loads((folder / "manifest.json").read_text("utf-8")):
        reference = None if each["reference"] is None else folder / each["reference"]
        said = found(folder / each["file"], reference, each["target"])
        for kind, (planted, hits, clean, alarms) in counts.items():
            own = each["kind"] == kind
            spared = each["kind"] != "clean"
            counts[kind] = [
                planted + own,
                hits + (own and kind in said),
                clean + (not spared),
                alarms + (not spared and kind in said),
            ]
    return counts


CONTESTANTS = (
    Contestant("datacheck", datacheck_finds),
    Contestant("deepchecks, with its checks' conditions", deepchecks_finds, ENVIRONMENT),
)


def own_table(_: int | None = None) -> tuple[str, bool]:
    """Let all look: their table, and whether datacheck found all and nothing else."""
    prepared()
    lines = ["| | " + " | ".join(f"{kind}: found, in vain" for kind in KINDS) + " |"]
    lines.append("|---|" + "---:|" * len(KINDS))
    well = False
    for contestant in CONTESTANTS:
        counts = answer(contestant, 0)
        cells = ["failed to run"] if counts is None else [_cell(counts[kind]) for kind in KINDS]
        lines.append(f"| {contestant.name} | " + " | ".join(cells) + " |")
        if contestant.name == "datacheck" and counts is not None:
            well = all(found == planted and not vain for planted, found, _, vain in counts.values())
    return "\n".join(lines), well


def _cell(counts: list[int]) -> str:
    planted, found, clean, alarms = counts
    return f"{found} of {planted}, {alarms} of {clean}"
