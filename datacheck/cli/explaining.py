"""The verb that explains a finding's code, from the pages of the documentation."""

from __future__ import annotations

from datacheck.cli.options import add_json, add_verb
from datacheck.cli.output import answer, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs

EXAMPLE = """\
datacheck explain missing.sentinel"""


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    verb = add_verb(
        verbs,
        "explain",
        run_explain,
        summary="say what a finding means, what to do, and when to accept it",
        example=EXAMPLE,
    )
    what = "of a finding, such as missing.null; without one, all are listed"
    verb.add_argument("code", metavar="CODE", nargs="?", help=what)
    add_json(verb)


def run_explain(args: Namespace) -> int:
    """Run ``datacheck explain``."""
    from datacheck.report.explained import explain, explanations

    found = list(explanations().values()) if args.code is None else [explain(args.code)]
    if args.format == "json":
        told = [{**each._asdict(), "link": each.link} for each in found]
        answer(args, {"codes": told})
    elif args.code is None:
        for each in found:
            say(f"{each.code}\n  {each.means}")
    else:
        (each,) = found
        say(f"{each.code}\n\n{each.text.replace('**', '')}\n{each.link}")
    return 0
