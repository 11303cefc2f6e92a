"""The verb that mends a table by what a check of it has found."""

from __future__ import annotations

from datacheck.cli.options import add_data, add_options, add_verb, how_to_read
from datacheck.cli.output import note, working
from datacheck.cli.showing import show_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.checking.repairing import RepairPlan
    from datacheck.cli.options import Verbs
    from datacheck.source import Source


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    repair = add_verb(verbs, "repair", run_repair)
    add_data(repair)
    add_options(repair, "schema")
    repair.add_argument(
        "--reference", metavar="REF", help="the table whose rows are not to be in this one"
    )
    repair.add_argument("--target", nargs="+", metavar="COLUMN", help="what a model is to predict")
    repair.add_argument("-o", "--output", metavar="CLEAN", help="the table to write")
    repair.add_argument("--log", metavar="LOG", help="the table of changed cells to write")
    repair.add_argument(
        "--schema-out",
        metavar="S2",
        help="the schema to write, with what a transform must repeat: of --schema, or a draft",
    )
    repair.add_argument(
        "--unsafe",
        action="store_true",
        help="also apply fixes that may take a value away, or that rest on a guess",
    )
    repair.add_argument("--dry-run", action="store_true", help="say what would be done, no more")
    add_options(repair, "json", "format", "fail_on", "no_values", "force")


def run_repair(args: Namespace) -> int:
    r"""Apply the fixes of what a check finds, log every changed cell, and check again.

    datacheck repair sample_data/penguins_untidy.csv --schema schemas/penguins_untidy.yaml \
      --unsafe -o penguins_mended.csv --log penguins_mended.log.csv --fail-on never
    """
    from datacheck.checking import check
    from datacheck.checking.repairing import repaired
    from datacheck.source import open_source

    outputs = _outputs(args)
    source = open_source(args.data, **how_to_read(args))
    with working(f"repairing {args.data}"):
        beside = {"reference": args.reference, "target": args.target}
        work = repaired(source, args.schema, unsafe=args.unsafe, **beside)
        _write(args, work, source)
        _tell(work, values=not args.no_values)
    for path in outputs:
        note(f"wrote {path}")
    if work.extended and outputs and args.schema_out is None:
        note(
            "these fixes belong in the schema too: --schema-out FILE writes it, for the next verbs"
        )
    with working(f"checking {args.output or 'what would be written'} again"):
        mended = open_source(args.output) if outputs else work.mended(source)
        report = check(mended, work.schema_after, **beside)
    note("")
    return show_report(report, args)


def _outputs(args: Namespace) -> list[str]:
    """The files to write, which must be free."""
    from datacheck.errors import SourceError
    from datacheck.files import must_be_writable

    named = [path for path in (args.output, args.log, args.schema_out) if path is not None]
    if args.dry_run:
        return []
    if args.output is None:
        raise SourceError(
            "repair without an output", todo="name one with -o, or look first with --dry-run"
        )
    must_be_writable(named, force=args.force)
    return named


def _tell(work: RepairPlan, *, values: bool) -> None:
    from datacheck.repairing.apply import lines

    for line in lines(work.table.log):
        note(line)
    for finding, reason in work.table.declined:
        where = "the table" if finding.column is None else finding.column
        fix = f"{finding.fix.sentence} " if values and finding.fix is not None else ""
        note(f"{where}: left as it is ({finding.code}). {fix}{reason[0].upper()}{reason[1:]}.")
    if not len(work.table.log):
        note("no cell is changed")


def _write(args: Namespace, work: RepairPlan, source: Source) -> None:
    if args.dry_run:
        return
    import polars as pl

    from datacheck.source import footer_of, write_tables

    tables = [(work.table.frame, args.output)]
    mended = work.table.log.drop_nulls(["row", "after"]).group_by("column")
    fills = dict(mended.agg(pl.col("after").unique(maintain_order=True)).iter_rows())
    footers = [footer_of(source, fills)]
    if args.log is not None:
        tables.append((work.table.log.lazy(), args.log))
    texts = []
    if args.schema_out is not None:
        text = work.to_declare(source)._text_for(args.schema_out)
        texts.append((text, args.schema_out))
    write_tables(
        tables,
        force=args.force,
        footers=footers,
        texts=texts,
        whole=lambda _: source.must_be_whole(),
    )
