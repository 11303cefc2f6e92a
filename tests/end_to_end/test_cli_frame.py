"""The command line as a process: help, exit codes, errors, and what it costs to start."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import datacheck
import datacheck.source
from datacheck.cli import main


def run(*words, cwd=None, env=None, **options):
    """Run datacheck in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "datacheck", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env=os.environ | (env or {}),
        check=False,
        **options,
    )


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2.5\n2,\n3,4.5\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def importable(monkeypatch, pytestconfig):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))


def verbs():
    text = run("--help").stdout
    block = text.split("  VERB\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in block.splitlines() if line[4] != " "]


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"datacheck {datacheck.__version__}\n")


def test_help_names_every_verb_and_shows_an_example():
    text = run("--help").stdout
    assert "check" in verbs()
    assert "Example:\n  datacheck check" in text
    assert max(map(len, text.splitlines())) <= 100


def test_every_verb_has_help_with_an_example():
    for verb in verbs():
        done = run(verb, "--help")
        assert done.returncode == 0
        assert "Example:\n  datacheck " in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["chek", "x.csv"],
        ["check"],
        ["check", "x.csv", "--jsn"],
        ["check", "x.csv", "--fail-on", "sometimes"],
        ["check", "no_such_file.csv"],
        ["check", "{table}", "--schema", "no_such_schema.yaml"],
        ["check", "{table}", "--schema-only"],
        ["check", "{table}", "--mutate"],
        ["check", "{table}", "--schema-only", "--mutate", "--schema", "s.yaml"],
        ["check", "{table}", "--mutate", "--schema", "s.yaml", "--reference", "r.csv"],
        ["fit", "{table}", "--schema", "no_such_schema.yaml", "-o", "t.json"],
        ["apply", "{table}", "--transform", "no_such.json", "-o", "out.parquet"],
        ["verify", "no_such.json"],
    ],
)
def test_wrong_use_and_unreadable_input_exit_with_2_and_a_message(words, table, tmp_path):
    done = run(*(word.format(table=table) for word in words), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert list(tmp_path.iterdir()) == [table]


def test_json_is_one_document_and_nothing_else(table):
    done = run("check", table, "--json", "--fail-on", "never")
    document = json.loads(done.stdout)
    assert (document["format"], document["version"]) == ("datacheck.report", 1)
    assert document["source"]["rows"] == 3
    assert done.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ("check", "--html"),
        ("compare", "no_such_table.csv", "--html"),
        ("profile", "--html"),
        ("profile", "-o"),
        ("suggest", "-o"),
        ("fit", "--schema", "none.yaml", "-o"),
    ],
)
def test_an_output_that_is_taken_is_refused_before_the_work(words, tmp_path):
    (tmp_path / "taken").write_text("as it was")
    done = run(words[0], "no_such_table.csv", *words[1:], "taken", cwd=tmp_path)
    assert done.returncode == 2
    assert "taken exists already" in done.stderr
    assert "no_such_table" not in done.stderr
    done = run(words[0], "no_such_table.csv", *words[1:], "taken", "--force", cwd=tmp_path)
    assert "no_such_table.csv does not exist" in done.stderr or "none.yaml" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]
    assert (tmp_path / "taken").read_text() == "as it was"


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 1), ("never", 0), (None, 1)])
def test_fail_on_decides_the_exit_code(table, level, code):
    done = run("check", table, *(["--fail-on", level] if level else []))
    assert "missing.null" in done.stdout
    assert done.returncode == code


def test_an_unexpected_error_is_called_a_bug_and_shows_no_traceback(table, monkeypatch, capfd):

    def broken(*_, **__):
        raise ZeroDivisionError("of \x1b[31mours")

    # What is imported while it is broken would keep it.
    assert main(["check", str(table)]) == 1
    monkeypatch.setattr(datacheck.source, "open_source", broken)
    capfd.readouterr()
    assert main(["check", str(table)]) == 2
    told = capfd.readouterr().err
    assert "bug" in told
    assert r"ZeroDivisionError: of \x1b[31mours" in told
    assert "Traceback" not in told
    monkeypatch.setenv("DATACHECK_TRACEBACK", "1")
    assert main(["check", str(table)]) == 2
    assert "Traceback" in capfd.readouterr().err


def test_a_process_without_threads_is_no_bug(table, monkeypatch, capsys):
    def broken(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(datacheck.source, "open_source", broken)
    assert main(["check", str(table)]) == 2
    told = capsys.readouterr().err
    assert "no more threads" in told
    assert "bug" not in told


def test_a_reader_that_goes_away_is_no_error(table):
    code = f"""
import os, sys
from datacheck.cli import main
r, w = os.pipe()
os.close(r)
os.dup2(w, 1)
sys.exit(main(["check", {str(table)!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_at_standard_output_is_told(table):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "datacheck", "check", str(table)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_exits_quietly(table, monkeypatch, capfd):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(datacheck.source, "open_source", interrupted)
    assert main(["check", str(table)]) == 130
    assert capfd.readouterr() == ("", "")


def test_a_scheduler_that_ends_the_process_leaves_no_part_of_an_output(table, tmp_path):
    schema = tmp_path / "own.py"
    schema.write_text(
        "import os, signal\nimport pandera.polars as pa\n"
        "def end(value):\n    os.kill(os.getpid(), signal.SIGTERM)\n    return True\n"
        "Own = pa.DataFrameSchema({'a': pa.Column(int, pa.Check(end, element_wise=True))})\n"
    )
    out = ("--valid", tmp_path / "v.parquet", "--rejected", tmp_path / "r.parquet")
    before = {*tmp_path.iterdir()}
    done = run("split", table, "--schema", f"{schema}:Own", *out)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert {each for each in tmp_path.iterdir() if each.is_file()} == before


@pytest.mark.parametrize(("name", "code"), [("table.csv", 1), ("nothing.csv", 2)])
def test_closed_streams_are_no_error(table, name, code):
    words = f"{sys.executable} -m datacheck check {table.parent / name} >&- 2>&-"
    done = subprocess.run(["sh", "-c", words], check=False, timeout=120)
    assert done.returncode == code


def test_an_encoding_without_the_letters_is_no_error(tmp_path):
    path = tmp_path / "t.csv"
    pl.DataFrame({"température": [1.0, None]}).write_csv(path)
    done = run("check", path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert r"temp\xe9rature" in done.stdout


def test_hostile_names_reach_neither_the_terminal_nor_the_errors_raw(tmp_path):
    path = tmp_path / "\x1b[31mred.csv"
    path.write_text('"a\x1b[2J","b\u202e"\n1,\n2,3\n', encoding="utf-8")
    for words in (("check", path), ("check", str(path) + "x"), ("check", path, "--json")):
        done = run(*words)
        assert "\x1b" not in done.stdout + done.stderr


def test_help_takes_at_most_8_times_an_empty_process():
    def seconds(*words):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True, timeout=60)
        return time.perf_counter() - start

    pairs = [(seconds("-m", "datacheck", "--help"), seconds("-c", "")) for _ in range(7)]
    assert min(full for full, _ in pairs) <= 8 * min(empty for _, empty in pairs)


def test_help_loads_nothing_heavy():
    code = """
import sys
from datacheck.cli import main
try: main(["check", "--help"])
except SystemExit: pass
print(*sys.modules, file=sys.stderr)
"""
    # Coverage measures child processes, and loads modules of its own there.
    env = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=env,
    )
    heavy = {"polars", "pandera", "numpy", "pyarrow", "dataclasses", "typing", "json"}
    assert not heavy & set(done.stderr.split())


def test_export_offers_every_exporter_and_options_that_each_has():
    from datacheck.cli.transforming import OPTIONS, TARGETS
    from datacheck.export import EXPORTERS
    from datacheck.export.options import OPTIONS as KNOWN

    assert set(TARGETS) == set(EXPORTERS)
    for name, (targets, *_) in OPTIONS.items():
        assert set(targets) <= {target for target in KNOWN if name in KNOWN[target].__annotations__}


def test_the_words_of_read_are_those_of_its_signature_and_of_every_command():
    import inspect
    from dataclasses import fields

    from datacheck.reading import WORDS
    from datacheck.source.options import ReadOptions, ReadWords

    words = list(WORDS)
    assert [each.name for each in fields(ReadOptions)] == words
    assert list(ReadWords.__annotations__) == words
    assert list(inspect.signature(datacheck.read).parameters)[1:] == words


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "not enough memory"),
        (PermissionError(13, "Permission denied", "/secret"), "Permission denied: /secret"),
    ],
)
def test_the_machine_running_short_is_no_bug(table, monkeypatch, capfd, error, told):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(datacheck.source, "open_source", broken)
    assert main(["check", str(table)]) == 2
    said = capfd.readouterr().err
    assert told in said
    assert "bug" not in said
