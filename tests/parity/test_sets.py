"""What many values are to an export, one set, gives what comparing each of them gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datacheck.export.sklearn import entry
from datacheck.export.sql import exporter
from datacheck.golden.compare import document, mismatches

from .cases import CASES, Case, with_golden
from .runtimes import RUNTIMES
from .test_parity import held

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgresql", "sklearn"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sets_give_what_the_reference_gives(
    name: str, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = RUNTIMES[name]
    if runtime.declines(case):
        return
    monkeypatch.setattr(exporter, "MANY", 0)
    monkeypatch.setattr(entry, "FEW", 0)
    fitted = with_golden(case.fitted, held(runtime, case))
    golden = document(fitted)
    assert mismatches(golden, lambda given: runtime.run(fitted, given, tmp_path)) == []
