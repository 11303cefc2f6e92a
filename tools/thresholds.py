"""The thresholds of findings/, read from the source: name, value, and the comment above each."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FINDINGS = ROOT / "datacheck/findings"


class Threshold(NamedTuple):
    """A number that decides a finding."""

    module: str
    names: str
    value: str
    told: str


def thresholds() -> list[Threshold]:
    """Every number at the top of a module of findings, module by module."""
    return [each for path in sorted(FINDINGS.glob("*.py")) for each in _of(path)]


def _of(path: Path) -> list[Threshold]:
    text = path.read_text(encoding="utf-8")
    lines, found = text.splitlines(), []
    for node in ast.parse(text).body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is not None and _numbers(value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = ", ".join(ast.unparse(target).strip("()") for target in targets)
            shown = ast.unparse(value)
            shown = shown[1:-1] if isinstance(value, ast.Tuple) else shown
            told = _comment(lines, node.lineno - 1)
            if told or not names.startswith("_"):
                found.append(Threshold(path.stem, names, shown, told))
    return found


def _numbers(node: ast.expr) -> bool:
    """Whether the value is made of numbers alone."""
    parts = [each for each in ast.walk(node) if isinstance(each, ast.Constant | ast.Name)]
    return bool(parts) and all(
        isinstance(each, ast.Constant)
        and isinstance(each.value, int | float)
        and not isinstance(each.value, bool)
        for each in parts
    )


def _comment(lines: list[str], at: int) -> str:
    """The comment right above a line."""
    told: list[str] = []
    while at and lines[at - 1].startswith("#"):
        at -= 1
        told.insert(0, lines[at].lstrip("#: "))
    return " ".join(told)


def table() -> str:
    """The thresholds as a table of Markdown."""
    rows = [
        f"| `{each.module}` | `{each.names}` | `{each.value}` | {each.told.replace('|', '')} |"
        for each in thresholds()
    ]
    return "\n".join(["| module | constant | value | what it says |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    print(table())
