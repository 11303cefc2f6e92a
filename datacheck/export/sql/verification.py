"""Verify a SQL file: make its text again from what it carries, then replay its golden rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.sql.documents import GOLDEN, NOUN, TODO, VERSION, line_of, read_header
from datacheck.export.sql.exporter import written
from datacheck.export.sql.options import Options
from datacheck.export.sql.replay import proof, replay
from datacheck.golden.back import exactness_back
from datacheck.golden.compare import Mismatch, exactness, fingerprint, verified
from datacheck.golden.documents import read_golden
from datacheck.golden.unreached import Unreached
from datacheck.ops import Fitted
from datacheck.text import briefly
from datacheck.transform.programs import fitted_of

#: Bytes of a file that are read.
LARGEST = 2**28


def verify(path: str | Path, *, connection: Any = None) -> list[Mismatch | Unreached]:
    """Replay the golden rows that a SQL file carries, if its statement is one that `write` makes.

    Nothing of a file runs before it was made again, letter for letter, from the transform that
    it carries; then it runs in a database that reaches nothing outside itself.

    Parameters
    ----------
    path
        The file that `write` made.
    connection
        An open DB-API or ADBC connection, or a Spark session. DuckDB and SQLite need none; for
        the other dialects it is the engine to ask. Nothing is created there: the rows are
        written into the query.

    Returns
    -------
    list of Mismatch
        What differs, row by row; the text, where it is not what `write` makes.

    Raises
    ------
    ArtefactError
        If the file is none that `export` wrote, or if its dialect needs a connection.
    MissingExtraError
        If DuckDB is not installed.
    """
    name = str(path)
    text = _text(path, name)
    header = read_header(text, name)
    fitted: Fitted | None = None
    golden = read_golden(line_of(text, GOLDEN, name), name)
    if header["version"] == VERSION:
        fitted = fitted_of(header["transform"], name, NOUN, TODO)
        differing = _differing(text, fitted, header, golden)
        if differing:
            return list(differing)
        if header["options"].get("inverse") is None:
            golden |= exactness(fitted)
        else:
            golden |= exactness_back(fitted.programs)
    elif connection is not None:
        raise ArtefactError(
            f"{name} was written by an earlier version and does not carry its transform",
            got="a statement that cannot be made again, which may hold anything",
            todo="export the transform again; without connection=, it is verified in a database "
            "that reaches nothing",
        )
    run = (
        replay(text, connection, name)
        if fitted is None
        else proof(text, fitted, Options(**header["options"]), written, connection, name)
    )
    if run is None:
        raise ArtefactError(
            f"{path} can only be verified in its own database",
            got=f"the dialect {header['dialect']}",
            todo="pass connection=, an open DB-API or ADBC connection",
        )
    return verified(golden, run)


def _text(path: str | Path, name: str) -> str:
    """The file's text, line ends as they are; those of another system where git turned them."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode()
    except OSError as error:
        raise ArtefactError(
            f"cannot read {name}", got=error.strerror or str(error), todo="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ArtefactError(
            f"{name} is not {NOUN}", got="bytes that are no UTF-8", todo=TODO
        ) from error
    if len(data) > LARGEST:
        raise ArtefactError(
            f"{name} is too large", expected=f"at most {LARGEST:,} bytes", todo=TODO
        )
    return text


def _differing(
    text: str, fitted: Fitted, header: dict[str, Any], golden: dict[str, Any]
) -> list[Mismatch]:
    """Where a file is not, letter for letter, what `write` makes of what it carries."""
    expected = written(fitted, Options(**header["options"]), golden)
    if golden["transform"] != fingerprint(fitted):
        return [Mismatch(0, None, "golden rows of the transform that it carries", "others")]
    if text == expected or ("\r" not in expected and text.replace("\r\n", "\n") == expected):
        return []
    own, made = text.split("\n"), expected.split("\n")
    for at, (line, as_made) in enumerate(zip(own, made, strict=False), 1):
        if line != as_made:
            start = _first_difference(line, as_made)
            return [Mismatch(0, None, _shown(as_made, start, at), _shown(line, start, at))]
    return [Mismatch(0, None, f"{len(made)} lines", f"{len(own)} lines")]


def _first_difference(line: str, other: str) -> int:
    pairs = enumerate(zip(line, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(line), len(other)))


def _shown(line: str, start: int, at: int) -> str:
    return f"line {at}: ...{briefly(line[max(start - 20, 0) : start + 80])}"
