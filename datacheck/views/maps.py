"""Pictures of a whole table: where cells are missing, and how far its columns' scales are apart."""

from __future__ import annotations

import math
from typing import Any

from datacheck.text import plural, shown_name
from datacheck.views.cells import missing_share, value_words
from datacheck.views.markup import table, text

#: Columns that a picture has lines for.
MOST = 60
TENTHS = 10
_WIDE, _HIGH = 300.0, 14.0


def missing_map(pictures: dict[str, Any]) -> str:
    """A line a column with holes: the share of missing cells in each tenth of the table."""
    tenths = pictures["tenths"]
    holed = [c for c in pictures["columns"] if tenths.get(c["name"])]
    if not holed:
        return ""
    shown = sorted(holed, key=lambda column: -(column["null"] + column["nan"]))[:MOST]
    lines = (
        f'<tr><th scope="row">{text(shown_name(column["name"]))}</th>'
        f"<td>{strip(tenths[column['name']], column['name'])}</td>"
        f'<td class="num">{missing_share(column)}</td></tr>'
        for column in shown
    )
    more = _left_out(len(holed) - len(shown))
    titles = [("", "Column"), ("", "First to last row"), ("num", "Missing")]
    drawn = table(titles, lines, "Missing cells by tenths")
    said = '<p class="faint">The stronger the colour, the more cells of a tenth are missing.</p>'
    return f"<h2>Where cells are missing</h2>{said}{drawn}{more}"


def strip(shares: list[float], name: str) -> str:
    """The share of missing cells in each tenth of a table, the stronger the more."""
    wide = _WIDE / TENTHS
    cells = "".join(
        f'<path class="hole" opacity="{max(share, 0.3):.2g}" '
        f'd="M{at * wide:g} 0h{wide - 1:g}v{_HIGH:g}h{1 - wide:g}z"/>'
        for at, share in enumerate(shares)
        if share
    )
    said = ", ".join(f"{100 * share:.0f}%" for share in shares)
    return (
        f'<svg class="strip" viewBox="0 0 {_WIDE:g} {_HIGH:g}" preserveAspectRatio="none" '
        f'role="img" aria-label="missing in {text(shown_name(name))} by tenths: {said}">'
        f"{cells}</svg>"
    )


def scales(pictures: dict[str, Any]) -> str:
    """A line a column of numbers, all on one logarithmic axis of magnitudes."""
    lines = [(column, *ends) for column in pictures["columns"] if (ends := _magnitudes(column))]
    if len(lines) < 2:  # noqa: PLR2004 - one column differs from nothing
        return ""
    low = math.floor(min(least for _, least, _, _ in lines))
    high = max(math.ceil(max(most for _, _, _, most in lines)), low + 1)
    shown = lines[:MOST]
    axis = f'<span class="axis"><span>{_power(low)}</span><span>{_power(high)}</span></span>'
    titles = [("", "Column"), ("", axis), ("num", "Median")]
    rows = (_scale(line, low, high) for line in shown)
    drawn = table(titles, rows, "Scales of the columns")
    more = _left_out(len(lines) - len(shown))
    said = (
        '<p class="faint">The middle 90% of each column\'s magnitudes on one logarithmic axis, its '
        "median marked.</p>"
    )
    return f"<h2>Scales</h2>{said}{drawn}{more}"


def _magnitudes(column: dict[str, Any]) -> tuple[float, float, float] | None:
    """The logarithms of a column's small, middle and large magnitudes."""
    levels = column["quantiles"]
    if column["kind"] != "number" or not levels:
        return None
    sizes = sorted(abs(levels[level]) for level in ("0.05", "0.25", "0.5", "0.75", "0.95"))
    sizes = [size for size in sizes if size > 0]
    if not sizes:
        return None
    middle = abs(levels["0.5"]) or sizes[len(sizes) // 2]
    return math.log10(sizes[0]), math.log10(middle), math.log10(sizes[-1])


def _scale(line: tuple[dict[str, Any], float, float, float], low: int, high: int) -> str:
    column, least, middle, most = line
    start, dot, end = (_WIDE * (at - low) / (high - low) for at in (least, middle, most))
    name = text(shown_name(column["name"]))
    value = text(value_words(column["quantiles"]["0.5"], column))
    wide = max(end - start, 2)
    drawn = f'<path class="all" d="M{start:.5g} 4h{wide:.5g}v6h{-wide:.5g}z"/>'
    drawn += f'<path class="dot" d="M{max(dot - 1.5, 0):.5g} 1h3v12h-3z"/>'
    return (
        f'<tr><th scope="row">{name}</th><td><svg class="strip" viewBox="0 0 {_WIDE:g} {_HIGH:g}" '
        f'preserveAspectRatio="none" role="img" aria-label="scale of {name}: median {value}">'
        f'{drawn}</svg></td><td class="num">{value}</td></tr>'
    )


def _power(exponent: int) -> str:
    few = 4
    return f"{10.0**exponent:,.{max(-exponent, 0)}f}" if abs(exponent) <= few else f"1e{exponent}"


def _left_out(count: int) -> str:
    return f'<p class="faint">and {plural(count, "more column")}</p>' if count > 0 else ""
