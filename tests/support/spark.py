"""Spark as tests start it: one session for all tests of a process, and few tasks in each job."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What Spark sums up here is small.
    "spark.sql.shuffle.partitions": "2",
    # A JVM of a minute has nothing of its second compiler, which takes a third of its time.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
WORDS = [f"--conf={name}={value}" for name, value in SETTINGS.items()]
#: For a process that starts Spark by itself.
ENVIRONMENT = {
    "PYSPARK_SUBMIT_ARGS": " ".join([*(f"'{word}'" for word in WORDS), "pyspark-shell"]),
}


@cache
def session() -> SparkSession:
    """The session of this process; a task may fail three times."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2, 4]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    made = (
        builder.config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("OFF")
    atexit.register(_stopped, made)
    return made


def _stopped(session: SparkSession) -> None:
    # The process is ending: a gateway that is gone already is as good.
    with suppress(Exception):
        session.stop()
