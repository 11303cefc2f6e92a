"""Validate, profile, check and compare on Spark: what the workers see, joined as locally."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyspark.sql import DataFrame

from datacheck.checking.reports import findings_report
from datacheck.checking.verdicts import validation_report
from datacheck.profiling.measure import profiled
from datacheck.profiling.model import Profile
from datacheck.report import Report
from datacheck.schema.roles import Named
from datacheck.spark.frames import OpenedFrame, open_frame
from datacheck.spark.table import SparkTable


def validate(data: DataFrame, schema: Any) -> Report:
    """Judge a Spark DataFrame by its schema alone.

    Parameters
    ----------
    data
        It is read once, and once more for each declared uniqueness.
    schema
        Whatever `datacheck.load_schema` takes.

    Returns
    -------
    Report
        Counts are exact. A row's number is what ``monotonically_increasing_id()`` gives it. A check
        that looks at many rows at once (a mean, a function that pandera must run) cannot be
        evaluated here: that is a finding of its own, and the report is not ok.

    Raises
    ------
    DataError, SchemaError, SourceError
        Where the data or the schema cannot be read, and where Spark fails.
    """
    return validation_report(SparkTable(open_frame(data)), schema)


def profile(data: DataFrame) -> Profile:
    """Describe each column of a Spark DataFrame.

    Parameters
    ----------
    data
        It is read once, and two or three times more for exact quantiles, where a column holds too
        many values to keep them all.

    Returns
    -------
    Profile
        As `datacheck.profile` gives; it adds up with others, and is a reference for `compare`.

    Raises
    ------
    DataError, SourceError
        Where the data cannot be read, and where Spark fails.
    """
    return profiled(SparkTable(open_frame(data)))


def check(  # noqa: PLR0913 - all but four by name
    data: DataFrame,
    schema: Any = None,
    reference: Any = None,
    target: str | Iterable[str] | None = None,
    *,
    id: str | Iterable[str] | None = None,  # noqa: A002 - the role's name
    time: str | Iterable[str] | None = None,
    rows: bool = True,
    near_duplicates: bool = False,
    joint: bool = False,
    labels: bool = False,
) -> Report:
    """Find what is wrong with a Spark DataFrame: `datacheck.checking`, where the data is.

    Parameters
    ----------
    data
        It is read several times: cache it if it is costly to compute.
    schema
        Whatever `datacheck.load_schema` takes.
    reference
        A Spark DataFrame, or whatever `datacheck.compare` takes as its reference.
    target, id, time
        What a model is to predict, what names things, and what passes.
    rows
        Whether rows are compared with each other, which is a shuffle of 16 bytes a row.
    near_duplicates
        As `datacheck.check` takes it: keys are shuffled, and rows that may be near another are
        sent here.
    joint, labels
        As `datacheck.check` takes them: of the rows that are drawn for it, which are sent here.

    Raises
    ------
    DataError, SchemaError, SourceError
        Where data, schema or reference cannot be read, and where Spark fails.
    """
    return findings_report(
        SparkTable(open_frame(data)),
        schema,
        _opened(reference),
        Named(target, id, time),
        rows=rows,
        near_duplicates=near_duplicates,
        joint=joint,
        labels=labels,
    )


def compare(
    reference: Any,
    data: DataFrame,
    schema: Any = None,
    *,
    rows: bool = True,
    near_duplicates: bool = False,
    joint: bool = False,
) -> Report:
    """Find what has changed since a reference: `datacheck.compare`, where the data is.

    Parameters
    ----------
    reference
        A Spark DataFrame, or whatever `datacheck.compare` takes as its reference: a saved profile
        of the reference spares reading it again.
    data
        It is read several times: cache it if it is costly to compute.
    schema
        Whatever `datacheck.load_schema` takes: the columns' roles, and what is accepted.
    rows
        Whether rows that stand in the reference too are looked for, where it is a DataFrame.
    near_duplicates, joint
        As `check` takes them.

    Raises
    ------
    ArtefactError, DataError, SourceError
        Where data or reference cannot be read, and where Spark fails.
    """
    return findings_report(
        SparkTable(open_frame(data)),
        schema,
        _opened(reference),
        news_only=True,
        rows=rows,
        near_duplicates=near_duplicates,
        joint=joint,
    )


def _opened(reference: Any) -> Any:
    """A reference, a Spark DataFrame as a table."""
    spark = isinstance(reference, DataFrame | OpenedFrame)
    return SparkTable(open_frame(reference)) if spark else reference
