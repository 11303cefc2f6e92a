"""Golden rows replayed in an exported statement, in its engine: whole, or by parts of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.sql.column import TEXT
from datacheck.export.sql.dbt import plain
from datacheck.export.sql.dialect import Dialect, cast_of, dialect_named
from datacheck.export.sql.documents import GOLDEN, read_header
from datacheck.export.sql.engines import ENGINES, ask, ask_engine, engine, read_alone
from datacheck.export.sql.options import Options
from datacheck.golden.compare import Refusal
from datacheck.numerals import PLAIN, written
from datacheck.ops import Fitted, Numeral, knn_fills, numeral_of
from datacheck.text import briefly, unused
from datacheck.transform.programs import program_of

Rows = list[dict[str, Any]]
Answers = Callable[[str], Rows]


def _row_name(header: dict[str, Any]) -> str:
    """What the numbers of the rows are called: a column of the table may have the usual name."""
    taken = {name.lower() for name in (*header["kinds"], *header["others"], header["reason"])}
    return unused("datacheck_row", taken)


def replay(
    text: str, connection: Any = None, name: str = "the file", answers: Answers | None = None
) -> Callable[[Rows], list[Any]] | None:
    """What sends rows through the file's statement, if there is an engine to answer."""
    header = read_header(text, name)
    dialect = dialect_named(header["dialect"])
    if connection is None and dialect.name not in ENGINES:
        return None

    def run(rows: Rows) -> list[Any]:
        barred = [_barred(row, header, dialect) for row in rows]
        entering = {at: row for at, row in enumerate(rows) if barred[at] is None}
        found = {}
        if entering:
            statement = _statement(text, header, _source(entering, header, dialect))
            if connection is not None:
                made = ask(connection, statement)
            else:
                made = answers(statement) if answers else ask_engine(dialect.name, statement)
            found = _by_row(made, header, rows)
        return [barred[at] or found.get(at, {}) for at in range(len(rows))]

    return run


def parsed(text: str, name: str) -> None:
    """Refuse a file whose statement its engine does not read, by parsing alone, as one SELECT."""
    header = read_header(text, name)
    quoted = dialect_named(header["dialect"]).name_of
    names = (_row_name(header), *header["others"], *header["kinds"])
    nothing = f"SELECT {', '.join(f'NULL AS {quoted(each)}' for each in names)} WHERE 1 = 0"
    statement = _statement(text, header, nothing)
    (read_alone if header["dialect"] == "duckdb" else ask_engine)(header["dialect"], statement)


def _by_row(
    answers: list[dict[str, Any]], header: dict[str, Any], rows: Rows
) -> dict[int, dict[str, Any] | Refusal]:
    """The outcome of each row; a statement that gives other rows or columns is no export's."""
    found: dict[int, dict[str, Any] | Refusal] = {}
    row = _row_name(header)
    for out in answers:
        at = out.pop(row, None)
        lacks = not _brings_back(header) and header["reason"] not in out
        if at not in range(len(rows)) or at in found or lacks:
            raise ArtefactError(
                "The statement gives other rows or columns than the one that was exported",
                got=briefly(list(out)),
                todo="export it again",
            )
        found[at] = outcome(out, header)
    return found


def _statement(text: str, header: dict[str, Any], source: str) -> str:
    """The file's SELECT, on other rows than its table's, with their numbers passing through."""
    body = "\n".join(text.split(GOLDEN, 1)[1].split("\n")[1:]).rstrip()
    if header["form"] == "view":
        body = body.removeprefix(f"CREATE VIEW {header['name']} AS\n")
    elif header["form"] == "cte":
        body += f"\nSELECT * FROM {header['name']}"
    elif header["form"] == "dbt":
        body = plain(body, header["table"], header["options"]["table"])
    before, found, after = body.rpartition(f"\nFROM {header['table']} AS t")
    if not found:
        raise ArtefactError(
            "The statement no longer reads the table that it was written for",
            expected=f"FROM {header['table']} AS t",
            todo="export it again for the other table",
        )
    if not header["passes"]:
        start, select, items = before.rpartition("SELECT\n  ")
        before = f"{start}{select}t.{_row_name(header)}, {items}"
    return f"{before}\nFROM ({source}) AS t{after}"


def _source(rows: dict[int, dict[str, Any]], header: dict[str, Any], dialect: Dialect) -> str:
    """The rows as a table without a name."""
    row = _row_name(header)
    numerals = _numerals(header)
    others = [f"CAST(NULL AS {dialect.text}) AS {dialect.name_of(n)}" for n in header["others"]]
    cells = {
        name: [
            _literal(row[name], header["kinds"][name], dialect, numerals.get(name))
            for row in rows.values()
        ]
        for name in next(iter(rows.values()))
    }
    if dialect.name == "duckdb":
        lists = {dialect.name_of(name): _listed(each) for name, each in cells.items()}
        items = {row: f"[{', '.join(map(str, rows))}]"} | lists
        return "SELECT " + ", ".join([*others, *(f"unnest({x}) AS {n}" for n, x in items.items())])
    selects = [
        ", ".join(
            [f"SELECT {at} AS {row}", *others]
            + [
                f"{cast_of(*each[place])} AS {dialect.name_of(name)}"
                for name, each in cells.items()
            ]
        )
        for place, at in enumerate(rows)
    ]
    return "\nUNION ALL ".join(selects)


def _listed(cells: list[tuple[str, str]]) -> str:
    """A column as one list, doubles in one text: DuckDB is slow at many casts and SELECTs."""
    typed, *others = {typed for _, typed in cells}
    listed = f"[{', '.join(text for text, _ in cells)}]"
    if typed == "DOUBLE" and not others:
        bare = listed.replace("'", "")
        return cast_of(f"'{bare}'", "DOUBLE[]")
    if typed and not others:
        return cast_of(listed, f"{typed}[]")
    return f"[{', '.join(cast_of(*cell) for cell in cells)}]"


def _barred(row: dict[str, Any], header: dict[str, Any], dialect: Dialect) -> Refusal | None:
    """The column whose type in this engine keeps the row out of the table."""
    for name, value in row.items():
        if _cannot_enter(value, header["kinds"][name], dialect):
            return Refusal(name)
    return None


def _brings_back(header: dict[str, Any]) -> bool:
    """Whether the statement is a way back, which refuses nothing."""
    return "inverse" in header.get("options", {})


def outcome(out: dict[str, Any], header: dict[str, Any]) -> dict[str, Any] | Refusal:
    """A row of the result as the golden rows mean it."""
    reason = None if _brings_back(header) else out.pop(header["reason"])
    if reason is not None:
        return Refusal(reason.rsplit(": ", 1)[0])
    kinds = {name: kind for name, (kind, _) in header["kinds"].items()}
    if _brings_back(header):  # doubles enter, and what they stand for leaves
        kinds = {each["column"]: each["kind"] for each in header["transform"]["columns"]}
    for name, kind in kinds.items():
        if kind == "boolean" and isinstance(out.get(name), int):
            out[name] = bool(out[name])
    return out


def _cannot_enter(value: Any, kinds: tuple[str, str], dialect: Dialect) -> bool:
    """Whether the column's type in a strict engine already keeps this cell out."""
    kind, dtype = kinds
    if dialect.loose or value is None:
        return False
    if isinstance(value, bool):
        return kind != "boolean" and dtype != "Boolean" and not dtype.startswith(TEXT)
    if isinstance(value, str):
        return kind == "boolean" or (kind == "number" and not dtype.startswith(TEXT))
    return kind not in {"number", "duration", "integer"} or dtype == "Boolean"


def _numerals(header: dict[str, Any]) -> dict[str, Numeral | None]:
    """How the columns' texts spell numbers; the first version knew of none."""
    columns = header.get("transform", {}).get("columns", ())
    return {each["column"]: numeral_of(program_of(each)) for each in columns}


def given(
    value: Any, kinds: tuple[str, str], dialect: Dialect, numeral: Numeral | None = None
) -> str:
    """A cell as it stands in a table: a literal of the column's own type."""
    return cast_of(*_literal(value, kinds, dialect, numeral))


def _literal(
    value: Any, kinds: tuple[str, str], dialect: Dialect, numeral: Numeral | None
) -> tuple[str, str]:
    """A cell's text, and the type that it is cast to; none where it is of its own."""
    kind, dtype = kinds
    if kind == "number" and value is not None:
        value = _spelling(value, dtype, dialect, numeral)
    if isinstance(value, float):
        held = value == value or dialect.nan  # noqa: PLR0124
        return dialect.literal_of(value) if held else ("NULL", "")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE", ""
    if isinstance(value, int) and kind in {"number", "integer"}:
        return str(value), ""
    text = f"{value} microseconds" if kind == "duration" else str(value)
    return "NULL" if value is None else dialect.text_of(text), type_of(kind, dtype, dialect)


def _spelling(value: Any, dtype: str, dialect: Dialect, numeral: Numeral | None) -> Any:
    """A cell of a column that was fitted from text: text in strict engines, a number in SQLite."""
    if not dtype.startswith(TEXT):
        return value
    if not dialect.loose:
        is_number = isinstance(value, bool | float)
        return written(float(value), numeral) if is_number else str(value)
    return float(value) if isinstance(value, str) and PLAIN.fullmatch(value) else value


def type_of(kind: str, dtype: str, dialect: Dialect) -> str:
    """The type of a table's column that holds such cells."""
    if kind == "boolean" or dtype == "Boolean":
        return "BOOLEAN"
    if kind == "text" or dtype.startswith(TEXT):
        return dialect.text
    if kind == "integer":
        return dialect.types["integer"]
    if kind == "number":
        return dialect.text if dialect.loose else dialect.double
    zoned = kind == "datetime" and "time_zone='" in dtype
    return dialect.types.get("datetime_tz" if zoned else kind, dialect.text)


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
    for names, run in runs:
        found = [] if run is None else run([{name: row[name] for name in names} for row in rows])
        for at, out in enumerate(found):
            if isinstance(outcomes[at], Refusal):
                continue
            outcomes[at] = out if isinstance(out, Refusal) else outcomes[at] | out
    return outcomes
