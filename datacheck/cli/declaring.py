"""The verbs around a declaration: write one, take over another tool's, part the rows by one."""

from __future__ import annotations

import shlex

from datacheck.cli.engines import engine, write_tables
from datacheck.cli.options import (
    add_data,
    add_options,
    add_output,
    add_verb,
    how_to_read,
    on_spark,
    reading_words,
)
from datacheck.cli.output import answer, note, outputs_must_be_free, say, working
from datacheck.cli.showing import hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from datacheck.cli.options import Verbs
    from datacheck.schema import Schema
    from datacheck.schema.carried import Imported


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    suggest = add_verb(verbs, "suggest", run_suggest)
    add_data(suggest)
    add_output(
        suggest,
        "SCHEMA.yaml",
        "the schema to write, .yaml or .py (default: YAML on standard output)",
        required=False,
    )
    suggest.add_argument("--target", metavar="Y", help="the column that a model is to predict")
    suggest.add_argument(
        "--score", action="store_true", help="choose each imputation by its error on hidden cells"
    )
    add_options(suggest, "json", "force")

    split = add_verb(verbs, "split", run_split)
    add_data(split)
    add_options(split, "schema")
    split.add_argument(
        "--aside",
        nargs="+",
        default=(),
        metavar="CODE",
        help="also set these rows apart: row.duplicate, row.conflict (needs a target), row.overlap "
        "(needs --reference)",
    )
    split.add_argument(
        "--reference", metavar="REF", help="the table whose rows are set apart as row.overlap"
    )
    split.add_argument("--target", nargs="+", metavar="COLUMN", help="what a model is to predict")
    split.add_argument(
        "--valid", required=True, metavar="OK.parquet", help="rows that keep the schema"
    )
    split.add_argument(
        "--rejected", required=True, metavar="BAD.parquet", help="rows that break it"
    )
    add_options(split, "partition_by", "engine", "json", "force")

    carry = add_verb(verbs, "import", run_import)
    carry.add_argument(
        "kind", choices=("dbt", "odcs"), help="dbt's schema.yml, or an ODCS contract"
    )
    carry.add_argument("declaration", metavar="FILE", help="the YAML file")
    carry.add_argument("--table", metavar="NAME", help="which of its models or tables")
    carry.add_argument(
        "--related",
        metavar="MODEL=DATA",
        action="append",
        default=[],
        help="dbt: the table that relationships refer to (repeatable)",
    )
    what = "the schema to write, .yaml or .py (default: YAML on standard output)"
    add_output(carry, "SCHEMA.yaml", what, required=False)
    add_options(carry, "json", "force")


def run_suggest(args: Namespace) -> int:
    """Write a schema for a table, with a reason for each choice.

    datacheck suggest sample_data/penguins.csv -o penguins.yaml
    """
    from datacheck.plan import suggest
    from datacheck.source import open_source

    outputs_must_be_free(args)
    with working(f"reading {args.data}"):
        source = open_source(args.data, **how_to_read(args))
        schema = suggest(source, args.target, score=args.score)
    name = args.output or "SCHEMA.yaml"
    data = shlex.quote(args.data) + reading_words(args)
    follows = f"datacheck check {data} --schema {shlex.quote(name)}"
    _give(args, schema, last="" if args.quiet else f"# save it as {name}; next: {follows}")
    if args.output is not None:
        hint(follows + (f":{schema.name}" if name.endswith(".py") else ""))
    return 0


def _give(args: Namespace, schema: Schema, *, last: str = "", **told: Any) -> None:
    """Write a schema that was made, or print it with a last line."""
    document = {"wrote": args.output, "schema": schema.to_yaml(), **told}
    if args.output is not None:
        schema.save(args.output, force=args.force)
        answer(args, document, f"wrote {args.output}")
    elif args.format == "json":
        answer(args, document)
    else:
        say(document["schema"] + last)


def run_split(args: Namespace) -> int:
    r"""Part good rows from bad, each bad one with its reasons.

    datacheck split sample_data/penguins_untidy.csv --schema schemas/penguins_untidy.yaml \
      --valid penguins_ok.parquet --rejected penguins_bad.parquet
    """
    from datacheck.errors import SourceError

    outputs = (args.valid, args.rejected)
    on_spark(args)
    if args.schema is None and not args.aside:
        raise SourceError(
            "split has nothing to part the rows by", todo="give --schema, or --aside row.duplicate"
        )
    with (
        working(f"splitting {args.data}") as progress,
        engine(args, args.data, args.reference) as (verbs, table, known),
    ):
        parts = verbs.split(
            table, args.schema, aside=args.aside, reference=known, target=args.target
        )
        parts = (parts[0], _reasons_for(args.rejected, parts[1]))
        rows = write_tables(args, list(zip(parts, outputs, strict=True)), table, progress)
    for path, count in zip(outputs, rows, strict=True):
        note(f"wrote {path} ({count:,} {'row' if count == 1 else 'rows'})")
    named = zip(("valid", "rejected"), outputs, rows, strict=True)
    answer(args, {part: {"wrote": path, "rows": count} for part, path, count in named})
    return 0


def _reasons_for(path: str, rejected: Any) -> Any:
    """The rejected rows, their reasons as JSON where a file of text is to hold them."""
    from datacheck.source.paths import kind_by_name

    if kind_by_name(path) not in ("csv", "tsv"):
        return rejected
    import polars as pl

    from datacheck.columns import col

    reasons = rejected.collect_schema().names()[-1]
    each = col(reasons).list.eval(pl.element().struct.json_encode()).list.join(", ")
    return rejected.with_columns(pl.format("[{}]", each).alias(reasons))


def run_import(args: Namespace) -> int:
    """Make a schema of dbt's properties or of a data contract.

    datacheck import dbt schemas/dbt_schema.yml --table penguins
    """
    outputs_must_be_free(args)
    made = _imported(args)
    for each in made.left_out:
        note(f"left out: {each}")
    _give(args, made.schema, left_out=list(made.left_out))
    return 0


def _imported(args: Namespace) -> Imported:
    from datacheck.errors import DatacheckError
    from datacheck.schema.from_dbt import from_dbt
    from datacheck.schema.from_odcs import from_odcs

    related = dict(each.partition("=")[::2] for each in args.related)
    if not all(related.values()):
        raise DatacheckError("--related is given as MODEL=DATA", got=" ".join(args.related))
    if args.kind == "odcs":
        return from_odcs(args.declaration, args.table)
    return from_dbt(args.declaration, args.table, related=related)
