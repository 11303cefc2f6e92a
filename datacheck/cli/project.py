"""The project on the command line: `check` without DATA checks its tables; `init` writes it."""

from __future__ import annotations

import os
import sys
import warnings
from functools import partial

from datacheck.cli.options import add_options, add_verb, read_word
from datacheck.cli.output import answer, note, say, warn, working, write_text
from datacheck.cli.showing import fails, hint, one_page, show_all
from datacheck.reading import WORDS, flag_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs
    from datacheck.project import Project, TableOptions
    from datacheck.report import Report
    from datacheck.source.options import ReadWords

#: Options of `check` that are about one table, and are said of a project's in its file.
_OF_ONE = ("schema", "reference", "transform", "target", "id", "time", "html", "mutate")
FAILED = 2


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    init = add_verb(verbs, "init", run_init)
    init.add_argument(
        "folder", nargs="?", default=".", metavar="FOLDER", help="where the data is (default: here)"
    )
    add_options(init, "json", "force")


def run_init(args: Namespace) -> int:
    """Write a project file for a folder of data.

    datacheck init sample_data --force
    datacheck check --project sample_data/datacheck.yaml --fail-on never
    """
    from datacheck.files import write_text
    from datacheck.project import project_text, tables_in

    tables = tables_in(args.folder)
    path = os.path.join(args.folder, "datacheck.yaml")  # noqa: PTH118 - said as it was given
    write_text(path, project_text(tables), force=args.force)
    document = {"wrote": path, "tables": {each.name: each.data for each in tables}}
    answer(args, document, f"wrote {path} ({len(tables)} tables)")
    here = args.folder in (".", "")
    hint("datacheck check" + ("" if here else f" --project {path}"))
    return 0


def run_project(args: Namespace) -> int:
    """Run ``datacheck check`` without DATA: every table of the project, and one summary."""
    from datacheck.project import find_project, read_project

    _about_all(args)
    project = read_project(args.project) if args.project else find_project()
    one_page(args, len(project.tables))
    _pages_must_be_free(project, force=args.force)
    with working(f"checking the tables of {project.path}"):
        outcomes = _outcomes(project, args)
    reports = [made for made, _ in outcomes if made is not None]
    given = args.fail_on
    told = zip(outcomes, project.tables, strict=True)
    fail_on = [given or table.fail_on for (made, _), table in told if made is not None]
    code = show_all(reports, fail_on, args)
    for table, (_, said) in zip(project.tables, outcomes, strict=True):
        if said:
            warn(f"{table.name}: {said[0]}", *said[1:])
    if args.format == "text" and len(project.tables) > 1:
        _summary(project, outcomes, [given or table.fail_on for table in project.tables], args)
    return FAILED if any(said for _, said in outcomes) else code


def _about_all(args: Namespace) -> None:
    """Refuse what is about one table, where none is named."""
    from datacheck.errors import SchemaError

    given = [name for name in _OF_ONE if getattr(args, name)]
    given += [word for word in WORDS if read_word(args, word) is not None]
    if given or args.engine != "polars":
        word = given[0] if given else "engine"
        raise SchemaError(
            f"{flag_of(word)} without DATA",
            expected="the tables of the project file, each with its own",
            todo=f"name a table, or say {word.replace('_', '-')} of it in the project file",
        )


def _pages_must_be_free(project: Project, *, force: bool) -> None:
    """Refuse pages that cannot be written, or that would replace what is read, before any work."""
    from datacheck.files import must_be_writable, must_not_be_read

    pages = [table.html for table in project.tables if table.html is not None]
    read = [
        path
        for table in project.tables
        for path in (table.data, table.schema, table.reference, table.transform)
        if path is not None
    ]
    if pages:
        must_not_be_read(pages, [*read, str(project.path)])
    must_be_writable(pages, force=force)


def _outcomes(project: Project, args: Namespace) -> list[tuple[Report | None, list[str]]]:
    """Each table's report; or what is wrong with it, where there is none."""
    tables = project.tables
    most = min(len(tables), os.cpu_count() or 1)
    one = partial(
        checked,
        ignore=tuple(args.ignore),
        force=args.force,
        values=not args.no_values,
        sample=not args.no_sample,
    )
    if most == 1:
        return [one(table) for table in tables]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A forked process may inherit locks that polars' threads hold.
    with ProcessPoolExecutor(most, get_context("spawn")) as pool:
        try:
            return list(pool.map(one, tables))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def checked(
    table: TableOptions, ignore: tuple[str, ...], *, force: bool, values: bool, sample: bool
) -> tuple[Report | None, list[str]]:
    """The report of one table, in whichever process; or the lines of what went wrong."""
    from datacheck.errors import DatacheckError

    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    try:
        made = _report(table, (*table.ignore, *ignore))
        if table.html is not None:
            shown = made if values else made.without_values()
            write_text(table.html, shown.to_html(sample=sample), force=force)
    except DatacheckError as error:
        return None, error.said(values=values).split("\n")
    return made, []


def _report(table: TableOptions, accepted: tuple[str, ...]) -> Report:
    from datacheck.checking import check, validate
    from datacheck.checking.reference import read_alike
    from datacheck.source import open_source

    words: ReadWords = {**table.read, "name": table.name}
    source = open_source(table.data, **words)
    if table.schema_only and table.schema is not None:
        return validate(source, table.schema, ignore=accepted)
    return check(
        source,
        table.schema,
        read_alike(table.reference, source, words),
        table.target or None,
        id=table.id or None,
        time=table.time or None,
        ignore=accepted,
        transform=table.transform,
    )


def _summary(
    project: Project,
    outcomes: list[tuple[Report | None, list[str]]],
    fail_on: list[str],
    args: Namespace,
) -> None:
    """A line a table, and how many of them fail."""
    from datacheck.text import plural
    from datacheck.views.terminal import colour_wanted, verdict_line

    colour = colour_wanted(sys.stdout)
    failed = 0
    if not args.quiet:
        say("")
    for table, (made, _), grave in zip(project.tables, outcomes, fail_on, strict=True):
        failed += made is None or fails(made, grave)
        if made is None:
            note(f"{table.name}: cannot be checked")
        elif not args.quiet:
            say(verdict_line(made.to_dict(), colour=colour))
    verdict = f"{plural(failed, 'table')} failed" if failed else "none failed"
    say(f"{plural(len(project.tables), 'table')} of {project.path.name}: {verdict}")
