"""`--engine spark`: the verbs as processes, on a local master and on a Spark Connect server.

What they say and write is what the verbs of the polars engine say and write.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark
import pytest
from polars.testing import assert_frame_equal

import datacheck as dc
from tests.support import spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

ROOT = Path(__file__).resolve().parents[2]
SPARK = ("--engine", "spark")
UNTIDY = ("sample_data/penguins_untidy.csv", "--schema", "schemas/penguins_untidy.yaml")
TIDY = ("sample_data/penguins.csv", "--schema", "schemas/penguins.yaml")


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "datacheck", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        env=os.environ | spark.ENVIRONMENT | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
    )


class Client:
    """A process that runs one command after the other, each with these words at its end.

    A process of its own, for a classic session and one of Spark Connect cannot live in one; one for
    all commands, for importing Spark's client takes longer than most of them.
    """

    CODE = """if True:
        import contextlib, io, json, sys
        from datacheck.cli import main
        for line in sys.stdin:
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(json.loads(line))
            print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
    """

    def __init__(self, *last: str) -> None:
        self._last = last
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def __call__(self, *words: object) -> subprocess.CompletedProcess[str]:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        every = [*map(str, words), *self._last]
        print(json.dumps(every), file=asked, flush=True)
        return subprocess.CompletedProcess(every, *json.loads(answers.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def connect(server: str) -> Iterator[Client]:
    client = Client(*SPARK, "--master", server)
    yield client
    client.close()


@pytest.fixture(scope="module")
def local() -> Iterator[Client]:
    """The verbs of the polars engine."""
    client = Client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Spark Connect server, which ends with the tests of this module."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*spark.WORDS, f"--conf=spark.connect.grpc.binding.port={port}"]
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    main = "org.apache.spark.sql.connect.service.SparkConnectServer"
    log = tmp_path_factory.mktemp("server") / "log"
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    with (
        log.open("w") as out,
        subprocess.Popen(
            [submit, "--class", main, "--master", "local[2]", *words, "spark-internal"],
            stdout=out,
            stderr=out,
            cwd=log.parent,
            env=environment,
        ) as process,
    ):
        until = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < until:
            with socket.socket() as asked:
                if not asked.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.2)
        else:
            pytest.fail(log.read_text())
        yield f"sc://127.0.0.1:{port}"
        process.terminate()


def document(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""
    made: dict[str, Any] = json.loads(done.stdout)
    made.pop("created", None)  # of a report: the one thing that two runs say differently
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("profile", UNTIDY[0]),
        ("check", *UNTIDY),
        ("check", *UNTIDY, "--schema-only"),
        ("check", TIDY[0]),
        ("compare", "sample_data/penguins.csv", UNTIDY[0]),
    ],
    ids=" ".join,
)
def test_verbs_say_through_connect_what_they_say_locally(
    connect: Client, local: Client, words: tuple[str, ...]
) -> None:
    here, remote = local(*words, "--json"), connect(*words, "--json")
    assert document(remote) == document(here)
    assert remote.returncode == here.returncode


def test_a_saved_profile_is_a_reference(connect: Client, local: Client, tmp_path: Path) -> None:
    saved = tmp_path / "p.json"
    assert local("profile", TIDY[0], "-o", saved).returncode == 0
    words = ("compare", saved, UNTIDY[0], "--json")
    assert document(connect(*words)) == document(local(*words))


def unordered(got: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Equal cells: Spark promises no order, and knows fewer types."""
    names = [name for name, dtype in expected.schema.items() if not dtype.is_nested()]
    cells = got.cast(dict(expected.schema)).sort(names)
    assert_frame_equal(cells, expected.sort(names), check_exact=True)


def same(one: Path, other: Path) -> None:
    """Two transforms are equal but for which real rows are their golden ones."""
    programs, others = (dc.load(path).fitted._replace(golden=()) for path in (one, other))
    assert programs == others


@pytest.mark.parametrize(
    ("master", "data", "schema"),
    [("local[2]", "flights", "schemas/flights.yaml"), ("connect", TIDY[0], TIDY[2])],
)
def test_fit_and_apply_give_the_bits_of_the_other_engine(
    request: pytest.FixtureRequest,
    local: Client,
    tmp_path: Path,
    master: str,
    data: str,
    schema: str,
) -> None:
    if master == "connect":
        there = request.getfixturevalue("connect")
    else:

        def there(*words: object) -> subprocess.CompletedProcess[str]:
            return run(*words, *SPARK, "--master", master)

        data = str(tmp_path / data)
        table = dc.read(ROOT / "sample_data" / "flights.parquet").collect()
        Path(data).mkdir()
        for number in range(3):
            table[number * 5000 :][:5000].write_parquet(f"{data}/{number}.parquet")
    fit = ("fit", data, "--schema", schema, "-o")
    assert local(*fit, tmp_path / "a.json").returncode == 0
    fitted = there(*fit, tmp_path / "b.json")
    assert fitted.returncode == 0, fitted.stderr
    same(tmp_path / "a.json", tmp_path / "b.json")
    assert local("verify", tmp_path / "b.json").returncode == 0

    apply = ("apply", data, "--transform", tmp_path / "a.json", "-o")
    assert local(*apply, tmp_path / "a.parquet").returncode == 0
    applied = there(*apply, tmp_path / "b.parquet")
    assert applied.returncode == 0, applied.stderr
    assert applied.stderr == ""
    expected, got = (dc.read(tmp_path / f"{name}.parquet").collect() for name in "ab")
    unordered(got, expected)


def test_split_writes_two_folders_or_none(connect: Client, tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("ok.parquet", "bad.parquet")]
    words = ("split", *UNTIDY, "--valid", outputs[0], "--rejected", outputs[1])
    broken = connect(*words[:-1], tmp_path / "bad.csv")
    assert broken.returncode == 2
    assert list(tmp_path.iterdir()) == []

    done = connect(*words)
    assert done.returncode == 0, done.stderr
    expected = [part.collect() for part in dc.split(ROOT / UNTIDY[0], ROOT / UNTIDY[2])]
    for output, part in zip(outputs, expected, strict=True):
        got = dc.read(output).collect()
        unordered(got, part)
        assert f"({part.height} rows)" in done.stdout

    again = connect(*words)
    assert again.returncode == 2
    assert "--force" in again.stderr
    (outputs[0] / "mine").write_text("x")
    assert connect(*words, "--force").returncode == 2
    assert (outputs[0] / "mine").read_text() == "x"
    (outputs[0] / "mine").unlink()
    assert connect(*words, "--force").returncode == 0
    assert sorted(tmp_path.iterdir()) == sorted(outputs)


def test_spark_writes_in_parts(connect: Client, local: Client, tmp_path: Path) -> None:
    assert local("fit", *TIDY, "-o", tmp_path / "t.json").returncode == 0
    apply = ("apply", TIDY[0], "--transform", tmp_path / "t.json", "-o", tmp_path / "out")
    unknown = connect(*apply, "--partition-by", "specie")
    assert unknown.returncode == 2
    assert "specie" in unknown.stderr
    assert not (tmp_path / "out").exists()
    done = connect(*apply, "--partition-by", "species", "island")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "species=Adelie" / "island=Dream").is_dir()
    expected = dc.load(tmp_path / "t.json").apply(dc.read(ROOT / TIDY[0])).collect()
    unordered(dc.read(tmp_path / "out").collect().select(expected.columns), expected)


def test_a_cell_that_may_not_pass_leaves_no_output(
    connect: Client, local: Client, tmp_path: Path
) -> None:
    assert local("fit", *TIDY, "-o", tmp_path / "t.json").returncode == 0
    done = connect(
        *("apply", UNTIDY[0], "--transform", tmp_path / "t.json", "-o", tmp_path / "o.parquet"),
    )
    assert done.returncode == 2
    assert "text that is not a number" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]


CLOSED = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", TIDY[0], *SPARK, "--master", f"spark://{CLOSED}"), "no Spark answers at"),
        (("check", TIDY[0], *SPARK, "--master", f"sc://{CLOSED}"), "connection refused"),
        (("check", TIDY[0], "--master", "local[2]"), "--master without --engine spark"),
        (("check", "sqlite:///x", *SPARK, "--query", "SELECT 1"), "--query is not for"),
        (("check", *TIDY, *SPARK, "--mutate"), "--mutate is not for"),
        (("check", TIDY[0], *SPARK, "--row-outliers"), "--row-outliers is not for"),
    ],
)
def test_wrong_use_is_told_before_any_work(
    local: Client, words: tuple[str, ...], told: str
) -> None:
    done = local(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("x.xlsx", "Spark does not read"),
        ("no_such.parquet", "PATH_NOT_FOUND"),
        ("ragged.csv", "MALFORMED"),
    ],
)
def test_what_spark_cannot_read(connect: Client, tmp_path: Path, data: str, told: str) -> None:
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    done = connect("check", tmp_path / data)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "bug" not in done.stderr


def test_without_java(tmp_path: Path) -> None:
    done = run(
        *("profile", TIDY[0], *SPARK, "--master", "local[1]"),
        JAVA_HOME=str(tmp_path),
    )
    assert done.returncode == 2
    assert "Spark finds no Java" in done.stderr


def test_without_pyspark() -> None:
    code = (
        "import sys; sys.modules['pyspark'] = None; "
        "from datacheck.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "profile", TIDY[0], *SPARK],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 2
    assert "datacheck-ml[spark]" in done.stderr


def test_workers_without_datacheck() -> None:
    bare = getattr(sys, "_base_executable", sys.executable)
    done = run("profile", TIDY[0], *SPARK, "--master", "local[1]", PYSPARK_PYTHON=bare)
    assert done.returncode == 2
    assert "Spark's Python workers cannot run datacheck" in done.stderr
    assert "docs/spark.md" in done.stderr
