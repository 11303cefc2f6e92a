"""A column is asked for through `datacheck.columns`: polars reads some names as patterns."""

from __future__ import annotations

import ast
from pathlib import Path

import polars as pl
import pytest

import datacheck
from datacheck.columns import bare, col, cols, named, retyped

NAMES = ["a", "*", "^x$", "^.*$", "x", "^$", "^a|b$"]
FRAME = pl.DataFrame({name: [at, at + 1] for at, name in enumerate(NAMES)})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_column(name: str) -> None:
    place = NAMES.index(name)
    expected = [place, place + 1]
    for frame in (FRAME, FRAME.lazy()):
        made = frame.lazy().select((col(name) + 0).alias("y")).collect(engine="streaming")
        assert made["y"].to_list() == expected
    assert not col(name).meta.has_multiple_outputs()
    assert (col(name) + 1).meta.root_names() == [name]
    assert FRAME.select(cols([name, "a"] if name != "a" else ["a"]))[name].to_list() == expected
    assert FRAME.drop(named([name])).columns == [each for each in NAMES if each != name]
    assert retyped(FRAME, {name: pl.Float64}).schema == FRAME.schema | {name: pl.Float64()}
    assert bare(FRAME[name]).drop_nulls().to_list() == expected


def _by_variable(tree: ast.AST) -> list[int]:
    """The lines that make a column of polars from a name that is not written there."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "pl.col"
        and not all(isinstance(each, ast.Constant | ast.BinOp) for each in node.args)
        and not all(ast.unparse(each).isupper() for each in node.args)
    ]


def test_no_module_hands_polars_a_name_as_it_is() -> None:
    root = Path(datacheck.__file__).parent
    found = {
        str(path.relative_to(root)): lines
        for path in root.rglob("*.py")
        if path.name != "columns.py" and (lines := _by_variable(ast.parse(path.read_text())))
    }
    assert not found
