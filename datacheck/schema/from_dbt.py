"""dbt's properties (schema.yml) as a schema: its four generic tests, and two of dbt_utils."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datacheck.schema.carried import Carried, Imported, chosen, listed, mappings, read_document

#: By the beginning of a warehouse's type, a dtype; cells that it would change are findings.
_DTYPES = (
    (r"(big|small|tiny|medium)?int|serial|number\(\d+\)$", "Int64"),
    (r"float|double|real|number|numeric|decimal", "Float64"),
    (r"(var|n|nvar)?char|text|string|clob|uuid", "String"),
    (r"bool", "Boolean"),
    (r"date$", "Date"),
    (r"timestamp|datetime", "Datetime"),
)
#: Values of another table that are kept in a schema.
MOST_RELATED = 100_000


def from_dbt(
    path: str | Path, model: str | None = None, *, related: Mapping[str, Any] | None = None
) -> Imported:
    """Make a schema of a model (source, seed, snapshot) that dbt's properties describe.

    Parameters
    ----------
    path
        The YAML file.
    model
        Its name; it may be left out where there is one.
    related
        By model, the table that `relationships` refer to: whatever `read` takes. Its values become
        an ``isin``.

    Returns
    -------
    Imported
        The schema, and what it could not hold. A column without ``not_null`` is nullable, as in
        dbt.

    Raises
    ------
    SchemaError
        Where the file can't be read, or declares no such model.
    """
    document = read_document(path)
    models = dict(_models(document))
    name = chosen(models, model, path, "model")
    carried = Carried(name)
    for column in mappings(models[name].get("columns")):
        _column(carried, column, related or {})
    for test, arguments, config in _tests(models[name]):
        keys = arguments.get("combination_of_columns")
        if test.endswith("unique_combination_of_columns") and keys and not config.get("where"):
            carried.unique.append([str(key) for key in keys])
        else:
            carried.leave(name, test, "a test of the whole model")
    return carried.imported(str(path))


def _models(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = [
        table
        for each in mappings(document.get("sources"))
        for table in mappings(each.get("tables"))
    ]
    for kind in ("models", "seeds", "snapshots"):
        tables += mappings(document.get(kind))
    for table in tables:
        yield str(table.get("name")), table


def _tests(owner: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, arguments and configuration of each test of a model or column."""
    for test in [*listed(owner.get("tests")), *listed(owner.get("data_tests"))]:
        if isinstance(test, str):
            yield test, {}, {}
        elif isinstance(test, dict):
            name, given = next(iter(test.items()))
            given = given if isinstance(given, dict) else {}
            if "test_name" in test:  # the long way to write one
                name, given = test["test_name"], test
            config = given.get("config") or {}
            config = {
                **{key: given[key] for key in ("severity", "where") if key in given},
                **config,
            }
            yield str(name), given.get("arguments") or given, config


def _column(carried: Carried, given: dict[str, Any], related: Mapping[str, Any]) -> None:
    name = str(given.get("name"))
    column = carried.column(name)
    kind = str(given.get("data_type") or "").strip().lower()
    dtype = next((dtype for words, dtype in _DTYPES if re.match(words, kind)), None)
    if dtype is not None:
        column |= {"dtype": dtype, "coerce": True}
    elif kind:
        carried.leave(name, f"data_type: {kind}", "no type of polars")
    for test, arguments, config in _tests(given):
        if config.get("where"):
            carried.leave(name, test, f"for some rows only: {config['where']}")
            continue
        made = _check(carried, name, test, arguments, related)
        warns = str(config.get("severity", "")).lower() == "warn"
        if made and warns:
            column[made] |= {"raise_warning": True}
        elif warns and test in ("not_null", "unique"):
            code = "schema.nullable" if test == "not_null" else "schema.unique"
            column.setdefault("severity", {})[code] = "warning"


def _check(
    carried: Carried, name: str, test: str, arguments: dict[str, Any], related: Mapping[str, Any]
) -> str | None:
    """Carry one test of a column; the check that it became, where it is one."""
    column = carried.column(name)
    if test == "not_null":
        column["nullable"] = False
    elif test == "unique":
        carried.no_repeats(name)
    elif test == "accepted_values":
        column["isin"] = {"allowed_values": listed(arguments.get("values"))}
        return "isin"
    elif test == "relationships":
        return _related(carried, name, arguments, related)
    elif test.endswith("accepted_range"):
        return _range(carried, name, arguments)
    else:
        carried.leave(name, test, "no check of a schema")
    return None


def _related(
    carried: Carried, name: str, arguments: dict[str, Any], related: Mapping[str, Any]
) -> str | None:
    to, key = str(arguments.get("to")), str(arguments.get("field"))
    quoted = re.findall(r"['\"]([^'\"]+)['\"]", to)
    model = quoted[-1] if quoted else to
    if model not in related:
        carried.leave(name, f"relationships to {model}.{key}", f"give the table as related {model}")
        return None
    from datacheck.source import read

    values = read(related[model]).select(key).drop_nulls().unique().head(MOST_RELATED + 1).collect()
    if len(values) > MOST_RELATED:
        carried.leave(name, f"relationships to {model}.{key}", f"more than {MOST_RELATED:,} values")
        return None
    carried.column(name)["isin"] = {"allowed_values": values[key].sort().to_list()}
    return "isin"


def _range(carried: Carried, name: str, arguments: dict[str, Any]) -> str | None:
    column, inclusive = carried.column(name), arguments.get("inclusive", True) is not False
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if isinstance(low, str) or isinstance(high, str):
        carried.leave(name, "accepted_range", "a bound that the warehouse computes")
        return None
    if low is not None and high is not None:
        bounds = {"min_value": low, "max_value": high}
        column["in_range"] = bounds | {"include_min": inclusive, "include_max": inclusive}
        return "in_range"
    for bound, value, sign in (
        ("min_value", low, "greater_than"),
        ("max_value", high, "less_than"),
    ):
        if value is not None:
            check = f"{sign}_or_equal_to" if inclusive else sign
            column[check] = {bound: value}
            return check
    return None
