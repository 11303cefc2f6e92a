"""Why a model predicts NaN: which row, which column and which step of the model."""

from datacheck.diagnosis.verbs import diagnose

__all__ = ["diagnose"]
