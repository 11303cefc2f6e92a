"""Spark's errors in datacheck's words; a refusal that a worker raised comes out as it went in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException

from datacheck import errors
from datacheck.errors import DatacheckError, DataError, MissingExtraError, SourceError

#: The end of a worker's traceback, where one of datacheck's own errors ended it.
_OWN = re.compile(
    r"datacheck\.errors\.(?P<kind>\w+): (?P<what>[^\n]*)"
    r"(?:\n  got: (?P<got>[^\n]*))?(?:\n  expected: (?P<expected>[^\n]*))?"
    r"(?:\n  to do: (?P<todo>[^\n]*))?"
)
#: What a worker says where it lacks something: our own words, or those of the module that failed.
_WORKER = re.compile(
    r"(?:datacheck cannot be imported|a Spark worker has other versions|No module named)[^\n]*"
)
#: The last line of a Python traceback, of an error that is none of datacheck's.
_RAISED = re.compile(r"(?!org\.|java\.|Caused)[\w.]+(?:Error|Exception): ")
#: What is left to say where Spark's JVM lacks memory, or has gone.
_GONE = "Spark's JVM answers no more"
_NO_MEMORY = re.compile(rf"OutOfMemoryError|{_GONE}")


def needed() -> None:
    """Raise where pandas is missing: PySpark's Arrow functions refuse to run without it."""
    try:
        import pandas as pd  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("spark", "the Spark engine") from error


@contextmanager
def saying(name: str, doing: str = "read") -> Iterator[None]:
    """Turn what Spark raises inside the block into one of datacheck's errors about `name`."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise translated(error, name, doing) from error


def translated(error: Exception, name: str, doing: str = "read") -> DatacheckError:
    """The error of datacheck's that an error of Spark's stands for."""
    text = _text(error)
    own = _OWN.search(text)
    if own is not None:
        kind = getattr(errors, own["kind"], DataError)
        said = {key: own[key] or "" for key in ("got", "expected", "todo")}
        return kind(own["what"], **said)
    worker = _WORKER.search(text)
    if worker is not None:
        return SourceError(
            "Spark's Python workers cannot run datacheck",
            got=worker[0],
            expected="the driver's version of datacheck and of polars on every executor",
            todo="install them there (pip install 'datacheck-ml[spark]'), and name that Python in "
            "PYSPARK_PYTHON before the session starts; see docs/spark.md",
        )
    if _NO_MEMORY.search(text):
        return SourceError(
            f"Spark ran out of memory, or was ended, before it could {doing} {name}",
            got=next(line.strip() for line in text.splitlines() if _NO_MEMORY.search(line)),
            todo="give its JVM more: spark.driver.memory for a local master (such as "
            "PYSPARK_SUBMIT_ARGS='--driver-memory 4g pyspark-shell'), spark.executor.memory else",
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    raised = [line for line in lines if _RAISED.match(line)]
    return SourceError(
        f"Spark cannot {doing} {name}",
        got=[type(error).__name__, *lines[:1], *causes, *raised][-1],
        todo="check the path, which every executor must see (s3a://, hdfs://, a shared folder)"
        if "PATH_NOT_FOUND" in text
        else "see the whole of Spark's error, which this one was raised from "
        "(on the command line: DATACHECK_TRACEBACK=1)",
    )


def _text(error: Exception) -> str:
    """What an error says; that of a JVM which has gone cannot be asked for."""
    try:
        text = str(error)
    except (OSError, Py4JError):
        return _GONE
    # Any other than Java's own errors tells of the connection to the JVM.
    of_java = not isinstance(error, Py4JError) or isinstance(error, Py4JJavaError)
    return text if of_java else f"{_GONE}: {text}"
