"""What each finding's code means: pages of Markdown, one a family, a section a code.

They are the pages of the documentation, and what `datacheck explain` prints. A section says in its
first paragraph what was seen, then how grave it is, what to do, when to accept it, and has an
example that runs. A test fails for a code without a section.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from datacheck.errors import DatacheckError, did_you_mean
from datacheck.views.words import link

#: Where the pages lie: part of the package.
PAGES = files("datacheck.report") / "codes"


class Explanation(NamedTuple):
    """What is known of one code."""

    #: Such as ``missing.null``.
    code: str
    #: One paragraph: what was seen.
    means: str
    #: The whole section as Markdown, without its heading.
    text: str

    @property
    def example(self) -> str:
        """The Python of the section: it makes the finding."""
        return self.text.partition("```python\n")[2].partition("\n```")[0]

    @property
    def link(self) -> str:
        """Where the documentation has the section."""
        return link(self.code)


@cache
def explanations() -> dict[str, Explanation]:
    """Every code that has a section, page by page."""
    found = {}
    pages = [page for page in PAGES.iterdir() if page.name.endswith(".md")]
    for page in sorted(pages, key=lambda page: page.name):
        for section in page.read_text(encoding="utf-8").split("\n## ")[1:]:
            code, _, text = section.partition("\n")
            means = " ".join(text.strip().partition("\n\n")[0].split())
            found[code.strip()] = Explanation(code.strip(), means, text.strip() + "\n")
    return found


def explain(code: str) -> Explanation:
    """What a code, or ``schema.check`` for a user's own, means, and what to do."""
    known = explanations()
    if code in known:
        return known[code]
    if code.startswith("schema.") and code != "schema.":
        return known["schema.check"]
    raise DatacheckError(
        "There is no finding of this code", got=code, todo=did_you_mean(code, known)
    )
