"""The verbs of datacheck on Spark DataFrames: the same numbers, found where the data is.

Each takes a `pyspark.sql.DataFrame`, of a classic session or of Spark Connect, and what makes a
table gives one, lazily. The executors need datacheck; see docs/spark.md.
"""

from datacheck.errors import MissingExtraError

try:
    import pyspark.sql  # noqa: F401
except ImportError as error:
    raise MissingExtraError("spark", "the Spark engine") from error

from datacheck.spark.fitting import apply, fit
from datacheck.spark.parting import split
from datacheck.spark.verbs import check, compare, profile, validate

__all__ = ["apply", "check", "compare", "fit", "profile", "split", "validate"]
