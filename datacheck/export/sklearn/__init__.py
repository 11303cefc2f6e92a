"""scikit-learn: a pipeline of its own estimators, kept by skops."""

from datacheck.export.sklearn.exporter import verify, write

__all__ = ["verify", "write"]
