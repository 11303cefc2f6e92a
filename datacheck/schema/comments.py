"""A schema is a person's document: written anew, it keeps the comments that it was read with.

A comment belongs to the next key or entry below it, one behind a line to what stands there. Where
that is gone, or written in another way, what it was part of takes the comment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import yaml

Path = tuple[Any, ...]

#: What ends a line to YAML.
_BREAK = re.compile("\\r\\n|[\\n\\r\\x85\\u2028\\u2029]")


def with_comments(text: str, read: str) -> str:
    """YAML under the comments that stand in the document that was read."""
    above, behind = _comments(read)
    if not (above or behind):
        return text
    lines = text.splitlines()
    places = {path: line for line, path in _paths(text).items()}
    broken = _broken(text)
    before: dict[int, list[str]] = defaultdict(list)
    for path, told in above.items():
        before[_place(path, places, len(lines))] += told
    for path, comment in behind.items():
        at = _place(path, places, len(lines))
        if path in places and at not in broken:
            lines[at] += f"  {comment}"
        else:
            before[at].append(comment)
    out = []
    for at, line in enumerate([*lines, ""]):
        indent = line[: len(line) - len(line.lstrip(" "))]
        out += [f"{indent}{comment}".rstrip() for comment in before[at]]
        out.append(line)
    return "\n".join(out[:-1]) + "\n"


def _place(path: Path, places: dict[Path, int], end: int) -> int:
    """The line of a path, or of the nearest that it is part of."""
    while path and path not in places:
        path = path[:-1]
    return places[path] if path else end


def _broken(text: str) -> set[int]:
    """The lines on which a text begins that goes on below: no comment may stand behind it."""
    tokens = yaml.scan(text, Loader=yaml.SafeLoader)
    scalars = (each for each in tokens if isinstance(each, yaml.ScalarToken))
    ends = ((each.start_mark.line, each.end_mark.line) for each in scalars)
    return {start for start, end in ends if end > start}


def _comments(text: str) -> tuple[dict[Path, list[str]], dict[Path, str]]:
    """The comments above what stands at each path, and those behind it."""
    above: dict[Path, list[str]] = defaultdict(list)
    behind: dict[Path, str] = {}
    lines, paths = _BREAK.split(text), _paths(text)
    starts = sorted(paths)
    for token, following in pairwise(yaml.scan(text, Loader=yaml.SafeLoader)):
        gap = text[token.end_mark.index : following.start_mark.index]
        if "#" not in gap:
            continue
        for place, piece in enumerate(_BREAK.split(gap), start=token.end_mark.line):
            comment = piece.strip()
            if not comment.startswith("#"):
                continue
            if lines[place].strip() == comment:
                below = next((start for start in starts if start > place), None)
                above[() if below is None else paths[below]].append(comment)
            else:
                behind[paths[max(start for start in starts if start <= place)]] = comment
    return above, behind


def _paths(text: str) -> dict[int, Path]:
    """What begins on each line: the keys and the places of entries that lead to it."""
    paths: dict[int, Path] = {}
    for path, line in _walked(yaml.compose(text, Loader=yaml.SafeLoader), ()):
        paths.setdefault(line, path)
    return paths


def _walked(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, key.value)
            yield inner, key.start_mark.line
            yield from _walked(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for place, each in enumerate(node.value):
            yield (*path, place), each.start_mark.line
            yield from _walked(each, (*path, place))
