"""A SQL statement put to the proof: as a whole, or a wide one by parts of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from datacheck.export.sql.engines import ENGINES, engine
from datacheck.export.sql.options import Options
from datacheck.export.sql.replay import parsed, replay
from datacheck.golden.compare import Refusal
from datacheck.ops import Fitted, knn_fills

Rows = list[dict[str, Any]]
Run = Callable[[Rows], list[Any]]
Write = Callable[[Fitted, Options, dict[str, Any]], str]

#: Columns that an engine is asked for at once: DuckDB's planning and SQLite's search among the
#: constants of a statement take time that grows with their square.
AT_ONCE = 50


def proof(
    text: str,
    fitted: Fitted,
    options: Options,
    write: Write,
    connection: Any = None,
    name: str = "the file",
) -> Run | None:
    """What sends rows through the file's statement, as `replay` says; of a wide one, by columns.

    `write` is what made the text, `exporter.written`: it makes the parts as well, and the whole is
    read only. Columns filled from neighbours need the others, and stay together.
    """
    wide = options.dialect in ENGINES and len(fitted.programs) > AT_ONCE
    whole = bool(knn_fills(fitted.programs) or options.inverse or options.absent)
    if connection is not None or not wide or whole:
        return replay(text, connection, name)
    parsed(text, name)
    parts = []
    for start in range(0, len(fitted.programs), AT_ONCE):
        programs = fitted.programs[start : start + AT_ONCE]
        names = [program.column for program in programs]
        part = replace(options, form="select", columns=None if options.columns is None else names)
        made = write(fitted._replace(programs=programs), part, {"columns": names, "producer": ""})
        parts.append((names, made))

    def run(rows: Rows) -> list[Any]:
        with engine(options.dialect) as answers:
            runs = ((names, replay(made, None, name, answers)) for names, made in parts)
            return _together(runs, rows)

    return run


def _together(runs: Iterable[tuple[list[str], Run | None]], rows: Rows) -> list[Any]:
    """The outcomes of the parts, row by row: a row that one part refuses is refused."""
    outcomes: list[Any] = [{} for _ in rows]
    for names, ask in runs:
        found = [] if ask is None else ask([{name: row[name] for name in names} for row in rows])
        for at, out in enumerate(found):
            if isinstance(outcomes[at], Refusal):
                continue
            outcomes[at] = out if isinstance(out, Refusal) else outcomes[at] | out
    return outcomes
