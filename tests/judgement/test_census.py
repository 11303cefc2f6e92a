"""One table alone: no finding without a verdict, few false ones, and planted faults named."""

import os
from collections import Counter

import pytest

from datacheck.findings import detect
from datacheck.profiling.model import Profile
from tests.judgement.census import census, verdicts
from tests.judgement.faults import ALONE, KINDS, planted
from tests.judgement.judge import Tally, profiled
from tests.judgement.tables import HELD_OUT, SEEN, table

LONG = os.environ.get("DATACHECK_JUDGE") == "long"
#: Every so manieth table is looked at with every test; all of them in the long run.
EVERY = 1 if LONG else 25


def test_every_finding_has_a_verdict_and_few_are_false(tmp_path):
    names, columns, found = census(tmp_path, EVERY)
    listed = {each[:4]: each for each in verdicts() if each.table in names}
    assert found == set(listed), sorted(found ^ set(listed))
    counted = Counter(listed[each].verdict for each in found)
    print(f"\n{len(names)} tables, {columns:,} columns: {dict(counted)}")
    assert columns > 150


def test_the_census_as_a_whole():
    false = [each for each in verdicts() if each.verdict == "false"]
    assert {each.verdict for each in verdicts()} == {"true", "doubtful", "false"}
    assert not [each for each in false if each.severity == "error"]
    assert len(false) <= 0.003 * 6336
    assert len([each for each in verdicts() if each.verdict == "doubtful"]) <= 0.01 * 6336


#: Faults that one table shows by itself, with the codes that name them where these are others than
#: against a reference; by the least share that is named.
ONE_TABLE = {
    "sentinel -999": ((), 0.95),
    "sentinel 9999": ((), 0.95),
    "sentinel -1e+06": ((), 0.95),
    "nulls": (("missing.null", "missing.nan"), 0.99),
    "outliers": (("outlier.value",), 0.9),
    "far outliers": (("outlier.value",), 0.85),
    "constant": (("scale.constant",), 0.99),
    "infinite": ((), 0.99),
    "float32 overflow": ((), 0.99),
    "numbers as text": ((), 0.95),
    "N/A in text": ((), 0.99),
    "? in text": ((), 0.99),
    "mixed x1000": ((), 0.85),
    "mixed x2.54": ((), 0.85),
    "mixed x0.3048": ((), 0.85),
    **{fault.name: ((), 0.85) for fault in ALONE},
}


@pytest.mark.parametrize("tables", ["seen", "held out"])
def test_planted_faults_are_named_without_a_reference(tables):
    faults = [f for kind in (*KINDS.values(), ALONE) for f in kind if f.name in ONE_TABLE]
    tallies = {fault.name: Tally() for fault in faults}
    for name in {"seen": SEEN, "held out": HELD_OUT}[tables]:
        whole = table(name).head(4000 if LONG else 500)
        profile = profiled(whole)
        for fault in faults:
            codes, _ = ONE_TABLE[fault.name]
            for faulty in planted(name, 0, fault, whole, 2):
                changed = {**profile.columns, **profiled(faulty.to_frame()).columns}
                data = Profile(profile.name, profile.rows, changed, profile.gaps)
                about = [f for f in detect(data) if f.column in (faulty.name, f"{faulty.name}.[]")]
                named = any(
                    f.code in codes if codes else fault.is_named_by(f)
                    for f in about
                    if f.severity != "info"
                )
                tallies[fault.name].planted += 1
                tallies[fault.name].named += named
    for name, tally in tallies.items():
        print(f"  {name:22} {tally.planted:4d} {tally.right:.3f}")
    for name, (_, least) in ONE_TABLE.items():
        assert tallies[name].right >= least, (name, tallies[name].right)
