"""Validation: a schema against a table, in one pass, with a verdict that can be relied on."""

from datacheck.validate.judge import Verdict, judge, violations
from datacheck.validate.mutate import mutate
from datacheck.validate.split import split

__all__ = ["Verdict", "judge", "mutate", "split", "violations"]
