"""JavaScript: an ES module with its types and its golden rows."""

from datacheck.export.javascript.write import verify, write

__all__ = ["verify", "write"]
