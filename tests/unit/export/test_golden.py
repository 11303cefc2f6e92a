"""Golden rows: what counts as equal, what an artefact carries, and what is said of a difference."""

from __future__ import annotations

import json
import math
import struct
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.errors import ArtefactError
from datacheck.golden.compare import (
    Mismatch,
    Refusal,
    document,
    fingerprint,
    mismatches,
    prove,
    same,
    tolerance,
)
from datacheck.golden.documents import decode, encode, read_golden
from datacheck.ops import (
    Affine,
    Cast,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Program,
)

NAN, INF = math.nan, math.inf


def fitted(**changes: object) -> Fitted:
    programs = (
        Program("a", "number", "Float64", (Missing(), Fill(1.0), Cast("float64"))),
        Program("b", "text", "String", (Missing(("NA",)),)),
    )
    golden = (
        {"row": {"a": None, "b": "x"}, "out": {"a": 1.0, "b": "x"}},
        {"row": {"a": {"float": "inf"}, "b": "NA"}, "refused": "a"},
    )
    whole = Fitted(programs, "float64", None, golden, (), "datacheck tests")
    return whole._replace(**changes)


def knn(space_first: bool, output: str = "float64") -> tuple[Program, Fitted]:
    affine, fill = Affine(10.0, 0.5, 2.0), KnnFill(0.0)
    ops = (affine, fill) if space_first else (fill, affine)
    program = Program("a", "number", "Float64", (Missing(), *ops, Cast(output)))
    donors = Donors(("a",), (0.0,), (1.0,), 1, "uniform", np.array([[2.0], [NAN], [8.0]]))
    return program, Fitted((program,), output, donors, (), (), "datacheck tests")


@given(st.floats(allow_subnormal=True))
def test_a_double_survives_json_bit_for_bit(value: float) -> None:
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    if math.isnan(value):
        assert math.isnan(back)
    else:
        assert struct.pack("d", back) == struct.pack("d", value)
        assert same(back, value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_survives_a_reader_that_knows_doubles_alone(value: int) -> None:
    cell = json.loads(json.dumps(encode(value)), parse_int=lambda text: int(float(text)))
    assert decode(cell) == value


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 4))
def test_equal_means_the_same_bits_or_within_the_ulps_allowed(value: float, steps: int) -> None:
    other = value
    for _ in range(steps):
        other = math.nextafter(other, INF)
    if math.isinf(other):
        return
    assert not same(value, other)
    assert same(value, other, ulps=4)
    assert same(value, other, tolerance=abs(other - value))


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (0.0, -0.0, False),
        (-0.0, -0.0, True),
        (None, NAN, True),
        (None, np.float32(NAN), True),
        (None, 0.0, False),
        (0.0, None, False),
        (1.0, True, False),
        (True, 1.0, False),
        (True, np.True_, True),
        (1.0, np.float32(1.0), True),
        (0.1, float(np.float32(0.1)), False),
        (2.0, 2, True),
        (2**53 + 1, float(2**53), False),
        ("1", 1.0, False),
        ("x", "x", True),
        ("2020-01-02", date(2020, 1, 2), True),
        (1_500_000, timedelta(seconds=1.5), True),
    ],
)
def test_same(expected: object, got: object, equal: bool) -> None:
    assert same(expected, got) is equal


def test_a_document_holds_what_is_needed_to_replay() -> None:
    golden = document(fitted())
    assert golden["columns"] == ["a", "b"]
    assert golden["rows"] == list(fitted().golden) * 15
    assert golden["transform"] == fingerprint(fitted())
    assert read_golden(json.dumps(golden, allow_nan=False), "x") == golden


def test_a_document_of_some_columns_keeps_no_verdict_of_the_others() -> None:
    golden = document(fitted()._replace(programs=fitted().programs[1:]))
    assert golden["columns"] == ["b"]
    assert golden["rows"] == [{"row": {"b": "x"}, "out": {"b": "x"}}] * 30


def test_the_fingerprint_knows_every_number() -> None:
    _, with_donors = knn(space_first=True)
    donors = with_donors.donors
    assert donors is not None
    changed = [
        fitted(),
        fitted(output="float32"),
        fitted(programs=fitted().programs[:1]),
        with_donors,
        with_donors._replace(donors=donors._replace(n_neighbors=2)),
        with_donors._replace(donors=donors._replace(rows=np.array([[2.0], [NAN], [9.0]]))),
    ]
    assert len({fingerprint(each) for each in changed}) == len(changed)
    assert fingerprint(fitted(golden=())) == fingerprint(fitted())


@pytest.mark.parametrize(
    ("space_first", "output", "allowed"),
    [
        (True, "float64", 6e-12),
        (False, "float64", 3e-12),
        (True, "float32", 6e-12 + 8.0 * 2.0**-23),
    ],
)
def test_a_column_filled_from_neighbours_may_differ_by_its_spread(
    space_first: bool, output: str, allowed: float
) -> None:
    program, whole = knn(space_first, output)
    assert tolerance(program, whole) == pytest.approx(allowed, rel=1e-9)
    assert tolerance(fitted().programs[0], fitted()) == 0.0


def test_every_kind_of_difference_is_named() -> None:
    golden = document(
        fitted(
            golden=(
                {"row": {"a": 1.0}, "out": {"a": 1.0}},
                {"row": {"a": 2.0}, "out": {"a": 2.0}},
                {"row": {"a": INF}, "refused": "a"},
                {"row": {"a": INF}, "refused": "a"},
                {"row": {"a": INF}, "refused": "a"},
                {"row": {"a": 3.0}, "out": {"a": 3.0}},
            )
        )
    )
    assert len(golden["rows"]) == 30
    golden["rows"] = golden["rows"][:6]
    got = [{"a": 1.5}, {}, {"a": INF}, Refusal("b"), Refusal(), Refusal("a")]
    assert mismatches(golden, lambda rows: got[: len(rows)]) == [
        Mismatch(0, "a", 1.0, 1.5),
        Mismatch(1, "a", 2.0, "no such column"),
        Mismatch(2, "a", "refused", {"a": INF}),
        Mismatch(3, "a", "refused", Refusal("b")),
        Mismatch(5, "a", {"a": 3.0}, Refusal("a")),
    ]
    assert mismatches(golden, lambda _rows: []) == [Mismatch(0, None, "6 rows", "0 rows")]
    with pytest.raises(ArtefactError, match=r"6 rows.*0 rows"):
        prove(golden, lambda _rows: [], "model")


def test_the_runtime_gets_decoded_rows() -> None:
    seen: list[dict[str, object]] = []

    def run(rows: list[dict[str, object]]) -> list[object]:
        seen.extend(rows)
        return [{"a": 1.0, "b": "x"}, Refusal("a")] * 15

    assert mismatches(document(fitted()), run) == []
    assert seen[:2] == [{"a": None, "b": "x"}, {"a": INF, "b": "NA"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not whole JSON"),
        ("null", "carries no golden rows"),
        ('{"format": "other"}', "is not a document of golden rows"),
        ('{"format": "datacheck.golden", "version": 99}', "version that this datacheck does not"),
    ],
)
def test_a_document_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArtefactError, match=message):
        read_golden(text, "model.onnx")
