"""Spark's errors, as its clients raise them, in datacheck's words."""

from __future__ import annotations

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException

from datacheck.errors import DataError, SourceError
from datacheck.spark.errors import saying, translated

WORKER = """An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "x.py", line 1, in work
{}
"""


def test_a_refusal_of_a_worker_stays_what_it_was() -> None:
    told = str(DataError("no number", got="'x'", expected="numbers", todo="repair it"))
    error = translated(PySparkException(WORKER.format(f"datacheck.errors.DataError: {told}")), "t")
    assert isinstance(error, DataError)
    assert str(error) == told


@pytest.mark.parametrize(
    ("raised", "got"),
    [
        (WORKER.format("ZeroDivisionError: of theirs"), "ZeroDivisionError: of theirs"),
        ("[PATH_NOT_FOUND] Path does not exist: file:/x.", "[PATH_NOT_FOUND] Path does not exist"),
        ("Job aborted\n\tat org.x\nCaused by: java.io.IOException: y", "java.io.IOException: y"),
    ],
)
def test_the_line_that_tells_is_told(raised: str, got: str) -> None:
    error = translated(PySparkException(raised), "t")
    assert isinstance(error, SourceError)
    assert error.what == "Spark cannot read t"
    assert got in error.got


@pytest.mark.parametrize(
    "raised",
    [
        Py4JNetworkError("Answer from Java side is empty"),
        Py4JError("py4j.reflection.TypeUtil does not exist in the JVM"),
        PySparkException("x\nCaused by: java.lang.OutOfMemoryError: Java heap space"),
    ],
)
def test_a_jvm_that_has_gone_or_lacks_memory(raised: Exception) -> None:
    match = "ran out of memory, or was ended"
    with pytest.raises(SourceError, match=match) as told, saying("t", "write"):
        raise raised
    assert "driver-memory" in told.value.todo
    assert told.value.got


@pytest.mark.parametrize(
    "line", ["ModuleNotFoundError: No module named 'pyarrow'", "a Spark worker has other versions"]
)
def test_a_worker_that_lacks_something(line: str) -> None:
    error = translated(PySparkException(WORKER.format(line)), "t")
    assert "cannot run datacheck" in error.what
    assert "PYSPARK_PYTHON" in error.todo
