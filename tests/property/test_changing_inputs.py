"""An answer is of one state of its input, or an error, whenever the input changes meanwhile."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc
from datacheck.cli import main
from datacheck.source import collecting

SCHEMA = pa.DataFrameSchema(
    {
        "x": pa.Column(
            float,
            [
                pa.Check.in_range(7, 12),
                pa.Check(lambda data: data.lazyframe.select(pl.col("x") < 11)),
            ],
            nullable=True,
            metadata=dc.prepare(impute="median", scale="robust"),
        ),
        "y": pa.Column(int, unique=True, metadata=dc.prepare(scale="zscore")),
    }
)
#: Moments of a verb at which its input is changed, evenly spread, at most.
MOMENTS = 6


def table(seed: int, rows: int) -> pl.DataFrame:
    draw = random.Random(seed)
    numbers = [
        None if draw.random() < 0.05 else round(draw.gauss(10, seed), 3) for _ in range(rows)
    ]
    return pl.DataFrame({"x": numbers, "y": [draw.randrange(900) for _ in range(rows)]})


def told(report: dc.Report) -> Any:
    return [{**found, "created": None} for found in report.to_dict()["findings"]]


def written(verb: str, *words: str) -> Callable[[Path], Any]:
    def run(path: Path) -> Any:
        outputs = [path.with_name(word) for word in words if word.endswith(".out.parquet")]
        for output in outputs:
            output.unlink(missing_ok=True)
        said = [str(path.with_name(word)) if "." in word else word for word in words]
        if main([verb, str(path), *said]) == 2:
            assert not any(output.exists() for output in outputs)
            raise dc.DatacheckError("told on standard error")
        return [pl.read_parquet(output).to_dicts() for output in outputs]

    return run


def fitted(path: Path) -> Any:
    transform = dc.fit(path, SCHEMA)
    return [repr(program) for program in transform.fitted.programs], transform.fitted.findings


def saved(path: Path) -> dc.Transform:
    return dc.load(path.with_name("t.json"))


VERBS: dict[str, Callable[[Path], Any]] = {
    "validate": lambda path: told(dc.validate(path, SCHEMA)),
    "check": lambda path: told(dc.check(path, row_outliers=True, near_duplicates=True)),
    "compare": lambda path: told(dc.compare(path.with_name("old.csv"), path)),
    "reference": lambda path: told(dc.compare(path, path.with_name("old.csv"))),
    "profile": lambda path: dc.profile(path).to_dict()["columns"],
    "suggest": lambda path: dc.suggest(path, target="y").to_yaml(),
    "mutate": lambda path: told(dc.mutate(path, SCHEMA)),
    "fit": fitted,
    "matrix": lambda path: saved(path).matrix(path).tolist(),
    "refusal": lambda path: str(saved(path).refusal(path)),
    "diff": lambda path: told(saved(path).diff(saved(path), path)),
    "page": lambda path: dc.check(path, transform=saved(path)).to_html(sample=False).count("<"),
    "apply": written("apply", "--transform", "t.json", "-o", "a.out.parquet"),
    "repair": written("repair", "-o", "r.out.parquet", "--log", "l.out.parquet"),
    "split": written(
        "split", "--schema", "s.yaml", "--valid", "v.out.parquet", "--rejected", "w.out.parquet"
    ),
}


@contextmanager
def at(
    moment: int, deed: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[int]]:
    """Do a deed when the library turns to its input for the n-th time; how often it did."""
    held, seen = collecting.panics_held, [0]

    def turn() -> None:
        seen[0] += 1
        if seen[0] == moment:
            deed()

    @contextmanager
    def noticed() -> Iterator[None]:
        turn()
        with held():
            yield
        turn()

    with monkeypatch.context() as patched:
        patched.setattr(collecting, "panics_held", noticed)
        yield seen


def renamed(path: Path) -> None:
    os.replace(path.with_name("next.parquet"), path)  # noqa: PTH105


def in_place(path: Path) -> None:
    path.write_bytes(path.with_name("next.parquet").read_bytes())


@pytest.mark.parametrize("change", [renamed, in_place])
@pytest.mark.parametrize("verb", VERBS)
def test_no_answer_is_of_two_states(
    tmp_path: Path, verb: str, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, run = tmp_path / "x.parquet", VERBS[verb]
    table(1, 120).write_csv(tmp_path / "old.csv")
    dc.fit(table(1, 120), SCHEMA).save(tmp_path / "t.json")
    (tmp_path / "s.yaml").write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  x: {dtype: Float64, nullable: true, in_range: {min_value: 7, max_value: 12}}\n"
    )
    answers = []
    for state in (3, 2):
        table(state, 150).write_parquet(path, row_group_size=50)
        with at(0, lambda: None, monkeypatch) as moments:
            answers.append(run(path))
    told_of = 0
    for moment in range(1, moments[0] + 1, -(-moments[0] // MOMENTS)):
        table(3, 150).write_parquet(path, row_group_size=50)
        table(2, 150).write_parquet(tmp_path / "next.parquet", row_group_size=50)
        with at(moment, lambda: change(path), monkeypatch):
            try:
                answer = run(path)
            except dc.DatacheckError:
                told_of += 1
                continue
        assert answer in answers, moment
    assert told_of
