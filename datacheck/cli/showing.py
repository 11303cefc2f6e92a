"""Shows reports in the form that a command asks for, and gives the exit code that they deserve."""

from __future__ import annotations

import os
import sys

from datacheck.cli.output import note, say, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any

    from datacheck.fitted.transform import Transform
    from datacheck.profiling.model import Profile
    from datacheck.report import Report

#: Where GitHub wants the Markdown of a job's page.
SUMMARY = "GITHUB_STEP_SUMMARY"


def show_report(report: Report, args: Namespace) -> int:
    """Show a report as the arguments ask, and give the exit code that it deserves."""
    return show_reports([report], args)


def show_reports(reports: Sequence[Report], args: Namespace) -> int:
    """Show the report of each table: one alone, or several in one document of the format."""
    fail_on = getattr(args, "fail_on", None) or "error"
    return show_all(reports, [fail_on] * len(reports), args)


def show_all(reports: Sequence[Report], fail_on: Sequence[str], args: Namespace) -> int:
    """As `show_reports`, each report with the severity from which its findings fail the job."""
    if getattr(args, "no_values", False):
        reports = [report.without_values() for report in reports]
    if getattr(args, "html", None):
        write_text(args.html, _page(reports[0], args), force=args.force)
    if reports or args.format != "text":
        _print(reports, fail_on, args)
    return int(any(map(fails, reports, fail_on)))


def show_profile(profile: Profile, args: Namespace) -> None:
    """Show a profile as the arguments ask."""
    from datacheck.views.columns import profile_text
    from datacheck.views.terminal import width_of

    if args.format == "json" and not args.no_values:
        say(profile.to_json())
        return
    document = profile.counts() if args.no_values else profile.to_dict()
    if args.format == "json":
        import json

        say(json.dumps(document, ensure_ascii=False))
    else:
        say(profile_text(document, width=width_of(sys.stdout)))


def findings_shown(transform: Transform, args: Namespace) -> list[dict[str, Any]]:
    """What was found at fit, without any cell of the table where none is to be shown."""
    if not args.no_values:
        return list(transform.findings)
    from datacheck.report.finding import Finding
    from datacheck.report.redacted import redacted

    size = {"rows": None, "columns": None}
    return [redacted(Finding(**found), size).to_dict() for found in transform.findings]


def features_shown(transform: Transform, args: Namespace) -> list[str]:
    """What a model takes, without any category in a name where no cell is to be shown."""
    from datacheck.ops import origins
    from datacheck.report.redacted import without_category

    of = origins(transform.fitted.programs) if args.no_values else {}
    names = transform.feature_names_out
    return [without_category(of[name]) if name in of else name for name in names]


def fails(report: Report, fail_on: Any) -> bool:
    """Whether a report fails a job that fails from this severity on."""
    return fail_on != "never" and bool(report.at_least(fail_on))


def _print(reports: Sequence[Report], fail_on: Sequence[str], args: Namespace) -> None:
    if args.format == "text":
        for report in reports:
            show_text(report, args)
    elif args.format == "json":
        one = len(reports) == 1 and bool(getattr(args, "data", True))
        many = "[" + ",\n".join(report.to_json() for report in reports) + "]"
        say(reports[0].to_json() if one else many)
    elif args.format == "html":
        one_page(args, len(reports))
        say(_page(reports[0], args))
    else:
        say(_rendered([report.to_dict() for report in reports], fail_on, args))


def _page(report: Report, args: Namespace) -> str:
    return report.to_html(sample=not getattr(args, "no_sample", False))


def one_page(args: Namespace, tables: int) -> None:
    """Refuse one page for several tables."""
    if tables > 1 and args.format == "html":
        from datacheck.errors import SourceError

        raise SourceError(
            "--format html with several tables",
            expected="one table; a glob in quotes, or a folder, is one",
            todo="run the command for each, or choose --format markdown",
        )


def _rendered(documents: list[dict[str, object]], fail_on: Sequence[str], args: Namespace) -> str:
    from datacheck.views.ci import reports_github, reports_junit, reports_markdown

    if args.format == "junit":
        return reports_junit(documents, fail_on=fail_on)
    if args.format == "markdown":
        return reports_markdown(documents)
    if page := os.environ.get(SUMMARY):
        with open(page, "a", encoding="utf-8") as summary:  # noqa: PTH123 - a path of theirs
            summary.write(reports_markdown(documents) + "\n\n")
    return reports_github(documents)


def show_text(report: Report, args: Namespace) -> None:
    """Show a report as text, in colour and as wide as the terminal where there is one."""
    from datacheck.views.terminal import colour_wanted, report_text, verdict_line, width_of

    colour = colour_wanted(sys.stdout)
    document = report.to_dict()
    if args.quiet:
        say(verdict_line(document, colour=colour))
        return
    say(report_text(document, colour=colour, width=width_of(sys.stdout), whole=args.verbose))


def hint(command: str) -> None:
    """Name the command that is likely to come next."""
    note(f"next: {command}")
