"""Write a transform as one SQL statement, with its golden rows in the comments above it.

The way back in SQL: a table of predictions, its columns in their own units again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from datacheck.errors import ArtefactError
from datacheck.export.sql.column import prepare
from datacheck.export.sql.dbt import escaped, model
from datacheck.export.sql.dialect import Dialect, dialect_named
from datacheck.export.sql.documents import FORMAT, GOLDEN, HEADER, VERSION
from datacheck.export.sql.knn import carried as carried_donors
from datacheck.export.sql.knn import nearest
from datacheck.export.sql.options import OWN, Options, chosen_options
from datacheck.export.sql.other import Prepared, case, literal
from datacheck.export.sql.replay import proof
from datacheck.export.sql.served import check_name, document_without, qualified, served, table_of
from datacheck.files import whole_file
from datacheck.golden.back import document_back, programs_back
from datacheck.golden.compare import padded, prove
from datacheck.golden.documents import slim
from datacheck.ops import Affine, Fitted, Power, Program, first, knn_fills, outputs
from datacheck.transform.inverse import categories_by_code
from datacheck.transform.parts import arranged
from datacheck.transform.programs import carried


def write(
    fitted: Fitted,
    path: str | Path,
    *,
    force: bool = False,
    connection: Any = None,
    **options: Any,
) -> None:
    """Write a transform as a SELECT, a view or a CTE, proven on its golden rows.

    DuckDB and SQLite prove their dialects here; the others are proven where `connection` is given.

    Parameters
    ----------
    fitted
        The transform.
    path
        The file, which should end in ``.sql``.
    force
        Overwrite a file that is there.
    connection
        An open DB-API or ADBC connection, or a Spark session, to prove the statement in before
        it appears.
    options
        See `datacheck.export.sql.options.Options`.

    Raises
    ------
    ArtefactError
        If the dialect cannot hold the transform, or does not reproduce its golden rows.
    SourceError
        If the file is there already, or cannot be written.
    """
    chosen = chosen_options(options)
    if chosen.inverse is None:
        fitted = served(fitted, chosen.columns, chosen.absent)
        golden = document_without(fitted, chosen.absent)
        golden["rows"] = padded([row for row in golden["rows"] if _enters(row["row"], fitted)])
        casts = dialect_named(chosen.dialect).casts and any(map(_is_wide, fitted.programs))
        many = any(map(_holds_many, fitted.programs))
        chosen = replace(chosen, sets=many, casts=casts, strict=True)
    else:
        back = programs_back(fitted, chosen.inverse)
        fitted = fitted._replace(programs=back, donors=None)
        chosen = replace(chosen, strict=True)
        golden = document_back(fitted, back)
    text = written(fitted, chosen, golden)
    with whole_file(path, force=force) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
        run = proof(text, fitted, chosen, written, connection)
        if run is not None:
            prove(golden, run, f"SQL for {chosen.dialect}")


#: Values that are compared one by one; more are a set. Engines plan for each comparison, and some
#: hold no expression that is much deeper.
MANY = 100


def _holds_many(program: Program) -> bool:
    """Whether an op lists more values than are compared one by one."""
    return any(isinstance(f, tuple) and len(f) > MANY for op in program.ops for f in op)


def _is_wide(program: Program) -> bool:
    """Whether a one-hot encoding makes more columns than that."""
    return len(outputs(program)) > MANY


def _enters(row: dict[str, Any], fitted: Fitted) -> bool:
    """Whether a table can hold a golden row: a column of booleans holds no numbers."""
    booleans = [p.column for p in fitted.programs if p.kind == "number" and p.dtype == "Boolean"]
    return all(row[name] is None or isinstance(row[name], bool) for name in booleans)


def written(fitted: Fitted, options: Options, golden: dict[str, Any]) -> str:
    """The file: comments with all that it was made from, to make it again, and the statement."""
    using = dialect_named(options.dialect)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "dialect": options.dialect,
        "form": options.form,
        "table": qualified(options.table, using),
        "name": qualified(options.name, using),
        "reason": options.reason,
        "passes": options.columns is None and using.star is not None,
        "others": [name for name in options.columns or () if name not in golden["columns"]],
        "kinds": {program.column: _kinds(program, options) for program in fitted.programs},
        "options": {
            key: value for key, value in asdict(options).items() if _is_written(key, value)
        },
        "transform": carried(fitted),
    }
    comments, select = _comments(header, golden), statement(fitted, options)
    if options.form == "dbt":
        comments = [escaped(comment) for comment in comments]
        select = model(select, qualified(options.table, using), options.table)
    formed = _formed(select, options.form, qualified(options.name, using))
    return "\n".join([*comments, *formed, ""])


def _kinds(program: Program, options: Options) -> list[str]:
    """What a column of the table holds: of predictions, doubles."""
    return [program.kind, program.dtype] if options.inverse is None else ["number", "Float64"]


def _is_written(option: str, value: Any) -> bool:
    """Whether a file says it: what a later version added is left out where it is not used."""
    return bool(value) or option not in ("inverse", "absent", *OWN)


def statement(fitted: Fitted, options: Options) -> str:
    """The SELECT that prepares a table; `ArtefactError` if the dialect cannot hold it."""
    own = {name: getattr(options, name) for name in OWN}
    dialect = dialect_named(options.dialect)._replace(**own)
    reason = options.reason
    if options.inverse is not None:
        return _back(fitted, options, dialect)
    programs = fitted.programs
    columns = None if options.columns is None else arranged(options.columns, programs)
    names = [program.column for program in programs]
    made = [name for program in programs for name in outputs(program)]
    others = [name for name in columns or () if name not in names]
    _check_names([*others, *made, reason], dialect)
    fills = knn_fills(programs)
    prepared = {
        p.column: prepare(p, dialect, nearest(p, fitted, dialect) if p.column in fills else None)
        for p in programs
    }
    table = table_of(fitted, options.table, options.absent, dialect)
    codes = [each.code for each in prepared.values() if each.code is not None]
    if codes:
        inside = ", ".join(f"{code} AS {dialect.name_of(name)}" for name, code in codes)
        table = f"FROM (SELECT t.*, {inside}\n{table}{dialect.barrier * dialect.sets}) AS t"
    carries = "".join(f"WITH {donors}\n" for donors in carried_donors(fitted, dialect))
    if columns is None and dialect.star == "replace" and _null_is_refused(prepared):
        refused = _reasons(_of_nulls(prepared, dialect), dialect)
        inner = _select(_items(prepared, columns, dialect), table)
        return carries + _select(
            ["*", f"{refused} AS {dialect.name_of(reason)}"], f"FROM (\n{inner}) AS p"
        )
    refused = _reasons(prepared, dialect)
    items = [*_items(prepared, columns, dialect), f"{refused} AS {dialect.name_of(reason)}"]
    width = max(len(items), len(names) + len(codes) if codes else 0)
    if dialect.widest is not None and width > dialect.widest:
        raise ArtefactError(
            f"{dialect.name} selects no more than {dialect.widest:,} columns",
            got=f"{width:,}, with what encodings are made of and the reason",
            todo="export some of the columns at a time: columns=[...] (--columns A B C), encode "
            "fewer, or export for duckdb or spark",
        )
    return carries + _select(items, table)


def _back(fitted: Fitted, options: Options, dialect: Dialect) -> str:
    """The SELECT that brings columns back; the others pass where they can, or are listed."""
    names = [program.column for program in fitted.programs]
    _check_names([*(name for name in options.columns or () if name not in names), *names], dialect)
    prepared = {
        p.column: Prepared(((p.column, brought_back(p, dialect)),), ()) for p in fitted.programs
    }
    items = _items(prepared, options.columns, dialect)
    return _select(items, f"FROM {qualified(options.table, dialect)} AS t")


def _select(items: Sequence[str], source: str) -> str:
    return "SELECT\n  " + ",\n  ".join(items) + f"\n{source}"


def _null_is_refused(prepared: dict[str, Prepared]) -> bool:
    """Whether the prepared cells alone tell what was refused, which is cheaper to ask."""
    return all(each.filled for each in prepared.values() if each.refusals)


def _of_nulls(prepared: dict[str, Prepared], dialect: Dialect) -> dict[str, Prepared]:
    """The same columns, refused where the prepared table `p` has a null."""
    refusing = {name: each for name, each in prepared.items() if each.refusals}
    return {
        name: Prepared(
            (),
            (
                (
                    f"p.{dialect.name_of(each.cells[0][0])} IS NULL",
                    " or ".join(dict.fromkeys(why for _, why in each.refusals)),
                ),
            ),
        )
        for name, each in refusing.items()
    }


def _items(
    prepared: dict[str, Prepared], columns: Sequence[str] | None, dialect: Dialect
) -> list[str]:
    """What is selected. Where a star passes other columns, added cells come after them."""
    quoted = dialect.name_of
    cells = {
        name: [
            f"t.{quoted(each)}" if done is None else f"{done} AS {quoted(each)}"
            for each, done in column.cells
        ]
        for name, column in prepared.items()
    }
    if columns is not None or dialect.star is None:
        listed = [cells.get(name, [f"t.{quoted(name)}"]) for name in columns or prepared]
        return [item for items in listed for item in items]
    alone = {name: each for name, each in prepared.items() if [n for n, _ in each.cells] == [name]}
    changed = {name: cells[name][0] for name, each in alone.items() if each.cells[0][1] is not None}
    added = {name: items for name, items in cells.items() if name not in alone}
    gone = [*added, *(each.code[0] for each in prepared.values() if each.code is not None)]
    if dialect.star == "except":
        gone = [*changed, *gone]
    star = f"* {dialect.excluding} ({', '.join(map(quoted, gone))})" if gone else "*"
    if dialect.star == "replace" and changed:
        star += " REPLACE (\n    " + ",\n    ".join(changed.values()) + ")"
    after = list(changed.values()) if dialect.star == "except" else []
    return [star, *after, *(item for items in added.values() for item in items)]


def _reasons(prepared: dict[str, Prepared], dialect: Dialect) -> str:
    whens = [
        f"WHEN {condition} THEN {dialect.text_of(f'{name}: {why}')}"
        for name, each in prepared.items()
        for condition, why in each.refusals
    ]
    if not whens:
        return f"CAST(NULL AS {dialect.text})"
    return "CASE\n    " + "\n    ".join(whens) + " END"


def _check_names(every: Sequence[str], dialect: Dialect) -> None:
    for name in every:
        check_name(name, dialect)
    seen: dict[str, str] = {}
    for name in every:
        key = dialect.key_of(name)
        if key in seen:
            raise ArtefactError(
                f"The columns {seen[key]!r} and {name!r} have one name in {dialect.name}",
                todo="rename a column before fitting, declare spellings that make two categories "
                "one, or encode: ordinal; or give the option `reason` another name",
            )
        seen[key] = name


def _comments(header: dict[str, Any], golden: dict[str, Any]) -> list[str]:
    table = json.dumps(header["options"]["table"])
    return [
        f"-- Prepares {table} for a model, written by {golden['producer']}.",
        "-- Refused cells are NULL, and the last column says why. `datacheck verify` replays the",
        "-- golden rows below in this statement.",
        f"{HEADER}{_one_line(header)}",
        f"{GOLDEN}{_one_line(slim(golden))}",
    ]


def _one_line(value: dict[str, Any]) -> str:
    """JSON in ASCII, without the semicolon at which some tools cut statements."""
    return json.dumps(value, allow_nan=False).replace(";", "\\u003b")


def _formed(select: str, form: str, name: str) -> list[str]:
    """Without a semicolon, which some drivers refuse and no command line needs at a file's end."""
    if form == "view":
        return [f"CREATE VIEW {name} AS", select]
    if form == "cte":
        return [f"WITH {name} AS (", select, ")"]
    return [select]


def brought_back(program: Program, dialect: Dialect) -> str:
    """One column's ``y * scale + center`` and the inverse of its power, or a code's category."""
    y = dialect.number_of(f"t.{dialect.name_of(program.column)}")
    y = f"CAST({y} AS {dialect.double})"
    named = categories_by_code(program)
    if named:
        cells = [(code, literal(value, program, dialect)) for code, value in named.items()]
        return case([(f"{y} = {dialect.double_of(float(at))}", cell) for at, cell in cells], "NULL")
    affine, power = first(program.ops, Affine), first(program.ops, Power)
    if affine is not None:
        y = f"{y} * {dialect.double_of(affine.scale)} + {dialect.double_of(affine.center)}"
        y = f"({y})" if power is not None else y
    return y if power is None else _unpowered(power.function, y, dialect)


def _unpowered(function: str, y: str, dialect: Dialect) -> str:
    if function == "sqrt":
        return f"{y} * {y}"
    if function == "log1p":
        return _expm1(y, dialect)
    zero = dialect.double_of(0.0)
    return (
        f"CASE WHEN {y} < {zero} THEN -({_expm1(f'(-{y})', dialect)}) ELSE {_expm1(y, dialect)} END"
    )


#: Beyond these, an exponential is 0 to a double that has 1 taken away, or infinite.
_LOW, _HIGH = -745.0, math.log(1.7976931348623157e308)


def _expm1(y: str, dialect: Dialect) -> str:
    """``exp(y) - 1``; near zero ``(u - 1) * y / ln(u)`` with ``u = exp(y)``, which is Kahan's."""
    nan = "" if dialect.nan is None else f" WHEN {dialect.test(dialect.nan, y)} THEN {y}"
    one, low, high = (dialect.double_of(value) for value in (1.0, _LOW, _HIGH))
    u = f"EXP({y})"
    near = f"{y} > -{one} AND {y} < {one}"
    return (
        f"CASE{nan} WHEN {near} AND EXP(CASE WHEN {near} THEN {y} END) = {one} THEN {y}"
        f" WHEN {near} THEN ({u} - {one}) * ({y} / LN({u}))"
        f" WHEN {y} < {low} THEN -{one}"
        f" WHEN {y} > {high} THEN {dialect.double_of(math.inf)} ELSE {u} - {one} END"
    )
