"""scikit-learn: a pipeline of its own estimators, kept by skops."""

from datacheck.export.sklearn.write import verify, write

__all__ = ["verify", "write"]
