"""A profile for people: one line a column on a terminal, one card a column in HTML.

A card for each column: its shape, and the few facts that a person asks for first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datacheck.text import plural, shown_name
from datacheck.views.cells import distinct, dtype, flags, frequent, missing_share, spread
from datacheck.views.markup import fragment, page, text
from datacheck.views.shapes import missing_map, scales, shape_markup
from datacheck.views.terminal import WIDTH, columns_wide, cut, padded
from datacheck.views.words import extent

_NAME_WIDEST = 22
_KIND, _MISSING, _VALUE = 7, 7, 10


def profile_text(profile: dict[str, Any], *, width: int = WIDTH) -> str:
    """Write the document of ``Profile.to_dict()`` for people, in lines of `width` columns."""
    columns = profile["columns"]
    longest = max([len("column"), *(columns_wide(shown_name(c["name"])) for c in columns)])
    name_wide = min(longest, _NAME_WIDEST)
    spread_wide = 3 * _VALUE + 2
    head = (
        f"{'column':<{name_wide}}  {'kind':<{_KIND}} {'missing':>{_MISSING}} "
        f"{'min':>{_VALUE}} {'median':>{_VALUE}} {'max':>{_VALUE}}"
    )
    lines = [cut(f"{shown_name(profile['name'])}  {_extent(profile)}", width), "", head]
    for column in columns:
        ends = spread(column)
        if ends:
            # A moment in time stands without its hour where it would be too wide.
            middle = " ".join(f"{end[:_VALUE]:>{_VALUE}}" for end in ends)
        else:
            seen = "   " + " distinct: ".join(filter(None, (distinct(column), frequent(column))))
            middle = padded(cut(seen, spread_wide), spread_wide)
        line = (
            f"{padded(cut(shown_name(column['name']), name_wide), name_wide)}  "
            f"{column['kind']:<{_KIND}} {missing_share(column):>{_MISSING}} {middle}"
        ).rstrip()
        lines += _with_flags(line, flags(column), name_wide + 2, width)
    return "\n".join(lines)


def profile_page(summary: dict[str, Any]) -> str:
    """Write what `summary_of` gives of a profile as one HTML page without scripts."""
    return page(f"{summary['name']} - datacheck", _body(summary))


def profile_fragment(summary: dict[str, Any]) -> str:
    """Write what `summary_of` gives of a profile as a part of a page, for notebooks."""
    return fragment(_body(summary))


def _extent(profile: dict[str, Any]) -> str:
    return extent({"rows": profile["rows"], "columns": len(profile["columns"])})


def _with_flags(line: str, found: list[str], indent: int, width: int) -> list[str]:
    """The line with its flags after it, or under it where they do not fit."""
    said = ", ".join(found)
    if not said:
        return [line]
    if columns_wide(line) + 2 + columns_wide(said) <= width:
        return [f"{line}  {said}"]
    return [line, cut(" " * indent + said, width)]


def _body(summary: dict[str, Any]) -> str:
    return (
        f'<h1>{text(shown_name(summary["name"]))}</h1>\n<p class="faint">{_extent(summary)}</p>\n'
        f"{cards(summary['columns'])}\n{scales(summary)}\n{missing_map(summary)}"
    )


def cards(columns: Iterable[dict[str, Any]]) -> str:
    """Write the columns of `summary_of` as cards."""
    return f'<div class="cards">{"".join(card(column) for column in columns)}</div>'


def card(column: dict[str, Any]) -> str:
    """One of them."""
    facts = [("missing", missing_share(column) or "none")]
    ends = spread(column)
    if ends:
        facts += list(zip(("min", "median", "max"), ends, strict=True))
    if column["kind"] != "other":
        facts.append(("distinct", distinct(column)))
    if not ends and column["shape"] is None and (often := frequent(column)):
        facts.append(("such as", often))
    listed = "".join(f"<div><dt>{name}</dt><dd>{text(said)}</dd></div>" for name, said in facts)
    worth = ", ".join(text(flag) for flag in flags(column))
    return (
        f'<section class="card"><h3>{text(shown_name(column["name"]))}</h3>'
        f'<p class="faint"><code>{text(dtype(column["dtype"]))}</code></p>'
        f"{shape_markup(column['shape'], column)}<dl>{listed}</dl>"
        + (f'<p class="warning">{worth}</p>' if worth else "")
        + "</section>"
    )


def before_and_after(pictures: dict[str, Any]) -> str:
    """Each column that a transform changes, before and after it; empty where there is none."""
    after = pictures.get("after")
    if not after:
        return ""
    title = "<h2>Before and after the transform</h2>"
    if "refused" in after:
        why = f"The transform refuses this table. {after['refused']}"
        return f'{title}<p class="error">{text(why)}</p>'
    if not after["pairs"]:
        return f'{title}<p class="faint">It changes no column.</p>'
    pairs = "".join(_pair(pair) for pair in after["pairs"])
    changed = plural(len(after["pairs"]), "column")
    return f'{title}<p class="faint">{changed} changed.</p><div class="cards">{pairs}</div>'


def _pair(pair: dict[str, Any]) -> str:
    sides = "".join(_side(word, pair[word]) for word in ("before", "after"))
    return f'<section class="card"><h3>{text(shown_name(pair["name"]))}</h3>{sides}</section>'


def _side(word: str, column: dict[str, Any] | None) -> str:
    if column is None:
        return f'<p class="faint">{word}: no such column</p>'
    kind, missing = text(dtype(column["dtype"])), missing_share(column) or "none"
    return (
        f'<p class="faint">{word}: <code>{kind}</code>, missing: {missing}</p>'
        f"{shape_markup(column['shape'], column)}"
    )
