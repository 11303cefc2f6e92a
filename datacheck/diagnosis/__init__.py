"""Why a model predicts NaN: which row, which column and which step; and a guard of `predict`."""

from datacheck.diagnosis.guarding import guard
from datacheck.diagnosis.verbs import diagnose

__all__ = ["diagnose", "guard"]
