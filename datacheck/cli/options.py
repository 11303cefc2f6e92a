"""Options that several verbs share, so that each means the same everywhere."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

from datacheck.reading import WORDS, flag_of, kinds_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _ActionsContainer, _SubParsersAction
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
    for word, (_, metavar, kind, what) in WORDS.items():
        kinds = " and ".join(kinds_of(word, shown=1))
        more = {"action": "extend"} if kind is list else {}
        told = f"{kinds}: {what}" if kinds else what
        add_word(reading, word, metavar, kind, help=told, dest=f"read_{word}", **more)


def add_word(
    parser: _ActionsContainer,
    word: str,
    metavar: str | None,
    kind: type | tuple[str, ...],
    **more: Any,
) -> None:
    """Add an option of a table: of a type, of some words, of several texts, or that says no."""
    if kind is bool:
        more |= {"action": "store_const", "const": False}
    elif kind is list:
        more |= {"nargs": "+", "metavar": metavar}
    else:
        more |= {"type": kind, "metavar": metavar} if isinstance(kind, type) else {"choices": kind}
    parser.add_argument(flag_of(word), **more)


def read_word(args: Namespace, word: str) -> Any:
    """What was given for a word of `datacheck.read`; None where nothing was."""
    return getattr(args, f"read_{word}", None)


def how_to_read(args: Namespace) -> ReadWords:
    """The words of `datacheck.read` that were given."""
    words: Any = {word: value for word in WORDS if (value := read_word(args, word)) is not None}
    if "separator" in words:
        words["separator"] = _ESCAPES.get(words["separator"], words["separator"])
    return words  # type: ignore[no-any-return]  # the parser has seen to the types


def reading_words(args: Namespace) -> str:
    """The same words as they were given, to be given again with the next command."""
    import shlex

    words: list[str] = []
    for word in WORDS:
        value = read_word(args, word)
        if value is not None:
            given = value if isinstance(value, list) else [] if value is False else [value]
            words += [flag_of(word), *map(str, given)]
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
            raise SourceError(
                f"{flag_of(name.removeprefix('read_'))} is not for --engine spark",
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
