"""The cases: small transforms written by hand, with the odd rows that go through them.

What must come out is computed by `transform/cell.py`, which reads the ops one by one.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np

from datacheck.golden.compare import Refusal
from datacheck.golden.documents import encode
from datacheck.ops import (
    LARGEST,
    Affine,
    Cast,
    Clip,
    Donors,
    Encode,
    Fill,
    Fitted,
    Indicator,
    KnnFill,
    Missing,
    Numeral,
    OneHot,
    Op,
    Power,
    Program,
    Replace,
)
from datacheck.transform.cell import cells
from datacheck.transform.given import Refused

from . import odd


class Case(NamedTuple):
    """A transform and the rows to send through it; `op` is the op that the case is about."""

    name: str
    op: str
    fitted: Fitted
    rows: tuple[dict[str, Any], ...]


def expected(fitted: Fitted, rows: tuple[dict[str, Any], ...]) -> list[dict[str, Any] | Refusal]:
    """What the reference gives for each row: its cells, or the column that refuses it."""
    return [_expected_row(fitted, row) for row in rows]


def _expected_row(fitted: Fitted, row: dict[str, Any]) -> dict[str, Any] | Refusal:
    out = {}
    for program in fitted.programs:
        try:
            out |= cells(program, row[program.column], row, fitted)
        except Refused:
            return Refusal(program.column)
    return out


def with_golden(fitted: Fitted, rows: tuple[dict[str, Any], ...]) -> Fitted:
    """The transform with these rows as its golden rows."""
    golden = []
    for row, outcome in zip(rows, expected(fitted, rows), strict=True):
        cells = {"row": {name: encode(value) for name, value in row.items()}}
        if isinstance(outcome, Refusal):
            golden.append({**cells, "refused": outcome.column})
        else:
            golden.append({**cells, "out": {name: encode(v) for name, v in outcome.items()}})
    return fitted._replace(golden=tuple(golden))


def number(column: str, *ops: Op, dtype: str = "Float64", output: str = "float64") -> Program:
    """A numeric program as `fit` writes it: `Missing` after the cast that reads, `Cast` last."""
    if not any(isinstance(op, Missing) for op in ops):
        reads = int(isinstance(ops[0], Cast)) if ops else 0
        ops = (*ops[:reads], Missing(), *ops[reads:])
    return Program(column, "number", dtype, (*ops, Cast(output)))


def fitted(*programs: Program, output: str = "float64", donors: Donors | None = None) -> Fitted:
    """A transform without golden rows."""
    return Fitted(programs, output, donors, (), (), "datacheck tests")


def _beside(name: str, op: str, program: Program, values: tuple[Any, ...]) -> Case:
    """A case for one column: each odd value in turn, with a plain column beside it."""
    last = program.ops[-1]
    output = last.dtype if isinstance(last, Cast) else "float64"
    plain = number("plain", Fill(0.5), Affine(0.25, 3.0, 1 / 3), output=output)
    rows = tuple(
        {program.column: value, "plain": None if at % 5 == 0 else at / 7}
        for at, value in enumerate(values)
    )
    return Case(name, op, fitted(program, plain, output=output), rows)


_Z = Affine(0.1, 1 / 0.3, 0.3)

#: name -> (op, ops of a numeric column)
_NUMERIC: dict[str, tuple[str, tuple[Op, ...]]] = {
    "missing refuses infinities": ("missing", (Missing(),)),
    "missing takes infinities": ("missing", (Missing(infinite="missing"), Fill(1.5))),
    "missing sentinels": ("missing", (Missing((-999.0, 2.5)), Fill(0.75))),
    "missing zero": ("missing", (Missing((0.0,)),)),
    "missing sentinels without a fill": ("missing", (Missing((-999.0, 0.1), "missing"), _Z)),
    "clip infinities": ("clip", (Missing((), "keep"), Clip(-LARGEST, LARGEST, -3.5, 7.25), _Z)),
    "clip to the bounds": ("clip", (Clip(-2.0, 3.0, -2.0, 3.0),)),
    "clip to missing": ("clip", (Clip(-2.0, 3.0, None, None), Fill(0.25))),
    "clip one side to missing": ("clip", (Clip(-2.0, 3.0, None, 3.0), _Z)),
    "clip at zeros": ("clip", (Clip(0.0, 0.0, 0.0, 0.0),)),
    "clip at negative zero": ("clip", (Clip(-0.0, 1e300, -0.0, 1e300), Fill(-0.0))),
    "clip twice": (
        "clip",
        (
            Missing((-999.0,), "keep"),
            Clip(-LARGEST, LARGEST, -8.0, 8.0),
            Clip(-2.0, 3.0, None, 3.0),
            Fill(0.25),
            Affine(0.5, 2.0, 0.5),
        ),
    ),
    "clip refuses infinities": ("clip", (Clip(-2.0, 3.0, -2.0, 3.0), Fill(0.1), _Z)),
    "fill": ("fill", (Fill(0.1),)),
    "fill with negative zero": ("fill", (Fill(-0.0),)),
    "fill with a subnormal": ("fill", (Fill(5e-324),)),
    "fill with 1e308": ("fill", (Fill(1e308), Affine(0.0, 0.5, 2.0))),
    "fill with an id": ("fill", (Fill(9007199254740994.0),)),
    "affine": ("affine", (Fill(0.1), _Z)),
    "affine without a fill": ("affine", (Affine(1 / 3, 1 / 7, 7.0),)),
    "affine identity": ("affine", (Affine(0.0, 1.0, 1.0),)),
    "affine epoch": ("affine", (Fill(1.7e12), Affine(1.7e12, 1 / 86_400_000.0, 86_400_000.0))),
    "affine overflows": ("affine", (Fill(0.0), Affine(-1e308, 10.0, 0.1))),
    "affine large": ("affine", (Affine(1e307, 1e-308, 1e308),)),
    "affine subnormal center": ("affine", (Affine(5e-324, 1e300, 1e-300),)),
    "affine subnormal scale": ("affine", (Affine(0.5, 1e-310, 1e308),)),
    "sqrt": ("power", (Clip(-1e300, 1e300, -2.0, 1e300), Fill(2.0), Power("sqrt"), _Z)),
    "sqrt alone": ("power", (Power("sqrt"),)),
    "log1p": ("power", (Fill(0.1), Power("log1p"), _Z)),
    "log1p without a fill": ("power", (Missing((-999.0,), "missing"), Power("log1p"))),
    "signed log1p": ("power", (Fill(-3.0), Power("signed_log1p"), Affine(2.0, 0.25, 4.0))),
    "indicator": ("indicator", (Missing((-999.0,)), Indicator("value_missing"), Fill(0.25), _Z)),
    "indicator after a clip": (
        "indicator",
        (Clip(-2.0, 3.0, None, 3.0), Indicator("value_missing"), Fill(0.25)),
    ),
    "affine constant": ("affine", (Fill(2.5), Affine(2.5, 1.0, 1.0))),
    "affine fusion would show": ("affine", (Affine(1 / 3, 3.000000000000001, 1 / 3),)),
}


def _numeric_cases() -> list[Case]:
    cases = [
        _beside(name, op, number("value", *ops), odd.NUMBERS)
        for name, (op, ops) in _NUMERIC.items()
    ]
    cases += [
        _beside(f"{name}, float32", "cast", number("value", *ops, output="float32"), odd.NUMBERS)
        for name, (op, ops) in _NUMERIC.items()
        if op in {"affine", "fill", "indicator", "power"}
    ]
    wide = (Fill(2.0), Affine(1.0, 1 / 3, 3.0))
    cases.append(_beside("integers", "cast", number("value", *wide, dtype="Int64"), odd.INTEGERS))
    return cases


def _alone_cases() -> list[Case]:
    """One column and no other: optimisers treat a lone constant as they treat no vector."""
    affines = {
        "center nearly zero": Affine(1e-300, 1.0, 1.0),
        "scale nearly one": Affine(0.5, 1.000000001, 1.0),
        "clipped and filled": Affine(1 / 3, 1 / 7, 7.0),
    }
    return [
        Case(
            f"alone, {name}",
            "affine",
            fitted(number("value", Clip(-1e300, 1e300, -1e300, 1e300), Fill(0.0), affine)),
            tuple({"value": value} for value in odd.NUMBERS),
        )
        for name, affine in affines.items()
    ]


def _read_cases() -> list[Case]:
    reads = Cast("float64")
    wide = (Missing(("n/a", -0.5)), Fill(2.0), Affine(1.0, 1 / 3, 3.0))
    text = number("value", reads, *wide, dtype="String")
    kept = number("value", reads, Missing((), "missing"), dtype="String")
    flag = number("value", reads, Fill(1.0), Affine(0.25, 2.0, 0.5), dtype="Boolean")
    units = (("%", 0.01), ("kg", 1.0), ("lbs", 0.45359237), ("fl oz", 3.0), ("K", 1000.0))
    numeral = Numeral(",", ".", "$", units, parentheses=True)
    people = number("value", Cast("float64", numeral), *wide, dtype="String")
    spaces = number("value", Cast("float64", Numeral(thousands=" ")), Fill(1.0), dtype="String")
    return [
        _beside("text read as numbers", "cast", text, odd.TEXTS),
        _beside("text read as numbers, infinities missing", "cast", kept, odd.TEXTS),
        _beside("text spelt as people do", "cast", people, (*odd.SPELT, *odd.TEXTS)),
        _beside("thousands with spaces", "cast", spaces, (*odd.SPELT, *odd.TEXTS)),
        _beside("booleans read as numbers", "cast", flag, (True, False, None)),
    ]


def _other_cases() -> list[Case]:
    words = Program("value", "text", "String", (Missing(("NA", "?")), Fill('it\'s "x"\n')))
    empty = Program("value", "text", "String", (Missing(("",)),))
    flag = Program("value", "boolean", "Boolean", (Missing(), Fill(value=True)))
    day = Program("value", "date", "Date", (Missing(("1900-01-01",)), Fill("2020-02-29")))
    return [
        _beside("text", "missing", words, ("NA", "?", None, "", "na", " NA", "\U0001f427", "1.5")),
        _beside("empty text is missing", "missing", empty, ("", None, " ", "a")),
        _beside("booleans", "fill", flag, (True, False, None)),
        _beside("dates", "fill", day, (date(1900, 1, 1), None, date(2024, 12, 31))),
    ]


#: Categories that break quoting, joining, member access and lookups.
CATEGORIES = ("", " ", "a", "A", 'it\'s "q"', "l\n", "\U0001f427", "__proto__", "NA", "\\", "1")


def _encoded(kind: str, dtype: str, values: tuple[Any, ...], *ops: Op) -> tuple[Any, ...]:
    return kind, dtype, values, (*ops, Cast("float64"))


def _encode_cases() -> list[Case]:
    known = CATEGORIES[2:]
    codes = tuple(range(len(known)))
    hot = OneHot(tuple(f"value_{each}" for each in known))
    words = (*known, None, "unseen", "b ", "constructor", "na")
    numbers = (0, 1, 7, -3, None, 2)
    flags = (True, False, None)
    replace = Replace(("b ", "na"), ("a", "NA"))
    made = {
        "ordinal": _encoded("text", "String", words, Missing(), Encode(known, codes, None, 9)),
        "ordinal of integers": _encoded(
            "integer", "Int64", numbers, Missing((-3,)), Encode((0, 1, 7), (0, 1, 2), -1, None)
        ),
        "ordinal of booleans": _encoded(
            "boolean", "Boolean", flags, Missing(), Encode((False, True), (0, 1), None, None)
        ),
        "one-hot": _encoded("text", "String", words, Missing(), Encode(known, codes, None, 0), hot),
        "one-hot, the unseen as zeros": _encoded(
            "text",
            "String",
            words,
            replace,
            Missing(("1",)),
            Indicator("value_missing"),
            Encode(known, codes, -1, -1),
            hot,
        ),
        "one-hot, filled, some together": _encoded(
            "text",
            "String",
            words,
            Missing(("NA",)),
            Fill("a"),
            Encode(known[:3], (0, 1, 1), None, None),
            OneHot(("value_a", "value_infrequent_sklearn")),
        ),
        "one-hot of integers": _encoded(
            "integer",
            "Int64",
            numbers,
            Missing(),
            Fill(7),
            Encode((0, 1, 7), (-1, 0, 1), None, None),
            OneHot(("value_1", "value_7")),
        ),
        "one-hot of booleans": _encoded(
            "boolean",
            "Boolean",
            flags,
            Missing(),
            Encode((False, True), (0, 1), None, 2),
            OneHot(("value_False", "value_True", "value_None")),
        ),
        "spellings": _encoded(
            "text", "String", words, replace, Missing(("1",)), Encode(known, codes, None, None)
        ),
    }
    cases = []
    for name, (kind, dtype, values, ops) in made.items():
        op = "replace" if name == "spellings" else "encode" if "ordinal" in name else "one_hot"
        cases.append(_beside(name, op, Program("value", kind, dtype, ops), values))
    kept = Program("value", "integer", "Int64", (Missing((-3,)), Fill(7)))
    return [*cases, _beside("integers that stay", "fill", kept, numbers)]


def _name_cases() -> list[Case]:
    programs = [
        number(name, Fill(at / 3), Affine(at / 7, 1 / (at + 0.3), at + 0.3))
        for at, name in enumerate(odd.NAMES)
    ]
    rows = tuple(
        {
            p.column: None if (at + row) % 4 == 0 else at * 1.1 + row / 3
            for at, p in enumerate(programs)
        }
        for row in range(9)
    )
    table = Case("hostile names", "affine", fitted(*programs), rows)
    refusing = dict(rows[1]) | {odd.NAMES[0]: odd.INF}
    return [table, Case("hostile names refused", "affine", fitted(*programs), (rows[0], refusing))]


#: Raw donors; None is a hole.
_RAW = (
    (1.0, 10.0, 100.0),
    (2.0, None, 150.0),
    (3.0, 30.0, None),
    (4.0, 40.0, 400.0),
    (None, 55.0, 500.0),
    (4.0, 41.0, 420.0),
    (6.5, 61.0, 601.0),
)
_SCALE = {
    "a": Affine(3.0, 0.5, 2.0),
    "b": Affine(30.0, 1 / 7, 7.0),
    "c": Affine(300.0, 0.005, 200.0),
}
_FILLS = {"a": 3.5, "b": 35.0}


def _donors(space: str, weights: str, n_neighbors: int) -> Donors:
    raw = np.array(_RAW, np.float64)
    if space == "raw":
        return Donors(("a", "b", "c"), (0.0,) * 3, (1.0,) * 3, n_neighbors, weights, raw)
    centers, inverses, _ = zip(*_SCALE.values(), strict=True)
    rows = (raw - np.array(centers)) * np.array(inverses)
    return Donors(("a", "b", "c"), centers, inverses, n_neighbors, weights, rows)


def _knn_program(column: str, space: str, *ops: Op, then: tuple[Op, ...] | None = None) -> Program:
    """A column that is filled; raw ones go through `then`, by default their scaling, afterwards."""
    affine, fill = _SCALE[column], _FILLS[column]
    if space == "raw":
        return number(column, *ops, KnnFill(fill), *((affine,) if then is None else then))
    scaled = (fill - affine.center) * affine.inverse_scale
    return number(column, *ops, affine, KnnFill(scaled))


def _knn_case(name: str, donors: Donors, space: str, then: tuple[Op, ...] | None = None) -> Case:
    clip = (Missing((-999.0,)), Clip(-10.0, 10.0, None, 10.0))
    programs = [
        _knn_program("a", space, *clip, then=then),
        number("c", Fill(300.0), _SCALE["c"]),
        _knn_program("b", space, then=then),
    ]
    cells: tuple[tuple[float | None, float | None, float | None], ...] = (
        (1.5, 12.0, 110.0),
        (None, 12.0, 110.0),
        (1.5, None, 110.0),
        (None, None, 410.0),
        (None, None, None),
        (odd.NAN, 41.5, None),
        (-999.0, 40.5, 410.0),
        (-1e9, 40.5, 410.0),
        (1e9, None, 410.0),
        (4.0, None, 420.0),  # equal to a donor: its distance is zero
        (4.0, None, None),  # two donors equally near
        (odd.INF, 1.0, 1.0),
        (-odd.INF, None, 1.0),
        (1.0, 1.0, -odd.INF),
        (None, 5e-324, -0.0),
        (None, 1e150, 1.0),
    )
    rows = tuple(dict(zip("abc", row, strict=True)) for row in cells)
    return Case(f"{name}, {space}", "knn_fill", fitted(*programs, donors=donors), rows)


def _knn_cases() -> list[Case]:
    cases = []
    for space in ("raw", "scaled"):
        alone = _donors(space, "uniform", 3)
        alone = alone._replace(rows=alone.rows[:1] + np.array([0.0, 0.0, np.nan]))  # type: ignore[index]
        cases += [
            _knn_case("nearest, uniform", _donors(space, "uniform", 3), space),
            _knn_case("nearest, by distance", _donors(space, "distance", 3), space),
            _knn_case("nearest one", _donors(space, "uniform", 1), space),
            _knn_case("more neighbours than donors", _donors(space, "distance", 50), space),
            _knn_case("one donor, often out of reach", alone, space),
        ]
    near = _donors("raw", "uniform", 3)
    for function in (None, "sqrt", "signed_log1p"):
        power = () if function is None else (Power(function),)
        cases.append(_knn_case(f"nearest, then {function} alone", near, "raw", power))
        scaled = (*power, Affine(2.0, 0.5, 2.0))
        cases.append(_knn_case(f"nearest, then {function} and scaled", near, "raw", scaled))
    return cases


CASES: tuple[Case, ...] = (
    *_numeric_cases(),
    *_alone_cases(),
    *_read_cases(),
    *_other_cases(),
    *_encode_cases(),
    *_name_cases(),
    *_knn_cases(),
)
