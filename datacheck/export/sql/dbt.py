"""The statement as a dbt model: the table is a `ref` or a `source`, and Jinja finds no other tag.

A column called ``{{ x }}`` is a tag to Jinja wherever it stands, also in a comment. So each opening
of a tag is written as a tag that prints it, and in the comments' JSON as an escape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from datacheck.errors import ArtefactError

_OPENS = re.compile(r"\{[{%#]")
_PRINTED = re.compile(r"\{\{ '(\{[{%#])' \}\}")
#: A model's name has no schema before it, a source's has one.
_MODEL, _SOURCE = 1, 2


def model(select: str, table: str, named: str | Sequence[str]) -> str:
    """The SELECT with a reference to dbt's model or source in place of the table."""
    before, source, after = select.rpartition(_from(table))
    where = source.replace(table, reference(named))
    return f"{_printed(before)}{where}{_printed(after)}"


def plain(body: str, table: str, named: str | Sequence[str]) -> str:
    """The SELECT again, as `model` was given it."""
    before, _, after = body.rpartition(_from(reference(named)))
    before, after = (_PRINTED.sub(r"\1", part) for part in (before, after))
    return f"{before}{_from(table)}{after}"


def reference(named: str | Sequence[str]) -> str:
    """What dbt calls a table.

    >>> reference("orders"), reference("shop.orders")
    ("{{ ref('orders') }}", "{{ source('shop', 'orders') }}")
    """
    parts = named.split(".") if isinstance(named, str) else list(named)
    if len(parts) not in (_MODEL, _SOURCE) or any(re.search(r"['\\{}]", part) for part in parts):
        raise ArtefactError(
            "dbt names a model, or a source and its table",
            got=".".join(parts),
            expected="orders, or shop.orders",
            todo="give table= the name that stands in ref() or source()",
        )
    call = "ref" if len(parts) == _MODEL else "source"
    return f"{{{{ {call}({', '.join(map(repr, parts))}) }}}}"


def escaped(comment: str) -> str:
    r"""JSON in a comment, where Jinja looks for tags as well.

    >>> escaped('{"a{%": 1}')
    '{"a\\u007b%": 1}'
    """
    return re.sub(r"\{(?=[{%#])", r"\\u007b", comment)


def _from(table: str) -> str:
    return f"\nFROM {table} AS t"


def _printed(text: str) -> str:
    return _OPENS.sub(lambda tag: f"{{{{ '{tag[0]}' }}}}", text)
