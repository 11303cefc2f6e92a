"""Rules for every test: none may be skipped, and `pytest --whole` runs all of them or fails."""

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A shared machine may stall for longer than any deadline; a slow example is not a wrong one.
settings.register_profile("datacheck", deadline=None, print_blob=True)
settings.load_profile("datacheck")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="fail if any test is deselected")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test proves nothing, so it counts as a failure. A strict xfail is no skip."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which no test may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skipped module holds tests that nobody sees."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which no test may be: {report.longrepr}"
    return report


class NoneLeftOut:
    """Set up by ``--whole``: a deselected test stops the run."""

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        if items:
            raise pytest.UsageError(f"deselected under --whole: {items[0].nodeid}, ...")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--whole"):
        config.pluginmanager.register(NoneLeftOut())


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


_STATES: dict[tuple[str, str], object] = {}


@pytest.fixture(autouse=True)
def drawn_alike(request: pytest.FixtureRequest) -> None:
    """A module's generators begin anew in each test: what a test draws hangs on no other test."""
    module = getattr(request, "module", None)
    for name, value in list(vars(module).items()) if module else ():
        if isinstance(value, np.random.Generator):
            place = module.__name__, name
            value.bit_generator.state = _STATES.setdefault(place, value.bit_generator.state)
