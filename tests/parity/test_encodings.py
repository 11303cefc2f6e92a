"""Every encoding of hostile and unseen categories, in every runtime, as the reference has it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.golden.compare import document, mismatches
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare

from .cases import with_golden
from .runtimes import RUNTIMES

if TYPE_CHECKING:
    from pathlib import Path

WORDS = [
    "",
    " ",
    "a",
    "B",
    "it's",
    '"q"',
    "l\n",
    "\U0001f427",
    "__proto__",
    "nan",
    "\\",
    "{{ x }}",
    "%s",
]
UNSEEN = [
    "None",
    "missing",
    "infrequent_sklearn",
    "c0_a",
    "A",
    "b ",
    "constructor",
    "e\u0301",
    "NaN",
]
#: Some often, some twice, some once, and missing ones.
CELLS = [*WORDS, *WORDS[:6], *WORDS[:3], None, None]

ENCODINGS = [
    {"encode": encode, "unknown": unknown, **more}
    for encode, unknown, more in product(
        ["one_hot", "ordinal"],
        ["error", "zeros", "infrequent"],
        [
            {},
            {"indicator": True, "min_frequency": 2},
            {"impute": "most_frequent"},
            {"impute": "constant", "fill_value": "new", "max_categories": 4},
        ],
    )
]
ENCODINGS += [
    {"encode": "one_hot", "drop": "first", "unknown": "zeros", "missing_values": ["nan"]},
    {"encode": "one_hot", "drop": "first", "unknown": "infrequent", "min_frequency": 2},
    {"encode": "one_hot", "spellings": {"a": ["b ", "\\"]}, "unknown": "zeros", "indicator": True},
]


def fitted(options: list[dict[str, Any]]) -> dc.Transform:
    table = pl.DataFrame({f"c{at}": CELLS for at in range(len(options))})
    columns = tuple(
        Column(name=name, nullable=True, prepare=read_prepare(own, name))
        for name, own in zip(table.columns, options, strict=True)
    )
    return dc.fit(table, Schema(name="S", columns=columns))


STRICT = [each for each in ENCODINGS if each["unknown"] == "error"]
LENIENT = [each for each in ENCODINGS if each["unknown"] != "error"]


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("name", [name for name in RUNTIMES if name != "numpy"])
def test_hostile_and_unseen_categories(name: str, strict: bool, tmp_path: Path) -> None:
    runtime = RUNTIMES[name]
    transform = fitted(STRICT if strict else LENIENT).fitted
    columns = [program.column for program in transform.programs]
    cells = [*WORDS, *UNSEEN, None]
    rows = [dict.fromkeys(columns, cell) for cell in cells]
    if strict:  # each column refuses by itself, and its own name is told
        calm = dict.fromkeys(columns, "a")
        rows += [calm | {column: cell} for column in columns for cell in (*UNSEEN[:3], None)]
    golden = document(with_golden(transform, tuple(rows)))
    assert mismatches(golden, lambda given: runtime.run(transform, given, tmp_path)) == []
