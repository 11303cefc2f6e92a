"""The verbs that show what a file of datacheck holds, and what a finding's code means."""

from __future__ import annotations

import sys

from datacheck.cli.options import add_options, add_verb
from datacheck.cli.output import answer, note, outputs_must_be_free, say, write_text
from datacheck.cli.showing import show_profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from datacheck.cli.options import Verbs

#: Files by their ends: those of schemas, and those of documents, which say what they are.
_SCHEMAS = (".yaml", ".yml")


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    show = add_verb(verbs, "show", run_show)
    show.add_argument(
        "transform",
        metavar="FILE",
        help="a schema (YAML, or path/file.py:Name), a transform, a profile or a report; the word "
        "schema, report, profile or transform shows the JSON Schema of such a file, for an editor",
    )
    add_options(show, "json", "page", "no_values", "force")

    explain = add_verb(verbs, "explain", run_explain)
    what = "of a finding, such as missing.null; without one, all are listed"
    explain.add_argument("code", metavar="CODE", nargs="?", help=what)
    add_options(explain, "json")


def run_show(args: Namespace) -> int:
    """Show what a schema, a transform, a profile or a report says.

    datacheck show schemas/penguins.yaml
    datacheck profile sample_data/penguins.csv -o penguins.profile.json
    datacheck show penguins.profile.json
    """
    from datacheck.jsonschemas import NAMES, json_schema

    if args.transform in NAMES:
        say(_pretty(json_schema(args.transform)))
        return 0
    from datacheck.errors import SourceError
    from datacheck.profiling.model import Profile

    outputs_must_be_free(args)
    shown = _opened(args.transform)
    if args.no_values and not isinstance(shown, Profile):
        if not hasattr(shown, "without_values"):
            raise SourceError(
                f"{args.transform} is made of values",
                expected="with --no-values, a report or a profile",
                todo="leave --no-values out where its numbers and categories may be seen",
            )
        shown = shown.without_values()
    if args.html:
        if not hasattr(shown, "to_html"):
            raise SourceError(f"{args.transform} has no page", todo="leave --html out")
        hidden = {"values": False} if args.no_values and isinstance(shown, Profile) else {}
        write_text(args.html, shown.to_html(**hidden), force=args.force)
        note(f"wrote {args.html}")
    if isinstance(shown, Profile):
        show_profile(shown, args)
    else:
        say(_shown(shown, args))
    return 0


def _opened(path: str) -> Any:
    """What a file holds."""
    if path.endswith(_SCHEMAS) or ".py:" in path:
        from datacheck.schema import load_schema

        return load_schema(path)
    from pathlib import Path

    from datacheck.checking.reference import document_format
    from datacheck.fitted.transform import Transform, load
    from datacheck.profiling.model import Profile
    from datacheck.report import Report
    from datacheck.source.copies import is_pipe

    try:
        data = Path(path).read_bytes()
    except OSError:
        return load(path)  # which says what is the matter with it
    readers: dict[Any, Any] = {"datacheck.report": Report, "datacheck.profile": Profile}
    reader = readers.get(document_format(data))
    if reader is None:  # what comes through a pipe can be read once
        return Transform.from_bytes(data) if is_pipe(path) else load(path)
    return reader.from_json(data)


def _shown(shown: Any, args: Namespace) -> str:
    """It as JSON, or as text as wide as the terminal."""
    from datacheck.fitted.transform import Transform
    from datacheck.schema import Schema
    from datacheck.views.terminal import colour_wanted, report_text, width_of

    width, as_json = width_of(sys.stdout), args.format == "json"
    if isinstance(shown, Transform):
        import json

        from datacheck.transform.shown import shown as words
        from datacheck.transform.shown import steps_of

        if not as_json:
            return words(shown.fitted).rstrip("\n")
        whole = shown.fitted.donors is None  # else it is no JSON document, but a zip
        return _pretty(json.loads(shown.to_bytes()) if whole else steps_of(shown.fitted))
    if isinstance(shown, Schema):
        from datacheck.schema.shown import summary
        from datacheck.views.declared import schema_text

        made = summary(shown)
        return _pretty(made) if as_json else schema_text(made, width=width)
    if as_json:
        return str(shown.to_json())
    colour = colour_wanted(sys.stdout)
    return report_text(shown.to_dict(), colour=colour, width=width, whole=args.verbose)


def _pretty(value: Any) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)


def run_explain(args: Namespace) -> int:
    """Say what a finding means, what to do, and when to accept it.

    datacheck explain missing.sentinel
    """
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
