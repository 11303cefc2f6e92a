"""Writes docs/llms.txt, the index of the pages for language models: a line a page.

`python tools/make_llms.py`; a test fails where it is out of date.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
INDEX = DOCS / "llms.txt"

HEAD = """\
# datacheck

> Python library and command line that make tabular data safe to feed to a model: check, repair,
> split, fit a preparation once, and repeat it bit for bit in polars, one row, ONNX, JavaScript,
> SQL, scikit-learn and Spark.

Install: `pip install datacheck-ml`; `import datacheck as dc`. The Python and shell of these
pages is executed by the tests. What a finding's code such as missing.null means, how to fix and to
accept it: `codes/missing.md`, by the word before the dot, or `datacheck explain missing.null`.
"""
#: The pages to read first, in this order; the others follow by name.
FIRST = ("start.md", "schema.md", "findings.md", "preparing.md", "reading.md")


def index() -> str:
    """The text of llms.txt."""
    pages = {str(page.relative_to(DOCS)): page for page in sorted(DOCS.rglob("*.md"))}
    pages.pop("index.md")
    guides = [name for name in pages if not name.startswith("decisions/")]
    guides.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    decisions = [name for name in pages if name.startswith("decisions/")]
    parts = [HEAD]
    for title, names in (("Pages", guides), ("Optional", decisions)):
        lines = [_line(name, pages[name]) for name in names]
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(name: str, page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("# ")
    codes = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    told = f": {', '.join(codes)}" if codes else ""
    return f"- [{title}]({name}){told}"


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
