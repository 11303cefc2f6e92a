"""Options that several verbs share, so that each means the same everywhere."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _SubParsersAction
    from collections.abc import Callable
    from typing import TypeAlias

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
    parser.set_defaults(run=run)
    return parser


def add_data(parser: ArgumentParser, flag: str = "data") -> None:
    """Say where the table comes from, as an argument or as a flag."""
    words = "file, glob, folder or database address"
    if flag == "ref":
        words = "a table as DATA is one, a saved profile, or a fitted transform"
    if flag.startswith("-"):
        parser.add_argument(flag, required=True, metavar="DATA", help=words)
    else:
        parser.add_argument(flag, metavar=flag.upper(), help=words)
    if flag != "ref":
        parser.add_argument("--query", metavar="SQL", help="what to read from a database")


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


def on_spark(args: Namespace, *unfit: str) -> bool:
    """Whether Spark computes; an error for options that go with the other engine alone."""
    from datacheck.errors import SourceError

    if args.engine != "spark":
        if args.master is not None:
            raise SourceError("--master without --engine spark", todo="give both or neither")
        return False
    for name in ("query", *unfit):
        if getattr(args, name):
            flag = name.replace("_", "-")
            raise SourceError(
                f"--{flag} is not for --engine spark", todo="leave out one of the two"
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


def add_views(parser: ArgumentParser) -> None:
    """Offer the ways to see what was found."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )
    parser.add_argument("--html", metavar="FILE", help="also write one self-contained HTML page")


def add_fail_on(parser: ArgumentParser) -> None:
    """Set the gravity from which findings make the exit code 1."""
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "never"),
        default="error",
        help="exit with 1 if a finding is at least this grave (default: error)",
    )


def add_output(parser: ArgumentParser, metavar: str, what: str, *, required: bool = True) -> None:
    """Name the file to write."""
    parser.add_argument("-o", "--output", required=required, metavar=metavar, help=what)


def add_force(parser: ArgumentParser) -> None:
    """Allow an output to be replaced."""
    parser.add_argument("--force", action="store_true", help="overwrite an output that exists")
