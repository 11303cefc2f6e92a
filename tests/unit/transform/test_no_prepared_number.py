"""What `inverse` brings back is a number that the transform or a model gave, and nothing else."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import datacheck as dc
from tests.support.served import in_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMBERS: list[Any] = [0.5, 1, np.float32(0.5), np.int8(1), Decimal("0.5")]
STRANGE: list[Any] = ["0.5", "a", True, b"1", dt.date(2024, 1, 1), dt.timedelta(1)]
HOLES: list[Any] = [None, float("nan"), pd.NA, np.float64("nan")]


@pytest.fixture
def transform(tmp_path: Path) -> dc.Transform:
    (tmp_path / "s.yaml").write_text("""
schema_type: polars_dataframe
name: Predicted
columns:
  x: {dtype: Float64, prepare: {scale: zscore}}
  y: {dtype: Float64, prepare: {role: target, scale: minmax}}
  c: {dtype: String, prepare: {role: target, encode: ordinal}}
""")
    frame = pl.DataFrame({"x": [1.0, 3.0], "y": [0.0, 10.0], "c": ["a", "b"]})
    return dc.fit(frame, tmp_path / "s.yaml")


def ways(transform: dc.Transform, name: str, cell: Any) -> list[Callable[[], Any]]:
    """One cell handed in as all that may hold it."""
    objects = np.array([cell], dtype=object)
    return [
        lambda: transform.inverse({name: cell})[name],
        lambda: transform.inverse([cell], columns=name)[0],
        lambda: transform.inverse((cell,), columns=name)[0],
        lambda: transform.inverse(objects, columns=name)[0],
        lambda: transform.inverse(pd.Series(objects, name=name)).iloc[0],
        lambda: transform.inverse(pd.DataFrame({name: objects}))[name].iloc[0],
        lambda: transform.inverse(pl.DataFrame({name: [cell]})).item(0, name),
        lambda: transform.inverse(pl.DataFrame({name: [cell]}).to_arrow())[name].to_pylist()[0],
    ]


@pytest.mark.parametrize("name", ["y", "c"])
@pytest.mark.parametrize("cell", NUMBERS, ids=repr)
def test_a_number_comes_back(transform: dc.Transform, name: str, cell: Any) -> None:
    if name == "c" and cell != 1:
        wanted: Any = None
    else:
        wanted = "b" if name == "c" else float(cell) * 10.0
    for way in ways(transform, name, cell):
        assert way() == wanted


@pytest.mark.parametrize("name", ["y", "c"])
@pytest.mark.parametrize("cell", STRANGE, ids=repr)
def test_anything_else_is_refused(transform: dc.Transform, name: str, cell: Any) -> None:
    for way in ways(transform, name, cell):
        with pytest.raises(dc.DatacheckError, match="number"):
            way()


@pytest.mark.parametrize("name", ["y", "c"])
@pytest.mark.parametrize("cell", HOLES, ids=repr)
def test_what_is_missing_stays_so(transform: dc.Transform, name: str, cell: Any) -> None:
    for way in ways(transform, name, cell)[:6]:  # polars' own frames hold no NA
        back = way()
        assert back is pd.NA or back is None or back != back  # noqa: PLR0124 - NaN


def test_javascript_refuses_the_same(transform: dc.Transform, tmp_path: Path) -> None:
    transform.export("javascript", tmp_path / "js")
    script = """
    import { inverse } from "./index.js";
    const told = (run) => { try { run(); return true; } catch (error) { return error.name; } };
    const cells = %s;
    console.log(JSON.stringify(cells.map((cell) => [
      told(() => inverse(cell, "y")),
      told(() => inverse([cell], "c")),
      told(() => inverse({ y: cell })),
    ])));
    """
    plain = [cell for cell in STRANGE if isinstance(cell, str | bool)]
    told = in_node(tmp_path / "js", script % json.dumps([0.5, None, *plain]), None)
    assert told == [[True] * 3] * 2 + [["DatacheckError"] * 3] * len(plain)
