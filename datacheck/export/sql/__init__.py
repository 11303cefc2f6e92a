"""SQL: the transform as a SELECT, a view or a CTE: NULL and a reason, never a wrong number.

The statement keeps the table's columns in their order, with the fitted ones prepared, and adds one
text column, `datacheck_refused`: null, or which column of the row was refused and why.
"""

from datacheck.export.sql.exporter import write
from datacheck.export.sql.verification import verify

__all__ = ["verify", "write"]
