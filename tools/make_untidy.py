"""Makes sample_data/penguins_untidy.csv: penguins.csv after some months in a shared sheet.

Each fault is one that people meet, planted at fixed rows, so that anybody can see what was done:
nothing is drawn at random. sample_data/README.md lists the counts, and a test makes the file anew.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

Row = dict[str, str]


def every(step: int, start: int, rows: list[Row]) -> list[Row]:
    """The rows at start, start + step, ..., counted from 0."""
    return rows[start::step]


def not_missing(rows: list[Row], column: str) -> list[Row]:
    """Those of the rows that have a value in the column."""
    return [row for row in rows if row[column] != "NA"]


def logger_codes(rows: list[Row]) -> None:
    """-999 where the calliper gave no reading: 12 bill lengths."""
    for row in not_missing(every(29, 7, rows), "bill_length_mm"):
        row["bill_length_mm"] = "-999"


def other_unit(rows: list[Row]) -> None:
    """Flipper lengths in centimetres, in a column named and meant in millimetres: 24 rows."""
    for row in not_missing(every(14, 5, rows), "flipper_length_mm")[:24]:
        row["flipper_length_mm"] = f"{int(row['flipper_length_mm']) / 10:g}"


def text_for_numbers(rows: list[Row]) -> None:
    """Body masses as people type them: a unit, a thousands separator, a word: 12 rows."""
    typed = ("{} g", "{:,}", "not weighed", "ca. {}")
    for index, row in enumerate(not_missing(every(28, 11, rows), "body_mass_g")[:12]):
        row["body_mass_g"] = typed[index % len(typed)].format(int(row["body_mass_g"]))


def misspelt(rows: list[Row]) -> None:
    """Species in other letters: 6 rows."""
    for row in every(61, 3, rows)[:6]:
        row["species"] = row["species"].upper()


def pasted_twice(rows: list[Row]) -> list[Row]:
    """Append ten rows from the middle once more, as a slip of copy and paste does."""
    return rows + [dict(row) for row in rows[150:160]]


def make_untidy(tidy: Path, untidy: Path) -> None:
    """Read the tidy table and write the untidy one."""
    with tidy.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    for index, row in enumerate(rows):
        row["id"] = f"N{index + 1:03d}"
    for spoil in (logger_codes, other_unit, text_for_numbers, misspelt):
        spoil(rows)
    with untidy.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ["id", *columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(pasted_twice(rows))


if __name__ == "__main__":
    make_untidy(Path(sys.argv[1]), Path(sys.argv[2]))
