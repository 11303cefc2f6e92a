"""The verb that makes a schema of what another tool declares."""

from __future__ import annotations

from datacheck.cli.options import add_force, add_json, add_output, add_verb
from datacheck.cli.output import answer, note, outputs_must_be_free, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs
    from datacheck.schema.carried import Imported

EXAMPLE = """\
datacheck import dbt schemas/dbt_schema.yml --table penguins"""


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    verb = add_verb(
        verbs,
        "import",
        run_import,
        summary="make a schema of dbt's properties or of a data contract",
        example=EXAMPLE,
    )
    verb.add_argument("kind", choices=("dbt", "odcs"), help="dbt's schema.yml, or an ODCS contract")
    verb.add_argument("declaration", metavar="FILE", help="the YAML file")
    verb.add_argument("--table", metavar="NAME", help="which of its models or tables")
    verb.add_argument(
        "--related",
        metavar="MODEL=DATA",
        action="append",
        default=[],
        help="of dbt: the table that relationships refer to (repeatable)",
    )
    what = "the schema to write, .yaml or .py (default: YAML on standard output)"
    add_output(verb, "SCHEMA.yaml", what, required=False)
    add_json(verb)
    add_force(verb)


def run_import(args: Namespace) -> int:
    """Run ``datacheck import``."""
    outputs_must_be_free(args)
    made = _imported(args)
    for each in made.left_out:
        note(f"left out: {each}")
    text = made.schema.to_yaml()
    document = {"wrote": args.output, "schema": text, "left_out": list(made.left_out)}
    if args.output is not None:
        made.schema.save(args.output, force=args.force)
        answer(args, document, f"wrote {args.output}")
    elif args.format == "json":
        answer(args, document)
    else:
        say(text)
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
