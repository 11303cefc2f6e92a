"""How a statement of SQL is to look, as a caller says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datacheck.errors import ArtefactError

FORMS = ("select", "view", "cte", "dbt")


@dataclass(frozen=True)
class Options:
    """How the statement is to look.

    Parameters
    ----------
    dialect
        ``duckdb``, ``sqlite``, ``postgresql``, ``spark``, ``snowflake`` or ``bigquery``.
    table
        The table to read; dots part a qualified name. A sequence gives the parts as they are.
    form
        ``select``, ``view`` (CREATE VIEW), ``cte`` (WITH, to be put before your own SELECT) or
        ``dbt``: a model of dbt, where `table` is the model, or the source and table, to read.
    name
        What the view or the CTE is called, given as `table` is.
    columns
        The table's columns, in order. Without it, DuckDB, Snowflake and BigQuery pass the columns
        that were not fitted through in their places, Spark passes them through before the fitted
        ones, and SQLite and PostgreSQL give the fitted ones alone.
    reason
        The name of the added column that says which cell of a row was refused, and why.
    inverse
        Columns of a table of predictions to bring back into their own units; nothing is prepared
        then, and no column is added.
    absent
        Fitted columns that the table does not have, which the schema must say are not required:
        they are missing, and stand where the fitted table had them, or after the table's own
        columns where a star passes those.
    sets
        Whether values are compared as sets. No caller says so: `write` does, where they are many.
    casts
        Whether the cells of a one-hot encoding are comparisons that are cast to numbers. `write`
        says so, where they are many and the engine takes long to plan as many CASEs.
    strict
        Whether a column that holds another type than was fitted is refused, whatever the engine
        would make of it. `write` says so.
    """

    dialect: str = "duckdb"
    table: str | Sequence[str] = "data"
    form: str = "select"
    name: str | Sequence[str] = "prepared"
    columns: Sequence[str] | None = None
    reason: str = "datacheck_refused"
    inverse: Sequence[str] | None = None
    absent: Sequence[str] = ()
    sets: bool = False
    casts: bool = False
    strict: bool = False


#: The options that no caller gives.
OWN = ("sets", "casts", "strict")


def chosen_options(options: dict[str, Any]) -> Options:
    """The options that a caller gives, checked."""
    lists = ("columns", "inverse", "absent")
    alone = {n: [options[n]] for n in lists if isinstance(options.get(n), str)}
    chosen = Options(**options | alone)
    if chosen.form not in FORMS:
        raise ArtefactError(f"There is no form {chosen.form!r}", expected=", ".join(FORMS))
    return chosen
