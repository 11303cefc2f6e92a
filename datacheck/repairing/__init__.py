"""Repairs a table: applies the fixes of findings, and declares what a transform must repeat."""

from datacheck.repairing.apply import Repaired, apply_fixes
from datacheck.repairing.declaring import declared_with

__all__ = ["Repaired", "apply_fixes", "declared_with"]
