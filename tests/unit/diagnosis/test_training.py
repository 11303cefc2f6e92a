"""What a watched training is told of its loss, whatever the framework."""

from __future__ import annotations

import warnings

import pytest

from datacheck.diagnosis.training import TrainingWatch
from datacheck.errors import TrainingError


def told(start, seen):
    """Which of the looks are told: each is a score, and the batch's own loss before and after."""
    watch = TrainingWatch()
    watch.begin(start)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for at, (score, own) in enumerate(seen):
            watch.step = at + 1
            if watch.diverges(score, lambda: "", {}, own):
                found.append(at)
            else:
                watch.better(score)
    return found, watch


def steady(*scores):
    return [(score, (score, score)) for score in scores]


def test_a_loss_that_falls_is_no_news():
    assert told(1.0, steady(0.9, 0.5, 0.2, 0.1, 0.05, 0.01, 0.001))[0] == []


def test_a_step_that_raises_the_loss_tenfold_above_the_start_is_told():
    assert told(1.0, [(0.9, (1.0, 0.8)), (12.0, (0.9, 11.0))])[0] == [1]


def test_a_lurch_that_ends_below_the_start_is_told():
    found, watch = told(100.0, [*steady(50, 10, 2, 2, 2, 2), (40.0, (2.0, 41.0)), *steady(38, 30)])
    assert found == [6]
    assert "from 2 before it" in watch.findings[0].message


@pytest.mark.parametrize(
    "seen",
    [
        # One batch was nearly fitted: the rows that are scored do not rise.
        [*steady(50, 10, 2, 2, 2, 2), (2.1, (0.01, 4.0))],
        # The first steps of a large loss bounce.
        [*steady(50, 1), (40.0, (1.0, 41.0))],
        # What is left is rounding.
        [*steady(1, 1e-3, 1e-4, 1e-4, 1e-4, 1e-4), (5e-3, (1e-4, 5e-2))],
    ],
)
def test_what_bounces_well_below_the_start_is_healthy(seen):
    assert told(100.0, seen)[0] == []


def test_a_climb_over_several_steps_is_told():
    assert told(1.0, steady(1.5, 4, 9, 12))[0] == [3]


def test_a_mode_that_is_none_is_refused():
    with pytest.raises(TrainingError, match="did you mean 'skip'"):
        TrainingWatch(mode="skp")
