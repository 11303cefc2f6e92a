"""Writes the JSON Schemas that ship in `datacheck/jsonschemas`: ``make json-schemas``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.jsonschemas.declared import document_schema, yaml_schema
from datacheck.profiling import document as profile
from datacheck.report import document as report
from datacheck.transform import document as transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.specs import Record

FOLDER = Path(__file__).resolve().parent.parent / "datacheck" / "jsonschemas"


def every_schema() -> dict[str, dict[str, Any]]:
    """By name, as `json_schema` gives them."""
    documents: dict[str, Mapping[int, Record]] = {
        "report": report.VERSIONS,
        "profile": profile.VERSIONS,
        "transform": transform.VERSIONS,
    }
    made = {"schema": yaml_schema()}
    for name, versions in documents.items():
        made[name] = document_schema(f"datacheck.{name}", versions)
    return made


def main() -> None:
    """Write each of them anew."""
    for name, schema in every_schema().items():
        text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        (FOLDER / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
