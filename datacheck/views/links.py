"""Where the documentation explains a finding's code: views link there, and none fetches it."""

from __future__ import annotations

import re

#: Where the pages are published.
SITE = "https://datacheck-ml.github.io/datacheck/"
#: What a code looks like; a report that someone else wrote may have anything in its place.
_CODE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


def link(code: str) -> str:
    """Where the documentation explains a code.

    >>> link("missing.null")
    'https://datacheck-ml.github.io/datacheck/codes/missing/#missingnull'
    """
    return f"{SITE}codes/{code.partition('.')[0]}/#{code.replace('.', '')}"


def links(code: str) -> bool:
    """Whether a text looks like a code, so that a view may make a link of it.

    >>> links("missing.null"), links("javascript:alert(1)")
    (True, False)
    """
    return _CODE.fullmatch(code) is not None
