"""A data contract of the Open Data Contract Standard (v3) as a schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datacheck.schema.carried import Carried, Imported, chosen, listed, mappings, read_document

_DTYPES = {
    "string": "String",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "Boolean",
    "date": "Date",
    "timestamp": "Datetime",
    "time": "Time",
}
#: Names of library metrics in version 3.0.
_OLDER = {"nullCheck": "nullValues", "duplicateCount": "duplicateValues"}
_OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
    "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip
#: Options of a logical type, with the check and the parameter that each becomes.
_OPTIONS = {
    "minLength": ("str_length", "min_value"),
    "maxLength": ("str_length", "max_value"),
    "pattern": ("str_contains", "pattern"),
    "minimum": ("greater_than_or_equal_to", "min_value"),
    "maximum": ("less_than_or_equal_to", "max_value"),
    "exclusiveMinimum": ("greater_than", "min_value"),
    "exclusiveMaximum": ("less_than", "max_value"),
}


def from_odcs(path: str | Path, table: str | None = None) -> Imported:
    """Make a schema of one table of a data contract.

    Parameters
    ----------
    path
        The contract's YAML file.
    table
        The name of the schema object; it may be left out where there is one.

    Returns
    -------
    Imported
        The schema, and what it could not hold. Library metrics keep their tolerance, in rows or
        percent.

    Raises
    ------
    SchemaError
        Where the file can't be read, or has no such table.
    """
    document = read_document(path)
    tables = {str(each.get("name")): each for each in mappings(document.get("schema"))}
    name = chosen(tables, table, path, "table")
    carried = Carried(name)
    keys = []
    for each in mappings(tables[name].get("properties")):
        _property(carried, each)
        keys += [str(each.get("name"))] if each.get("primaryKey") else []
    if len(keys) == 1:
        carried.no_repeats(keys[0])
    elif keys:
        carried.unique.append(keys)
    for rule in mappings(tables[name].get("quality")):
        _of_table(carried, rule)
    return carried.imported(str(path))


def _property(carried: Carried, given: dict[str, Any]) -> None:
    name = str(given.get("name"))
    column = carried.column(name)
    kind = given.get("logicalType")
    if kind in _DTYPES:
        column |= {"dtype": _DTYPES[kind], "coerce": True}
    elif kind is not None:
        carried.leave(name, f"logicalType: {kind}", "what lies inside is not declared")
    if given.get("required") or given.get("primaryKey"):
        column["nullable"] = False
    if given.get("unique"):
        carried.no_repeats(name)
    for option, value in (given.get("logicalTypeOptions") or {}).items():
        if option in _OPTIONS:
            check, parameter = _OPTIONS[option]
            column.setdefault(check, {})[parameter] = value
        else:
            carried.leave(name, f"logicalTypeOptions.{option}: {value}", "no check of a schema")
    for rule in mappings(given.get("quality")):
        _of_column(carried, name, rule)


def _of_column(carried: Carried, name: str, rule: dict[str, Any]) -> None:
    metric, said = _metric(rule), _said(rule)
    fits, allow = _tolerance(rule)
    given = rule.get("arguments") or {}
    column = carried.column(name)
    if metric is None or not fits:
        carried.leave(
            name, said, "no library metric" if metric is None else "no upper bound on bad rows"
        )
    elif metric in ("nullValues", "missingValues"):
        words = [each for each in listed(given.get("missingValues")) if each not in (None, "")]
        if words:
            column.setdefault("prepare", {})["missing_values"] = words
        carried.may_miss(name, allow, said)
    elif metric == "invalidValues" and listed(given.get("validValues")):
        column["isin"] = _tolerant({"allowed_values": given["validValues"]}, allow)
    elif metric == "invalidValues" and given.get("pattern"):
        column["str_contains"] = _tolerant({"pattern": given["pattern"]}, allow)
    elif metric == "duplicateValues" and allow is None:
        carried.no_repeats(name)
    else:
        carried.leave(name, said, "no check of a schema has this tolerance or these arguments")


def _of_table(carried: Carried, rule: dict[str, Any]) -> None:
    metric, said = _metric(rule), _said(rule)
    keys = listed((rule.get("arguments") or {}).get("properties"))
    if metric == "duplicateValues" and keys and _tolerance(rule) == (True, None):
        carried.unique.append([str(key) for key in keys])
    elif metric == "rowCount":
        carried.leave(carried.name, said, "compare with a reference: drift.row_count")
    else:
        carried.leave(carried.name, said, "a rule of the whole table")


def _metric(rule: dict[str, Any]) -> str | None:
    if rule.get("type", "library") != "library":
        return None
    name = rule.get("metric", rule.get("rule"))
    return None if name is None else _OLDER.get(str(name), str(name))


def _tolerance(rule: dict[str, Any]) -> tuple[bool, int | str | None]:
    """Whether the rule bounds bad rows from above, and how many may be bad: None is none."""
    held = [key for key in _OPERATORS if key in rule]
    if len(held) != 1:
        return not held, None
    value, percent = rule[held[0]], rule.get("unit") == "percent"
    if held[0] == "mustBeBetween" and isinstance(value, list) and len(value) == 2 and not value[0]:  # noqa: PLR2004
        value = value[1]
    elif held[0] == "mustBeLessThan" and isinstance(value, int | float):
        value -= 0 if percent else 1
    elif held[0] != "mustBeLessOrEqualTo" and not (held[0] == "mustBe" and value == 0):
        return False, None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return False, None
    if not value:
        return True, None
    return True, f"{value}%" if percent else int(value)


def _tolerant(check: dict[str, Any], allow: int | str | None) -> dict[str, Any]:
    return check if allow is None else check | {"allow": allow}


def _said(rule: dict[str, Any]) -> str:
    """A rule as its owner would say it: the metric, the operator, the unit."""
    bound = "".join(f" {key} {rule[key]}" for key in _OPERATORS if key in rule)
    what = rule.get("metric") or rule.get("rule") or rule.get("type") or "quality"
    unit = f" {rule['unit']}" if rule.get("unit") else ""
    return f"{what}{bound}{unit}"
