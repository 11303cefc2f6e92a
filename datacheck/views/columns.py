"""A profile for people: one line a column on a terminal, one row a column in HTML."""

from __future__ import annotations

from typing import Any

from datacheck.text import plural, shown_name, visible
from datacheck.views.cells import distinct, dtype, flags, frequent, missing_share, spread
from datacheck.views.markup import bar, fragment, page, row, text
from datacheck.views.terminal import WIDTH, columns_wide, cut, padded

_NAME_WIDEST = 22
_KIND, _MISSING, _VALUE = 7, 7, 10
#: Bars of a histogram, and its size in pixels.
BARS, _WIDE, _HIGH = 24, 120, 26


def profile_text(profile: dict[str, Any], *, width: int = WIDTH) -> str:
    """Write a profile for people.

    Parameters
    ----------
    profile
        The document of ``Profile.to_dict()``.
    width
        Columns of the terminal.

    Returns
    -------
    str
        Lines of at most `width` columns.
    """
    columns = profile["columns"]
    longest = max([len("column"), *(columns_wide(shown_name(c["name"])) for c in columns)])
    name_wide = min(longest, _NAME_WIDEST)
    spread_wide = 3 * _VALUE + 2
    head = (
        f"{'column':<{name_wide}}  {'kind':<{_KIND}} {'missing':>{_MISSING}} "
        f"{'min':>{_VALUE}} {'median':>{_VALUE}} {'max':>{_VALUE}}"
    )
    lines = [cut(_title(profile), width), "", head]
    for column in columns:
        ends = spread(column)
        if ends:
            middle = " ".join(f"{_narrow(end):>{_VALUE}}" for end in ends)
        else:
            seen = "   " + " distinct: ".join(filter(None, (distinct(column), frequent(column))))
            middle = padded(cut(seen, spread_wide), spread_wide)
        line = (
            f"{padded(cut(shown_name(column['name']), name_wide), name_wide)}  "
            f"{column['kind']:<{_KIND}} {missing_share(column):>{_MISSING}} {middle}"
        ).rstrip()
        lines += _with_flags(line, flags(column), name_wide + 2, width)
    return "\n".join(lines)


def profile_page(profile: dict[str, Any]) -> str:
    """Write the document of ``Profile.to_dict()`` as one HTML page without scripts."""
    return page(f"{profile['name']} - datacheck", _body(profile))


def profile_fragment(profile: dict[str, Any]) -> str:
    """Write the document of ``Profile.to_dict()`` as a part of a page, for notebooks."""
    return fragment(_body(profile))


def _title(profile: dict[str, Any]) -> str:
    shape = f"{plural(profile['rows'], 'row')}, {plural(len(profile['columns']), 'column')}"
    return f"{shown_name(profile['name'])}  {shape}"


def _narrow(value: str) -> str:
    """A moment in time without its hour, where the column of a terminal is too narrow for it."""
    return value if len(value) <= _VALUE else value[:_VALUE]


def _with_flags(line: str, found: list[str], indent: int, width: int) -> list[str]:
    """The line with its flags after it, or under it where they do not fit."""
    said = ", ".join(found)
    if not said:
        return [line]
    if columns_wide(line) + 2 + columns_wide(said) <= width:
        return [f"{line}  {said}"]
    return [line, cut(" " * indent + said, width)]


def _body(profile: dict[str, Any]) -> str:
    head = row(
        [
            ("", "Column"),
            ("", "Type"),
            ("num", "Missing"),
            ("", ""),
            ("num", "Distinct"),
            ("num", "Min"),
            ("num", "Median"),
            ("num", "Max"),
            ("", "Shape"),
            ("", "Worth a look"),
        ],
        tag="th",
    )
    lines = "".join(_line(column) for column in profile["columns"])
    shape = f"{plural(profile['rows'], 'row')}, {plural(len(profile['columns']), 'column')}"
    return (
        f'<h1>{text(shown_name(profile["name"]))}</h1>\n<p class="faint">{shape}</p>\n'
        f'<div class="scroll"><table class="wide"><thead>{head}</thead>\n'
        f"<tbody>{lines}</tbody></table></div>\n"
        '<p class="faint">A shape is a histogram from the 1st to the 99th percentile.</p>'
    )


def _line(column: dict[str, Any]) -> str:
    missing = column["null"] + column["nan"]
    ends = spread(column)
    middle = [("num", text(end)) for end in ends] if ends else [("", ""), ("", ""), ("", "")]
    return row(
        [
            ("", f"<b>{text(shown_name(column['name']))}</b>"),
            ("faint", f"<code>{text(dtype(column['dtype']))}</code>"),
            ("num", text(missing_share(column))),
            ("warning", bar(missing / column["rows"]) if missing else ""),
            ("num", distinct(column)),
            *middle,
            ("", _histogram(column) if ends else text(frequent(column))),
            ("warning", ", ".join(text(flag) for flag in flags(column))),
        ]
    )


def _histogram(column: dict[str, Any]) -> str:
    """The column's kept values as bars."""
    numbers, levels = column["numbers"], column["quantiles"]
    low, high = levels["0.01"], levels["0.99"]
    width = high - low
    if not 0 < width < float("inf"):
        return ""
    heights = [0] * BARS
    for value, count in zip(numbers["values"], numbers["value_counts"], strict=True):
        if low <= value <= high:
            heights[min(int((value - low) / width * BARS), BARS - 1)] += count
    most = max(heights)
    if not most:
        return ""
    step = _WIDE / BARS
    bars = "".join(
        f'<rect x="{i * step:g}" y="{_HIGH - _HIGH * height / most:.3g}" '
        f'width="{step - 1:g}" height="{_HIGH * height / most:.3g}"/>'
        for i, height in enumerate(heights)
        if height
    )
    said = visible(f"histogram of {column['name']}")
    return (
        f'<svg width="{_WIDE}" height="{_HIGH}" viewBox="0 0 {_WIDE} {_HIGH}" role="img" '
        f'aria-label="{text(said)}">{bars}</svg>'
    )
