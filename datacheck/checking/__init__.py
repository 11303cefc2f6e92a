"""The verbs that join rooms: validate, profile, check and compare, as users call them."""

from datacheck.checking.verbs import check, compare, profile, validate

__all__ = ["check", "compare", "profile", "validate"]
