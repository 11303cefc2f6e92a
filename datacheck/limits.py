"""Where doubles stop to count, where float32 ends, how deep cells go: each number once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

#: Every whole number up to here is a double; beyond it some are not.
EXACT_INTEGERS = 2**53

#: The largest float32, the least double that rounds beyond it, and the least normal float32.
FLOAT32_MAX = 3.4028234663852886e38
FLOAT32_OVER = 3.4028235677973366e38
FLOAT32_TINY = 1.1754943508222875e-38

#: Levels of lists and objects within a cell. polars takes steps in a high power of them, Python's
#: stack holds some hundreds, and over a thousand polars ends the process.
DEEPEST_CELL = 64


def is_deep(whole: Any, within: Callable[[Any], Iterable[Any]]) -> bool:
    """Whether a cell, or the type of one, has so many levels or more; `within` gives the next.

    >>> inner = lambda each: each if isinstance(each, list) else ()
    >>> is_deep([[[1]], 2], inner)
    False
    """
    level = [whole]
    for _ in range(DEEPEST_CELL):
        level = [inner for each in level for inner in within(each)]
        if not level:
            return False
    return True
