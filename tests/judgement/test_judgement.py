"""The judgement suite: recall, right names and false alarms on real tables.

A few minutes of it run with every test. With ``DATACHECK_JUDGE=long`` it plants more and prints
the numbers that docs/findings.md states.
"""

import os

import pytest

from tests.judgement.faults import KINDS
from tests.judgement.judge import Tally, clean, plant, resampled
from tests.judgement.tables import BLIND, HELD_OUT, SEEN, TABLES

LONG = os.environ.get("DATACHECK_JUDGE") == "long"
SPLITS, CLEAN = (range(3), range(40)) if LONG else (range(1), range(4))
#: Columns of a table that each fault is planted in.
COLUMNS = dict.fromkeys(KINDS, 3) if LONG else {"listed": 2, "further": 2, "invented": 1}
#: Guards against a step back: recall and right names of the listed and of the further faults.
#: Tables of 25 to 50 rows a half are among them, where some faults cannot be told from chance.
LEVELS = {
    ("seen", "listed"): (0.98, 0.95),
    ("seen", "further"): (0.95, 0.93),
    ("seen", "invented"): (0.90, 0.85),
    ("held out", "listed"): (0.98, 0.96),
    ("held out", "further"): (0.95, 0.93),
    ("held out", "invented"): (0.90, 0.85),
    ("blind", "listed"): (0.97, 0.95),
    ("blind", "further"): (0.93, 0.90),
    ("blind", "invented"): (0.88, 0.83),
}


def shown(title: str, tallies: dict[str, Tally]) -> Tally:
    """Print a line a fault, and give the sum."""
    whole = Tally()
    print(f"\n{title:32} planted  recall  right")
    for name, tally in tallies.items():
        print(f"  {name:30} {tally.planted:7d} {tally.recall:7.3f} {tally.right:6.3f}")
        if LONG:
            for miss in tally.misses[:5]:
                print(f"      {miss}")
        whole.planted += tally.planted
        whole.found += tally.found
        whole.named += tally.named
    print(f"  {'all':30} {whole.planted:7d} {whole.recall:7.3f} {whole.right:6.3f}")
    return whole


@pytest.mark.parametrize("faults", KINDS)
@pytest.mark.parametrize("tables", TABLES)
def test_faults_are_found_and_named(tables, faults):
    tallies = plant(TABLES[tables], KINDS[faults], SPLITS, COLUMNS[faults])
    whole = shown(f"{faults} faults, {tables} tables", tallies)
    recall, right = LEVELS[tables, faults]
    assert whole.planted > 250
    assert whole.recall >= recall
    assert whole.right >= right


@pytest.mark.parametrize("tables", TABLES)
def test_clean_columns_ring_no_alarm(tables):
    columns = alarms = 0
    for compare in (clean, resampled):
        taken, found = compare(TABLES[tables], CLEAN)
        # A category that the reference missed is truly new: for information, it is no alarm.
        rung = {(at, each.column) for at, each in found if each.column and each.severity != "info"}
        print(f"\n{compare.__name__}, {tables}: {len(rung)} alarms in {taken} clean columns")
        for where, finding in found[:10]:
            print(f"    {where}: {finding.code} {finding.column}")
        columns += taken
        alarms += len(rung)
    assert columns > 1000
    # 0.002 a column, and what chance adds to so few at one in a thousand.
    allowed = 0.002 * columns
    assert alarms <= allowed + 3 * allowed**0.5


def test_the_tables_are_many_and_apart():
    assert len(SEEN) >= 15
    assert len(HELD_OUT) >= 15
    assert len(BLIND) >= 10
    assert len({*SEEN, *HELD_OUT, *BLIND}) == len(SEEN) + len(HELD_OUT) + len(BLIND)
