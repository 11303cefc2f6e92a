"""Numbers that were read with a decimal point and may be thousands: 1.234 beside 5,67.

Where one column of a table writes its decimals with a comma, its text is European, and a point
parts groups of digits. A reader takes 1.234 for a number just above one, and none of its cells
says otherwise but by their three decimals.
"""

from __future__ import annotations

from collections.abc import Iterator

from datacheck.findings.conversions import on_grid
from datacheck.findings.types import NUMBERS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import numbers_of
from datacheck.report.finding import Finding
from datacheck.text import shown_name

#: Digits behind the point; so many different numbers, of which this share need them all.
_GROUP, _LEAST, _WHOLE_GROUP = 3, 10, 0.5


def points_for_thousands(profile: Profile) -> Iterator[Finding]:
    """``type.numeric_text``: numbers of three decimals where others have decimal commas."""
    comma = next((c for c in profile.columns.values() if _has_decimal_commas(c)), None)
    if comma is None:
        return
    for column in profile.columns.values():
        if _may_be_thousands(column):
            yield Finding(
                code="type.numeric_text",
                severity="warning",
                column=column.name,
                count=round(column.points.total),
                message=f"Below 1,000 and of three decimals, where {shown_name(comma.name)} writes "
                "decimals with a comma: the points may part thousands, and each number be 1,000 "
                "times as large.",
                remedy="If so, read the text again with --decimal , --thousands . (in Python "
                "decimal=',', thousands='.').",
            )


def _has_decimal_commas(column: ColumnProfile) -> bool:
    texts = column.texts
    if texts is None or not texts.numeric or texts.numeric < NUMBERS * texts.count:
        return False
    ways = [way for _, way in numbers_of(texts).values()]
    return ways.count("decimal comma") >= NUMBERS * len(ways)


def _may_be_thousands(column: ColumnProfile) -> bool:
    if column.kind != "number" or not column.dtype.startswith("Float"):
        return False
    points = column.points
    if not points.exact or len(points) < _LEAST or max(map(abs, points.ends)) >= 10**_GROUP:
        return False
    values = points.written
    whole = on_grid(values, _GROUP).all()
    return bool(whole and points.share(~on_grid(values, _GROUP - 1)) >= _WHOLE_GROUP)
