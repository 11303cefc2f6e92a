"""The verbs that judge a table: check, profile, compare."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from datacheck.cli.engines import by_polars, engine
from datacheck.cli.options import (
    add_data,
    add_options,
    add_output,
    add_verb,
    on_spark,
    reading_words,
)
from datacheck.cli.output import note, outputs_must_be_free, working, write_files
from datacheck.cli.showing import hint, one_page, show_profile, show_report, show_reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs
    from datacheck.cli.output import Progress
    from datacheck.report import Report


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    check = add_verb(verbs, "check", run_check)
    add_data(check, several=True)
    add_options(check, "schema")
    check.add_argument("--schema-only", action="store_true", help="judge by the schema alone")
    check.add_argument(
        "--mutate",
        action="store_true",
        help="plant known faults into good rows, and list those that the schema misses",
    )
    check.add_argument(
        "--reference",
        metavar="REF",
        help="compare with this table (read as DATA is, where it is of the same kind), profile or "
        "transform",
    )
    check.add_argument(
        "--project", metavar="FILE", help="without DATA: the project file (default: the nearest)"
    )
    check.add_argument(
        "--transform",
        metavar="T.json",
        help="on the HTML page, show columns before and after this transform",
    )
    add_options(check, "roles", "ignore", "rows")
    check.add_argument(
        "--row-outliers",
        action="store_true",
        help="also look for rows that are odd only as a whole (needs scikit-learn)",
    )
    check.add_argument(
        "--labels",
        action="store_true",
        help="also look for labels of the target that are likely wrong (needs scikit-learn)",
    )
    add_options(check, "engine", "json", "format", "page", "fail_on", "no_values", "force")

    profile = add_verb(verbs, "profile", run_profile)
    add_data(profile)
    add_options(profile, "engine", "json", "page", "no_values")
    add_output(profile, "PROFILE.json", "write the profile, to compare with later", required=False)
    add_options(profile, "force")

    compare = add_verb(verbs, "compare", run_compare)
    what = "a table (read as DATA is, where it is of the same kind), a saved profile, or a fitted "
    what += "transform"
    compare.add_argument("ref", metavar="REF", help=what)
    add_data(compare)
    add_options(compare, "schema", "ignore", "rows", "engine")
    add_options(compare, "json", "format", "page", "fail_on", "no_values", "force")


def run_check(args: Namespace) -> int:
    """Find what is wrong with a table.

    datacheck check sample_data/penguins_untidy.csv --schema schemas/penguins_untidy.yaml
    """
    from datacheck.errors import SchemaError

    if not args.data:
        from datacheck.cli.project import run_project

        return run_project(args)
    alone = [word for word, given in _BY_SCHEMA_ALONE.items() if getattr(args, given)]
    if alone and not args.schema:
        raise SchemaError(f"{alone[0]} without a schema", todo="name one with --schema")
    if alone and (args.reference or len(alone) > 1):
        others = "--reference" if args.reference else alone[1]
        raise SchemaError(f"{alone[0]} and {others} exclude each other", todo="give one of them")
    spark = on_spark(args, "mutate", "row_outliers", "ignore", "transform")
    one_of_each(args)
    one_page(args, len(args.data))
    outputs_must_be_free(args)
    reports = []
    for data in args.data:
        with working(f"checking {data}") as progress:
            reports.append(_checked(args, data, progress))
    code = show_reports(reports, args)
    if len(reports) == 1 and not spark:
        next_after(reports[0], args)
    return code


def one_of_each(args: Namespace) -> None:
    """Refuse what names one table or one output where there are several tables."""
    from datacheck.errors import SourceError

    for word, value in {"--html": args.html, "--name": args.read_name}.items():
        if value is not None and len(args.data) > 1:
            raise SourceError(
                f"{word} with several tables",
                got=", ".join(args.data),
                expected="one table; a glob in quotes, or a folder, is one",
                todo="run the command for each",
            )


def next_after(report: Report, args: Namespace) -> None:
    """Name what a person is likely to do next with a table that was checked."""
    from datacheck.report.fix import SAID

    if args.data[0] == "-" or args.schema_only or args.mutate:
        return
    data = shlex.quote(args.data[0]) + reading_words(args)
    schema = f" --schema {shlex.quote(args.schema)}" if args.schema else ""
    stem = shlex.quote(PurePath(args.data[0]).name.split(".")[0] or "table")
    fixes = (found.fix for found in report.findings if found.accepted is None)
    if any(fix is not None and fix.kind not in SAID for fix in fixes):
        hint(f"datacheck repair {data}{schema} --dry-run")
    elif not args.schema:
        hint(f"datacheck suggest {data} -o {stem}.yaml")
    elif report.ok:
        hint(f"datacheck fit {data}{schema} -o {stem}.json")


def _checked(args: Namespace, data: str, progress: Progress) -> Report:
    own = by_polars(args, ignore=args.ignore, progress=progress)
    more = by_polars(args, row_outliers=args.row_outliers, transform=args.transform)
    with engine(args, data, args.reference) as (verbs, table, known):
        if args.mutate:
            return verbs.mutate(table, args.schema)  # type: ignore[no-any-return]
        if args.schema_only:
            return verbs.validate(table, args.schema, **own)  # type: ignore[no-any-return]
        report: Report = verbs.check(
            table,
            args.schema,
            known,
            args.target,
            id=args.id,
            time=args.time,
            labels=args.labels,
            **_of_rows(args),
            **own,
            **more,
        )
        return report


def _of_rows(args: Namespace) -> dict[str, bool]:
    return {"rows": not args.no_rows, "near_duplicates": args.near_duplicates, "joint": args.joint}


#: Options of `check` that need a schema and look at nothing else, with their attributes.
_BY_SCHEMA_ALONE = {"--schema-only": "schema_only", "--mutate": "mutate"}


def run_profile(args: Namespace) -> int:
    """Describe each column of a table.

    datacheck profile sample_data/penguins_untidy.csv -o penguins.profile.json
    """
    from datacheck.errors import SourceError

    on_spark(args)
    if args.no_values and args.output:
        raise SourceError(
            "-o with --no-values: a profile to compare with is made of the table's values",
            todo="leave out one of the two; --json or --html show what holds no cell",
        )
    outputs_must_be_free(args)
    with (
        working(f"profiling {args.data}") as progress,
        engine(args, args.data) as (verbs, table, _),
    ):
        made = verbs.profile(table, **by_polars(args, progress=progress))
    contents = [(args.output, made.to_json() + "\n")] if args.output else []
    contents += [(args.html, made.to_html(values=not args.no_values))] if args.html else []
    if contents:
        write_files(contents, force=args.force)
    if args.output and args.format != "json":
        note(f"wrote {args.output}")
    else:
        show_profile(made, args)
    return 0


def run_compare(args: Namespace) -> int:
    """Find what changed since a reference.

    datacheck profile sample_data/penguins.csv -o penguins.profile.json
    datacheck compare penguins.profile.json sample_data/penguins_untidy.csv
    """
    on_spark(args, "schema", "ignore")
    outputs_must_be_free(args)
    with (
        working(f"comparing {args.data} with {args.ref}") as progress,
        engine(args, args.data, args.ref) as (verbs, table, known),
    ):
        own = by_polars(args, ignore=args.ignore, progress=progress)
        report = verbs.compare(known, table, args.schema, **_of_rows(args), **own)
    return show_report(report, args)
