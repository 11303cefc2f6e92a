"""What is asked of either side of a comparison: no less than what may be news."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck import findings
from datacheck.findings import WITHIN, compare_profiles
from datacheck.profiling.measure import measure

SAMPLES = Path(__file__).parents[3] / "sample_data"
ROWS = 200


def messy(seed: int, rows: int = ROWS) -> pl.DataFrame:
    """A column of each of many kinds, with the faults of each in some seeds."""
    rng = np.random.default_rng(seed)
    spoilt = rng.random(14) < 0.5

    def some(values: list[object], fault: object, place: int) -> list[object]:
        share = 0.04 if spoilt[place] else 0.0
        return [fault if rng.random() < share else value for value in values]

    numbers = rng.normal(50, 9, rows).round(2).tolist()
    days = [dt.date(2020, 1, 1) + dt.timedelta(int(day)) for day in rng.integers(0, 900, rows)]
    words = rng.choice(["Male", "Female"], rows).tolist()
    return pl.DataFrame(
        {
            "sentinel": some(numbers, -999.0, 0),
            "nan": some(numbers, float("nan"), 1),
            "infinite": some(numbers, float("inf"), 2),
            "far": some(numbers, 5e4, 3),
            "float32": some(numbers, 1e39, 4),
            "unit": [n * 2.54 if spoilt[5] and n > 55 else n for n in numbers],
            "text": some([f"{n}" for n in numbers], "n/a", 6),
            "censored": some([f"{n}" for n in numbers], "<5", 7),
            "mass": some([f"{n} kg" for n in numbers], "150 lbs", 8),
            "day": some([f"{day}" for day in days], "0000-00-00", 9),
            "made up": some(days, dt.date(1900, 1, 1), 10),
            "later": some(days, dt.date(2094, 5, 5), 11),
            "word": some(words, "male ", 12),
            "clock": [f"{h}:30" if spoilt[13] else "morning" for h in rng.integers(0, 24, rows)],
            "inside": [{"x": n, "y": f"{n}"} for n in some(numbers, -999.0, 0)],
            "id": rng.integers(2**60, 2**61, rows),
        },
        strict=False,
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_detector_tells_no_codes_but_those_that_are_said_of_it(seed):
    profile = measure(messy(seed).lazy())
    for each, codes in WITHIN.items():
        for column in [*profile.columns.values(), *profile.inside.columns.values()]:
            assert {found.code for found in each(column)} <= {*codes}


@pytest.mark.parametrize("rows", [3, 40, ROWS, 1500])
@pytest.mark.parametrize("seed", range(6))
def test_who_is_not_asked_would_have_told_no_news(monkeypatch, rows, seed):
    def news() -> list[object]:
        sides = (
            measure(messy(side, size).lazy()) for side, size in ((seed, ROWS), (seed + 1, rows))
        )
        return compare_profiles(*sides)

    found = news()
    monkeypatch.setattr(findings, "may_be_news", lambda *_, **__: True)
    assert found == news()


def test_what_the_reference_shows_too_is_no_news_beside_what_is():
    table = dc.read(SAMPLES / "penguins_untidy.csv").collect()
    assert not dc.compare(table, table).findings
