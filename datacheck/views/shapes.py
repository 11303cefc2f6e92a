"""The shape of a column as a small static picture: bars, the guilty ones marked, a reference over.

No chart library: a picture is a few paths in an SVG of one or two kilobytes. Words stand beside it
in HTML, where they wrap, are read aloud and are as large as the reader has them.

Pictures of a whole table: where cells are missing, and how far its columns' scales are apart.
"""

from __future__ import annotations

import math
from typing import Any

from datacheck.text import magnitude, percent, plural, shortened, shown_name, shown_value, visible
from datacheck.views.cells import missing_share, value_words
from datacheck.views.markup import table, text

#: A picture's size, and the place that a value which is set apart takes.
WIDE, HIGH = 280.0, 56.0
_APART, _GAP = 14.0, 8.0
#: A bar with anything in it is at least so high.
_LEAST = 1.5
_LABEL = 28


def shape_markup(shape: dict[str, Any] | None, column: dict[str, Any]) -> str:
    """A column's shape (of `shape_of`) for HTML; empty where there is nothing to draw."""
    if shape is None:
        return ""
    return _KINDS[shape["kind"]](shape, column)


def _names(shape: dict[str, Any], column: dict[str, Any]) -> str:  # noqa: ARG001 - as the others
    shown = ", ".join(shown_value(each) for each in shape["examples"])
    told = f"{shape['distinct']:,} distinct texts, none frequent: {text(shown)}, ..."
    return f'<p class="faint">{told}</p>'


def _bars(shape: dict[str, Any], column: dict[str, Any]) -> str:
    apart = shape["apart"]
    left = [each for each in apart if each["side"] in ("below", "named")]
    right = [each for each in apart if each["side"] == "above"]
    start = len(left) * (_APART + 2) + (_GAP if left else 0)
    end = WIDE - len(right) * (_APART + 2) - (_GAP if right else 0)
    counts, guilty, reference = shape["counts"], shape["guilty"], shape["reference"]
    total = sum(counts) + sum(each["count"] for each in apart)
    theirs = [share * total for share in reference or ()]
    # One heap of zeros must not flatten the rest, nor what is set apart.
    most = max([*counts, *theirs, 1e-9])
    step = (end - start) / len(counts)
    plain = _path(
        (start + at * step, step, (count - bad) / most, bad / most)
        for at, (count, bad) in enumerate(zip(counts, guilty, strict=True))
    )
    marked = _path(
        (start + at * step, step, bad / most, 0.0) for at, bad in enumerate(guilty) if bad
    )
    places = [at * (_APART + 2) for at in range(len(left))]
    places += [end + _GAP + at * (_APART + 2) for at in range(len(right))]
    for x, each in zip(places, [*left, *right], strict=True):
        drawn = _path([(x, _APART, min(each["count"] / most, 1.0), 0.0)])
        plain, marked = (plain, marked + drawn) if each["guilty"] else (plain + drawn, marked)
    paths = [f'<path class="all" d="{plain}"/>' if plain else ""]
    paths.append(f'<path class="guilty" d="{marked}"/>' if marked else "")
    if theirs:
        paths.append(f'<path class="reference" d="{_outline(theirs, most, start, step)}"/>')
    breaks = ([start - _GAP / 2] if left else []) + ([end + _GAP / 2] if right else [])
    paths += [f'<path class="break" d="M{x:.5g} 4V{HIGH:g}"/>' for x in breaks]
    ends = f"{value_words(shape['low'], column)} to {value_words(shape['high'], column)}"
    said = f"distribution of {column['name']}, from {ends}"
    svg = _svg("".join(paths), said)
    margins = f"margin:0 {100 - 100 * end / WIDE:.3g}% 0 {100 * start / WIDE:.3g}%"
    axis = _axis(shape, column, margins)
    return f"<figure>{svg}{axis}{_legend(shape, column, total)}</figure>"


def _path(bars: Any) -> str:
    """Bars (left, width, height and what it stands on, as shares of the whole height)."""
    drawn = []
    for x, wide, share, under in bars:
        if share <= 0:
            continue
        high = max(share * HIGH, _LEAST)
        bottom = HIGH - under * HIGH
        drawn.append(f"M{x:.5g} {bottom:.4g}v{-high:.4g}h{max(wide - 1, 1):.4g}v{high:.4g}z")
    return "".join(drawn)


def _outline(counts: list[float], most: float, start: float, step: float) -> str:
    points = [f"M{start:.5g} {HIGH:g}"]
    for at, count in enumerate(counts):
        points.append(f"V{HIGH - count / most * HIGH:.4g}H{start + (at + 1) * step:.5g}")
    return "".join(points) + f"V{HIGH:g}"


def _svg(inner: str, said: str) -> str:
    return (
        f'<svg class="shape" viewBox="0 0 {WIDE:g} {HIGH:g}" role="img" '
        f'aria-label="{text(shortened(visible(said), 200))}">{inner}</svg>'
    )


def _axis(shape: dict[str, Any], column: dict[str, Any], style: str) -> str:
    number = column["kind"] != "time"
    low, high = (
        text(magnitude(shape[end]) if number else value_words(shape[end], column))
        for end in ("low", "high")
    )
    middle = "<span>logarithmic</span>" if shape["log"] else ""
    ends = f"<span>{low}</span>{middle}<span>{high}</span>"
    return f'<p class="axis" style="{style}">{ends}</p>'


def _legend(shape: dict[str, Any], column: dict[str, Any], total: float) -> str:
    """What is set apart, and what the colours mean, in words."""
    lines = [_told_apart(each, column, total) for each in shape["apart"]]
    bad = sum(shape["guilty"])
    if bad:
        lines.append(f'<li><i class="key guilty"></i>{_cells(bad)} flagged</li>')
    if shape["reference"]:
        lines.append('<li><i class="key reference"></i>reference, as shares</li>')
    return f'<ul class="legend">{"".join(lines)}</ul>' if lines else ""


def _told_apart(each: dict[str, Any], column: dict[str, Any], total: float) -> str:
    key = '<i class="key guilty"></i>' if each["guilty"] else '<i class="key all"></i>'
    count = round(each["count"])
    share = percent(count, round(total))
    if isinstance(each["value"], str):
        what = shown_value(each["value"])
    elif each["value"] is not None:
        what = value_words(each["value"], column)
    else:
        what = f"{value_words(each['least'], column)} to {value_words(each['most'], column)}"
    return f"<li>{key}set apart: {text(what)}, {_cells(count)} ({share})</li>"


def _cells(count: float) -> str:
    return plural(max(round(count), 1), "cell")


def _categories(shape: dict[str, Any], column: dict[str, Any]) -> str:
    bars, filled = shape["bars"], shape["filled"]
    theirs = shape["reference_filled"]
    shares = [bar["count"] / filled for bar in bars]
    most = max([*shares, *(bar["reference"] / theirs for bar in bars if theirs), 1e-9])
    lines = []
    for bar, share in zip(bars, shares, strict=True):
        label = bar["label"]
        words = shown_value(label) if isinstance(label, str) else value_words(label, column)
        kind = "guilty" if bar["guilty"] else "all"
        over = ""
        if theirs:
            over = f'<b style="left:{100 * bar["reference"] / theirs / most:.4g}%"></b>'
        drawn = f'<i style="width:{100 * share / most:.4g}%"></i>{over}'
        lines.append(
            f'<li><span class="label">{text(shortened(words, _LABEL))}</span>'
            f'<span class="track {kind}">{drawn}</span>'
            f'<span class="num">{round(bar["count"]):,}</span></li>'
        )
    if shape["others"]:
        lines.append(f'<li class="faint">and {round(shape["others"]):,} cells with others</li>')
    legend = ""
    if theirs:
        legend = '<p class="faint"><i class="key reference"></i>reference, as shares</p>'
    return f'<ul class="counts">{"".join(lines)}</ul>{legend}'


_KINDS = {"bars": _bars, "categories": _categories, "names": _names}


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
