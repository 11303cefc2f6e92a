"""A card for each column: its shape, and the few facts that a person asks for first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.text import plural, shown_name
from datacheck.views.cells import distinct, dtype, flags, frequent, missing_share, spread
from datacheck.views.markup import text
from datacheck.views.shapes import shape_markup

if TYPE_CHECKING:
    from collections.abc import Iterable


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
