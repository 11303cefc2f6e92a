"""The verbs and their options. Nothing heavy is imported to show a help text.

A parser that names the nearest word where one is mistyped.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import NoReturn

    from datacheck.cli.options import Verbs


class WordsParser(ArgumentParser):
    """Says which verb or option was meant; each verb refuses what it does not know by itself."""

    _given: Sequence[str] = ()

    def parse_known_args(  # type: ignore[override]  # the one overload that is called
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Parse as argparse does, but leave no word for the parser above."""
        self._given = sys.argv[1:] if args is None else args
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Refuse the command, with a word for each that is near a known one."""
        lines = [f"{self.prog}: {message}", *self._meant(), f"to do: see `{self.prog} --help`"]
        self.exit(2, "\n  ".join(lines) + "\n")

    def _meant(self) -> list[str]:
        from difflib import get_close_matches

        options = list(self._option_string_actions)
        told = []
        for word in self._given:
            name = word.partition("=")[0]
            if name == "--":
                break
            if not name.startswith("--") or name in options:
                continue
            if near := get_close_matches(name, options, n=2, cutoff=0.75):
                told.append(f"{name}: did you mean {' or '.join(near)}?")
        verb = next((word for word in self._given if not word.startswith("-")), "")
        verbs = next((a.choices for a in self._actions if isinstance(a.choices, dict)), {})
        if verb not in verbs and (near := get_close_matches(verb, verbs, n=2)):
            told.append(f"{verb}: did you mean {' or '.join(near)}?")
        return told


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
