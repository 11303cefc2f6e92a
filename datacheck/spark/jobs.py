"""The verbs from path to path, for the command line: each opens a session and closes it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.spark import fitting, parting, verbs
from datacheck.spark.paths import Writing, open_path, write_folders
from datacheck.spark.sessions import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from datacheck.fitted.transform import Transform
    from datacheck.profiling.model import Profile
    from datacheck.report import Report
    from datacheck.source.options import ReadWords


def validate(path: str, schema: str, *, master: str | None, words: ReadWords) -> Report:
    """`datacheck.spark.validate` of what is at a path."""
    with session(master) as spark:
        return verbs.validate(open_path(spark, path, words), schema)


def check(
    path: str,
    schema: str | None,
    reference: str | None,
    *,
    master: str | None,
    words: ReadWords,
    **options: Any,
) -> Report:
    """`datacheck.spark.check` of what is at a path, with its options."""
    with session(master) as spark:
        known = _reference(spark, reference)
        return verbs.check(open_path(spark, path, words), schema, known, **options)


def profile(path: str, *, master: str | None, words: ReadWords) -> Profile:
    """`datacheck.spark.profile` of what is at a path."""
    with session(master) as spark:
        return verbs.profile(open_path(spark, path, words))


def compare(
    reference: str, path: str, *, master: str | None, words: ReadWords, **options: Any
) -> Report:
    """`datacheck.spark.compare` of what is at two paths, with its options; see `check`."""
    with session(master) as spark:
        known = _reference(spark, reference)
        return verbs.compare(known, open_path(spark, path, words), **options)


def fit(path: str, schema: str, *, master: str | None, words: ReadWords) -> Transform:
    """`datacheck.spark.fit` to what is at a path."""
    with session(master) as spark:
        return fitting.fit(open_path(spark, path, words), schema)


def split(
    path: str,
    schema: str | None,
    outputs: tuple[str, str],
    writing: Writing,
    *,
    master: str | None,
    words: ReadWords,
    reference: str | None = None,
    **options: Any,
) -> list[int]:
    """`datacheck.spark.split` into two folders, valid and rejected; how many rows each has."""
    with session(master) as spark:
        known = None if reference is None else open_path(spark, reference)
        parts = parting.split(open_path(spark, path, words), schema, reference=known, **options)
        return write_folders(list(zip(parts, outputs, strict=True)), writing)


def apply(
    transform: Transform,
    path: str,
    output: str,
    writing: Writing,
    *,
    master: str | None,
    words: ReadWords,
) -> int:
    """`datacheck.spark.apply` into a folder; how many rows it has."""
    with session(master) as spark:
        made = fitting.apply(transform, open_path(spark, path, words))
        return write_folders([(made, output)], writing)[0]


def _reference(spark: SparkSession, reference: str | None) -> Any:
    """A saved profile or transform by its path, of this machine; a table as Spark reads it."""
    if reference is None or Path(reference).suffix in (".json", ".zip"):
        return reference
    return open_path(spark, reference)
