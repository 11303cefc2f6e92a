"""The verbs of datacheck on Spark DataFrames: the same numbers, found where the data is.

Each takes a `pyspark.sql.DataFrame`, of a classic session or of Spark Connect, and what makes a
table gives one, lazily. The executors need datacheck; see docs/spark.md.
"""

from datacheck.spark.fitting import apply, fit

__all__ = ["apply", "fit"]
