"""Database addresses, and keeping their passwords out of names and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, unquote, urlsplit

from datacheck.errors import DatacheckError, SourceError, is_failure
from datacheck.source.collecting import reason
from datacheck.source.quiet import panics_held

#: What an address may begin with, and the database it means.
DATABASES: dict[str, str] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "duckdb": "duckdb",
}

_SECRETS = ("password", "sslpassword", "passwd", "pwd", "passfile", "sslkey", "token", "secret")


def is_uri(text: str) -> bool:
    """Whether a text is an address rather than a path.

    >>> is_uri("postgresql://db/shop"), is_uri("data/x.csv"), is_uri("C:/x.csv")
    (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/?/", text) is not None and text[1] != ":"


def database_of(uri: str) -> str:
    """Which database an address means; a `SourceError`, without its password, where it is none."""
    scheme = uri.partition(":")[0].lower()
    if scheme in DATABASES:
        return DATABASES[scheme]
    raise SourceError(
        f"{safe(uri)} is an address that datacheck does not read",
        got=f"{scheme}://",
        expected="a path, sqlite:///FILE, duckdb:///FILE, postgresql://USER@HOST/DATABASE, or "
        "files at s3://, gs://, az:// or https://",
        todo="name the file by its path"
        if scheme == "file"
        else "pass the result of the query as a polars, pandas or pyarrow table",
    )


def safe(uri: str) -> str:
    """The address without user, password and parameters.

    >>> safe("postgresql://ann:pw@db.example:5432/shop?sslmode=require")
    'postgresql://db.example:5432/shop'
    """
    scheme, _, rest = uri.partition("://")
    host_and_path = re.split(r"[?#]", rest, maxsplit=1)[0]
    # A password may hold a raw slash or an at sign: everything before the last one goes.
    return f"{scheme}://{host_and_path.rpartition('@')[2]}"


def scrub(text: str, uri: str) -> str:
    """Take every secret of the address, and the address itself, out of a message."""
    text = text.replace(uri, safe(uri))
    for secret in sorted(_secrets(uri), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


@contextmanager
def reaching(uri: str, expected: str, todo: str) -> Iterator[None]:
    """Turn whatever a driver or a store raises into a `SourceError` without secrets."""
    try:
        with panics_held():
            yield
    except DatacheckError:
        raise
    except BaseException as error:
        if not is_failure(error):
            raise
        got = scrub(reason(error), uri)
        # Without its cause, which would show the address.
        raise SourceError(
            f"cannot read {safe(uri)}", got=got, expected=expected, todo=todo
        ) from None


def _secrets(uri: str) -> set[str]:
    found: set[str] = set()
    try:
        parts = urlsplit(uri)
        found |= {parts.password or "", unquote(parts.password or "")}
        found |= {value for key, value in parse_qsl(parts.query) if key.lower() in _SECRETS}
    except ValueError:
        pass  # not a valid address; the pattern below still finds what stands before the @
    user_info = re.match(r"[^:]+://[^:@]*:(.*)@", uri)
    if user_info:
        found |= {user_info[1], unquote(user_info[1])}
    # Where an address is not valid, a driver may take a part of the password for a host or a port.
    pieces = {piece for secret in found for piece in re.split(r"[/@:?#&\[\]]", secret)}
    return {secret for secret in found | pieces if len(secret) > 2} | (found - {""})  # noqa: PLR2004
