"""Schemas: what a table should be, and how its columns are prepared.

The only room that knows pandera. `declare` holds a schema as plain data, `load` makes one of what
users write, `compile` turns it into polars expressions.
"""

from datacheck.schema.carried import Imported
from datacheck.schema.declare import (
    THRESHOLDS,
    Check,
    Column,
    Knn,
    Prepare,
    TableDeclaration,
)
from datacheck.schema.from_dbt import from_dbt
from datacheck.schema.from_odcs import from_odcs
from datacheck.schema.load import load_schema
from datacheck.schema.model import Schema
from datacheck.schema.options import prepare

__all__ = [
    "THRESHOLDS",
    "Check",
    "Column",
    "Imported",
    "Knn",
    "Prepare",
    "Schema",
    "TableDeclaration",
    "from_dbt",
    "from_odcs",
    "load_schema",
    "prepare",
]
