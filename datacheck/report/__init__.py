"""What was found, as data and as views of that data. It knows nothing of how anything is found."""

from datacheck.report.finding import LISTED, Finding
from datacheck.report.plain import plain
from datacheck.report.report import Report
from datacheck.severity import SEVERITIES, Severity

__all__ = ["LISTED", "SEVERITIES", "Finding", "Report", "Severity", "plain"]
