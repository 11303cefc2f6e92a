"""A short run of each fuzzer; `make fuzz` runs them for longer, and with other seeds."""

from __future__ import annotations

import pytest

from tests.fuzz.__main__ import FUZZERS, run

#: How many checks of each; the bits of small files have tests of their own.
MOST = {
    "larger harm to files": 3,
    "steps of a write": 40,
    "tables": 60,
    "cells that are not to be shown": 26,
}


@pytest.mark.parametrize("name", MOST)
def test_nothing_goes_wrong(name: str) -> None:
    assert name in FUZZERS
    assert run(name, seed=20, most=MOST[name]) == []
