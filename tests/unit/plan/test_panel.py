"""Roles of a panel: who is watched, and when, guessed where each pair of the two stands once."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.profiling.measure import measure

FIRMS, TIMES = 12, 8
NAMES = [f"firm {at}" for at in range(FIRMS)]
DAYS = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 1, 8), eager=True).to_list()


def panel(who: list[Any], when: list[Any], *, seed: int = 0, **more: list[Any]) -> pl.DataFrame:
    """A table of each pair once, in any order; `more` by who."""
    rng = np.random.default_rng(seed)
    pairs = [(at, moment) for at in range(len(who)) for moment in when]
    rng.shuffle(order := list(range(len(pairs))))
    pairs = [pairs[at] for at in order]
    columns = {"value": rng.normal(size=len(pairs)).tolist(), "size": [3.5] * len(pairs)}
    columns["who"] = [who[at] for at, _ in pairs]
    columns |= {name: [cells[at] for at, _ in pairs] for name, cells in more.items()}
    return pl.DataFrame(columns | {"when": [moment for _, moment in pairs]})


def roles(data: Any, **options: Any) -> dict[str, str]:
    schema = dc.suggest(data, **options)
    found = {c.name: c.prepare.role for c in schema.columns if c.prepare is not None}
    return {name: role for name, role in found.items() if role not in (None, "feature", "id")}


@pytest.mark.parametrize("who", [NAMES, list(range(100, 100 + FIRMS)), ["'", '"', "__proto__", ""]])
@pytest.mark.parametrize("when", [list(range(2000, 2000 + TIMES)), DAYS, [f"{d}" for d in DAYS]])
def test_who_and_when_are_guessed(who: list[Any], when: list[Any]) -> None:
    if "" in who:
        who = [*who[:3], "e", *NAMES]
    table = panel(who, when)
    assert roles(table) == {"who": "group", "when": "time"}
    schema = dc.suggest(table)
    assert "each once at a 'when'" in schema.reasons["who"][0]
    assert schema.reasons["who"][1].startswith("a guess")
    assert "once for each of 'who'" in " ".join(schema.reasons["when"])
    assert dc.validate(table, schema).ok
    assert "who" not in dc.fit(table, schema).feature_names_out


def test_the_same_in_other_words_is_the_group_too() -> None:
    table = panel(
        NAMES, [2001, 2002, 2003, 2004], code=list(range(7, 7 + FIRMS)), kind=["a", "b"] * 6
    )
    assert roles(table) == {"who": "group", "code": "group", "when": "time"}


def test_a_name_says_time_where_the_numbers_do_not() -> None:
    table = panel(NAMES, list(range(TIMES)))
    assert roles(table) == {}
    for name in ("week", "visits", "startDay", "a_period"):
        assert roles(table.rename({"when": name})) == {"who": "group", name: "time"}


@pytest.mark.parametrize(
    "table",
    [
        # One pair stands twice.
        pl.concat([one := panel(NAMES, list(range(2000, 2008))), one.head(1)]),
        # Months of years are no firms; few pairs, and sparse ones, would not repeat by chance.
        panel(list(range(1, 13)), list(range(2000, 2008))),
        panel(NAMES[:3], [2001, 2002]),
        panel(NAMES, list(range(2000, 2008))).sample(20, seed=1),
        # Every moment is another one.
        panel(NAMES[:1], list(range(1900, 2000))),
    ],
)
def test_other_tables_have_no_group(table: pl.DataFrame) -> None:
    assert "group" not in roles(table).values()


def test_a_target_and_a_profile_are_left_alone() -> None:
    table = panel(NAMES, list(range(2000, 2008)))
    assert roles(table, target="who") == {"who": "target"}
    assert roles(measure(table.lazy())) == {}


def test_chance_makes_no_panel() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = int(rng.integers(20, 300))
        kinds = int(rng.integers(2, 40))
        table = pl.DataFrame(
            {
                "kind": rng.choice([f"k{at}" for at in range(kinds)], rows),
                "code": rng.integers(0, kinds, rows),
                "year": rng.integers(1990, 2020, rows),
            }
        )
        assert "group" not in roles(table).values(), seed


def test_a_draft_does_not_reject_a_code_that_reads_like_nothing():
    codes = ["AT", "BE", "NA", "DE", "FR", "NO"]
    table = pl.DataFrame(
        {
            "iso2": [code for code in codes for _ in range(30)],
            "year": [*range(1990, 2020)] * len(codes),
            "gdp": [1000.0 + 7.3 * n * n for n in range(180)],
        }
    )
    schema = dc.suggest(table)
    assert dc.check(table, schema).ok
    assert dc.split(table, schema)[1].collect().height == 0
