"""Draws the pages of reports as pictures, to be looked at: ``make screenshots``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.pages import write_pages  # noqa: E402 - found by the line above

#: How wide, and whether dark.
WAYS = ((390, False), (390, True), (1280, False), (1280, True))


def main(folder: Path, only: tuple[str, ...] = ()) -> None:
    """Write the pages and their pictures: of all tables, or of those named."""
    folder.mkdir(parents=True, exist_ok=True)
    looks = [
        {
            "path": str(page),
            "width": width,
            "dark": dark,
            "shot": str(page.with_suffix(f".{width}{'.dark' if dark else ''}.png")),
            "axe": False,
        }
        for page in write_pages(ROOT, folder)
        if not only or page.stem in only
        for width, dark in WAYS
    ]
    (folder / "looks.json").write_text(json.dumps(looks), encoding="utf-8")
    script = ROOT / "tests/js/look_at_pages.mjs"
    subprocess.run(["node", script, folder / "looks.json"], check=True, stdout=subprocess.DEVNULL)  # noqa: S607
    print(f"see {folder}")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "screenshots",
        tuple(sys.argv[2:]),
    )
