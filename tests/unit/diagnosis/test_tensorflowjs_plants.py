"""The same plants in TensorFlow.js: the same answers are demanded, and silence of healthy twins."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.plants import KINDS, Plant, plant

ROOT = Path(__file__).resolve().parents[3]
PLANTS = [(kind, seed) for kind in KINDS for seed in range(3)]


def plain(value: Any) -> Any:
    """Numbers as JSON has them: NaN and the infinity are words."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf"
    return value


def line(layers: Any, rows: Any, columns: list[str]) -> str:
    plan = [
        {
            "kind": layer.kind,
            "name": layer.name,
            "values": {key: plain(value) for key, value in layer.values.items()},
        }
        for layer in layers
    ]
    return json.dumps({"layers": plan, "rows": plain(rows), "columns": columns})


@pytest.fixture(scope="module")
def reports() -> dict[tuple[str, int], tuple[Plant, list[Any], list[Any]]]:
    """By plant: itself, what is found of it, and what of its healthy twin."""
    plants = [plant(kind, seed, count=120) for kind, seed in PLANTS]
    lines = []
    for each in plants:
        lines.append(line(each.layers, each.rows, each.columns))
        lines.append(line(each.healthy_layers, each.healthy_rows, each.columns))
    run = subprocess.run(
        ["node", "tests/js/plants.mjs"],
        input="\n".join(lines),
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert not run.returncode, run.stderr[-2000:]
    answers = [json.loads(text) for text in run.stdout.strip().splitlines()]
    return {
        key: (each, answers[2 * at], answers[2 * at + 1])
        for at, (key, each) in enumerate(zip(PLANTS, plants, strict=True))
    }


@pytest.mark.parametrize("key", PLANTS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_a_plant_is_named_as_in_onnx(reports: Any, key: tuple[str, int]) -> None:
    p, found, twin = reports[key]
    assert twin == [], "the healthy twin is silent"
    assert len(found) == 1
    (one,) = found
    assert one["code"] == p.code
    assert one["column"] == (None if p.column is None else p.columns[p.column])
    if p.row is not None:
        assert one["rows"] == [p.row]
    if p.step is not None:
        weight = one["evidence"].get("weight", "").partition("/")[0]
        assert p.step in {one["evidence"].get("layer"), weight}
