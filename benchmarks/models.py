"""What diagnosing and guarding a model cost: ratios to the plain run, in one process each.

PyTorch and Keras live in the environment of `make test-models`; without it their rows are missing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Seconds of each round, plain and ours.
    Times = tuple[list[float], list[float]]
    #: What was done, which goal it has, and its times.
    Measured = tuple[str, str, list[float], list[float]]

TITLE = "what diagnosing and guarding a model cost, as a ratio to the plain run"

ROWS, COLUMNS, BAD = 10_000, 32, 100
#: By measurement, the largest ratio that is allowed.
GOALS = {"diagnose": 20.0, "predict": 1.2, "training": 1.1}
ROUNDS = 7
MODELS = ROOT / ".venv-models" / "bin" / "python"


def own_table(rounds: int | None) -> tuple[str, bool]:
    """Measure all that there is; the table, and whether every goal was reached."""
    found = list(onnx_rows(rounds or ROUNDS))
    found += _elsewhere([sys.executable, "-m", __name__, "node", str(rounds or ROUNDS)])
    if MODELS.exists():
        for part in ("torch", "keras"):
            found += _elsewhere([str(MODELS), "-m", __name__, part, str(rounds or ROUNDS)])
    lines = ["| what | plain | datacheck | ratio | goal |", "|---|---|---|---|---|"]
    well = True
    for what, kind, plain, ours in found:
        ratios = sorted(b / a for a, b in zip(plain, ours, strict=True))
        ratio = median(ratios)
        reached = ratio <= GOALS[kind]
        well &= reached
        verdict = "reached" if reached else "MISSED"
        lines.append(
            f"| {what} | {median(plain) * 1e3:.1f} ms | {median(ours) * 1e3:.1f} ms | {ratio:.2f} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f}) | {GOALS[kind]:g}, {verdict} |"
        )
    return "\n".join(lines), well


def _elsewhere(command: list[str]) -> list[Measured]:
    environment = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [tuple(row) for row in json.loads(run.stdout.splitlines()[-1])]


def beside(plain: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> Times:
    """The processor times of both, run by turns: others may use the machine as well."""
    plain(), ours()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, times in zip((plain, ours), taken, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    return taken


def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows, and the same with some that are bad."""
    rows = np.random.default_rng(0).uniform(0.5, 2.0, (ROWS, COLUMNS)).astype(np.float32)
    spoilt = rows.copy()
    spoilt[:: ROWS // BAD, 3] = np.nan
    return rows, spoilt


def onnx_rows(rounds: int) -> Iterator[Measured]:
    """A model of 50 operations in ONNX; and a callable, as of scikit-learn."""
    import onnxruntime

    import datacheck as dc
    from tests.support.onnx_models import Builder

    b, rng = Builder(COLUMNS), np.random.default_rng(1)
    value = "x"
    for at in range(16):
        kernel = b.weight(f"w{at}", rng.normal(size=(COLUMNS, COLUMNS)) / 6)
        value = b.node("MatMul", [value, kernel], f"m{at}", f"/dense_{at}/MatMul")
        value = b.node("Add", [value, b.weight(f"b{at}", np.zeros(COLUMNS))], f"a{at}")
        value = b.node("Tanh", [value], f"t{at}")
    value = b.node("Log", [b.node("Abs", [value], "abs")], "log")
    # Idle threads that spin would be counted as work of whichever side runs next.
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(b.model(value).SerializeToString(), options)
    rows, spoilt = data()
    names = [f"c{at}" for at in range(COLUMNS)]

    def plain() -> Any:
        return session.run(None, {"x": spoilt})

    what = f"diagnose in ONNX, 50 operations, {ROWS:,} x {COLUMNS}, {BAD} bad rows"
    ours = lambda: dc.diagnose(session, spoilt, inputs=names)  # noqa: E731
    yield (what, "diagnose", *beside(plain, ours, rounds))
    guarded = dc.guard(session, inputs=names)
    run = lambda: session.run(None, {"x": rows})  # noqa: E731
    yield (
        "predict guarded in ONNX",
        "predict",
        *beside(run, lambda: guarded.predict(rows), rounds),
    )
    wide = rows.astype(np.float64)
    weights = [rng.normal(size=(COLUMNS, COLUMNS)) / 6 for _ in range(16)]

    def function(matrix: np.ndarray) -> np.ndarray:
        for kernel in weights:
            matrix = np.tanh(matrix @ kernel)
        return matrix

    own = dc.guard(function, inputs=names)
    times = beside(lambda: function(wide), lambda: own.predict(wide), rounds)
    yield ("predict guarded of a callable", "predict", *times)


def torch_rows(rounds: int) -> Iterator[Measured]:
    """The same in PyTorch; and an epoch of training."""
    import torch
    from torch import nn

    import datacheck as dc
    from datacheck.torch import TrainingGuard

    torch.set_num_threads(1)
    torch.manual_seed(0)
    steps = [each for _ in range(25) for each in (nn.Linear(COLUMNS, COLUMNS), nn.Tanh())]
    model = nn.Sequential(*steps).eval()
    rows, spoilt = data()
    names = [f"c{at}" for at in range(COLUMNS)]

    def plain(given: np.ndarray) -> Any:
        with torch.no_grad():
            return model(torch.from_numpy(given)).numpy()

    what = f"diagnose in PyTorch, 50 operations, {ROWS:,} x {COLUMNS}, {BAD} bad rows"
    ours = lambda: dc.diagnose(model, spoilt, inputs=names)  # noqa: E731
    yield (what, "diagnose", *beside(lambda: plain(spoilt), ours, rounds))
    guarded = dc.guard(model, inputs=names)
    times = beside(lambda: plain(rows), lambda: guarded.predict(rows), rounds)
    yield ("predict guarded in PyTorch", "predict", *times)

    x, y = torch.from_numpy(rows), torch.from_numpy(rows[:, :1] * 0.1)

    def training(*, guard: bool) -> Callable[[], None]:
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Linear(COLUMNS, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1)
        )
        optimizer = torch.optim.Adam(net.parameters(), 1e-3)
        watched = TrainingGuard(net, optimizer, nn.functional.mse_loss) if guard else None

        def epoch() -> None:
            for at in range(0, ROWS, 64):
                given, target = x[at : at + 64], y[at : at + 64]
                if watched is not None:
                    watched.step(given, target)
                    continue
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(net(given), target)
                loss.backward()
                optimizer.step()
                loss.item()

        return epoch

    times = beside(training(guard=False), training(guard=True), rounds)
    yield ("an epoch guarded in PyTorch (157 batches of 64)", "training", *times)


def keras_rows(rounds: int) -> Iterator[Measured]:
    """An epoch of training in Keras on torch."""
    import keras
    import torch

    from datacheck.keras import TrainingGuard

    torch.set_num_threads(1)
    rows, _ = data()
    y = rows[:, :1] * 0.1

    def training(*, guard: bool) -> Callable[[], None]:
        keras.utils.set_random_seed(0)
        layers = keras.layers
        hidden = [layers.Dense(128, "relu"), layers.Dense(128, "relu")]
        net = keras.Sequential([keras.Input((COLUMNS,)), *hidden, layers.Dense(1)])
        net.compile(keras.optimizers.Adam(1e-3), "mse")
        callbacks = [TrainingGuard(rows, y)] if guard else []
        return lambda: net.fit(rows, y, batch_size=64, verbose=0, callbacks=callbacks)

    times = beside(training(guard=False), training(guard=True), rounds)
    yield ("an epoch guarded in Keras (157 batches of 64)", "training", *times)


def node_rows(rounds: int) -> Iterator[Measured]:
    """Predict and an epoch in TensorFlow.js, on its wasm backend."""
    script = str(ROOT / "benchmarks" / "models.mjs")
    command = ["node", script, str(rounds)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    yield from (tuple(row) for row in json.loads(run.stdout.splitlines()[-1]))


PARTS = {"torch": torch_rows, "keras": keras_rows, "node": node_rows}

if __name__ == "__main__":
    print(json.dumps(list(PARTS[sys.argv[1]](int(sys.argv[2])))))
