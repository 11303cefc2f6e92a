"""Keras on JAX, in a process of its own: a process has one backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_keras_on_jax():
    suite = ROOT / "tests" / "models" / "keras_on_jax.py"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", suite],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert not run.returncode, run.stdout + run.stderr
    assert "skipped" not in run.stdout
