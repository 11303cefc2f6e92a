"""Pages to look at: the reports of the sample tables, and of tables that are made to break them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LONG = "a_name_of_a_column_" * 10 + "which"
ARABIC = "\u0627\u0644\u0648\u0632\u0646 \u0628\u0627\u0644\u0643\u064a\u0644\u0648"


def hostile() -> dict[str, pl.DataFrame]:
    """Tables that break a page which is not made with care."""
    wide = {f"c{i}": [1.5 * k * (i + 1) for k in range(30)] + [None] * 10 for i in range(500)}
    return {
        "scripts": pl.DataFrame({SCRIPT: [SCRIPT, SCRIPT.upper(), None] * 20, "x": [1.0] * 60}),
        "wide": pl.DataFrame(wide),
        "all_null": pl.DataFrame({"a": [None] * 20, "b": pl.Series([None] * 20, dtype=pl.Float64)}),
        "one_row": pl.DataFrame({"a": [1.0], "b": ["x"], "c": [float("inf")]}),
        "no_row": pl.DataFrame({"a": pl.Series([], dtype=pl.Float64)}),
        "emoji": pl.DataFrame({"\U0001f427 mass": [float(i) for i in range(40)] + [-999.0] * 2}),
        "long_names": pl.DataFrame({LONG: ["NA", LONG * 3, "b"] * 20, LONG + "2": range(60)}),
        "rtl": pl.DataFrame({ARABIC: [ARABIC, "NA", "\u202eabc"] * 20}),
    }


def write_pages(root: Path, folder: Path) -> list[Path]:
    """Write them all; returns their paths."""
    for name in ("penguins", "penguins_untidy", "randhie", "weather", "flights"):
        (table,) = (root / "sample_data").glob(f"{name}.*")
        data = dc.read(table).head(3000) if name == "flights" else table
        report = dc.check(data, root / f"schemas/{name}.yaml")
        report.save_html(folder / f"{name}.html")
    penguins = root / "sample_data/penguins.csv"
    untidy = root / "sample_data/penguins_untidy.csv"
    against = dc.check(untidy, reference=penguins)
    against.save_html(folder / "against.html")
    against.without_values().save_html(folder / "without_values.html")
    fitted = dc.fit(penguins, root / "schemas/penguins.yaml")
    prepared = dc.check(penguins, root / "schemas/penguins.yaml", transform=fitted)
    prepared.save_html(folder / "prepared.html")
    (folder / "profile.html").write_text(dc.profile(untidy).to_html(), encoding="utf-8")
    for name, frame in hostile().items():
        dc.check(frame).save_html(folder / f"{name}.html")
    return sorted(folder.glob("*.html"))
