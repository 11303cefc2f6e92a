"""A Spark session for a command: opened by an address, quiet, and closed when the command ends.

What Spark's own processes print goes to a file that is gone with them: a command's output is its
own. If Spark does not start, the file's last words are the error.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from datacheck.errors import MissingExtraError, SourceError, first_line
from datacheck.spark.errors import needed, saying

#: What a session of a command needs for the numbers of any other engine: names as they are
#: written, and instants in UTC.
SETTINGS = {"spark.sql.caseSensitive": "true", "spark.sql.session.timeZone": "UTC"}
#: Settings that only a new classic context takes.
_CLASSIC = {"spark.app.name": "datacheck", "spark.ui.showConsoleProgress": "false"}
#: Seconds to wait for a master to take a connection.
_PATIENCE = 10.0
#: Set to anything, it lets what Spark prints through.
_LOUD = "DATACHECK_TRACEBACK"

_TCP = re.compile(r"(?:spark|sc)://(?P<hosts>[^/;]+)")
_PORTS = {"spark": 7077, "sc": 15002}


@contextmanager
def session(master: str | None, *, loud: bool = True) -> Iterator[SparkSession]:
    """A session at an address, stopped at the end of the block.

    `master` is ``local[4]``, ``spark://host:port``, ``yarn``, ``k8s://...``, or ``sc://host:port``
    of Spark Connect. None leaves it to Spark's own configuration (``spark-defaults.conf``,
    ``SPARK_REMOTE``), which is ``local[*]`` where there is none. What Spark
    prints is kept back whatever the environment says, unless it may be `loud`. Raises
    `MissingExtraError` where PySpark, or what it needs, is not installed, and `SourceError` where
    there is no Java, or nothing answers.
    """
    needed()
    address = master or os.environ.get("SPARK_REMOTE") or ""
    _reached(address)
    with tempfile.TemporaryFile() as log:
        afar = address.startswith("sc://")
        made = _connected(address) if afar else _started(master, log, loud=loud)
        try:
            for name, value in SETTINGS.items():
                made.conf.set(name, value)
            yield made
        finally:
            # A JVM that has gone cannot be stopped, and must not hide why it went.
            with suppress(Exception):
                made.stop()


def _reached(address: str) -> None:
    """Raise at once where no host of an address takes a connection: Spark tries for minutes."""
    found = _TCP.match(address)
    if found is None:
        return
    refused = []
    for host in found["hosts"].split(","):
        name, _, port = host.rpartition(":") if ":" in host else (host, "", "")
        try:
            place = (name.strip("[]"), int(port or _PORTS[address.partition(":")[0]]))
            socket.create_connection(place, _PATIENCE).close()
        except (OSError, ValueError) as error:
            refused.append(f"{host}: {getattr(error, 'strerror', None) or error}")
        else:
            return
    raise SourceError(
        f"no Spark answers at {address}",
        got="; ".join(refused).lower(),
        expected="spark://host:port of a master, or sc://host:port of a Spark Connect server",
        todo="start it, or correct --master",
    )


def _connected(address: str) -> SparkSession:
    with saying(address, "reach"):
        try:
            made = SparkSession.builder.remote(address).getOrCreate()
        except ImportError as error:
            raise MissingExtraError("spark", "Spark Connect") from error
        made.range(1).collect()
    return made


def _started(master: str | None, log: IO[bytes], *, loud: bool) -> SparkSession:
    """A session of a new classic context; what its processes print goes to the log."""
    conf = SparkConf()
    for name, value in {**_CLASSIC, **SETTINGS}.items():
        conf.set(name, value)
    if master:
        conf.setMaster(master)
    if (master or "local").startswith("local"):
        # The workers are children of this process: they run where it runs.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    quiet: dict[str, Any] = {}
    if not (loud and os.environ.get(_LOUD)):
        quiet = {"stdout": log, "stderr": log}
        logging.disable()  # py4j logs the tracebacks of what is told as one error
    try:
        gateway = launch_gateway(conf, quiet)
        context = SparkContext(conf=conf, gateway=gateway)
    except (PySparkException, Py4JError) as error:
        raise _unstarted(master, error, log) from error
    counters = getattr(context, "_accumulatorServer", None)
    if counters is not None:  # it prints a traceback where the JVM is gone, which is told anyhow
        counters.handle_error = lambda *_: None
    return SparkSession(context)


def _unstarted(master: str | None, error: Exception, log: IO[bytes]) -> SourceError:
    log.seek(0)
    lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines()]
    told = [line for line in [*str(error).splitlines(), *lines] if _TELLING.search(line)]
    if any(_NO_JAVA.search(line) for line in told):
        return SourceError(
            "Spark finds no Java",
            got=told[-1],
            expected="a Java that this version of Spark takes: 17 or 21",
            todo="install one (such as openjdk-17-jre-headless), or set JAVA_HOME",
        )
    return SourceError(
        f"Spark does not start at {master or 'the master that is configured'}",
        got=told[-1] if told else first_line(error),
        todo=f"check --master and Java (17 or 21); {_LOUD}=1 in the environment shows Spark's log",
    )


_NO_JAVA = re.compile(r"JAVA_HOME is not set|java: (?:[Nn]o such file|not found|cannot execute)")
#: Lines of Spark's log that say why it did not start.
_TELLING = re.compile(rf"Exception: |Error: |^Error|Caused by: |{_NO_JAVA.pattern}")
