"""A real browser shows the reports: nothing is fetched or said, axe finds no serious fault."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.pages import write_pages

if TYPE_CHECKING:
    from pathlib import Path

PHONE, DESK = 390, 1280


def looks_at(root: Path, folder: Path) -> list[dict[str, Any]]:
    """What a browser saw of every page, in several widths and lights."""
    pages = write_pages(root, folder)
    looks = []
    for page in pages:
        ways = [(PHONE, False), (DESK, True)]
        ways += [(PHONE, True), (DESK, False)] if page.stem in ("against", "prepared") else []
        for width, dark in ways:
            looks.append({"path": str(page), "width": width, "dark": dark})
    (folder / "looks.json").write_text(json.dumps(looks))
    script = root / "tests/js/look_at_pages.mjs"
    done = subprocess.run(
        ["node", script, folder / "looks.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def shown(look: dict[str, Any]) -> str:
    return f"{look['path'].rsplit('/', 1)[-1]} at {look['width']}, {'dark' if look['dark'] else ''}"


def test_every_page_holds_up(root: Path, tmp_path: Path) -> None:
    seen = looks_at(root, tmp_path)  # once: it is the work of a minute
    assert len({look["path"] for look in seen}) == 17
    assert {(look["width"], look["dark"]) for look in seen} == {
        (width, dark) for width in (PHONE, DESK) for dark in (False, True)
    }
    for look in seen:
        # Nothing is said on the console, and nothing fetched.
        assert look["said"] == [], shown(look)
        assert look["fetched"] == [], shown(look)
        # No page scrolls sideways.
        assert look["wide"] <= look["width"], shown(look)
        # axe finds no serious fault.
        assert look["faults"] == [], shown(look)
