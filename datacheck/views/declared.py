"""Schemas and transforms for people: a table in HTML, lines on a terminal."""

from __future__ import annotations

from typing import Any

from datacheck.text import plural, shown_name, visible
from datacheck.views.markup import fragment, table, text
from datacheck.views.terminal import WIDTH, wrapped


def schema_text(schema: dict[str, Any], *, width: int = WIDTH) -> str:
    """Write what `schema.shown.summary` says as lines."""
    lines = [f"{shown_name(schema['name'])}  {plural(len(schema['columns']), 'column')}"]
    lines += [f"  {visible(each)}" for each in schema["table"]]
    for column in schema["columns"]:
        lines += ["", f"{shown_name(column['name'])}  {visible(column['dtype'])}"]
        lines += _listed("", column["must"], width)
        lines += _listed("prepare ", column["prepare"], width)
    return "\n".join(lines)


def _listed(lead: str, words: list[str], width: int) -> list[str]:
    if not words:
        return []
    return wrapped(visible(lead + "; ".join(words)), width, first="  ", rest="    ")


def schema_fragment(schema: dict[str, Any]) -> str:
    """Write what `schema.shown.summary` says as a part of a page, for notebooks."""
    titles = [("", "Column"), ("", "Type"), ("", "Must be"), ("", "Prepared")]
    lines = (
        _line(column["name"], column["dtype"], column["must"], column["prepare"])
        for column in schema["columns"]
    )
    whole = f'<p class="faint">{text("; ".join(schema["table"]))}</p>' if schema["table"] else ""
    columns = table(titles, lines, "The schema", "wide")
    return fragment(f"<h1>{text(shown_name(schema['name']))}</h1>{whole}{columns}")


def transform_fragment(steps: list[dict[str, Any]], summary: str) -> str:
    """Write what `transform.shown.steps_of` says as a part of a page, for notebooks."""
    titles = [("", "Column"), ("", "Type"), ("", "Steps, in order")]
    lines = (_line(each["name"], each["dtype"], each["steps"]) for each in steps)
    columns = table(titles, lines, "The transform", "wide")
    return fragment(f'<h1>Transform</h1><p class="faint">{text(summary)}</p>{columns}')


def _line(name: str, dtype: str, *lists: list[str]) -> str:
    cells = "".join(f"<td>{'<br>'.join(map(text, words))}</td>" for words in lists)
    return (
        f'<tr><th scope="row">{text(shown_name(name))}</th>'
        f"<td><code>{text(dtype)}</code></td>{cells}</tr>"
    )
