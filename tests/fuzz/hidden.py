"""Tables of marks, by every verb with `--no-values`: no mark in what is said, or on a page."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import polars as pl

from datacheck.cli import TRACEBACK, main

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTERS = "bcdfghjkmnpqrtvwxz"
#: Each of a table, its schema, an older table and what was made of them.
VERBS = (
    "check d.csv",
    "check d.csv --schema s.yaml --html page.html",
    "check d.csv --reference e.csv",
    "check d.csv --reference old.json",
    "compare e.csv d.csv --html page.html",
    "compare e.json d.csv",
    "profile d.csv --html page.html",
    "repair d.csv --schema s.yaml --unsafe -o clean.csv",
    "fit d.csv --schema s.yaml -o new.json --html page.html",
    "diff old.json t.json --data d.csv",
    "diff t.json old.json --data e.csv",
    "verify t.json",
    "show report.json --html page.html",
)
FORMATS = ("", "--json", "-v", "--format html", "--format markdown", "--format junit")


def checks(seed: int) -> Iterator[tuple[str, str | None]]:
    """Random tables without end, each by every verb."""
    number = 0
    while True:
        rng = np.random.default_rng([seed, number])
        number += 1
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            marks: set[str] = set()
            kinds = {f"c{at}": str(rng.choice(list(KINDS))) for at in range(rng.integers(1, 5))}
            for name in ("e", "d"):
                cells = {each: KINDS[kind](rng, marks) for each, kind in kinds.items()}
                pl.DataFrame(cells).write_csv(f"{name}.csv")
            Path("s.yaml").write_text(_schema(kinds))
            _said("fit d.csv --schema s.yaml -o t.json")
            _said("fit e.csv --schema s.yaml -o old.json")
            _said("profile e.csv -o e.json")
            Path("report.json").write_text(_said("check d.csv --json"))
            for verb in VERBS:
                words = f"{verb} {rng.choice(FORMATS) if '--html' not in verb else ''} --no-values"
                said = _said(f"{words} --force" if " -o " in verb or "--html" in verb else words)
                told = sorted(mark for mark in marks if mark in said)
                yield f"{words} of {kinds}", f"{told[:3]} in {said[:200]!r}" if told else None


def _said(words: str) -> str:
    out = io.StringIO()
    loud = mock.patch.dict(os.environ, {TRACEBACK: "1"})
    with loud, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(words.split())
    page = Path("page.html")
    said = out.getvalue() + (page.read_text() if page.exists() else "")
    page.unlink(missing_ok=True)
    return said.replace(",", "").replace("_", "")


def _words(rng: np.random.Generator, marks: set[str], count: int) -> list[str]:
    made = ["zq" + "".join(rng.choice(list(LETTERS), 6)) for _ in range(count)]
    marks.update(made)
    return made


def _numbers(rng: np.random.Generator, marks: set[str], count: int = 60) -> list[float]:
    made = rng.integers(61_000_001, 98_999_999, count)
    marks.update(str(each)[:6] for each in made)
    return [float(each) for each in made]


def _categories(rng: np.random.Generator, marks: set[str]) -> list[Any]:
    return rng.choice(_words(rng, marks, 4), 60).tolist()


def _outlier(rng: np.random.Generator, marks: set[str]) -> list[Any]:
    return [*rng.normal(size=59), *_numbers(rng, marks, 1)]


def _sentinel(rng: np.random.Generator, marks: set[str]) -> list[Any]:
    (mark,) = _numbers(rng, marks, 1)
    return [-mark if at % 7 == 0 else float(cell) for at, cell in enumerate(rng.normal(size=60))]


KINDS: dict[str, Any] = {
    "numbers": _numbers,
    "outlier": _outlier,
    "sentinel": _sentinel,
    "categories": _categories,
    "spellings": lambda rng, marks: [
        word.upper() + " " if at % 9 == 0 else word
        for at, word in enumerate(_categories(rng, marks))
    ],
    "texts": lambda rng, marks: _words(rng, marks, 60),
    "mixed": lambda rng, marks: [
        *(f"${each:.0f}" for each in _numbers(rng, marks)[:58]),
        *_words(rng, marks, 2),
    ],
}


def _schema(kinds: dict[str, str]) -> str:
    lines = ["schema_type: polars_dataframe", "name: S", "columns:"]
    for name, kind in kinds.items():
        number = kind in ("numbers", "outlier", "sentinel")
        prepare = "{impute: median, scale: robust}" if number else "{encode: one_hot}"
        dtype = "Float64" if number else "String"
        lines.append(f"  {name}: {{dtype: {dtype}, nullable: true, prepare: {prepare}}}")
    return "\n".join(lines) + "\n"
