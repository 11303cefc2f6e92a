"""The verbs and their options. Nothing heavy is imported to show a help text."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

from datacheck import __version__
from datacheck.cli import (
    completing,
    declaring,
    diagnosing,
    judging,
    project,
    repairing,
    show,
    transforming,
)
from datacheck.cli.words import WordsParser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

    from datacheck.cli.options import Verbs

DESCRIPTION = """\
Makes tabular data safe to feed to a model: checks it, repairs it, and repeats the
repair bit for bit where the model runs.

DATA is a file (CSV, TSV, parquet, Arrow, NDJSON, JSON, Excel), a glob, a folder, a
database address with --query, or - for standard input.
"""

EPILOG = """\
Example:
  datacheck check sample_data/penguins_untidy.csv --schema schemas/penguins_untidy.yaml

Exit codes: 0 nothing at or above --fail-on (default: error); 1 findings at or above
it; 2 wrong use, unreadable input or any other error.
'datacheck VERB --help' shows the options of a verb, with an example.
"""

_ROOMS = (judging, project, declaring, repairing, transforming, show, diagnosing, completing)


def build_parser() -> ArgumentParser:
    """Every verb with its options; each sets `run`, a function of the parsed arguments."""
    parser: ArgumentParser = WordsParser(
        prog="datacheck",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"datacheck {__version__}")
    verbs: Verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for room in _ROOMS:
        room.add_verbs(verbs)
    return parser
