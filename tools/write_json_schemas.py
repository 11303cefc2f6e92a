"""Writes the JSON Schemas that ship in `datacheck/jsonschemas`: ``make json-schemas``."""

from __future__ import annotations

import json
from pathlib import Path

from datacheck.jsonschemas.every import every_schema

FOLDER = Path(__file__).resolve().parent.parent / "datacheck" / "jsonschemas"


def main() -> None:
    """Write each of them anew."""
    for name, schema in every_schema().items():
        text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        (FOLDER / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
