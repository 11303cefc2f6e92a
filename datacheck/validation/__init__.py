"""Validation: a schema against a table, in one pass, with a verdict that can be relied on."""

from datacheck.validation.judge import Verdict, judge, violations
from datacheck.validation.mutation import mutate
from datacheck.validation.parting import split

__all__ = ["Verdict", "judge", "mutate", "split", "violations"]
