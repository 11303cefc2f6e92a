"""What was found, as data and as views of that data. It knows nothing of how anything is found."""

from datacheck.report.finding import LISTED, SEVERITIES, Finding, Severity, plain
from datacheck.report.report import Report

__all__ = ["LISTED", "SEVERITIES", "Finding", "Report", "Severity", "plain"]
