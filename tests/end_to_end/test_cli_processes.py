"""What a process does to the command: pipes that close, a full device, Ctrl-C at a bad moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("words", ["check no_such_file.csv", "chek x.csv", "fit x.csv"])
@pytest.mark.parametrize("to", ["2> >(exec true; sleep 1)", "2>&-", "2>/dev/full"])
def test_an_error_that_nobody_reads_is_still_an_error(words: str, to: str) -> None:
    command = f"{sys.executable} -m datacheck {words} {to}; echo exit $?"
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == "exit 2\n"


def test_results_on_a_full_device_are_an_error() -> None:
    command = (
        f"{sys.executable} -m datacheck check sample_data/penguins.csv >/dev/full; echo $? >&2"
    )
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.stderr.split() == [*["datacheck:", "No", "space", "left", "on", "device"], "2"]


def test_standard_input_that_is_closed_is_told() -> None:
    command = f"{sys.executable} -m datacheck check - <&-"
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (run.returncode, run.stderr.split("\n")[0]) == (2, "datacheck: standard input is closed")


@pytest.mark.parametrize("flag", ["-O", "-OO", "-I", "-Werror", "-Xdev"])
def test_flags_of_python_change_nothing(flag: str, tmp_path: Path) -> None:
    start = "import sys; sys.path.insert(0, {!r}); from datacheck.cli import main; sys.exit(main())"
    for words in (
        ["check", "sample_data/penguins.csv", "--fail-on", "never"],
        "fit sample_data/penguins.csv --schema schemas/penguins.yaml -o {}".format(
            tmp_path / "t.json"
        ).split(),
        ["export", str(tmp_path / "t.json"), "--to", "sql", "-o", str(tmp_path / "t.sql")],
        ["verify", str(tmp_path / "t.sql")],
    ):
        command = [sys.executable, flag, "-c", start.format(str(ROOT)), *words]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert run.returncode == 0, run.stderr
        assert "Warning" not in run.stderr


def test_what_ships_is_read_from_a_zip_too(tmp_path: Path) -> None:
    made = tmp_path / "d.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for path in sorted((ROOT / "datacheck").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(ROOT))
    # Coverage would count the package that is packed as another one.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    (tmp_path / "x.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "s.yaml").write_text(
        "schema_type: polars_dataframe\ncolumns:\n  a: {coerce: true, prepare: {scale: zscore}}\n"
    )
    for words in (
        ["explain", "missing.null"],
        ["show", "schema"],
        ["check", "x.csv"],
        ["fit", "x.csv", "--schema", "s.yaml", "-o", "t.json"],
        ["export", "t.json", "--to", "javascript", "-o", "out"],
        ["verify", "out"],
    ):
        run = subprocess.run(
            [sys.executable, "-m", "datacheck", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=plain | {"PYTHONPATH": str(made)},
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ignored", [False, True])
def test_a_signal_that_ends_the_run_leaves_no_part(
    tmp_path: Path, number: int, ignored: bool
) -> None:
    code = f"""
import os, signal, sys
signal.signal({int(number)}, signal.{"SIG_IGN" if ignored else "SIG_DFL"})
from datacheck.cli import main
import datacheck.files.writing as writing
make = writing._make
writing._make = lambda move: (make(move), os.kill(os.getpid(), {int(number)}))
sys.argv = "datacheck profile sample_data/penguins.csv -o {tmp_path}/p.json".split()
sys.exit(main())
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert run.returncode == (0 if ignored else 128 + number)
    assert [each.name for each in tmp_path.iterdir()] == (["p.json"] if ignored else [])


INTERRUPTING = """
import os, signal, sys
from datacheck.cli import main

class AtImport:
    '''Ctrl-C comes while a module loads, and the module makes of it what it likes.'''
    def find_spec(self, name, *_):
        if name == "polars":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                {then}

class Cleared:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, AtImport())
sys.argv = ["datacheck", "check", "sample_data/penguins.csv"]
sys.exit(main())
"""


@pytest.mark.parametrize(
    "then",
    ["raise", "raise ImportError('half of it')", "raise SystemError from None", "Cleared()"],
)
def test_an_interrupt_while_modules_load(then: str) -> None:
    code = INTERRUPTING.format(then=then)
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (run.returncode, run.stderr) == (130, "")
