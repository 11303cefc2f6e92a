"""Every case in every runtime, and the promise that no op and no target is left without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datacheck.errors import DatacheckError
from datacheck.export import EXPORTERS
from datacheck.golden.compare import Refusal, document, mismatches
from datacheck.ops import OPS

from .cases import CASES, Case, expected, with_golden
from .runtimes import RUNTIMES, Runtime

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = [
    pytest.param(runtime, case, id=f"{name}: {case.name}")
    for name, runtime in RUNTIMES.items()
    for case in CASES
]


def held(runtime: Runtime, case: Case) -> tuple[dict[str, object], ...]:
    """The rows of a case whose every cell can enter the runtime."""
    programs = case.fitted.programs
    return tuple(row for row in case.rows if all(runtime.holds(p, row[p.column]) for p in programs))


@pytest.mark.parametrize(("runtime", "case"), PAIRS)
def test_runtime_gives_what_the_reference_gives(
    runtime: Runtime, case: Case, tmp_path: Path
) -> None:
    if runtime.declines(case):
        with pytest.raises(DatacheckError):
            runtime.run(case.fitted, list(case.rows), tmp_path)
        return
    rows = held(runtime, case)
    fitted = with_golden(case.fitted, rows)
    golden = document(fitted)
    assert mismatches(golden, lambda given: runtime.run(fitted, given, tmp_path)) == []


@pytest.mark.parametrize(("name", "runtime"), RUNTIMES.items(), ids=RUNTIMES)
def test_a_row_alone_gives_what_it_gives_among_many(
    name: str, runtime: Runtime, tmp_path: Path
) -> None:
    case = next(case for case in CASES if case.name == "affine fusion would show")
    rows = [row for row in held(runtime, case) if row["value"] is not None][-3:]
    many = runtime.run(case.fitted, rows * 50, tmp_path)
    for position, row in enumerate(rows):
        (tmp_path / str(position)).mkdir()
        alone = runtime.run(case.fitted, [row], tmp_path / str(position))
        assert repr(alone[0]) == repr(many[position]) == repr(many[position + 3 * 49])


@pytest.mark.parametrize("target", EXPORTERS)
def test_every_target_has_a_runtime(target: str) -> None:
    assert target in {runtime.target for runtime in RUNTIMES.values()}


@pytest.mark.parametrize("runtime", RUNTIMES.values(), ids=RUNTIMES)
@pytest.mark.parametrize("op", OPS)
def test_every_op_has_a_case_in_every_runtime(op: str, runtime: Runtime) -> None:
    cases = [case for case in CASES if case.op == op]
    assert any(runtime.declines(case) or held(runtime, case) for case in cases)
    if runtime.target is not None and EXPORTERS[runtime.target].ops[op] != "refused":
        assert any(not runtime.declines(case) and held(runtime, case) for case in cases)


def test_the_cases_hold_refusals_missing_cells_and_numbers() -> None:
    for op in OPS:
        outcomes = [o for c in CASES if c.op == op for o in expected(c.fitted, c.rows)]
        assert any(isinstance(outcome, Refusal) for outcome in outcomes)
        assert any(not isinstance(outcome, Refusal) for outcome in outcomes)
