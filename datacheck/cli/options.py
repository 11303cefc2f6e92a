"""Options that several verbs share, so that each means the same everywhere."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _SubParsersAction
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from datacheck.source.options import ReadWords

    Verbs: TypeAlias = _SubParsersAction[ArgumentParser]


def add_verb(
    verbs: Verbs, name: str, run: Callable[[Namespace], int], *, summary: str, example: str
) -> ArgumentParser:
    """Add a verb whose help ends with an example that runs."""
    parser: ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog="Example:\n" + "\n".join(f"  {line}" for line in example.splitlines()),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run, format="text")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument(
        "-q", "--quiet", action="store_true", help="say no more than the verdict, in a line"
    )
    loudness.add_argument(
        "-v", "--verbose", action="store_true", help="show every finding whole, with its evidence"
    )
    return parser


def add_data(parser: ArgumentParser, flag: str = "data", *, several: bool = False) -> None:
    """Say where the table comes from, as an argument or as a flag, and how it is to be read."""
    words = "file, glob, folder, database address, or - for standard input"
    if flag == "ref":
        words = "a table as DATA is one, a saved profile, or a fitted transform"
        parser.add_argument(flag, metavar="REF", help=words)
        return
    if flag.startswith("-"):
        parser.add_argument(flag, required=True, metavar="DATA", help=words)
    elif several:
        parser.add_argument(
            flag,
            metavar="DATA",
            nargs="*",
            help=words + "; each is a table; without any, the tables of the project file",
        )
    else:
        parser.add_argument(flag, metavar="DATA", help=words)
    reading = parser.add_argument_group("how DATA is read")
    for word, (metavar, kind, what) in READING.items():
        name = f"--{word.replace('_', '-')}"
        if metavar is None:
            reading.add_argument(name, action="store_true", help=what)
        elif word in _LISTS:
            reading.add_argument(
                name, nargs="+", action="extend", metavar=metavar, dest=f"read_{word}", help=what
            )
        else:
            reading.add_argument(name, type=kind, metavar=metavar, dest=f"read_{word}", help=what)


#: The words of `datacheck.read` as options: what stands behind them, its type, and their help.
READING: dict[str, tuple[str | None, type, str]] = {
    "query": ("SQL", str, "what to read from a database"),
    "separator": ("MARK", str, "of text: what parts the cells (a comma; a tab in .tsv)"),
    "decimal": ("MARK", str, "of text: the mark before the decimals (a point)"),
    "thousands": ("MARK", str, "of text: the mark between groups of three digits (none)"),
    "encoding": ("NAME", str, "of text: what its bytes mean, such as cp1252 (utf-8)"),
    "no_header": (None, bool, "of text and Excel: the first line is a row, not names"),
    "skip_rows": ("N", int, "of text and Excel: lines to pass over before the header"),
    "sheet": ("NAME", str, "of Excel: the sheet, by its name or its number from 0"),
    "null_values": ("CELL", str, "of text and Excel: cells to be read as null"),
    "columns": ("COL", str, "the columns to read"),
    "name": ("NAME", str, "what reports call the table"),
}
_LISTS = ("null_values", "columns")


def how_to_read(args: Namespace) -> ReadWords:
    """The words of `datacheck.read` that were given."""
    given = {word: getattr(args, f"read_{word}", None) for word in READING}
    words: Any = {word: value for word, value in given.items() if value is not None}
    if args.no_header:
        words["header"] = False
    if "separator" in words:
        words["separator"] = _ESCAPES.get(words["separator"], words["separator"])
    return words  # type: ignore[no-any-return]  # the parser has seen to the types


def reading_words(args: Namespace) -> str:
    """The same words as they were given, to be given again with the next command."""
    import shlex

    words: list[str] = []
    for word, (metavar, _, _) in READING.items():
        flag, value = f"--{word.replace('_', '-')}", getattr(args, f"read_{word}", None)
        if metavar is None:
            words += [flag] if getattr(args, word, False) else []
        elif value is not None:
            words += [flag, *map(str, value if isinstance(value, list) else [value])]
    return "".join(f" {shlex.quote(word)}" for word in words)


#: Marks that a shell does not let through easily.
_ESCAPES = {"\\t": "\t", "tab": "\t", "space": " "}


def add_engine(parser: ArgumentParser) -> None:
    """Choose what computes."""
    parser.add_argument(
        "--engine",
        choices=("polars", "spark"),
        default="polars",
        help="what computes: polars on this machine (the default), or Apache Spark (the extra "
        "'spark'), which then reads DATA itself, and writes folders of parquet",
    )
    parser.add_argument(
        "--master",
        metavar="URL",
        help="of Spark: local[4], spark://HOST:PORT, yarn, k8s://..., or sc://HOST:PORT of Spark "
        "Connect (default: as Spark is configured, else local[*])",
    )


def add_partition_by(parser: ArgumentParser) -> None:
    """Part an output into folders."""
    parser.add_argument(
        "--partition-by",
        nargs="+",
        default=(),
        metavar="COL",
        help="write a folder of parquet, its rows under COL=value folders",
    )


#: How Spark does not read: it passes over no lines, and knows few encodings.
_BY_POLARS_ALONE = ("read_query", "read_encoding", "read_skip_rows", "read_sheet")


def on_spark(args: Namespace, *unfit: str) -> bool:
    """Whether Spark computes; an error for options that go with the other engine alone."""
    from datacheck.errors import SourceError

    if args.engine != "spark":
        if args.master is not None:
            raise SourceError("--master without --engine spark", todo="give both or neither")
        return False
    for name in (*_BY_POLARS_ALONE, *unfit):
        if getattr(args, name, None) not in (None, False, []):
            flag = name.removeprefix("read_").replace("_", "-")
            raise SourceError(
                f"--{flag} is not for --engine spark",
                todo="leave out one of the two",
            )
    return True


def add_schema(parser: ArgumentParser, *, required: bool) -> None:
    """Name the declaration."""
    parser.add_argument(
        "--schema",
        required=required,
        metavar="S",
        help="schema: a YAML file, or path/file.py:Name (which runs that file)",
    )


def add_roles(parser: ArgumentParser) -> None:
    """Say what columns are to a model."""
    for flag, what in _ROLES.items():
        parser.add_argument(f"--{flag}", nargs="+", metavar="COLUMN", help=what)


_ROLES = {
    "target": "what a model is to predict",
    "id": "columns that name things: not judged as quantities",
    "time": "columns that pass: they do not drift by it",
}


def add_ignore(parser: ArgumentParser) -> None:
    """Accept findings that are right so."""
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="CODE[:COLUMN]",
        help="a finding that is right so: it is shown folded and decides nothing (repeatable)",
    )


#: What standard output may be, where a verb makes reports; others know text and JSON.
FORMATS = ("text", "json", "html", "markdown", "junit", "github")


def add_json(parser: ArgumentParser) -> None:
    """Offer the answer as JSON."""
    parser.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        default="text",
        help="print one JSON document and nothing else",
    )


def add_formats(parser: ArgumentParser) -> None:
    """Offer a report in the forms that people and other programs read."""
    add_json(parser)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="what to print (default: text); github: annotations, and Markdown on the job's page",
    )


def add_page(parser: ArgumentParser) -> None:
    """Offer a page."""
    parser.add_argument("--html", metavar="FILE", help="also write one self-contained HTML page")
    parser.add_argument(
        "--no-sample", action="store_true", help="show no sample of the table's rows on the page"
    )


def add_rows(parser: ArgumentParser) -> None:
    """Look at rows as rows, or not."""
    parser.add_argument(
        "--no-rows",
        action="store_true",
        help="leave out what is said of rows: duplicates, conflicts, rows that the reference has",
    )
    parser.add_argument(
        "--near-duplicates",
        action="store_true",
        help="look for rows that are another but for one cell or a rounding, too",
    )
    parser.add_argument(
        "--joint",
        action="store_true",
        help="look whether a model tells the rows from the reference's, too (needs scikit-learn)",
    )


def add_views(parser: ArgumentParser) -> None:
    """Offer the ways to see what was found."""
    add_formats(parser)
    add_page(parser)


def add_fail_on(parser: ArgumentParser) -> None:
    """Set the severity from which findings make the exit code 1."""
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "never"),
        help="exit with 1 if a finding is at least this grave (default: error)",
    )
    parser.add_argument(
        "--no-values",
        action="store_true",
        help="show no cell of the table, in no view: codes, columns, counts and rows alone",
    )


def add_output(parser: ArgumentParser, metavar: str, what: str, *, required: bool = True) -> None:
    """Name the file to write."""
    parser.add_argument("-o", "--output", required=required, metavar=metavar, help=what)


def add_force(parser: ArgumentParser) -> None:
    """Allow an output to be replaced."""
    parser.add_argument("--force", action="store_true", help="overwrite an output that exists")
