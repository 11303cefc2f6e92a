"""Findings in HTML: what was seen, a picture of it, the cells, what to do, what is behind it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from datacheck.text import amount, plural, shown_name, shown_value
from datacheck.views.kinds import WHOLE, cause
from datacheck.views.markup import code_markup, prose, text
from datacheck.views.shapes import TENTHS, shape_markup, strip
from datacheck.views.words import like, tells_values, where

#: Evidence that is shown; what is longer is in the JSON.
_LINES = 30


def numbered(report: dict[str, Any], pictures: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The findings of a report, each with its number, its picture and its place in each order."""
    found = report["findings"]
    drawn = pictures["findings"] if pictures is not None else [None] * len(found)
    holes = pictures["tenths"] if pictures is not None else {}
    made = [
        finding
        | {"number": at, "picture": picture, "tenths": _tenths(finding, holes, report["source"])}
        for at, (finding, picture) in enumerate(zip(found, drawn, strict=True), start=1)
    ]
    names = sorted({str(each["column"] or "") for each in made})
    by_name = {name: at for at, name in enumerate(names)}
    counts = sorted({-each["count"] for each in made})
    by_count = {count: at for at, count in enumerate(counts)}
    for each in made:
        each["by_column"] = by_name[str(each["column"] or "")]
        each["by_count"] = by_count[-each["count"]]
    return made


def _tenths(
    finding: dict[str, Any], holes: dict[Any, list[float]], source: dict[str, Any]
) -> list[float] | None:
    """Where a finding's missing cells are: its own if all are listed, else the column's."""
    found, total = finding["rows"], source["rows"]
    shares = holes.get(finding["column"])
    if not shares or not total or len(found) < finding["count"]:
        return shares
    held = Counter(min(row * TENTHS // total, TENTHS - 1) for row in found)
    return [held[at] * TENTHS / total for at in range(TENTHS)]


def group_markup(group: list[dict[str, Any]], rows: int | None) -> str:
    """Findings of one kind: one alone, or many as one with what may be behind them all."""
    first = group[0]
    if len(group) == 1:
        return f"{_opening(first)}{_inner(first, rows)}</article>"
    why = cause(group)
    told = "".join(f'<div class="one">{_inner(found, rows)}</div>' for found in group[:WHOLE])
    rest = group[WHOLE:]
    lines = "".join(
        f"<li>{text(shown_name(found['column']))} "
        f'<span class="num">{text(amount(found, rows))}</span></li>'
        for found in rest
    )
    more = plural(len(rest), "more column")
    return (
        f"{_opening(first)}"
        f'<header class="finding"><b>{plural(len(group), "column")}</b>'
        f"{code_markup(first['code'], first['severity'])}</header>"
        + (f"<p>{prose(why)}</p>" if why else "")
        + f"{told}<details><summary>The same of {more}</summary>"
        f'<ul class="same">{lines}</ul></details></article>'
    )


def _opening(finding: dict[str, Any]) -> str:
    severity, number = finding["severity"], finding["number"]
    order = f"--by-column:{finding['by_column']};--by-count:{finding['by_count']}"
    return f'<article class="is-{severity}" id="finding-{number}" style="{order}">'


def _inner(finding: dict[str, Any], rows: int | None) -> str:
    seen = f"{_picture(finding)}{_cells(finding)}"
    return "".join(
        [
            f'<header class="finding"><b>{text(where(finding))}</b>',
            code_markup(finding["code"], finding["severity"]),
            f'<span class="num">{text(amount(finding, rows))}</span></header>',
            # A message quotes cells, and a cell's own backticks are data.
            f"<p>{text(finding['message'])}</p>",
            f'<div class="seen">{seen}</div>' if seen else "",
            f'<p class="remedy">{prose(finding["remedy"])}</p>' if finding["remedy"] else "",
            _evidence(finding["evidence"]),
        ]
    )


def _picture(finding: dict[str, Any]) -> str:
    picture = finding["picture"]
    if picture is not None:
        return shape_markup(picture["shape"], picture | {"name": finding["column"]})
    if finding["code"].startswith("missing.") and finding["tenths"]:
        whose = "these" if len(finding["rows"]) >= finding["count"] else "the column's missing"
        said = f'<p class="faint">where {whose} cells are, first row to last</p>'
        return f"<figure>{strip(finding['tenths'], str(finding['column']))}{said}</figure>"
    return ""


def _cells(finding: dict[str, Any]) -> str:
    """The listed rows, each with what stands there."""
    rows, values = finding["rows"], finding["values"]
    if rows and tells_values(finding):
        items = [
            f"<small>row {row}{like(finding)}</small><code>{text(shown_value(value))}</code>"
            for row, value in zip(rows, values, strict=True)
        ]
    elif rows:
        items = [f"<small>row</small><code>{row}</code>" for row in rows]
    else:
        items = [f"<code>{text(shown_value(value))}</code>" for value in values]
    if not items:
        return ""
    rest = finding["count"] - len(items)
    more = f'<li class="faint">and {rest:,} more</li>' if rest > 0 else ""
    return f'<ul class="cells">{"".join(f"<li>{item}</li>" for item in items)}{more}</ul>'


def _evidence(evidence: dict[str, Any]) -> str:
    if not evidence:
        return ""
    lines = [
        f'<tr><th scope="row">{text(name)}</th><td class="num">{text(shown_value(value))}</td></tr>'
        for name, value in list(evidence.items())[:_LINES]
    ]
    return f"<details><summary>Evidence</summary><table>{''.join(lines)}</table></details>"
