"""Plants each fault, compares clean pairs, and counts: recall, right names, false alarms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datacheck.findings import compare_profiles
from datacheck.profiling.measure import measure
from datacheck.profiling.model import Profile
from tests.judgement.faults import planted
from tests.judgement.tables import halves

if TYPE_CHECKING:
    import polars as pl

    from datacheck.report.finding import Finding
    from tests.judgement.faults import Fault


@dataclass
class Tally:
    """Counts of one fault, or of clean columns."""

    planted: int = 0
    found: int = 0
    named: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """How often the column was named."""
        return self.found / max(self.planted, 1)

    @property
    def right(self) -> float:
        """How often the fault was named right, of those planted."""
        return self.named / max(self.planted, 1)


def profiled(frame: pl.DataFrame) -> Profile:
    """The profile of a frame."""
    return measure(frame.lazy())


def clean(names: tuple[str, ...], seeds: range) -> tuple[int, list[tuple[str, Finding]]]:
    """Compare clean halves: the columns that took part, and what was found all the same."""
    columns, alarms = 0, []
    for name in names:
        for seed in seeds:
            first, second = halves(name, seed)
            columns += first.width
            findings = compare_profiles(profiled(first), profiled(second))
            alarms += [(f"{name} #{seed}", finding) for finding in findings]
    return columns, alarms


def resampled(names: tuple[str, ...], seeds: range) -> tuple[int, list[tuple[str, Finding]]]:
    """Compare a half with a bootstrap resample of itself."""
    columns, alarms = 0, []
    for name in names:
        first, _ = halves(name, 0)
        reference = profiled(first)
        for seed in seeds:
            again = first.sample(fraction=1.0, with_replacement=True, seed=seed)
            columns += first.width
            findings = compare_profiles(reference, profiled(again))
            alarms += [(f"{name} again #{seed}", finding) for finding in findings]
    return columns, alarms


def plant(
    names: tuple[str, ...], faults: tuple[Fault, ...], seeds: range, columns: int
) -> dict[str, Tally]:
    """Plant each fault alone into several columns of each table's second half."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for name in names:
        for seed in seeds:
            first, second = halves(name, seed)
            reference, whole = profiled(first), profiled(second)
            for fault in faults:
                for faulty in planted(name, seed, fault, second, columns):
                    judge_one(name, fault, faulty, (reference, whole), tallies[fault.name])
    return tallies


def judge_one(
    name: str, fault: Fault, faulty: pl.Series, profiles: tuple[Profile, Profile], tally: Tally
) -> None:
    """Compare with the one column faulty, and count."""
    reference, whole = profiles
    changed = dict(whole.columns)
    changed[faulty.name] = profiled(faulty.to_frame()).columns[faulty.name]
    data = Profile(whole.name, whole.rows, changed, whole.gaps)
    findings = compare_profiles(reference, data)
    about = [finding for finding in findings if finding.column == faulty.name]
    tally.planted += 1
    tally.found += bool(about)
    named = any(fault.is_named_by(finding) for finding in about)
    tally.named += named
    if not named:
        said = ", ".join(f.code + _detail(f) for f in about) or "nothing"
        tally.misses.append(f"{name} {faulty.name}: {said}")


def _detail(finding: Finding) -> str:
    said = {k: finding.evidence.get(k) for k in ("factor", "scaler", "value")}
    return str({k: v for k, v in said.items() if v is not None} or "")
