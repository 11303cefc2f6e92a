"""Models with one planted cause of NaN, and its truth: a generator that knows no framework.

A model is a list of layers as plain data (`Layer`), which each framework's builder turns into its
own. A plant changes one thing: a cell of the table, a weight, or a scale. Taking it out again is
the healthy twin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Layer:
    """One layer: its kind, its name and its numbers."""

    kind: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plant:
    """A model, rows, and what is wrong with them."""

    kind: str
    layers: list[Layer]
    rows: np.ndarray
    columns: list[str]
    code: str
    step: str | None
    row: int | None
    column: int | None
    healthy_rows: np.ndarray
    healthy_layers: list[Layer]

    @property
    def label(self) -> str:
        return f"{self.kind}-k{len(self.columns)}"


#: By kind of plant: the code that is to be found.
KINDS = {
    "missing": "nan.input",
    "infinite": "nan.input",
    "weight": "nan.weight",
    "scale": "nan.op",
    "log": "nan.op",
    "sqrt": "nan.op",
    "divide": "nan.op",
    "exp": "nan.op",
    "variance": "nan.weight",
    "square": "nan.op",
}


def plant(kind: str, seed: int, *, count: int = 200) -> Plant:
    """A model with a plant of a kind; depth, width, skips, norms and the place by the seed."""
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    k = int(rng.choice([1, 3, 5, 8, 21]))
    if kind == "divide":
        k = max(k, 3)
    column, row = int(rng.integers(k)), int(rng.integers(count))
    rows = rng.uniform(0.5, 4.0, (count, k)) * 10 ** rng.uniform(-1, 1.5, k)
    layers = body(rng, k, kind, column, rows)
    healthy = [copied(layer) for layer in layers]
    spoilt, step = rows.copy(), None
    if kind == "missing":
        spoilt[row, column] = np.nan
    elif kind == "infinite":
        spoilt[row, column] = np.inf
    elif kind in {"weight", "variance"}:
        wanted = "dense" if kind == "weight" else "batchnorm"
        chosen = [layer for layer in layers if layer.kind == wanted]
        layer = chosen[int(rng.integers(len(chosen)))]
        name = "kernel" if kind == "weight" else "variance"
        at = int(rng.integers(layer.values[name].size))
        layer.values[name].reshape(-1)[at] = np.nan if kind == "weight" else -0.3
        row = column = None
        step = layer.name
    elif kind == "scale":
        layers[0].values["deviation"][column] = 0.0
        row, step = None, layers[0].name
    else:
        spoilt[row, column] = {"log": -4.0, "sqrt": -2.0, "divide": 0.0, "exp": 200.0}.get(
            kind, 3e25
        )
        step = next(layer.name for layer in layers if layer.kind == kind)
    names = [f"c{at}" for at in range(k)]
    return Plant(kind, layers, spoilt, names, KINDS[kind], step, row, column, rows, healthy)


def copied(layer: Layer) -> Layer:
    values = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in layer.values.items()}
    return Layer(layer.kind, layer.name, values)


def body(rng: Any, k: int, kind: str, column: int, rows: np.ndarray) -> list[Layer]:
    """The layers: perhaps a step on one column, a scale, then dense blocks with norms and skips."""
    layers = []
    if kind in {"log", "sqrt", "divide", "exp", "square"}:
        values: dict[str, Any] = {"column": column}
        if kind == "exp":
            values["factor"] = 1.0 / max(1.0, float(rows[:, column].max()) / 4)
            values["factor"] = float(np.float32(max(values["factor"], 0.5)))
        layers.append(Layer(kind, f"by_{kind}", values))
    else:
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        layers.append(Layer("scale", "normalise", {"mean": mean, "deviation": deviation}))
    width = k
    # As wide as the table in half of the models, so that width alone tells no column.
    inner = k if rng.random() < 0.5 else int(rng.choice([4, 16, 32]))
    for at in range(int(rng.integers(1, 5))):
        layers.append(dense(rng, f"dense_{at}", width, inner))
        width = inner
        norm = rng.random()
        if norm < 0.35 or (kind == "variance" and at == 0):
            layers.append(batchnorm(rng, f"norm_{at}", width))
        elif norm < 0.6 and width > 1:
            layers.append(Layer("layernorm", f"norm_{at}", {"width": width}))
        layers.append(Layer("relu" if rng.random() < 0.5 else "elu", f"act_{at}"))
        if rng.random() < 0.4:
            layers.append(Layer("skip", f"skip_{at}"))
            layers.append(dense(rng, f"inner_{at}", width, width))
            layers.append(Layer("add", f"add_{at}"))
    layers.append(dense(rng, "head", width, int(rng.choice([1, 3])), full=True))
    return layers


def dense(rng: Any, name: str, width: int, units: int, *, full: bool = False) -> Layer:
    kernel = rng.normal(size=(width, units)) / np.sqrt(width)
    if full:
        kernel = np.where(np.abs(kernel) < 0.05, 0.05, kernel)
    return Layer("dense", name, {"kernel": kernel, "bias": rng.normal(size=units) * 0.1 + 0.2})


def batchnorm(rng: Any, name: str, width: int) -> Layer:
    return Layer(
        "batchnorm",
        name,
        {
            "gamma": rng.uniform(0.5, 1.5, width),
            "beta": rng.normal(size=width) * 0.1,
            "mean": rng.normal(size=width),
            "variance": rng.uniform(0.5, 2.0, width),
        },
    )


def named(p: Plant, found: Any) -> bool:
    """Whether the one finding names the plant's code, row, column and step."""
    if len(found) != 1 or found[0].code != p.code:
        return False
    (one,) = found
    weight = one.evidence.get("weight", "")
    steps = {one.evidence.get("layer"), weight.partition(".")[0], weight.rpartition(".")[0]}
    column = None if p.column is None else p.columns[p.column]
    rows = one.rows if p.row is None else (p.row,)
    return one.column == column and one.rows == rows and (p.step is None or p.step in steps)


def counted(asked: Any, seeds: range) -> dict[str, tuple[int, int, int]]:
    """By kind: how many plants are named, of how many, and how many healthy twins raise an alarm.

    Parameters
    ----------
    asked
        Takes layers, rows and columns; gives findings.
    """
    out = {}
    for kind in KINDS:
        plants = [plant(kind, seed, count=120) for seed in seeds]
        hits = sum(named(p, asked(p.layers, p.rows, p.columns)) for p in plants)
        alarms = sum(bool(asked(p.healthy_layers, p.healthy_rows, p.columns)) for p in plants)
        out[kind] = hits, len(plants), alarms
    return out


def reached(table: dict[str, tuple[int, int, int]]) -> tuple[float, int]:
    """The share of plants that are named, and the false alarms; the table is printed."""
    for kind, (hits, plants, alarms) in table.items():
        print(f"{kind:>9}: {hits} of {plants} named, {alarms} false alarms")
    hits, plants, alarms = (sum(column) for column in zip(*table.values(), strict=True))
    print(f"      all: {hits} of {plants} ({hits / plants:.1%}), {alarms} false alarms")
    return hits / plants, alarms
