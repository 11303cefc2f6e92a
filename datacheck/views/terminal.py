"""The report on a terminal: plain text as wide as it is, with colour only where someone looks."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from datacheck.text import amount, plural, shown_name, shown_value, visible
from datacheck.views.kinds import WHOLE, by_kind, cause, others
from datacheck.views.words import (
    COUNTED_FROM,
    NOTHING,
    by_severity,
    examined,
    extent,
    folded,
    like,
    link,
    links,
    made_with,
    parted,
    tells_values,
)

Paint = Callable[[str, str], str]

#: Where nobody says how wide it is; and no view is made for less than the second.
WIDTH, NARROWEST = 80, 60

#: A wide table may have thousands of findings: so many are shown whole, the others in a line each.
SHOWN_WHOLE = 60
EXAMPLES = 5

_COLOURS = {"error": "1;31", "warning": "33", "info": "36", "good": "32", "strong": "1", "dim": "2"}


def report_text(
    report: dict[str, Any], *, colour: bool = False, width: int = WIDTH, whole: bool = False
) -> str:
    """Write the document of ``Report.to_dict()`` for people, in lines of at most `width` columns.

    Each finding is shown `whole`, with its evidence, or as many as a screen holds; for ANSI colours
    see `colour_wanted`.
    """
    paint = _painter(colour=colour)
    findings, accepted = parted(report["findings"])
    lines = [*_heading(report, paint, width), _verdict(findings, paint)]
    if not findings and (looked := examined(report)):
        lines += wrapped(looked, width)
    rows = report["source"]["rows"]
    groups = [[each] for each in findings] if whole else by_kind(findings)
    shown = len(groups) if whole else SHOWN_WHOLE
    for group in groups[:shown]:
        lines += _group(group, rows, paint, width)
        lines += _evidence(group[0], width) if whole else []
        lines += _more(group[0], width) if whole else []
    rest = [finding for group in groups[shown:] for finding in group]
    if rest:
        lines += ["", f"and {plural(len(rest), 'more finding')}:"]
        lines += [_brief(finding, width) for finding in rest]
    if accepted:
        lines += ["", f"accepted, and so not decisive: {plural(len(accepted), 'finding')}"]
        told = (wrapped(folded(each), width, first="  ", rest="    ") for each in accepted)
        lines += [line for each in told for line in each]
    notes = [COUNTED_FROM] if any(finding["rows"] for finding in findings) else []
    if findings and not whole and links(findings[0]["code"]):
        notes.append(f"What a code means: datacheck explain {findings[0]['code']}")
    if notes:
        lines += ["", *(paint("dim", line) for note in notes for line in wrapped(note, width))]
    return "\n".join(lines)


def _group(group: list[dict[str, Any]], rows: int | None, paint: Paint, width: int) -> list[str]:
    """Findings of one kind: the first of them whole, after what may be behind them all."""
    if len(group) == 1:
        return ["", *_finding(group[0], rows, paint, width)]
    why = cause(group)
    lines = ["", *wrapped(visible(why), width)] if why else []
    for finding in group[:WHOLE]:
        lines += ["", *_finding(finding, rows, paint, width)]
    return [*lines, "", *wrapped(others(group), width, first="  ", rest="  ")]


def _evidence(finding: dict[str, Any], width: int) -> list[str]:
    """What is behind the verdict, in a line each."""
    told = (f"{visible(key)}: {shown_value(value)}" for key, value in finding["evidence"].items())
    return [line for each in told for line in wrapped(each, width, first="  . ", rest="    ")]


def _more(finding: dict[str, Any], width: int) -> list[str]:
    """Where a finding's code is explained."""
    code = finding["code"]
    return wrapped(link(code), width, first="  see ", rest="    ") if links(code) else []


def verdict_line(report: dict[str, Any], *, colour: bool = False) -> str:
    """A report in one line: the table, and how many findings of each severity.

    >>> verdict_line({"source": {"name": "x.csv"}, "findings": []})
    'x.csv: Nothing found.'
    """
    findings, _ = parted(report["findings"])
    return f"{shown_name(report['source']['name'])}: {_verdict(findings, _painter(colour=colour))}"


def colour_wanted(stream: Any) -> bool:
    """Whether `stream` shows colour, unless NO_COLOR, or else FORCE_COLOR, says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced not in {"0", "false"}
    if os.environ.get("TERM") == "dumb":
        return False
    return _is_terminal(stream)


def width_of(stream: Any) -> int:
    """How wide to write to `stream`: as wide as a terminal is, from `NARROWEST` columns on."""
    from shutil import get_terminal_size

    if not _is_terminal(stream):
        return WIDTH
    return max(get_terminal_size((WIDTH, 24)).columns, NARROWEST)


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", lambda: False)())


def columns_wide(text: str) -> int:
    """How many terminal columns `text` takes: a wide character two, a combining mark none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 1 + (unicodedata.east_asian_width(mark) in "WF")
        for mark in text
    )


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Break `text` at blanks, and a word that is wider than a line wherever the line ends."""
    lines: list[str] = []
    line, bare = first, True
    for word in text.split(" "):
        joined = line + word if bare else f"{line} {word}"
        if columns_wide(joined) <= width:
            line, bare = joined, False
            continue
        if not bare:
            lines.append(line)
            line = rest
        *full, line = _broken(line + word, width, rest)
        lines += full
        bare = False
    return [*lines, line]


def padded(text: str, width: int) -> str:
    """`text` followed by blanks up to `width` terminal columns."""
    return text + " " * (width - columns_wide(text))


def cut(text: str, width: int) -> str:
    """`text`, or as much of it as fits into `width` terminal columns with dots after it."""
    if columns_wide(text) <= width:
        return text
    while columns_wide(text) > width - 3:
        text = text[:-1]
    return text + "..."


def _painter(*, colour: bool) -> Paint:
    def paint(kind: str, text: str) -> str:
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if colour and text else text

    return paint


def _heading(report: dict[str, Any], paint: Paint, width: int) -> list[str]:
    name, tail = shown_name(report["source"]["name"]), extent(report["source"])
    made = [paint("dim", line) for line in wrapped(made_with(report), width)]
    if columns_wide(name) + 2 + len(tail) <= width:
        return [f"{paint('strong', name)}  {tail}", *made]
    return [*(paint("strong", line) for line in wrapped(name, width)), tail, *made]


def _verdict(findings: list[dict[str, Any]], paint: Paint) -> str:
    told = [paint(severity, words) for severity, words in by_severity(findings).items()]
    return ", ".join(told) or paint("good", NOTHING)


def _finding(finding: dict[str, Any], rows: int | None, paint: Paint, width: int) -> Iterator[str]:
    severity, code = finding["severity"], finding["code"]
    head = f"{severity:<8} {code}"
    where = "" if finding["column"] is None else shown_name(finding["column"])
    count = amount(finding, rows)
    room = width - len(head) - len(count) - 4
    if columns_wide(where) <= room:
        name = padded(where, room)
        yield f"{paint(severity, head)}  {paint('strong', name)}  {count}".rstrip()
    else:
        yield f"{paint(severity, head)}  {' ' * room}  {count}".rstrip()
        for line in wrapped(where, width, first="  ", rest="  "):
            yield paint("strong", line)
    yield from wrapped(visible(finding["message"]), width, first="  ", rest="  ")
    seen = _examples(finding)
    if seen:
        yield from (paint("dim", line) for line in wrapped(seen, width, first="  ", rest="    "))
    yield from wrapped(visible(finding["remedy"]), width, first="  -> ", rest="     ")


def _examples(finding: dict[str, Any]) -> str:
    """The first few rows with what stands there, and how many are not shown."""
    rows, values = finding["rows"][:EXAMPLES], finding["values"][:EXAMPLES]
    if rows and tells_values(finding):
        to = like(finding) or ":"
        shown = [f"{row}{to} {shown_value(value)}" for row, value in zip(rows, values, strict=True)]
        lead = "row "
    elif rows:
        shown, lead = [str(row) for row in rows], "rows " if len(rows) > 1 else "row "
    else:
        shown, lead = [shown_value(value) for value in values], "such as "
    more = ", ..." if shown and finding["count"] > len(shown) else ""
    return lead + ", ".join(shown) + more if shown else ""


def _brief(finding: dict[str, Any], width: int) -> str:
    where = "" if finding["column"] is None else shown_name(finding["column"])
    count = f"{finding['count']:,}" if finding["count"] else ""
    room = width - 9 - 26 - 2 - len(count)
    code = cut(finding["code"], 25)
    head = f"{finding['severity']:<9}{code:<26}"
    return f"{head}{padded(cut(where, room), room)}  {count}".rstrip()


def _broken(line: str, width: int, rest: str) -> list[str]:
    """Cut a line that has no blank where the terminal ends."""
    lines, start = [], rest
    current = ""
    for mark in line:
        if columns_wide(current + mark) > width:
            lines.append(current)
            current = start
        current += mark
    return [*lines, current]
