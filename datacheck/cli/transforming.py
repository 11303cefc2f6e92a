"""The verbs of a transform: fit, apply, verify, diff, export."""

from __future__ import annotations

from datacheck.cli.options import add_data, add_force, add_output, add_schema, add_verb
from datacheck.cli.output import say, warn, working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs

FIT_EXAMPLE = """\
datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json"""

APPLY_EXAMPLE = """\
datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json
datacheck apply sample_data/penguins.csv --transform penguins.json -o prepared.parquet"""

VERIFY_EXAMPLE = """\
datacheck fit sample_data/penguins.csv --schema schemas/penguins.yaml -o penguins.json
datacheck verify penguins.json"""


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    fit = add_verb(
        verbs,
        "fit",
        run_fit,
        summary="measure what a schema's preparation needs, and write it as a transform",
        example=FIT_EXAMPLE,
    )
    add_data(fit)
    add_schema(fit, required=True)
    add_output(fit, "T.json", "the transform to write")
    add_force(fit)

    apply = add_verb(
        verbs,
        "apply",
        run_apply,
        summary="prepare a table with a fitted transform",
        example=APPLY_EXAMPLE,
    )
    add_data(apply)
    apply.add_argument("--transform", required=True, metavar="T.json", help="the fitted transform")
    add_output(apply, "OUT.parquet", "the table to write: parquet, CSV, Arrow or NDJSON by name")
    add_force(apply)

    verify = add_verb(
        verbs,
        "verify",
        run_verify,
        summary="replay the golden rows of a saved or exported transform in its own runtime",
        example=VERIFY_EXAMPLE,
    )
    verify.add_argument("artefact", metavar="ARTEFACT", help="what fit or export has written")


def run_fit(args: Namespace) -> int:
    """Run ``datacheck fit``."""
    from datacheck.check import validate
    from datacheck.fitted import fit
    from datacheck.schema import load_schema
    from datacheck.source import open_source

    with working(f"fitting {args.data}"):
        source = open_source(args.data, query=args.query)
        schema = load_schema(args.schema)
        transform = fit(source, schema)
        broken = validate(source, schema).at_least("warning")
        transform.save(args.output, force=args.force)
    if broken:
        from datacheck.report.report import one_line
        from datacheck.report.visible import visible

        warn(f"{args.data} breaks its schema, and was fitted as it is:")
        for finding in broken:
            warn(f"  {visible(one_line(finding))}")
    say(f"wrote {args.output}")
    return 0


def run_apply(args: Namespace) -> int:
    """Run ``datacheck apply``."""
    from datacheck.fitted import load
    from datacheck.source import open_source, write_table

    with working(f"preparing {args.data}"):
        transform = load(args.transform)
        prepared = transform.apply(open_source(args.data, query=args.query))
        write_table(prepared, args.output, force=args.force)
    say(f"wrote {args.output}")
    return 0


def run_verify(args: Namespace) -> int:
    """Run ``datacheck verify``."""
    from datacheck.fitted import verify

    with working(f"verifying {args.artefact}"):
        report = verify(args.artefact)
    say(str(report))
    return 0 if report.ok else 1
