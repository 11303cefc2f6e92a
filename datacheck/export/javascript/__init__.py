"""JavaScript: an ES module with its types and its golden rows."""

from datacheck.export.javascript.exporter import write
from datacheck.export.javascript.verification import verify

__all__ = ["verify", "write"]
