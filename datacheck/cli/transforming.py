"""The verbs of a transform: fit, apply, verify, diff, export."""

from __future__ import annotations

import shlex

from datacheck.cli.engines import by_polars, engine, write_tables
from datacheck.cli.options import (
    SHARED,
    add_data,
    add_options,
    add_output,
    add_verb,
    add_word,
    how_to_read,
    on_spark,
)
from datacheck.cli.output import answer, note, outputs_must_be_free, warn, working, write_files
from datacheck.cli.showing import features_shown, findings_shown, hint, show_report
from datacheck.reading import flag_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from datacheck.cli.options import Verbs
    from datacheck.cli.output import Progress
    from datacheck.fitted.transform import Transform
    from datacheck.source import Source

#: What `export` offers: the names in `datacheck.export.EXPORTERS`.
TARGETS = ("onnx", "javascript", "sql", "sklearn")

#: The options of `export`: the targets that each is for, what stands behind it, its type (`list`
#: for several) or its words, and what it does.
OPTIONS: dict[str, tuple[tuple[str, ...], str | None, type | tuple[str, ...], str]] = {
    "columns": (
        TARGETS,
        "C",
        list,
        "only these columns, in their order; SQL: all that the table has",
    ),
    "inverse": (
        TARGETS[:3],
        "C",
        list,
        "write the way back of these columns, from a prediction to their own unit",
    ),
    "absent": (
        ("sql",),
        "C",
        list,
        "SQL: columns that the table lacks and that the schema does not require",
    ),
    "inputs": (("onnx",), None, ("matrix", "columns"), "ONNX: one [N, k] input, or one a column"),
    "merge_into": (("onnx",), "MODEL.onnx", str, "ONNX: put the preparation before this model"),
    "target_opset": (("onnx",), "N", int, "ONNX: its version of operators (default: 17)"),
    "dialect": (("sql",), "D", str, "SQL: duckdb (the default), sqlite, postgresql, ..."),
    "table": (("sql",), "NAME", str, "SQL: the table to select from"),
    "form": (("sql",), None, ("select", "view", "cte", "dbt"), "SQL: the statement to write"),
    "name": (("sql",), "NAME", str, "SQL: what a view or a CTE is called"),
}


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    fit = add_verb(verbs, "fit", run_fit)
    add_data(fit)
    fit.add_argument("--schema", required=True, **SHARED["schema"]["--schema"])
    add_output(fit, "T.json", "the transform to write")
    add_options(fit, "roles", "engine", "json", "page", "no_values", "force")

    apply = add_verb(verbs, "apply", run_apply)
    add_data(apply)
    apply.add_argument("--transform", required=True, metavar="T.json", help="the fitted transform")
    add_output(apply, "OUT.parquet", "the table to write: parquet, CSV, Arrow or NDJSON by name")
    add_options(apply, "partition_by", "engine", "json", "force")

    verify = add_verb(verbs, "verify", run_verify)
    verify.add_argument("artefact", metavar="ARTEFACT", help="what fit or export has written")
    add_options(verify, "json", "format", "no_values")

    diff = add_verb(verbs, "diff", run_diff)
    diff.add_argument("old", metavar="A.json", help="the transform that serves")
    diff.add_argument("new", metavar="B.json", help="the transform that would take its place")
    add_data(diff, "--data")
    diff.add_argument(
        "--above",
        type=float,
        default=0.05,
        metavar="X",
        help="exit with 1 if a column moves by more than this in 5%% of the rows "
        "(in units of the output; default: 0.05)",
    )
    add_options(diff, "json", "format", "no_values")

    export = add_verb(verbs, "export", run_export)
    export.add_argument("transform", metavar="T.json", help="the fitted transform")
    export.add_argument("--to", required=True, choices=TARGETS, help="the runtime")
    add_output(export, "OUT", "the file or folder to write")
    for name, (_, metavar, kind, told) in OPTIONS.items():
        add_word(export, name, metavar, kind, help=told)
    add_options(export, "json", "force")


def run_fit(args: Namespace) -> int:
    """Fit the preparation that a schema declares.

    datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json
    """
    on_spark(args, "html")
    outputs_must_be_free(args)
    with working(f"fitting {args.data}") as progress, engine(args, args.data) as (verbs, table, _):
        roles = {"target": args.target, "id": args.id, "time": args.time}
        more = by_polars(args, progress=progress)
        transform = verbs.fit(table, args.schema, **roles, **more)
        page = [(args.html, _page(transform, args))] if args.html else []
        write_files([(args.output, transform.to_bytes()), *page], force=args.force)
    findings = findings_shown(transform, args)
    broken = [found for found in findings if found["severity"] != "info"]
    if broken:
        told = f"{args.data} was fitted as it is, and not all is well with it:"
        warn(told, *(f"  {_in_a_line(found)}" for found in broken))
    document = {
        "wrote": args.output,
        "columns": list(transform.columns),
        "features": features_shown(transform, args),
        "findings": findings,
    }
    answer(args, document, f"wrote {args.output}")
    hint(f"datacheck show {shlex.quote(args.output)}")
    return 0


def _page(transform: Transform, args: Namespace) -> str:
    """What the table shows, and each column before and after the transform."""
    from datacheck.checking import check
    from datacheck.schema import load_schema
    from datacheck.schema.roles import Named, with_roles
    from datacheck.source import open_source

    source = open_source(args.data, **how_to_read(args))
    schema = with_roles(load_schema(args.schema), Named(args.target, args.id, args.time))
    report = check(source, schema, transform=transform)
    shown = report.without_values() if args.no_values else report
    return shown.to_html(sample=not args.no_sample)


def _in_a_line(found: dict[str, Any]) -> str:
    where = "" if found["column"] is None else f" {found['column']}"
    count = f" ({found['count']:,})" if found["count"] else ""
    return f"{found['code']}{where}{count}: {found['message']}"


def run_apply(args: Namespace) -> int:
    """Prepare a table with a fitted transform.

    datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json
    datacheck apply sample_data/penguins.csv --transform penguins.json -o prepared.parquet
    """
    from datacheck.fitted.transform import load

    on_spark(args)
    with working(f"preparing {args.data}") as progress:
        transform = load(args.transform)
        with engine(args, args.data) as (verbs, table, _):
            if args.engine == "spark":
                [rows] = write_tables(args, [(verbs.apply(transform, table), args.output)], table)
            else:
                rows = _apply(transform, table, args, progress)
    answer(args, {"wrote": args.output, "rows": rows}, f"wrote {args.output}")
    return 0


def _apply(transform: Transform, source: Source, args: Namespace, progress: Progress) -> int:
    """Write what is prepared; how many rows it has."""
    from datacheck.errors import DataError
    from datacheck.ops import Fill, first

    fills = {
        program.column: [] if fill is None else [str(fill.value)]
        for program in transform.fitted.programs
        for fill in [first(program.ops, Fill)]
    }
    # Neighbours take long, and what is written comes after them.
    seeking = transform.fitted.donors is not None
    prepared = transform.apply(source, progress=progress if seeking else None)
    try:
        [rows] = write_tables(
            args, [(prepared, args.output)], source, None if seeking else progress, fills
        )
    except DataError as error:
        # A batch knows no row numbers, so they are looked up once something is refused.
        raise transform.refusal(source) or error from None
    return rows


def run_verify(args: Namespace) -> int:
    """Replay the golden rows of a transform in its own runtime.

    datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json
    datacheck verify penguins.json
    """
    from datacheck.proof import verify

    with working(f"verifying {args.artefact}"):
        report = verify(args.artefact)
    if report.ok and args.format == "text":
        note(f"{args.artefact}: every golden row comes out as it was fitted")
        return 0
    return show_report(report, args)


def run_diff(args: Namespace) -> int:
    """Tell what moves between two transforms.

    datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o a.json
    datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o b.json
    datacheck diff a.json b.json --data sample_data/penguins.csv
    """
    from datacheck.fitted.transform import load
    from datacheck.source import open_source

    with working(f"comparing {args.old} with {args.new}"):
        old, new = load(args.old), load(args.new)
        source = open_source(args.data, **how_to_read(args))
        report = old.diff(new, source, above=args.above)
    return show_report(report, args)


def run_export(args: Namespace) -> int:
    """Write a transform for the runtime that serves.

    datacheck fit sample_data/flights.parquet --schema schemas/flights.yaml -o flights.json
    datacheck export flights.json --to sql --dialect duckdb --table flights -o flights.sql
    datacheck verify flights.sql
    """
    from datacheck.errors import ArtefactError
    from datacheck.fitted.transform import load

    given = {name: value for name in OPTIONS if (value := getattr(args, name)) is not None}
    for name in sorted(given):
        targets = OPTIONS[name][0]
        if args.to not in targets:
            raise ArtefactError(
                f"{flag_of(name)} is no option of --to {args.to}",
                expected=f"it with --to {' or '.join(targets)}",
                todo="leave it out",
            )
    with working(f"exporting {args.transform}"):
        load(args.transform).export(args.to, args.output, force=args.force, **given)
    answer(args, {"wrote": args.output, "runtime": args.to}, f"wrote {args.output}")
    hint(f"datacheck verify {shlex.quote(args.output)}")
    return 0
