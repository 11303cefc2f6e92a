"""Texts that write objects or lists: told that nothing inside them is examined."""

import json

import polars as pl
import pytest

import datacheck as dc

ROWS = [{"user": n, "tags": ["a", "b"][: n % 3], "score": n / 7} for n in range(40)]


def told(cells):
    found = dc.check(pl.DataFrame({"payload": cells, "x": range(len(cells))})).findings
    return [f for f in found if f.code == "scope.unchecked"]


@pytest.mark.parametrize("write", [json.dumps, str])
@pytest.mark.parametrize("part", [lambda row: row, lambda row: list(row.values())])
def test_objects_and_lists_are_told(write, part):
    [finding] = told([*(write(part(row)) for row in ROWS), None])
    assert (finding.column, finding.severity, finding.count) == ("payload", "info", 40)
    assert finding.evidence["written"] == ("JSON" if write is json.dumps else "Python")


@pytest.mark.parametrize(
    "cells",
    [
        [f"[note {n}]" for n in range(40)],
        [f"[{n},]" for n in range(40)],
        [f"{{{n}" for n in range(40)],
        ["[" * 50_000 + "]" * 50_000] * 40,
        ["{__import__('os')}"] * 40,
        [f"{n}" for n in range(40)],
        [f"text {n}" for n in range(40)],
    ],
    ids=["brackets", "names in R", "torn", "deep", "code", "numbers", "words"],
)
def test_what_is_none_is_not(cells):
    assert told(cells) == []
