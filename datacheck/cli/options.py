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


def add_verb(verbs: Verbs, name: str, run: Callable[[Namespace], int]) -> ArgumentParser:
    """Add a verb; the docstring of what runs it is a sentence, then an example that runs."""
    summary, *example = (run.__doc__ or ".").rstrip().splitlines()
    indent = len(example[1]) - len(example[1].lstrip()) if example else 0
    parser: ArgumentParser = verbs.add_parser(
        name,
        help=summary[:1].lower() + summary[1:-1],
        description=summary,
        epilog="\n  ".join(["Example:", *(line[indent:] for line in example[1:])]),
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
    "query": ("SQL", str, "databases: the SELECT to run"),
    "separator": ("MARK", str, "text: what parts the cells (default: a comma; in .tsv a tab)"),
    "decimal": ("MARK", str, "text: the mark before the decimals (default: a point)"),
    "thousands": ("MARK", str, "text: the mark between groups of three digits (default: none)"),
    "encoding": ("NAME", str, "text: their encoding, such as cp1252 (default: utf-8)"),
    "no_header": (None, bool, "text and Excel: the first line is a row, not names"),
    "skip_rows": ("N", int, "text and Excel: lines to skip before the header"),
    "sheet": ("NAME", str, "Excel: the sheet, by its name or its number from 0"),
    "null_values": ("CELL", str, "text and Excel: cells to read as null"),
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


def add_options(parser: ArgumentParser, *groups: str) -> None:
    """Add options that several verbs share, by the names of their groups in `SHARED`."""
    for group in groups:
        for flag, words in SHARED[group].items():
            parser.add_argument(flag, **words)


def add_output(parser: ArgumentParser, metavar: str, what: str, *, required: bool = True) -> None:
    """Name the file to write."""
    parser.add_argument("-o", "--output", required=required, metavar=metavar, help=what)


#: By group, the options that several verbs share, as `add_argument` takes them.
SHARED: dict[str, dict[str, dict[str, Any]]] = {
    "schema": {
        "--schema": {
            "metavar": "S",
            "help": "the schema: a YAML file, or path/file.py:Name (which runs that file)",
        },
    },
    "roles": {
        "--target": {"nargs": "+", "metavar": "COLUMN", "help": "what a model is to predict"},
        "--id": {
            "nargs": "+",
            "metavar": "COLUMN",
            "help": "columns that name things: not judged as quantities",
        },
        "--time": {
            "nargs": "+",
            "metavar": "COLUMN",
            "help": "columns of time: that they move on is no drift",
        },
    },
    "ignore": {
        "--ignore": {
            "action": "append",
            "default": [],
            "metavar": "CODE[:COLUMN]",
            "help": "accept a finding: it is shown folded, and no longer counts for --fail-on "
            "(repeatable)",
        },
    },
    "rows": {
        "--no-rows": {
            "action": "store_true",
            "help": "do not look for duplicate rows, conflicting rows, or rows that the "
            "reference has too",
        },
        "--near-duplicates": {
            "action": "store_true",
            "help": "also look for rows that differ from another by one cell or by rounding",
        },
        "--joint": {
            "action": "store_true",
            "help": "also see if a model can tell the rows from the reference's (needs "
            "scikit-learn)",
        },
    },
    "engine": {
        "--engine": {
            "choices": ("polars", "spark"),
            "default": "polars",
            "help": "what computes: polars on this machine (the default), or Apache Spark (the "
            "extra 'spark'), which then reads DATA itself, and writes folders of parquet",
        },
        "--master": {
            "metavar": "URL",
            "help": "Spark: local[4], spark://HOST:PORT, yarn, k8s://..., or sc://HOST:PORT of "
            "Spark Connect (default: as Spark is configured, else local[*])",
        },
    },
    "partition_by": {
        "--partition-by": {
            "nargs": "+",
            "default": (),
            "metavar": "COL",
            "help": "write a folder of parquet, its rows under COL=value folders",
        },
    },
    "json": {
        "--json": {
            "dest": "format",
            "action": "store_const",
            "const": "json",
            "default": "text",
            "help": "print one JSON document and nothing else",
        },
    },
    "format": {
        "--format": {
            "choices": ("text", "json", "html", "markdown", "junit", "github"),
            "help": "what to print (default: text); github: annotations, and Markdown on the "
            "page of the job",
        },
    },
    "page": {
        "--html": {"metavar": "FILE", "help": "also write one self-contained HTML page"},
        "--no-sample": {
            "action": "store_true",
            "help": "leave the sample of rows out of the HTML page",
        },
    },
    "fail_on": {
        "--fail-on": {
            "choices": ("error", "warning", "never"),
            "help": "exit with 1 if a finding is at least this grave (default: error)",
        },
    },
    "no_values": {
        "--no-values": {
            "action": "store_true",
            "help": "show no cell of the table anywhere: only codes, columns, counts and rows",
        },
    },
    "force": {
        "--force": {"action": "store_true", "help": "overwrite an output that exists"},
    },
}
