"""Any transform, on any rows: Node gives the bits that the reference gives."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.export import javascript
from datacheck.golden.documents import encode
from datacheck.ops import (
    LARGEST,
    Affine,
    Cast,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Op,
    Program,
)
from datacheck.transform.given import Refused
from tests.support.cells import cell

finite = st.floats(allow_nan=False, allow_infinity=False)
tame = st.floats(-1e6, 1e6)
scale = st.floats(1e-6, 1e6)
sentinels = st.lists(st.sampled_from([-999.0, 0.0, 2.5, 1]), max_size=3, unique=True).map(tuple)
numbers = st.none() | st.floats() | st.sampled_from([-999, -0.0, 2.5, 2**53, 1])
texts = st.sampled_from(
    ["n/a", "", " 1.5 ", "-999", "1e400", "nan", "1,5", "0x1", "\x1c", "+.5e-3"]
)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    lower, upper = sorted([draw(tame), draw(tame)])
    below, above = draw(st.sampled_from([(lower, upper), (None, None), (None, upper)]))
    return Clip(lower, upper, below, above)


@st.composite
def programs(draw: st.DrawFn, name: str, output: str) -> tuple[Program, st.SearchStrategy[Any]]:
    reads = draw(st.booleans())
    infinite = draw(st.sampled_from(["refuse", "missing", "keep"]))
    ops: list[Op] = [Cast("float64")] if reads else []
    ops.append(Missing((*draw(sentinels), "n/a"), infinite))
    if infinite == "keep":
        ops.append(Clip(-LARGEST, LARGEST, -1e3, 1e3))
    ops += draw(st.lists(clips(), max_size=1))
    ops += draw(st.lists(finite.map(Fill), max_size=1))
    ops += draw(st.lists(st.builds(Affine, finite, scale, scale), max_size=1))
    program = Program(name, "number", "String" if reads else "Float64", (*ops, Cast(output)))
    return program, numbers | texts | st.booleans() if reads else numbers


@st.composite
def tables(draw: st.DrawFn) -> Fitted:
    """A transform of a few columns, with its golden rows as the reference works them out."""
    output = draw(st.sampled_from(["float64", "float32"]))
    made = [draw(programs(name, output)) for name in ("a", "__proto__", 'say "b"')]
    fitted = Fitted(tuple(program for program, _ in made), output, None, (), (), "tests")
    row = st.fixed_dictionaries({program.column: cells for program, cells in made})
    return with_golden(fitted, draw(st.lists(row, min_size=1, max_size=40)))


def with_golden(fitted: Fitted, rows: list[dict[str, Any]]) -> Fitted:
    return fitted._replace(golden=tuple(golden_row(fitted, row) for row in rows))


def golden_row(fitted: Fitted, row: dict[str, Any]) -> dict[str, Any]:
    given_cells = {name: encode(value) for name, value in row.items()}
    out = {}
    for program in fitted.programs:
        try:
            out[program.column] = encode(cell(program, row[program.column], row, fitted))
        except Refused:
            return {"row": given_cells, "refused": program.column}
    return {"row": given_cells, "out": out}


@settings(max_examples=25, deadline=None)
@given(tables())
def test_any_transform_gives_the_bits_of_the_reference(fitted: Fitted) -> None:
    with tempfile.TemporaryDirectory() as folder:
        javascript.write(fitted, Path(folder) / "package")


@st.composite
def neighbours(draw: st.DrawFn) -> Fitted:
    """Columns that are filled from donors full of holes and of ties."""
    names = ("a", "b", "c")
    coarse = st.none() | st.integers(-3, 3).map(float) | st.sampled_from([-1e-200, 0.1])
    table = draw(st.lists(st.tuples(coarse, coarse, coarse), min_size=1, max_size=30))
    donors = Donors(
        features=names,
        center=tuple(draw(tame) for _ in names),
        inverse_scale=tuple(draw(scale) for _ in names),
        n_neighbors=draw(st.integers(1, 5)),
        weights=draw(st.sampled_from(["uniform", "distance"])),
        rows=np.array(table, dtype=np.float64),
    )
    ops = (Missing((-999.0,)), KnnFill(0.25), Affine(0.5, 3.0, 1 / 3), Cast("float64"))
    fitted = Fitted(
        tuple(Program(name, "number", "Float64", ops) for name in names),
        "float64",
        donors,
        (),
        (),
        "tests",
    )
    wide = coarse | st.sampled_from([1e200, -1e308])
    rows = draw(st.lists(st.tuples(wide, wide, wide), min_size=1, max_size=20))
    return with_golden(fitted, [dict(zip(names, each, strict=True)) for each in rows])


@settings(max_examples=25, deadline=None)
@given(neighbours())
def test_neighbours_give_what_the_reference_gives(fitted: Fitted) -> None:
    with tempfile.TemporaryDirectory() as folder:
        javascript.write(fitted, Path(folder) / "package")
