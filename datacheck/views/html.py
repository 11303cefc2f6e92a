"""The report as HTML: one self-contained page to send to a colleague, or a part of a notebook."""

from __future__ import annotations

from typing import Any

from datacheck.severity import SEVERITIES
from datacheck.text import amount, plural, shown_name, shown_value
from datacheck.views.markup import bar, fragment, page, row, text
from datacheck.views.terminal import COUNTED_FROM, examined, in_words, made_with, tells_values

#: From so many findings on, a table of them stands before the findings themselves.
OVERVIEW_FROM = 6

_HEADINGS = {"error": "Errors", "warning": "Warnings", "info": "For information"}
_MEANINGS = {
    "error": "A model would get NaN, infinite or wrong values.",
    "warning": "Likely wrong; worth a look.",
    "info": "Worth knowing.",
}


def report_page(report: dict[str, Any]) -> str:
    """Write the document of ``Report.to_dict()`` as one HTML page without scripts."""
    return page(f"{report['source']['name']} - datacheck", _body(report))


def report_fragment(report: dict[str, Any]) -> str:
    """Write the document of ``Report.to_dict()`` as a part of a page, for notebooks."""
    return fragment(_body(report))


def _body(report: dict[str, Any]) -> str:
    source = report["source"]
    findings = [each for each in report["findings"] if each.get("accepted") is None]
    accepted = [each for each in report["findings"] if each.get("accepted") is not None]
    rows = source["rows"]
    shape = [] if rows is None else [plural(rows, "row")]
    shape.append(plural(source["columns"], "column"))
    parts = [
        f"<h1>{text(shown_name(source['name']))}</h1>",
        f'<p class="faint">{", ".join(shape)}</p>',
        f'<p class="faint">{text(made_with(report))}</p>',
        _chips(findings),
    ]
    if not findings and (looked := examined(report)):
        parts.append(f'<p class="faint">{text(looked)}</p>')
    if len(findings) >= OVERVIEW_FROM:
        parts.append(_overview(findings, rows))
    numbered = list(enumerate(findings, start=1))
    for severity in SEVERITIES:
        mine = [(n, found) for n, found in numbered if found["severity"] == severity]
        if mine:
            parts.append(f'<h2 class="{severity}">{_HEADINGS[severity]}</h2>')
            parts.append(f'<p class="faint">{_MEANINGS[severity]}</p>')
            parts += [_article(number, found, rows) for number, found in mine]
    if accepted:
        parts.append(_folded(accepted))
    if any(finding["rows"] for finding in findings):
        parts.append(f'<p class="faint">{COUNTED_FROM}</p>')
    return "\n".join(parts)


def _folded(accepted: list[dict[str, Any]]) -> str:
    """What is accepted, with the reasons, behind a fold."""
    lines = [
        row(
            [
                ("", _where(found)),
                ("", f"<code>{text(found['code'])}</code>"),
                ("num", f"{found['count']:,}"),
                ("", text(found["accepted"])),
            ]
        )
        for found in accepted
    ]
    head = f"Accepted, and so not decisive: {plural(len(accepted), 'finding')}"
    return f"<details><summary>{head}</summary><table>{''.join(lines)}</table></details>"


def _chips(findings: list[dict[str, Any]]) -> str:
    if not findings:
        return '<ul class="chips"><li class="chip good">Nothing found</li></ul>'
    counts = {kind: sum(found["severity"] == kind for found in findings) for kind in SEVERITIES}
    chips = [
        f'<li class="chip {kind}">{in_words(kind, number)}</li>'
        for kind, number in counts.items()
        if number
    ]
    return f'<ul class="chips">{"".join(chips)}</ul>'


def _overview(findings: list[dict[str, Any]], rows: int | None) -> str:
    head = row([("", "Column"), ("", "Finding"), ("num", "Count"), ("", "")], tag="th")
    lines = [
        row(
            [
                ("", f'<a href="#finding-{number}">{_where(found)}</a>'),
                (found["severity"], f"<code>{text(found['code'])}</code>"),
                ("num", text(amount(found, rows))),
                (found["severity"], _share_bar(found, rows)),
            ]
        )
        for number, found in enumerate(findings, start=1)
    ]
    return (
        f'<h2>Overview</h2><div class="scroll"><table class="wide"><thead>{head}</thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _article(number: int, finding: dict[str, Any], rows: int | None) -> str:
    severity = finding["severity"]
    parts = [
        f'<article class="is-{severity}" id="finding-{number}"><header class="finding">',
        f"<b>{_where(finding)}</b>",
        f'<code class="{severity}">{text(finding["code"])}</code>',
        f'<span class="num">{text(amount(finding, rows))}</span></header>',
        f"<p>{text(finding['message'])}</p>",
        _cells(finding),
        f'<p class="remedy">{text(finding["remedy"])}</p>' if finding["remedy"] else "",
        _evidence(finding["evidence"]),
        "</article>",
    ]
    return "".join(parts)


def _where(finding: dict[str, Any]) -> str:
    if finding["column"] is None:
        return '<span class="faint">the table</span>'
    return text(shown_name(finding["column"]))


def _share_bar(finding: dict[str, Any], rows: int | None) -> str:
    count = finding["count"]
    return bar(count / rows) if "%" in amount(finding, rows) and rows else ""


def _cells(finding: dict[str, Any]) -> str:
    """The listed rows, each with what stands there."""
    rows, values = finding["rows"], finding["values"]
    if rows and tells_values(finding):
        items = [
            f"<small>row {where}</small><code>{text(shown_value(value))}</code>"
            for where, value in zip(rows, values, strict=True)
        ]
    elif rows:
        items = [f"<small>row</small><code>{where}</code>" for where in rows]
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
        row([("", text(name)), ("num", text(shown_value(value)))])
        for name, value in evidence.items()
    ]
    return f"<details><summary>Evidence</summary><table>{''.join(lines)}</table></details>"
