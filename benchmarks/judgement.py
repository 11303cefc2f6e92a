"""Who finds a planted fault, who says what it is, and who cries wolf: beside the peers.

The faults and tables are those of tests/judgement. Every contestant is given the same files: the
first half of a table as the reference, the second half as it is, and single columns of it with one
fault each. It answers in counts.
"""

from __future__ import annotations

import contextlib
import json
import re
import warnings
import zlib
from typing import TYPE_CHECKING, Any

from benchmarks.harness import ROOT, Contestant, answer, made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Judge = Callable[[Any, Any], dict[str, set[str]]]

TITLE = "what is found, named and raised in vain, on real tables"
SUITE = ROOT / "tests" / "judgement"
#: Random splits of each table, and columns that each fault is planted in.
SPLITS, COLUMNS = 1, 2
#: Above this divergence TFDV calls a column drifted (of Jensen and Shannon, from 0 to 1).
TFDV_THRESHOLD = 0.1


def prepared(splits: int) -> Path:
    """The pairs as files, and what was planted where: written once, the same for all."""
    # Another suite makes other pairs.
    suite = b"".join(path.read_bytes() for path in sorted(SUITE.glob("*.py")))
    name = f"judgement_{splits}_{zlib.crc32(suite):08x}"
    return made_once(name, lambda folder: _pairs(folder, splits))


def _pairs(folder: Path, splits: int) -> Iterator[dict[str, Any]]:
    from tests.judgement.faults import KINDS, planted
    from tests.judgement.tables import TABLES, halves

    for name in (name for names in TABLES.values() for name in names):
        for seed in range(splits):
            first, second = halves(name, seed)
            stem = f"{re.sub(r'[^A-Za-z0-9.]+', '_', name)}_{seed}"
            first.write_parquet(folder / f"{stem}_reference.parquet")
            second.write_parquet(folder / f"{stem}_data.parquet")
            plants: list[Any] = []
            for kind, fault in (
                (kind, fault) for kind, faults in KINDS.items() for fault in faults
            ):
                for faulty in planted(name, seed, fault, second, COLUMNS):
                    file = f"{stem}_{len(plants)}.parquet"
                    faulty.to_frame().write_parquet(folder / file)
                    plants.append(
                        {"file": file, "column": faulty.name, "fault": fault.name, "kind": kind}
                    )
            yield {
                "reference": f"{stem}_reference.parquet",
                "data": f"{stem}_data.parquet",
                "plants": plants,
            }


def datacheck_judges(splits: int) -> Callable[[], Any]:
    import polars as pl

    from datacheck.findings import compare_profiles
    from datacheck.profiling.measure import measure
    from datacheck.profiling.model import Profile
    from tests.judgement.faults import KINDS

    faults = {fault.name: fault for kind in KINDS.values() for fault in kind}
    folder = prepared(splits)

    def profile(file: str) -> Profile:
        return measure(pl.scan_parquet(folder / file))

    def run() -> dict[str, Any]:
        answer = _Answer()
        for pair in _manifest(folder):
            reference, data = profile(pair["reference"]), profile(pair["data"])
            found = {f.column for f in compare_profiles(reference, data) if f.column}
            answer.clean(data.columns, found)
            for plant in pair["plants"]:
                column, fault = plant["column"], faults[plant["fault"]]
                # The whole table is compared: its tests are corrected for all of its columns.
                columns = data.columns | profile(plant["file"]).columns
                faulty = Profile(data.name, data.rows, columns, data.gaps)
                about = [f for f in compare_profiles(reference, faulty) if f.column == column]
                named = any(fault.is_named_by(f) for f in about)
                answer.plant(plant["kind"], (bool(about), named))
        return answer.counts

    return run


#: The right name of a fault, by what a peer's words are about. Unit changes, mixed units, scalers,
#: sentinels, infinities and float32 are in nobody's vocabulary.
ABOUT = {
    "nulls": "missing",
    "outliers": "range",
    "far outliers": "range",
    "numbers as text": "type",
    "N/A in text": "category",
    "? in text": "category",
    "blanks in text": "category",
    "shift by 1.5 spreads": "drift",
}


def tfdv_judges(splits: int) -> Callable[[], Any]:
    import tensorflow_data_validation as tfdv
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    words = {"STRING_VALUES": "category", "DIVERGENCE": "drift", "FRACTION": "missing"}
    words |= {"TYPE_MISMATCH": "type", "UNEXPECTED_DATA_TYPE": "type"}

    def judge(reference: Any, data: Any) -> dict[str, set[str]]:
        before = tfdv.generate_statistics_from_dataframe(reference)
        schema = tfdv.infer_schema(before)
        for feature in schema.feature:
            feature.drift_comparator.jensen_shannon_divergence.threshold = TFDV_THRESHOLD
        now = tfdv.generate_statistics_from_dataframe(data)
        said = tfdv.validate_statistics(now, schema, previous_statistics=before)
        found: dict[str, set[str]] = {}
        for column, anomaly in said.anomaly_info.items():
            kinds = [anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in anomaly.reason]
            found[column] = {word for key, word in words.items() if any(key in k for k in kinds)}
        return found

    return lambda: _peer_judges(splits, judge)


def evidently_judges(splits: int) -> Callable[[], Any]:
    from evidently import Report
    from evidently.presets import DataDriftPreset

    def judge(reference: Any, data: Any) -> dict[str, set[str]]:
        run = Report([DataDriftPreset()]).run(data, reference).dict()
        found: dict[str, set[str]] = {}
        for metric in run["metrics"]:
            config = metric["config"]
            if "column" in config:
                value, threshold = float(metric["value"]), config["threshold"]
                p_value = "p_value" in config["method"]
                if value < threshold if p_value else value >= threshold:
                    found[config["column"]] = {"drift"}
        return found

    return lambda: _peer_judges(splits, judge)


def pandera_judges(splits: int) -> Callable[[], Any]:
    import pandera.pandas as pa

    words = {"not_nullable": "missing", "dtype": "type", "than_or_equal_to": "range"}

    def judge(reference: Any, data: Any) -> dict[str, set[str]]:
        # The index is no column of the table.
        schema = pa.infer_schema(reference)
        schema.index = None
        found: dict[str, set[str]] = {}
        try:
            schema.validate(data, lazy=True)
        except pa.errors.SchemaErrors as errors:
            for case in errors.failure_cases.itertuples():
                about = {word for key, word in words.items() if key in str(case.check)}
                found.setdefault(str(case.column), set()).update(about)
        return found

    return lambda: _peer_judges(splits, judge)


def _peer_judges(splits: int, judge: Judge) -> dict[str, Any]:
    """Hold column against column: none of the peers looks at several together."""
    import pandas as pd

    warnings.simplefilter("ignore")
    folder = prepared(splits)
    answer = _Answer()
    for pair in _manifest(folder):
        reference = pd.read_parquet(folder / pair["reference"])
        data = pd.read_parquet(folder / pair["data"])
        found = set()
        for column in data.columns:
            said = _said(judge, reference[[column]], data[[column]])
            found |= {column} if said is not None else set()
        answer.clean(data.columns, found)
        for plant in pair["plants"]:
            column = plant["column"]
            faulty = pd.read_parquet(folder / plant["file"])
            said = _said(judge, reference[[column]], faulty)
            named = ABOUT.get(plant["fault"]) in (said or set())
            answer.plant(plant["kind"], (said is not None, named))
    return answer.counts


def _said(judge: Judge, reference: Any, data: Any) -> set[str] | None:
    """What a peer says of the one column; None where it says nothing or cannot read it."""
    # A column that a peer cannot read (dates, all null) counts as silence.
    with contextlib.suppress(Exception):
        found = judge(reference, data)
        if found:
            return set().union(*found.values())
    return None


class _Answer:
    """Counts: of each kind of fault planted, found and named; clean columns, and alarms there."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {"clean": [0, 0]}

    def clean(self, columns: Any, found: set[str]) -> None:
        self._add("clean", len(columns), len(found))

    def plant(self, kind: str, verdict: tuple[bool, bool]) -> None:
        self._add(kind, 1, *verdict)

    def _add(self, kind: str, *more: int) -> None:
        so_far = self.counts.get(kind, [0] * len(more))
        self.counts[kind] = [a + b for a, b in zip(so_far, more, strict=True)]


def _manifest(folder: Path) -> list[dict[str, Any]]:
    pairs: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return pairs


CONTESTANTS = (
    Contestant("datacheck", datacheck_judges),
    Contestant("TFDV (inferred schema, divergence 0.1)", tfdv_judges, ".venv-tfdv"),
    Contestant("Evidently (data drift preset)", evidently_judges),
    Contestant("pandera (inferred schema)", pandera_judges),
)


def own_table(splits: int | None = None) -> tuple[str, bool]:
    """Let all judge: their table, and whether datacheck reached its goals."""
    splits = splits or SPLITS
    prepared(splits)
    answers = {c.name: answer(c, splits) for c in CONTESTANTS}
    ours = answers["datacheck"]
    kinds = [kind for kind in ours or {} if kind != "clean"]
    columns = [f"{kind} faults: {word}" for kind in kinds for word in ("found", "named right")]
    lines = [
        "| | " + " | ".join([*columns, "false alarms a clean column"]) + " |",
        "|---|" + "---:|" * (len(columns) + 1),
    ]
    for name, counts in answers.items():
        cells = ["failed to run"] if counts is None else _cells(counts, kinds)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    if ours is None:
        return "\n".join(lines), False
    planted = ", ".join(f"{ours[kind][0]:,} {kind}" for kind in kinds)
    lines += ["", f"Planted: {planted}; clean columns: {ours['clean'][0]:,}. Goals, for the listed"]
    lines += [
        "faults: found 0.98, named right 0.95, at most 0.002 alarms a clean column.",
        "Every finding counts as an alarm here, what is told for information too, such as a",
        "category that the reference truly lacks; the goal is of warnings and errors",
        "(`make test-judgement`).",
    ]
    total, found, named = ours["listed"]
    clean, alarms = ours["clean"]
    return "\n".join(lines), (
        found >= 0.98 * total and named >= 0.95 * total and alarms <= 0.002 * clean
    )


def _cells(counts: dict[str, list[int]], kinds: list[str]) -> list[str]:
    shares = [counts[kind][place] / counts[kind][0] for kind in kinds for place in (1, 2)]
    clean, alarms = counts["clean"]
    return [*(f"{share:.3f}" for share in shares), f"{alarms / clean:.4f}"]
