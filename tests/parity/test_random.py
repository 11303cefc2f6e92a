"""Transforms and rows that Hypothesis makes up, in all runtimes that start quickly, at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from datacheck.golden.compare import document, mismatches
from datacheck.ops import LARGEST, Affine, Clip, Fill, Fitted, Missing, Op, Program

from . import odd
from .cases import Case, fitted, number, with_golden
from .runtimes import RUNTIMES

QUICK = ("row", "polars", "numpy", "onnx", "sklearn", "javascript", "duckdb", "sqlite")

FINITE = st.sampled_from([v for v in odd.NUMBERS if v is not None and v - v == 0.0]) | st.floats(
    allow_nan=False, allow_infinity=False
)
CELLS = st.sampled_from(odd.NUMBERS) | st.floats()


@st.composite
def programs(draw: st.DrawFn, column: str, output: str) -> Program:
    """A numeric program as `fit` may write it."""
    ops: list[Op] = []
    infinite = draw(st.sampled_from(["refuse", "missing", "keep"]))
    ops.append(Missing(tuple(draw(st.lists(FINITE, max_size=2, unique=True))), infinite))
    if infinite == "keep":
        ops.append(Clip(-LARGEST, LARGEST, *draw(st.tuples(FINITE, FINITE))))
    if draw(st.booleans()):
        low, high = sorted(draw(st.tuples(FINITE, FINITE)))
        ends = draw(st.sampled_from([(low, high), (None, None)]))
        ops.append(Clip(low, high, *ends))
    ops += [Fill(value) for value in draw(st.lists(FINITE, max_size=1))]
    if draw(st.booleans()):
        scale = draw(st.floats(1e-300, 1e300))
        ops.append(Affine(draw(FINITE) + 0.0, 1.0 / scale, scale))
    return number(column, *ops, output=output)


@st.composite
def transforms(draw: st.DrawFn) -> tuple[Fitted, list[dict[str, float | None]]]:
    """A transform of a few columns under hostile names, and rows for it."""
    names = draw(st.lists(st.sampled_from(odd.NAMES), min_size=1, max_size=3, unique_by=str.lower))
    output = draw(st.sampled_from(["float64", "float32"]))
    made = [draw(programs(name, output)) for name in names]
    rows = st.fixed_dictionaries(dict.fromkeys(names, CELLS))
    return fitted(*made, output=output), draw(st.lists(rows, min_size=1, max_size=6))


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=transforms())
def test_any_transform_gives_the_same_bits(
    name: str, made: tuple[Fitted, list[dict[str, float | None]]]
) -> None:
    transform, rows = made
    runtime = RUNTIMES[name]
    assume(not runtime.declines(Case("made up", "affine", transform, tuple(rows))))
    golden = document(with_golden(transform, tuple(rows)))
    with tempfile.TemporaryDirectory() as folder:
        found = mismatches(golden, lambda given: RUNTIMES[name].run(transform, given, Path(folder)))
    assert found == []
