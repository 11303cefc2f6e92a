"""One row through a fitted transform, in plain Python: the reference that every runtime must equal.

It imports nothing heavy, so a service can load a transform and answer in microseconds. Each
column's program is compiled once into one small closure; a row is then a loop over closures.
"""

from __future__ import annotations

import math
import re

from datacheck.errors import DataError
from datacheck.transform.ops import Affine, Cast, Clip, Fill, KnnFill, Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from datacheck.transform.ops import Fitted, Program

    Step = Callable[[Any], Any]

#: What reads as a number where text is cast: a decimal numeral, with an exponent or without.
NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Refused(ValueError):
    """A cell that may not pass; the row that holds it has no result."""
