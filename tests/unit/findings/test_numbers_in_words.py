"""Numbers in messages are written as people write them, whatever their size."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

import datacheck as dc

#: "1e+03", "(p = 0)", "times 10^-1", "0.1 times".
MACHINE = re.compile(r"\de[+-]?0\d|e\+|\bp = 0\b|10\^|\b0\.1 times")


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 1e4, 1e7, 1e12, 1e20])
def test_no_number_is_written_as_a_machine_does(size: float) -> None:
    rng = np.random.default_rng(3)
    plain = rng.normal(50, 10, 400) * size
    far, mixed, marked, zeros = (plain.copy() for _ in range(4))
    far[[3, 5]] = 9e4 * size, -7e3 * size
    mixed[::9] *= 1000
    marked[::60] = 99_999_999_999.0 if size < 1e9 else 1e25
    zeros[::20] = 0
    table = pl.DataFrame(
        {
            "far": far,
            "mixed": mixed,
            "marked": marked,
            "zeros": abs(zeros),
            "constant": [123_456_789_012.0] * 400,
            "copy": plain * 123_456_789 + 5e7 * size,
            "plain": plain,
        }
    )
    names = table.columns
    reference = pl.DataFrame({name: rng.normal(50, 10, 400) * size for name in names})
    moved = pl.DataFrame({name: rng.normal(80, 10, 400) * size * 2.54 for name in names})
    reports = (
        dc.check(table, target="plain"),
        dc.check(table, reference=reference),
        dc.check(moved, reference=reference),
    )
    findings = [finding for report in reports for finding in report.findings]
    assert len(findings) > 10
    said = [words for finding in findings for words in (finding.message, finding.remedy)]
    assert [words for words in said if MACHINE.search(words)] == []
