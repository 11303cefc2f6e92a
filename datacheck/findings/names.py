"""Names of columns that people read as others than programs do: ``column.name``.

A space around a name, or a mark that is not seen, makes another name of it: who asks for it as it
is read does not get it. Two names that differ in no more than that, or in capitals, are one to a
database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacheck.findings.parts_in_text import UNSEEN
from datacheck.findings.variants import skeleton
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.text import shown_name

_AROUND = re.compile(rf"^[\s{UNSEEN}]|[\s{UNSEEN}]$")


def odd_names(profile: Profile) -> Iterator[Finding]:
    """Names with what is not seen around them, and names that are another's but for it."""
    alike: dict[str, str] = {}
    for name in profile.columns:
        first = alike.setdefault(skeleton(name), name)
        if first != name:
            what = f"is {shown_name(first)} but for capitals, spaces or marks that are not seen"
            yield _finding(name, what, first)
        elif name.strip() and _AROUND.search(name):
            yield _finding(name, "has spaces around it, or marks that are not seen", name)


def _finding(name: str, what: str, like: str) -> Finding:
    return Finding(
        code="column.name",
        severity="info",
        column=name,
        message=f"The name {what}.",
        remedy="Rename it: who asks for a name as it is read gets another column or none, and to "
        "a database such names may be one.",
        evidence={"like": like},
    )
