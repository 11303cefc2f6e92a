"""JavaScript: an ES module with its types and its golden rows."""

from datacheck.export.javascript.exporter import verify, write

__all__ = ["verify", "write"]
