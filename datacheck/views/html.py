"""The report as HTML: one self-contained page to send to a colleague, or a part of a notebook.

There is no script on it: choosing and sorting findings is done by the style sheet, from boxes that
a reader ticks.
"""

from __future__ import annotations

from typing import Any

from datacheck.severity import SEVERITIES
from datacheck.text import amount, plural, shown_name, shown_value
from datacheck.views.columns import before_and_after, cards
from datacheck.views.findings import group_markup, numbered
from datacheck.views.kinds import by_kind
from datacheck.views.markup import bar, code_markup, fragment, page, prose, row, table, text
from datacheck.views.shapes import missing_map, scales
from datacheck.views.words import COUNTED_FROM, by_severity, examined, extent, parted, when, where

#: From so many findings on, a table of them stands before the findings themselves, and they can be
#: chosen and sorted.
OVERVIEW_FROM = 6
#: A notebook shows the cards of so many columns, a page those of the others behind a fold.
CARDS = 60

#: What a page says that was made from a report which was read from JSON, or of a schema alone.
NO_PICTURES = (
    "A report alone holds no pictures and no rows of the table: `datacheck check DATA --html FILE` "
    "draws them."
)

_HEADINGS = {"error": "Errors", "warning": "Warnings", "info": "For information"}


def report_page(report: dict[str, Any], pictures: dict[str, Any] | None = None) -> str:
    """Write the document of ``Report.to_dict()`` and its pictures as one HTML page."""
    parts = _findings(report, pictures, chosen=True)
    if pictures is None:
        parts.append(f'<p class="faint">{prose(NO_PICTURES)}</p>')
    else:
        parts += [
            _sample(pictures["sample"]),
            before_and_after(pictures),
            _columns(pictures["columns"]),
            scales(pictures),
            missing_map(pictures),
        ]
    return page(f"{report['source']['name']} - datacheck", "\n".join(filter(None, parts)))


def report_fragment(report: dict[str, Any], pictures: dict[str, Any] | None = None) -> str:
    """Write a report as a part of a page, for notebooks: see `report_page`."""
    parts = _findings(report, pictures, chosen=False)
    if pictures is not None:
        parts.append(before_and_after(pictures))
        if len(pictures["columns"]) <= CARDS:
            every = cards(pictures["columns"])
            parts.append(f"<details><summary>All columns</summary>{every}</details>")
    return fragment("\n".join(filter(None, parts)))


def _columns(columns: list[dict[str, Any]]) -> str:
    """The cards of all columns; those of a wide table behind a fold."""
    title = f"<h2>All columns</h2>{cards(columns[:CARDS])}"
    rest = columns[CARDS:]
    if not rest:
        return title
    more = plural(len(rest), "more column")
    return f"{title}<details><summary>and {more}</summary>{cards(rest)}</details>"


def _findings(
    report: dict[str, Any], pictures: dict[str, Any] | None, *, chosen: bool
) -> list[str]:
    """The head, and the findings that count, then those that are accepted."""
    findings, accepted = parted(numbered(report, pictures))
    rows = report["source"]["rows"]
    many = len(findings) >= OVERVIEW_FROM
    parts = [_head(report), _chips(findings)]
    if not findings and (looked := examined(report)):
        parts.append(f'<p class="faint">{text(looked)}</p>')
    groups = by_kind(findings)
    if many:
        parts += [_overview(groups, rows), _choice(findings) if chosen else ""]
    sections = []
    for severity in SEVERITIES:
        mine = [group for group in groups if group[0]["severity"] == severity]
        if mine:
            sections.append(_section(severity, mine, rows))
    if sections:
        parts.append(f'<div class="findings">{"".join(sections)}</div>')
    if accepted:
        parts.append(_folded(accepted))
    if any(finding["rows"] for finding in findings):
        parts.append(f'<p class="faint">{COUNTED_FROM}</p>')
    return parts


_MEANINGS = {
    "error": "A model would get NaN, infinite or wrong values.",
    "warning": "Likely wrong; worth a look.",
    "info": "Worth knowing.",
}


def _section(severity: str, groups: list[list[dict[str, Any]]], rows: int | None) -> str:
    inner = "".join(group_markup(group, rows) for group in groups)
    title = f'<h2 class="{severity}">{_HEADINGS[severity]}</h2>'
    return f'<section>{title}<p class="faint">{_MEANINGS[severity]}</p>{inner}</section>'


def _head(report: dict[str, Any]) -> str:
    """What was looked at, against what, when, and by which version."""
    folder, name = _placed(shown_name(report["source"]["name"]))
    facts = [
        ("looked at", extent(report["source"])),
        ("in", folder),
        ("schema", shown_name(report["schema"]) if report.get("schema") else ""),
        ("reference", shown_name(report["reference"]) if report.get("reference") else ""),
        ("when", when(report)),
        ("by", report.get("producer") or ""),
    ]
    listed = "".join(
        f"<div><dt>{name}</dt><dd>{text(said)}</dd></div>" for name, said in facts if said
    )
    return f'<h1>{text(name)}</h1><dl class="head">{listed}</dl>'


def _placed(name: str) -> tuple[str, str]:
    """A path's folder and its last part, which is what a reader knows the table by.

    >>> _placed("/srv/in/day.csv"), _placed("s3://b/day.csv"), _placed("DataFrame")
    (('/srv/in', 'day.csv'), ('s3://b', 'day.csv'), ('', 'DataFrame'))
    """
    folder, _, last = name.rpartition("/")
    return (folder, last) if folder and last else ("", name)


def _folded(accepted: list[dict[str, Any]]) -> str:
    """What is accepted, with the reasons, behind a fold."""
    lines = [
        row(
            [
                ("", text(where(found))),
                ("", code_markup(found["code"])),
                ("num", f"{found['count']:,}"),
                ("", text(found["accepted"])),
            ]
        )
        for found in accepted
    ]
    titles = [("", "Column"), ("", "Finding"), ("num", "Count"), ("", "Reason")]
    told = f"Accepted, and so not decisive: {plural(len(accepted), 'finding')}"
    return f"<details><summary>{told}</summary>{table(titles, lines, 'Accepted')}</details>"


def _chips(findings: list[dict[str, Any]]) -> str:
    if not findings:
        return '<ul class="chips"><li class="chip good">Nothing found</li></ul>'
    counts = by_severity(findings).items()
    chips = "".join(f'<li class="chip {severity}">{words}</li>' for severity, words in counts)
    return f'<ul class="chips">{chips}</ul>'


def _choice(findings: list[dict[str, Any]]) -> str:
    """Boxes that the style sheet heeds: which severities are shown, and in which order."""
    severities = [kind for kind in SEVERITIES if any(f["severity"] == kind for f in findings)]
    boxes = "".join(
        f'<label><input type="checkbox" class="show-{kind}" checked> {_HEADINGS[kind]}</label>'
        for kind in severities
    )
    orders = "".join(
        f'<label><input type="radio" name="order" class="by-{key}"{mark}> {words}</label>'
        for key, words, mark in (
            ("severity", "severity", " checked"),
            ("column", "column", ""),
            ("count", "count", ""),
        )
    )
    return (
        f'<form class="choice"><fieldset><legend>Show</legend>{boxes}</fieldset>'
        f"<fieldset><legend>Sort by</legend>{orders}</fieldset></form>"
    )


def _overview(groups: list[list[dict[str, Any]]], rows: int | None) -> str:
    titles = [("", "Column"), ("", "Finding"), ("num", "Count"), ("share", "Share")]
    lines = (_line(group, rows) for group in groups)
    return f"<h2>Overview</h2>{table(titles, lines, 'Overview of the findings', 'wide')}"


def _line(group: list[dict[str, Any]], rows: int | None) -> str:
    found = group[0]
    name = text(where(found))
    if len(group) > 1:
        name = f"{name} and {plural(len(group) - 1, 'more column')}"
    count = amount(found, rows) if len(group) == 1 else plural(len(group), "column")
    share = found["count"] / rows if rows and "%" in amount(found, rows) else 0
    return row(
        [
            ("", f'<a href="#finding-{found["number"]}">{name}</a>'),
            (found["severity"], f"<code>{text(found['code'])}</code>"),
            ("num", text(count)),
            (f"share {found['severity']}", bar(share) if share and len(group) == 1 else ""),
        ]
    )


def _sample(sample: dict[str, Any] | None) -> str:
    """Some rows, the guilty ones first."""
    if sample is None or not sample["rows"]:
        return ""
    titles = [("num", "row"), *(("", text(shown_name(name))) for name in sample["names"])]
    lines = []
    for each in sample["rows"]:
        cells = "".join(
            f'<td class="guilty">{_cell(cell)}</td>' if bad else f"<td>{_cell(cell)}</td>"
            for cell, bad in zip(each["cells"], each["guilty"], strict=True)
        )
        lines.append(f'<tr><th scope="row" class="num">{each["row"]}</th>{cells}</tr>')
    rows = table(titles, lines, "Sample rows", "rows")
    more = (
        f'<p class="faint">and {plural(sample["more"], "more column")}</p>'
        if sample["more"]
        else ""
    )
    return f"<h2>Sample rows, flagged ones first</h2>{rows}{more}"


def _cell(cell: Any) -> str:
    return f"<code>{text(shown_value(cell))}</code>"
