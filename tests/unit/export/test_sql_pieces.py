"""A program worked out into pieces decides every double as the ops do one by one."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.export.sql.pieces import Constant, Empty, Keep, Refuse, scaling, steps, vanishing
from datacheck.ops import LARGEST, Affine, Cast, Clip, Fill, Fitted, Missing, Op, Program
from datacheck.transform.given import Refused as CellRefused
from tests.support.cells import cell

doubles = st.floats(allow_nan=False)
finite = st.floats(allow_nan=False, allow_infinity=False)
scales = st.floats(min_value=5e-324, allow_nan=False, allow_infinity=False)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    lower, upper = sorted((draw(finite), draw(finite)))
    return Clip(
        lower, upper, draw(st.sampled_from([None, lower])), draw(st.sampled_from([None, upper]))
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    ops: list[Op] = [Missing((), draw(st.sampled_from(["refuse", "missing", "keep"])))]
    if draw(st.booleans()):
        ops.append(Clip(-LARGEST, LARGEST, draw(finite), draw(finite)))
    if draw(st.booleans()):
        ops.append(draw(clips()))
    if draw(st.booleans()):
        ops.append(Fill(draw(finite)))
    if draw(st.booleans()):
        factor = draw(scales)
        ops.append(Affine(draw(finite), factor, 1.0))
    ops.append(Cast(draw(st.sampled_from(["float64", "float32"]))))
    return Program("x", "number", "Float64", tuple(ops))


def by_pieces(program: Program, x: float | None) -> float | str | None:
    done = steps(program)
    outcome = done.missing
    if x is not None:
        (outcome,) = (p.outcome for p in done.pieces if p.low <= x <= p.high)
    if isinstance(outcome, Refuse):
        return "refused"
    if isinstance(outcome, Constant):
        return outcome.value
    if outcome == Empty():
        return None
    assert outcome == Keep()
    assert x is not None
    return scaling(done.affine, single=done.single)(x)


def by_ops(program: Program, x: float | None) -> float | str | None:
    fitted = Fitted((program,), "float64", None, (), (), "tests")
    try:
        y: float | None = cell(program, x, {"x": x}, fitted)
    except CellRefused:
        return "refused"
    return y


@given(programs(), st.none() | doubles)
@settings(max_examples=500, deadline=None)
def test_pieces_decide_as_the_ops_do(program: Program, x: float | None) -> None:
    assert repr(by_pieces(program, x)) == repr(by_ops(program, x))


@given(programs())
@settings(max_examples=300, deadline=None)
def test_pieces_are_exact_at_their_ends_and_leave_no_gap(program: Program) -> None:
    pieces = steps(program).pieces
    assert pieces[0].low == -math.inf
    assert pieces[-1].high == math.inf
    for left, right in pairwise(pieces):
        assert math.nextafter(left.high, math.inf) == right.low
        assert repr(left.outcome) != repr(right.outcome)
    for end in {end for piece in pieces for end in (piece.low, piece.high)}:
        assert repr(by_pieces(program, end)) == repr(by_ops(program, end))


@given(st.floats(min_value=0.0, allow_infinity=False), scales, st.booleans())
@settings(max_examples=300, deadline=None)
def test_vanishing_is_the_last_distance_that_is_scaled_to_zero(
    center: float, factor: float, single: bool
) -> None:
    ops = (Missing(), Affine(center, factor, 1.0), Cast("float32" if single else "float64"))
    done = steps(Program("x", "number", "Float64", ops))
    scale = scaling(Affine(0.0, factor, 1.0), single=single)
    distance = vanishing(done)
    nearest = abs(center) - math.nextafter(abs(center), 0.0) if center else 5e-324
    if distance is None:
        assert scale(nearest) != 0.0
    else:
        assert scale(distance) == 0.0
        assert scale(math.nextafter(distance, math.inf)) != 0.0


@pytest.mark.parametrize(
    ("infinite", "why"), [("refuse", "it is infinite"), ("keep", "it overflows")]
)
def test_an_infinity_is_refused_with_its_reason(infinite: str, why: str) -> None:
    program = Program("x", "number", "Float64", (Missing((), infinite), Cast("float64")))
    assert steps(program).pieces[-1].outcome == Refuse(why)
