"""The recipes whose tools live in an environment of their own: `make test-pipelines`.

Airflow runs its DAG in one process, with a database of its own; Prefect's tasks run as functions,
without its server; MLflow saves and loads its model; DVC runs the pipeline, and then finds nothing
to do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import datacheck as dc

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/recipes.md").read_text("utf-8")


def block(heading: str, language: str) -> str:
    section = PAGE[PAGE.index(f"\n## {heading}\n") :]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for shared in ("sample_data", "schemas"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_airflow(folder: Path) -> None:
    dc.fit("sample_data/penguins.csv", "schemas/penguins.yaml").save("penguins.json")
    recipe = block("Airflow", "python")
    dags = folder / "airflow/dags"
    dags.mkdir(parents=True)
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(ROOT),
    }
    airflow = str(Path(sys.executable).parent / "airflow")
    subprocess.run([airflow, "db", "migrate"], check=True, env=env, capture_output=True)

    def run(source: str) -> str:
        """The DAG as a user tries it: its file is run; what it logs."""
        (dags / "nightly.py").write_text(source)
        command = [sys.executable, str(dags / "nightly.py")]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    said = run(recipe)
    assert "state=success" in said, said
    assert dc.check("ready.parquet").source["rows"] == 344
    (folder / "ready.parquet").unlink()
    said = run(recipe.replace("penguins.csv", "penguins_untidy.csv"))
    assert "state=failed" in said, said
    assert "scale.unit_mix" in said
    assert not (folder / "ready.parquet").exists()


def test_prefect(folder: Path) -> None:
    names: dict[str, Any] = {}
    exec(block("Prefect", "python"), names)  # noqa: S102
    dc.fit("sample_data/penguins.csv", "schemas/penguins.yaml").save("penguins.json")
    path = names["check"].fn("sample_data/penguins.csv")
    assert names["prepare"].fn(path) == "ready.parquet"
    assert dc.check("ready.parquet").source["rows"] == 344
    with pytest.raises(dc.FindingsError):
        names["check"].fn("sample_data/penguins_untidy.csv")


@pytest.mark.filterwarnings("ignore")
def test_mlflow(folder: Path) -> None:
    exec(block("MLflow", "python"), {})  # noqa: S102
    assert (folder / "model/artifacts/penguins.json").exists()


def test_dvc(folder: Path) -> None:
    (folder / "dvc.yaml").write_text(block("DVC", "yaml"))
    (folder / "data").mkdir()
    shutil.copy("sample_data/penguins.csv", "data")
    shutil.copy("schemas/penguins.yaml", ".")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    for command in ("git init -q", "dvc init -q", "dvc repro -q"):
        subprocess.run(command.split(), check=True, env=env)
    again = subprocess.run(["dvc", "repro"], check=True, env=env, capture_output=True, text=True)
    assert "up to date" in again.stdout
    assert (folder / "ready.parquet").exists()
