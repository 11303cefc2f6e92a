"""What cannot be found in a column, decided for many columns at once.

A detector asks a column question after question, and at thousands of columns each costs more in
calls than in arithmetic. A screen asks the first of them of all columns together, with a little
room for rounding, and clears a column of the codes that it is certain of: there the detector finds
nothing, and need not look. What it does not clear, the detector judges as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.findings.screen_outliers import (
    no_float32_hazard,
    no_outlier,
    no_sentinel,
    no_tied_quartiles,
)
from datacheck.findings.screen_units import no_mix
from datacheck.profiling.stack import stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from datacheck.arrays import Flags
    from datacheck.profiling.model import Profile
    from datacheck.profiling.points import Points
    from datacheck.profiling.stack import Stack

#: Columns of more different values are looked at alone: there the arithmetic costs more.
SHORT = 800
#: By the code of what they rule out.
SCREENS: dict[str, Callable[[Stack], Flags]] = {
    "missing.sentinel": no_sentinel,
    "scale.unit_mix": no_mix,
    "outlier.value": no_outlier,
    "numeric.float32_precision": no_float32_hazard,
    "scale.degenerate": no_tied_quartiles,
}
#: What else must be ruled out, earlier in the order above.
_NEEDS = {"outlier.value": "missing.sentinel"}


def screen(profile: Profile) -> None:
    """Clear the columns of a profile of what they cannot show."""
    screen_points(c.points for c in profile.columns.values() if c.kind == "number")


def screen_points(columns: Iterable[Points]) -> None:
    """The same of columns as points; only short and exact ones are looked at."""
    short = (each for each in columns if each.exact and 0 < len(each) < SHORT and not each.clear)
    for some, stack in stacked(short):
        flags: dict[str, Flags] = {}
        for code, rules_out in SCREENS.items():
            flags[code] = rules_out(stack)
            if code in _NEEDS:
                flags[code] &= flags[_NEEDS[code]]
        for code, clear in flags.items():
            for place in np.flatnonzero(clear).tolist():
                some[place].clear.add(code)
