"""The verbs that join rooms: validate, profile, check, compare and repair, as users call them."""

from datacheck.checking.repairing import repair
from datacheck.checking.verbs import check, compare, profile, validate

__all__ = ["check", "compare", "profile", "repair", "validate"]
