"""A user's script as type checkers see it: what each call gives, and that mistakes are seen.

pyright is run as basedpyright, in its standard mode: that wheel brings the program and its Node,
so that nothing is fetched when it runs.
"""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest

import datacheck as dc
from datacheck.export import EXPORTERS, javascript, onnx, options, sklearn
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.options import FORMS, OWN, Options

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
USER, MISTAKES = (ROOT / "tests" / "support" / f"typed_{name}.py" for name in ("user", "mistakes"))


def mypy_sees(_folder: Path) -> set[tuple[str, int]]:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(USER), str(MISTAKES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    found = re.findall(r"^(.*?):(\d+): error: ", done.stdout, re.MULTILINE)
    return {(Path(name).name, int(line)) for name, line in found}


def pyright_sees(folder: Path) -> set[tuple[str, int]]:
    project = {
        "include": [str(USER), str(MISTAKES)],
        "typeCheckingMode": "standard",
        "extraPaths": [str(ROOT)],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(project), encoding="utf-8")
    argv = ["basedpyright", "-p", str(folder), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(
        [sys.executable, "-m", *argv], capture_output=True, text=True, check=False
    )
    said = json.loads(done.stdout)["generalDiagnostics"]
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in said
        if each["severity"] == "error"
    }


@pytest.mark.parametrize("checker", [mypy_sees, pyright_sees])
def test_a_users_script_has_its_types_and_a_mistake_is_seen(
    checker: Callable[[Path], set[tuple[str, int]]], tmp_path: Path
) -> None:
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    planted = {(MISTAKES.name, at) for at, line in enumerate(lines, 1) if "# MISTAKE" in line}
    if checker is mypy_sees:
        # pandera is anything to the project's mypy, and so is what may be one.
        planted -= {(MISTAKES.name, at) for at, line in enumerate(lines, 1) if "pyright" in line}
    assert checker(tmp_path) == planted


def words(function: Callable[..., Any]) -> set[str]:
    """The options of an exporter's `write`, but for those of all."""
    by_name = inspect.signature(function).parameters.values()
    kept = {each.name for each in by_name if each.kind is inspect.Parameter.KEYWORD_ONLY}
    return kept - {"force"}


def test_the_options_of_export_are_those_of_each_target() -> None:
    assert set(EXPORTERS) == {"onnx", "javascript", "sql", "sklearn"}
    assert set(options.OnnxOptions.__annotations__) == words(onnx.exporter.write)
    assert set(options.JavaScriptOptions.__annotations__) == words(javascript.exporter.write)
    assert set(options.SklearnOptions.__annotations__) == words(sklearn.exporter.write)
    named = {each.name for each in fields(Options)} - {*OWN} | {"connection"}
    assert set(options.SqlOptions.__annotations__) == named
    declared = {
        name: eval(word.__forward_arg__, {"Literal": Literal})  # noqa: S307 - our own annotation
        for name, word in options.SqlOptions.__annotations__.items()
        if "Literal" in word.__forward_arg__
    }
    assert {name: set(get_args(word)) for name, word in declared.items()} == {
        "dialect": set(DIALECTS),
        "form": set(FORMS),
    }


#: What is given data that is no table: an array, labels, a model's inputs.
@pytest.mark.parametrize(
    "verb",
    [
        dc.check,
        dc.compare,
        dc.diagnose,
        dc.fit,
        dc.mutate,
        dc.profile,
        dc.read,
        dc.repair,
        dc.split,
        dc.suggest,
        dc.validate,
        dc.Transform.apply,
        dc.Transform.diff,
        dc.Transform.inverse,
        dc.Transform.matrix,
        dc.Transform.refusal,
    ],
    ids=lambda verb: verb.__qualname__,
)
def test_whatever_takes_data_takes_a_query(verb: Callable[..., Any]) -> None:
    parameters = inspect.signature(verb).parameters
    assert "data" in parameters
    assert parameters["query"].kind is inspect.Parameter.KEYWORD_ONLY


def rows_of(report: dc.Report) -> int:
    return int(report.to_dict()["source"]["rows"])


def test_a_query_is_asked_of_the_database(tmp_path: Path) -> None:
    import sqlite3

    import polars as pl

    path = tmp_path / "birds.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE birds (mass REAL)")
        rows = [(3000 + 7.25 * (at * at % 101),) for at in range(30)]
        database.executemany("INSERT INTO birds VALUES (?)", rows)
    database.close()
    address, asked = f"sqlite:///{path}", "SELECT mass FROM birds WHERE rowid <= 20"
    schema = dc.suggest(address, query=asked)
    assert dc.profile(address, query=asked).rows == 20
    assert rows_of(dc.check(address, query=asked)) == 20
    assert dc.validate(address, schema, query=asked).ok
    assert (
        rows_of(dc.compare(pl.DataFrame(rows, ["mass"], orient="row"), address, query=asked)) == 20
    )
    assert dc.split(address, schema, query=asked)[0].collect().height == 20
    assert dc.repair(address, query=asked)[0].collect().height == 20
    assert rows_of(dc.mutate(address, schema, query=asked)) == 20
    transform = dc.fit(address, schema, query=asked)
    assert transform.apply(address, query=asked).collect().height == 20
    assert transform.matrix(address, query=asked).shape == (20, 1)
    assert transform.inverse(address, query=asked).collect().height == 20
    assert transform.refusal(address, query=asked) is None
    assert not transform.diff(transform, address, query=asked).findings
    model = lambda matrix: matrix.sum(axis=1)  # noqa: E731 - any callable will do
    assert rows_of(dc.diagnose(model, address, query=asked)) == 20
    with pytest.raises(dc.SourceError, match="query"):
        dc.check(pl.DataFrame({"mass": [1.0]}), query=asked)
