"""The benchmarks' harness: contestants in turns, goals judged, sections of the table kept apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.harness import (
    Against,
    Contestant,
    Result,
    Row,
    Timed,
    adds_at_most,
    measure,
    memory_share,
    show_ratio,
    show_seconds,
    takes_at_most,
    times_as_fast,
    within,
)
from benchmarks.table import as_table, write_section

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _workers_find_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def slow(_rows: int) -> Timed:
    import time

    return Timed(lambda: time.sleep(0.08), 2)


def quick(_rows: int) -> Timed:
    import time

    return Timed(lambda: time.sleep(0.002), 2)


def greedy(rows: int) -> object:
    return lambda: len(bytearray(rows * 1_000_000))


def small(rows: int) -> object:
    return lambda: rows * 1_000_000


def broken(_rows: int) -> object:
    raise MemoryError


def verdicts(ours: object, *against: tuple[object, object], size: int = 1) -> list[str]:
    row = Row(
        "work",
        Contestant("ours", ours),
        tuple(Against(Contestant(peer.__name__, peer), goal) for peer, goal in against),
        size,
        rounds=3,
    )
    return [result.verdict for result in measure(row)]


def test_a_quicker_contestant_is_found_so_many_times_quicker() -> None:
    goals = (times_as_fast(5), times_as_fast(500), within(1), adds_at_most(0))
    assert verdicts(quick, *((slow, goal) for goal in goals)) == [
        "reached",
        "MISSED",
        "reached",
        "reached",
    ]


def test_a_slower_one_misses() -> None:
    assert verdicts(slow, (quick, within(5)), (quick, adds_at_most(0.001))) == ["MISSED"] * 2


def test_memory_is_what_the_run_needed() -> None:
    assert verdicts(small, (greedy, memory_share(0.5)), size=300) == ["reached"]
    assert verdicts(greedy, (small, memory_share(2)), size=300) == ["MISSED"]


def test_a_limit_needs_no_peer() -> None:
    row = Row("work", Contestant("ours", slow), (Against(None, takes_at_most(0.01)),), 1, rounds=1)
    assert [result.verdict for result in measure(row)] == ["MISSED"]


def test_who_fails_is_said() -> None:
    assert verdicts(quick, (broken, within(1)), (slow, within(1))) == ["failed to run", "reached"]


def test_answers_are_compared() -> None:
    row = Row(
        "work",
        Contestant("ours", small),
        (Against(Contestant("theirs", greedy)),),
        1,
        rounds=1,
        agree=lambda a, b: None if a == b else f"{a} {b}",
    )
    assert [result.verdict for result in measure(row)] == ["same answer"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (3.2e-6, "3.2 us"), (4e-9, "4 ns")]
)
def test_a_time_has_its_unit(seconds: float, shown: str) -> None:
    assert show_seconds(seconds) == shown


@pytest.mark.parametrize(
    ("ratios", "shown"),
    [
        ([2.0], "2 times as much"),
        ([3.0, 1.5, 2.0], "2 times as much (1.5 to 3)"),
        ([0.25, 0.5, 2.0], "2 times better (0.5 to 4)"),
    ],
)
def test_a_ratio_has_its_spread(ratios: list[float], shown: str) -> None:
    assert show_ratio(ratios) == shown


def test_a_topic_replaces_its_own_section_only(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"

    def line(what: str) -> list[Result]:
        return [Result(what, 1, "1 s", "peer: 2 s", "2 times better", "within 1 times", "reached")]

    write_section("b", "second", line("old"), "load 1", path)
    write_section("a", "first", line("kept"), "load 2", path)
    write_section("b", "renamed", line("new"), "load 3", path)
    text = path.read_text(encoding="utf-8")
    assert text.index("## a: first") < text.index("## b: renamed")
    assert as_table(line("kept")) in text
    assert as_table(line("new")) in text
    assert "old" not in text
    assert "load 1" not in text
    assert "load 3." in text


def test_a_topic_runs_with_the_same_answers_as_its_peers() -> None:
    argv = [sys.executable, "-m", "benchmarks", "fit_apply", "--rows", "3000", "--rounds", "1"]
    done = subprocess.run(
        [*argv, "--only", "fit:"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.count("same answer") == 3, done.stdout + done.stderr
