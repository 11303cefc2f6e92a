"""Validate, profile, check and compare on Spark: what the workers see, joined as locally."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.checking.declared import Declared, unsaid
from datacheck.checking.reference import changes
from datacheck.checking.roles import declared_roles
from datacheck.checking.settled import settled
from datacheck.checking.spelled import with_spellings
from datacheck.checking.verbs import without_echoes
from datacheck.findings import detect
from datacheck.findings.locate import masks, told
from datacheck.findings.row_counts import none_of
from datacheck.findings.scope import scope_of
from datacheck.report import Report
from datacheck.schema import load_schema
from datacheck.spark.frames import Opened, open_frame
from datacheck.spark.judging import judge
from datacheck.spark.partitions import look_up, measure

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from datacheck.profiling.model import Profile
    from datacheck.report import Finding
    from datacheck.schema import Schema


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
    opened = open_frame(data)
    declared = load_schema(schema)
    verdict = judge(opened, declared)
    seen = [*none_of(verdict.rows), *verdict.findings]
    found = settled(seen, schema=declared, rows=verdict.rows)
    return Report(
        found,
        name=opened.name,
        rows=verdict.rows,
        columns=verdict.columns,
        schema=declared.name,
    )


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
    return measure(open_frame(data))


def check(data: DataFrame, schema: Any = None, reference: Any = None) -> Report:
    """Find what is wrong with a Spark DataFrame: `datacheck.checking`, where the data is.

    Parameters
    ----------
    data
        It is read several times: cache it if it is costly to compute.
    schema
        Whatever `datacheck.load_schema` takes.
    reference
        A Spark DataFrame, or whatever `datacheck.compare` takes as its reference.

    Raises
    ------
    DataError, SchemaError, SourceError
        Where data, schema or reference cannot be read, and where Spark fails.
    """
    opened = open_frame(data)
    declared = None if schema is None else load_schema(schema)
    roles = declared_roles(opened.dtypes, declared)
    if declared is not None:
        found, measured = _judged(opened, declared, reference, roles)
    else:
        measured = measure(opened)
        own = without_echoes(detect(measured, roles), opened.source)
        found = located(opened, [*own, *_news(reference, measured, own, roles)])
    return _report(opened, found, measured, declared, roles)


def _report(
    opened: Opened,
    found: list[Finding],
    measured: Profile,
    schema: Schema | None,
    roles: dict[str, str],
) -> Report:
    return Report(
        settled(found, schema=schema, rows=measured.rows),
        name=opened.name,
        rows=measured.rows,
        columns=len(opened.dtypes),
        scope=scope_of(measured, roles),
    )


def compare(reference: Any, data: DataFrame, schema: Any = None) -> Report:
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

    Raises
    ------
    ArtefactError, DataError, SourceError
        Where data or reference cannot be read, and where Spark fails.
    """
    opened = open_frame(data)
    measured = measure(opened)
    declared = None if schema is None else load_schema(schema)
    roles = declared_roles(measured.columns, declared)
    found = located(opened, changes(_known(reference), measured, roles))
    return _report(opened, found, measured, declared, roles)


def located(opened: Opened, found: list[Finding], schema: Schema | None = None) -> list[Finding]:
    """`findings.locate`, in a Spark DataFrame."""
    dtypes = Declared(opened.source, schema).frame.collect_schema() if schema else opened.dtypes
    return told(found, look_up(opened, masks(found, dtypes), schema))


def _judged(
    opened: Opened, schema: Schema, reference: Any, roles: dict[str, str]
) -> tuple[list[Finding], Profile]:
    """The violations, what the table shows as it is declared, and what has changed."""
    typed = opened.declared(schema)
    verdict = judge(typed, schema)
    declared = Declared(typed.source, schema)
    seen = measure(typed, schema)
    own = located(typed, detect(seen, roles), schema)
    found = declared.weighed(own, look_up(typed, declared.gap_masks()))
    if reference is not None:
        news = located(opened, _news(reference, measure(opened), found, roles))
        found += [finding for finding in map(declared.weigh, news) if finding is not None]
    broken = with_spellings(verdict.findings, schema, seen)
    return [*broken, *unsaid(found, broken)], seen


def _news(
    reference: Any, measured: Profile, own: list[Finding], roles: dict[str, str]
) -> list[Finding]:
    """What a comparison shows that the table has not shown by itself."""
    if reference is None:
        return []
    known = {(finding.code, finding.column) for finding in own}
    found = changes(_known(reference), measured, roles)
    return [finding for finding in found if (finding.code, finding.column) not in known]


def _known(reference: Any) -> Any:
    """A reference as `changes` takes it: a Spark DataFrame as its profile."""
    from pyspark.sql import DataFrame

    return profile(reference) if isinstance(reference, DataFrame | Opened) else reference
