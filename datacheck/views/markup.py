"""The pieces that the HTML views share. Everything that comes from a table is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files

from datacheck.text import visible
from datacheck.views.words import link, links


def text(words: object) -> str:
    r"""Escape words for HTML, with the characters that do not show themselves written out.

    >>> text("<b>&'\n")
    '&lt;b&gt;&amp;&#x27;\\n'
    """
    return escape(visible(words))


def prose(words: object) -> str:
    """Words of a remedy: what stands between backticks is code.

    >>> prose("set aside with `datacheck split`")
    'set aside with <code>datacheck split</code>'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(words))


def code_markup(code: str, kind: str = "") -> str:
    """A finding's code, linked to where it is explained: nothing is fetched until it is clicked.

    >>> code_markup("missing.null", "info")[:60]
    '<code class="info"><a href="https://datacheck-ml.github.io/d'
    """
    inner = text(code)
    if links(code):
        inner = f'<a href="{text(link(code))}" target="_blank" rel="noreferrer">{inner}</a>'
    return f'<code class="{kind}">{inner}</code>' if kind else f"<code>{inner}</code>"


def page(title: object, body: str) -> str:
    """One whole document: no script, nothing fetched, and a browser told to allow neither."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_style('page')}{_style('view')}</style>\n</head>\n"
        f'<body>\n<main class="datacheck">\n{body}\n</main>\n</body>\n</html>\n'
    )


def fragment(body: str) -> str:
    """The same for a notebook, which already is a page."""
    return f'<div class="datacheck"><style>{_style("view")}</style>\n{body}\n</div>'


def bar(share: float) -> str:
    """Draw a share from 0 to 1 as a bar."""
    return f'<span class="bar"><i style="width:{100 * min(max(share, 0), 1):.4g}%"></i></span>'


def row(cells: list[tuple[str, str]]) -> str:
    """One line of a table; each cell is its class and its markup."""
    inner = "".join(
        f'<td class="{kind}">{markup}</td>' if kind else f"<td>{markup}</td>"
        for kind, markup in cells
    )
    return f"<tr>{inner}</tr>"


def table(titles: list[tuple[str, str]], lines: Iterable[str], name: str, style: str = "") -> str:
    """A table of (class, words) titles and marked-up lines that scrolls, also by the keyboard."""
    head = "".join(
        f'<th scope="col" class="{style}">{words}</th>'
        if style
        else f'<th scope="col">{words}</th>'
        for style, words in titles
    )
    opening = f'<table class="{style}">' if style else "<table>"
    inner = f"{opening}<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{text(name)}">{inner}</div>'


def _style(name: str) -> str:
    return files("datacheck.views").joinpath(f"{name}.css").read_text(encoding="utf-8")
