"""What a person at a terminal sees, through a real pseudo-terminal."""

import os
import pty
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from datacheck.cli import declaring, judging, main, output, transforming


@pytest.fixture(autouse=True)
def importable(monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2.5\n2,\n3,4.5\n", encoding="utf-8")
    return path


def at_terminal(*words):
    """Run a command whose output and errors are one terminal; give what it showed."""
    own, its = pty.openpty()
    process = subprocess.Popen([sys.executable, *map(str, words)], stdout=its, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            part = os.read(own, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(own)
    process.wait(timeout=60)
    return shown.decode("utf-8")


def test_findings_are_coloured_at_a_terminal(table):
    assert "\x1b[1;31m" in at_terminal("-m", "datacheck", "check", table)


def test_no_color_is_respected(table, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    shown = at_terminal("-m", "datacheck", "check", table)
    assert "missing.null" in shown
    assert "\x1b[1;31m" not in shown


SLOW = """
import time
from datacheck.cli import output
output.PATIENCE = 0.05
with output.working("reading \\x1b[2Jtable"):
    time.sleep(0.4)
output.say("done")
"""


def test_progress_is_told_at_a_terminal_and_wiped_when_done():
    shown = at_terminal("-c", SLOW)
    assert r"reading \x1b[2Jtable ... 0 s" in shown
    assert shown.endswith("\r\x1b[Kdone\r\n")


def test_rows_add_up_over_passes():
    progress = output.Progress()
    for rows in (10, 30, 10, 25, 5):
        progress(rows)
    assert progress.rows == 30 + 25 + 5
    assert progress.shown(3.0) == "3 s, 20 rows/s"
    assert output.Progress().shown(3.0) == "3 s"


@pytest.mark.parametrize(
    "words",
    [
        ("profile", "DATA"),
        ("check", "DATA"),
        ("check", "DATA", "--schema", "S"),
        ("check", "DATA", "--schema", "S", "--schema-only"),
        ("compare", "DATA", "DATA"),
        ("split", "DATA", "--schema", "S", "--valid", "ok.parquet", "--rejected", "bad.parquet"),
        ("apply", "DATA", "--transform", "T", "-o", "out.parquet"),
    ],
    ids=" ".join,
)
def test_long_work_tells_how_many_rows_it_has_read(
    words, tmp_path, pytestconfig, monkeypatch, capsys
):
    told = output.Progress()

    @contextmanager
    def working(what):
        yield told

    for room in (declaring, judging, transforming):
        monkeypatch.setattr(room, "working", working)
    monkeypatch.chdir(tmp_path)
    root = pytestconfig.rootpath
    places = {
        "DATA": f"{root}/sample_data/flights.parquet",
        "S": f"{root}/schemas/flights.yaml",
        "T": f"{tmp_path}/t.json",
    }
    if "T" in words:
        main(["fit", places["DATA"], "--schema", places["S"], "-o", places["T"]])
    told.rows = 0
    assert main([places.get(word, word) for word in words]) in (0, 1)
    assert told.rows >= 336_776


def test_progress_stays_out_of_logs():
    done = subprocess.run(
        [sys.executable, "-c", SLOW], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_short_work_is_not_announced(monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    start = time.perf_counter()
    with output.working("nothing much"):
        pass
    assert time.perf_counter() - start < output.PATIENCE
    assert capfd.readouterr().err == ""
