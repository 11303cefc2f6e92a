"""`fit`: from a table and a schema to a transform that has proved itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from datacheck.fitted.transform import Transform

if TYPE_CHECKING:
    from datacheck.schema.load import SchemaLike
    from datacheck.source.types import TableLike

    Columns = str | Iterable[str] | None


def fit(  # noqa: PLR0913 - all but two by name
    data: TableLike,
    schema: SchemaLike,
    *,
    target: Columns = None,
    id: Columns = None,  # noqa: A002 - the role's name
    time: Columns = None,
    query: str | None = None,
    progress: Callable[[int], None] | None = None,
    golden: Literal["cells", "synthetic"] = "cells",
) -> Transform:
    """Fit what a schema prepares.

    Parameters
    ----------
    data
        Anything that `read` takes.
    schema
        Anything that `load_schema` takes.
    target, id, time
        Columns of these roles, by name; they go before the schema's.
    query
        SQL, where `data` is a database's address.
    progress
        Called with the number of rows read so far, over all scans of a table that is scanned.
    golden
        Where the cells of the golden rows come from, which travel with every artefact: ``cells``
        of the table, drawn column by column so that no row is one of the table's; ``synthetic``
        has them invented.

    Returns
    -------
    Transform
        With its golden rows, which it has replayed itself, and its findings: rows that violate the
        schema among them.

    Raises
    ------
    DataError, SchemaError, SourceError
        For data or a schema that cannot be fitted, each saying what to do.
    """
    from datacheck.golden.choose import choose, real_rows
    from datacheck.proof import check_golden, proven
    from datacheck.schema import load_schema
    from datacheck.schema.opened import as_declared
    from datacheck.schema.roles import Named, with_roles
    from datacheck.source import open_source
    from datacheck.transform.fit import fit_table
    from datacheck.transform.fit_columns import fit_columns
    from datacheck.transform.tables import open_table, read_once
    from datacheck.validation import violations

    check_golden(golden)
    declared = with_roles(load_schema(schema), Named(target, id, time))
    source = as_declared(open_source(data, query=query), declared)
    dtypes = source.frame.collect_schema()
    targets = fit_columns(dtypes, declared, text=source.text)
    # To read others as well costs more than it saves where few columns are asked for.
    if 2 * len(declared.columns_for(dtypes)) >= len(dtypes):
        source = read_once(source)
    table = open_table(source, targets, progress)
    fitted = fit_table(table, targets, declared, source.name, list(dtypes))
    source.must_be_whole(table.height)
    seen = tuple(finding.to_dict() for finding in violations(source, declared))
    fitted = fitted._replace(findings=(*seen, *fitted.findings))
    names = [program.column for program in fitted.programs]
    sample = source.rows(names, real_rows(table.height)) if golden == "cells" else None
    golden_rows = choose(fitted, sample, source.frame)
    source.must_be_whole()
    return Transform(proven(fitted._replace(golden=golden_rows)))
