"""Every example of the README and the guide runs: Python, shell and JavaScript, page by page.

The blocks of a page run in its order.

A page is one session: its Python blocks share their names, and all of its blocks share a directory
in which `sample_data` and `schemas` stand. Blocks of other languages are shown and not run, and so
is a block after the comment ``<!-- not run: why -->``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.spark import ENVIRONMENT as FOR_SPARK

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?P<unrun><!-- not run: [^\n]+ -->\n+)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def examples(page: Path) -> list[tuple[str, str, int]]:
    """Language, text and line of each block that runs."""
    text = page.read_text(encoding="utf-8")
    return [
        (block["language"], block["text"], text[: block.start("text")].count("\n"))
        for block in BLOCK.finditer(text)
        if block["language"] in {"python", "sh", "js"} and not block["unrun"]
    ]


def run_shell(text: str, where: str) -> None:
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env={**os.environ, **FOR_SPARK, "PATH": scripts, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{where}\n{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for shared in ("sample_data", "schemas", "node_modules"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for language, text, line in examples(page):
        where = f"{page.relative_to(ROOT)}:{line}"
        if language == "sh":
            run_shell(text, where)
        elif language == "js":
            run_shell(f"node --input-type=module <<'MODULE'\n{text}\nMODULE", where)
        else:
            # Blank lines in front, so that a traceback names the page's own line.
            exec(compile("\n" * line + text, str(page), "exec"), names)  # noqa: S102


def test_there_are_examples_to_run() -> None:
    assert sum(len(examples(page)) for page in PAGES) >= 2


def test_blocks_are_found() -> None:
    page = "```sh\na\n```\ntext\n<!-- not run: it clones -->\n```sh\nb\n```\n```python\nc\n```\n"
    found = [
        (block["language"], block["text"], bool(block["unrun"])) for block in BLOCK.finditer(page)
    ]
    assert found == [("sh", "a\n", False), ("sh", "b\n", True), ("python", "c\n", False)]
