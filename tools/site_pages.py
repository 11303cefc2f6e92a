"""Hooks of the documentation's site: pages that are made of the code, and links that leave docs/.

The codes of findings are pages of the package, the command line's are made from its parser, and the
Python ones from docstrings: what is added to the code is on the site by itself.
"""

from __future__ import annotations

import argparse
import posixpath
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError

import datacheck
from datacheck.cli.parser import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
#: Pages of the package, and where the site has them.
CODES, ON_SITE = "datacheck/report/codes", "codes"
#: What a browser fetches from another host when it shows a page.
_ASKS = re.compile(
    r'<(?:script|img|iframe|link rel="(?:stylesheet|preconnect|icon)")'
    r'[^>]*(?:src|href)="https?:[^>]*>'
)
_LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?(?=\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of a folder where the navigation names the folder."""
    config.nav = _unfolded(config.nav)
    return config


def _unfolded(items: Any) -> Any:
    if isinstance(items, str):
        return _pages_of(items) if items.endswith("/") else items
    if isinstance(items, dict):
        return {title: _unfolded(each) for title, each in items.items()}
    return [_unfolded(each) for each in items]


def _pages_of(folder: str) -> list[str]:
    home = ROOT / CODES if folder.rstrip("/") == ON_SITE else ROOT / "docs" / folder
    return [posixpath.join(folder, page.name) for page in sorted(home.glob("*.md"))]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of the code."""
    from mkdocs.structure.files import File

    made = {f"{ON_SITE}/{page.name}": page.read_text("utf-8") for page in _codes()}
    made |= {"cli.md": "\n".join(command_line()), "api.md": "\n".join(python())}
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def _codes() -> list[Path]:
    return sorted((ROOT / CODES).glob("*.md"))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Send links that leave docs/ to the codes' pages, or to the repository."""
    own = page.file.src_uri
    if own == "thresholds.md":
        markdown += (
            "\n## All of them\n\n" + runpy.run_path(str(ROOT / "tools/thresholds.py"))["table"]()
        )
    home = (
        CODES if own.startswith(f"{ON_SITE}/") else posixpath.join("docs", posixpath.dirname(own))
    )

    def moved(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(home, match[1]))
        anchor = match[2] or ""
        if target.startswith(f"{CODES}/"):
            inside = target.replace(CODES, ON_SITE, 1)
        elif target.startswith("docs/") and files.get_file_from_path(target[5:]):
            inside = target[5:]
        elif (ROOT / target).exists() and not target.startswith("docs/"):
            kind = "tree" if (ROOT / target).is_dir() else "blob"
            return f"{config.repo_url.rstrip('/')}/{kind}/main/{target}{anchor}"
        else:
            return match[0]
        return posixpath.relpath(inside, posixpath.dirname(own) or ".") + anchor

    return _LINK.sub(moved, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Put the Markdown of the pages beside them, and see to it that no page asks another host."""
    site = Path(config.site_dir)
    sources = {page.relative_to(ROOT / "docs"): page for page in (ROOT / "docs").rglob("*.md")}
    sources |= {Path(ON_SITE, page.name): page for page in _codes()}
    for name, source in sources.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(source.read_text("utf-8"), encoding="utf-8")
    asks = [
        f"{page.relative_to(site)}: {found[0]}"
        for page in site.rglob("*.html")
        for found in _ASKS.finditer(page.read_text("utf-8"))
    ]
    if asks:
        raise PluginError(f"pages that make requests: {', '.join(asks[:5])}")


def command_line() -> Iterator[str]:
    """The reference of the command line, verb by verb."""
    parser = build_parser()
    yield "# Command line\n"
    yield f"{parser.description}\n\n```\n{(parser.epilog or '').strip()}\n```\n"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {each.dest: each.help for each in action._choices_actions}
            for verb, each in action.choices.items():
                yield from _verb(verb, told.get(verb) or "", each)


def _verb(verb: str, told: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"\n## {verb}\n\n{told or parser.description or ''}\n"
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    yield f"```\n{usage}\n\n{(parser.epilog or '').strip()}\n```\n"
    yield "| | |\n|---|---|"
    for action in parser._actions:
        if action.help not in (None, argparse.SUPPRESS) and action.dest != "help":
            yield f"| {_named(action)} | {_cell(_help(parser, action))} |"


def _named(action: argparse.Action) -> str:
    value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    if action.choices and not action.metavar:
        value = " ".join(map(str, action.choices))
    if not action.option_strings:
        return f"`{value or action.dest}`"
    takes = "" if action.nargs == 0 else f" {value}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return parser._get_formatter()._expand_help(action)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def python() -> Iterator[str]:
    """The reference of the Python interface, name by name."""
    names = [name for name in datacheck.__all__ if not name.startswith("_")]
    errors = [name for name in names if name.endswith("Error")]
    classes = [name for name in names if name[0].isupper() and name not in errors]
    functions = [name for name in names if name[0].islower()]
    yield "# Python\n\nEvery public name, as `import datacheck as dc` gives it.\n"
    for name in (*functions, *classes, *errors):
        inherited = "    options: { inherited_members: true }\n" if name in classes else ""
        yield f"::: datacheck.{name}\n{inherited}"
