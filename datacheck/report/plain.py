"""Values as strict JSON holds them."""

from __future__ import annotations

import math
from typing import Any


def plain(value: Any) -> Any:
    """Reduce a value to what strict JSON holds: no NaN or Infinity tokens, no dates, no numpy.

    >>> plain({"low": float("-inf"), "seen": (1, float("nan"))})
    {'low': '-inf', 'seen': [1, 'nan']}
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return plain(value.item())
    return str(value)
